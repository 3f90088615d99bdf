using System.Globalization;
using ClusterGd.Cluster.Storage;
using ClusterGd.Core.Events;
using ClusterGd.Core.Protocol;
using ClusterGd.Tests;
using Xunit;

namespace ClusterGd.Cluster.Tests.Storage;

/// <summary>A log that was cut, edited or mixed with another is never taken for the whole of a run.</summary>
public sealed class RunAuditTests : IDisposable
{
    private const string AllRight = "epochs 1 to 3: 2000 of 2000 rows counted once in each";
    private readonly RecordedRun _run = new();

    public void Dispose() => _run.Dispose();

    [Fact]
    public void Check_WholeRun_HasEveryRowOnce()
    {
        var manifest = _run.WriteAll("a note");
        Assert.Equal([AllRight], Check(manifest).Lines());
    }

    [Fact]
    public void Check_RunThatWentBackToACheckpoint_HasAllEpochs()
    {
        var history = RecordedRun.History;
        _run.Begin();
        foreach (var evaluation in history.Take(2)) _run.Journal.Take(new Evaluated(evaluation));
        // From step 20 on once more: what was before that is written down again at the end.
        _run.Journal.Take(new Directed(DirectiveOf(generation: 1)));
        foreach (var evaluation in history.Skip(1)) _run.Journal.Take(new Evaluated(evaluation));
        var manifest = _run.End(TrainingEnd.Finished, history);

        Assert.Equal([16L, 32, 32, 48, 16], EvaluatedSteps());
        Assert.Equal([AllRight], Check(manifest).Lines());
    }

    [Fact]
    public void Check_LogCutToItsHalf_IsIncompleteAndNamesTheSteps()
    {
        var manifest = _run.WriteAll("a note");
        string[] lines = _run.Lines;
        File.WriteAllLines(_run.Folder.EventsPath, lines.Take(lines.Length / 2));

        var report = Check(manifest);

        Assert.False(report.IsComplete);
        Assert.Equal(
            [
                "epochs 1 to 2: 2000 of 2000 rows counted once in each", "epoch 3: not all of 2000 rows counted once",
                "steps 33 to 48: the log does not say what was counted", "the log's end is missing",
                "incomplete: this log does not show that each row was counted once",
            ], report.Lines());
    }

    [Fact]
    public void Check_NoModelYetButLaterMetrics_IsIncomplete()
    {
        _run.Begin();
        _run.Journal.Take(new Evaluated(RecordedRun.History[0]));

        Assert.True(new RunAudit(RecordedRun.Plan, _run.Read(), null, 31).Check().IsRight);
        Assert.False(new RunAudit(RecordedRun.Plan, _run.Read(), null, 32).Check().IsRight);
    }

    [Fact]
    public void Check_InterruptedAndResumed_IsHeldAgainstTheEndAfterThat()
    {
        var history = RecordedRun.History;
        _run.Begin();
        _run.Journal.Take(new Evaluated(history[0]));
        var interrupted = _run.End(TrainingEnd.Interrupted, [history[0]]);
        Assert.True(Check(interrupted).IsRight);
        var later = new RunJournal(new RunRecord(_run.Folder) { Log = new ListLog(_run.Told) });
        later.Begin(RecordedRun.Plan, null, isResumed: true, null);
        foreach (var evaluation in history) later.Take(new Evaluated(evaluation));
        Assert.True(Check(interrupted).IsRight);
        later.End(RecordedRun.ResultOf(TrainingEnd.Finished, history));

        Assert.Equal(
            [AllRight], Check(interrupted with { End = TrainingEnd.Finished, Steps = 48, Epochs = 3 }).Lines());
        Assert.Empty(_run.Told);
    }

    [Theory]
    [InlineData(47, 2, "model.json at 47")]
    [InlineData(48, 2, "model.json says 2 epochs, but its 48 steps are 3")]
    [InlineData(480, 30, "model.json says 480 steps, the job has 48")]
    public void Check_ManifestOfAnotherEnd_IsNamed(long steps, int epochs, string problem)
    {
        var manifest = _run.WriteAll("a note") with { Steps = steps, Epochs = epochs };
        Assert.Contains(Check(manifest).Lines(), line => line.Contains(problem, StringComparison.Ordinal));
    }

    [Fact]
    public void Check_ModelOfAnotherHash_IsNamed()
    {
        var manifest = _run.WriteAll("a note") with { ModelSha256 = "abc" };
        Assert.Contains(Check(manifest).Lines(), line => line.EndsWith(" is of abc", StringComparison.Ordinal));
    }

    /// <summary>
    /// Random cuts, lost, doubled, swapped, edited and foreign lines: the audit calls the log right only if it is.
    /// </summary>
    [Fact]
    public void Check_LogEditedAtRandom_IsNeverCalledRight()
    {
        var manifest = _run.WriteAll("a note");
        using var second = new RecordedRun();
        second.WriteAll("another note");
        string[] lines = _run.Lines, others = second.Lines;
        Assert.True(Check(manifest).IsRight);
        string? text = Environment.GetEnvironmentVariable("CLUSTERGD_SEED");
        var seeds = text is null ? Enumerable.Range(1, 400) : [int.Parse(text, CultureInfo.InvariantCulture)];
        foreach (int seed in seeds)
        {
            var random = new Random(seed);
            var edited = lines.ToList();
            string what = "";
            for (int edits = random.Next(1, 4); edits > 0 && edited.Count > 0; edits--)
            {
                what += Edit(edited, others, random) + ", ";
            }
            if (edited.SequenceEqual(lines)) continue;
            File.WriteAllLines(_run.Folder.EventsPath, edited);

            Assert.False(
                Check(manifest).IsRight,
                $"{what}\nreplay: CLUSTERGD_SEED={seed} dotnet test -c Release tests/ClusterGd.Cluster.Tests " +
                "--filter " + nameof(Check_LogEditedAtRandom_IsNeverCalledRight));
        }
    }

    private static string Edit(List<string> lines, string[] others, Random random)
    {
        int at = random.Next(lines.Count);
        switch (random.Next(8))
        {
            case 0:
                lines.RemoveRange(at, lines.Count - at);
                return $"cut before line {at}";
            case 1:
                lines.RemoveAt(at);
                return $"line {at} lost";
            case 2:
                lines.Insert(random.Next(lines.Count + 1), lines[at]);
                return $"line {at} doubled";
            case 3:
                (lines[at], lines[0]) = (lines[0], lines[at]);
                return $"line {at} and the first swapped";
            case 4:
                lines[at] = others[random.Next(others.Length)];
                return $"line {at} of another run";
            case 5:
                lines.Insert(at, others[random.Next(others.Length)]);
                return $"a line of another run before line {at}";
            case 6:
                lines.RemoveRange(0, at);
                return $"{at} lines of the beginning lost";
            default:
                char[] text = lines[at].ToCharArray();
                int digit = Array.FindIndex(text, random.Next(text.Length), char.IsAsciiDigit);
                if (digit >= 0) text[digit] = (char)('0' + (text[digit] - '0' + random.Next(1, 10)) % 10);
                lines[at] = new string(text);
                return $"a digit of line {at}";
        }
    }

    private AuditReport Check(ModelManifest manifest) =>
        new RunAudit(RecordedRun.Plan, _run.Read(), manifest, 0).Check();

    private IEnumerable<long> EvaluatedSteps() =>
        _run.Read().Events.Where(e => e.Kind == EventKind.Evaluated).Select(e => e.Step!.Value);

    private static RunDirective DirectiveOf(int generation) => new(
        "a", new Layout(
            2, generation, ["a"], [], ["", ""], [.. Enumerable.Repeat("a", RecordedRun.Plan.ShardCount)], ["a"], ["a"],
            [[]]))
    {
        Sequence = 1,
        Limit = 10,
        EvaluateAt = 10,
        IsSettled = true,
    };
}
