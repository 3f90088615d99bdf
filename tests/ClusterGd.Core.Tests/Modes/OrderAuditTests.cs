using ClusterGd.Core.Options;
using ClusterGd.Core.Protocol;
using ClusterGd.Tests;
using Xunit;

namespace ClusterGd.Core.Tests.Modes;

public class OrderAuditTests
{
    private static readonly OrderAudit s_audit = NewAudit("asynchronous");

    private static LogEntry[] Right =>
    [
        new(LogEntry.TermBegins, 5, 0, false), new(LogEntry.StopSet, 1, 0, false),
        .. Enumerable.Range(0, 7).Select(worker => new LogEntry(worker, 0, 0, true)),
    ];

    [Fact]
    public void Check_EachResultOnce_FindsNothing() => Assert.Empty(Problems(Right, 1));

    [Fact]
    public void Check_AResultCountedTwice_NamesItsLineAndWorker() => Assert.Equal(
        ["line 9 counts result 0 of worker 3 once more"], Problems([.. Right, new(3, 0, 1, true)], 1));

    [Fact]
    public void Check_AResultLeftOut_NamesIt() => Assert.Equal(
        ["line 9 counts result 2 of worker 3 before result 1, which is missing"],
        Problems([.. Right, new(3, 2, 1, true)], 1));

    [Fact]
    public void Check_TooFewResults_SaysHowManyAreDue() => Assert.Equal(
        ["incomplete: 6 results are counted, 7 are due at step 1"], Problems(Right[..^1], 1));

    [Fact]
    public void Check_ALateResult_CountsForNothing() => Assert.Empty(
        NewAudit("kOfN", ("k", 7)).Check([.. Right, new LogEntry(2, 1, 0, false)], 1));

    [Fact]
    public void Check_AWorkerLeftOutWhereAllTakePart_NamesIt() => Assert.Equal(
        ["0 results of worker 6 are counted, 1 are due", "2 results of worker 0 are counted, 1 are due"],
        NewAudit("localSgd", ("every", 8)).Check([.. Right[..^1], new LogEntry(0, 1, 1, true)], 8).Order());

    [Fact]
    public void Check_LineOfAnotherJob_IsNamed() => Assert.Equal(
        ["line 9 is of worker 7, the job has workers 0 to 6"], Problems([.. Right, new(7, 0, 0, true)], 1));

    [Fact]
    public void Check_RunThatHasNotEndedButCameFurther_IsIncomplete()
    {
        Assert.Empty(s_audit.Check(Right, null, stepMin: 1));
        Assert.StartsWith(
            "incomplete: 7 results are counted, the run came to step 2",
            Assert.Single(s_audit.Check(Right, null, stepMin: 2)), StringComparison.Ordinal);
    }

    /// <summary>Of a right order, any counted line lost, doubled or moved before an earlier one of its shard.</summary>
    [Theory]
    [InlineData("asynchronous")]
    [InlineData("boundedStaleness")]
    public void Check_AnyCountedLineLostOrDoubled_IsNoticed(string mode)
    {
        var audit = NewAudit(mode);
        LogEntry[] right =
        [
            .. Enumerable.Range(0, 6).SelectMany(sequence => Enumerable.Range(0, 7).Select(
                worker => new LogEntry(worker, sequence, sequence, true))),
        ];
        Assert.Empty(audit.Check(right, 6));
        for (int i = 0; i < right.Length; i++)
        {
            Assert.NotEmpty(audit.Check([.. right[..i], .. right[(i + 1)..]], 6));
            Assert.NotEmpty(audit.Check([.. right[..i], right[i], .. right[i..]], 6));
            Assert.NotEmpty(audit.Check(right[..i], 6));
            if (i >= 7) Assert.NotEmpty(audit.Check([right[i], .. right[..i], .. right[(i + 1)..]], 6));
        }
    }

    private static IEnumerable<string> Problems(LogEntry[] lines, long step) => s_audit.Check(lines, step);

    private static OrderAudit NewAudit(string mode, params (string, object)[] options)
    {
        var (job, data) = TestJobs.Named("logistic");
        job = job with { Training = job.Training with { Mode = Component.Of(mode, options) } };
        return new OrderAudit(new TrainingPlan(job, data));
    }
}
