using ClusterGd.Core.Jobs;
using ClusterGd.Core.Options;
using ClusterGd.Data.Jobs;
using Xunit;

namespace ClusterGd.Data.Tests.Jobs;

/// <summary>What a run writes down of its job, it can read again, and it is the same job.</summary>
public sealed class JobRoundTripTests
{
    private const int Seeds = 3000;

    private static readonly JobSection s_keys = JobSection.OfJob(JobTables.All);

    [Fact]
    public void Write_JobsDrawnFromTheTables_AreReadBackTheSame()
    {
        var seen = new HashSet<string>();
        var wrong = new List<string>();
        int accepted = 0;
        for (int seed = 0; seed < Seeds; seed++)
        {
            var draw = new JobDraw(seed);
            string text = draw.Text(s_keys);
            if (TryParse(text) is not { } job) continue;
            accepted++;
            seen.UnionWith(draw.Drawn);
            foreach (var variant in new[] { job, WithFormats(job, seed) })
            {
                if (Problem(variant) is { } problem) wrong.Add($"seed {seed}: {problem}\n{text}");
            }
        }
        Assert.True(wrong.Count == 0, string.Join("\n", wrong.Take(5)));
        Assert.InRange(accepted, Seeds / 10, Seeds);
        string missing = string.Join(", ", Paths(s_keys, "").Except(seen));
        Assert.True(missing.Length == 0, $"not in any of {accepted} jobs: {missing}");
    }

    /// <summary>As the data's files may show them, where job and names do not.</summary>
    private static Job WithFormats(Job job, int seed)
    {
        string Drawn(int i) => JobFormat.All[(seed + i) % JobFormat.All.Length].Name;
        var train = JobFormat.Apply(job.Data.Train.Format ?? Drawn(0), job.Data.Train);
        var test = job.Data.Test is { } own ? JobFormat.Apply(own.Format ?? Drawn(seed % 2), own) : null;
        var validation = job.Data.Validation is { } rows ? JobFormat.Apply(rows.Format ?? Drawn(seed % 3), rows) : null;
        return job with { Data = job.Data with { Train = train, Test = test, Validation = validation } };
    }

    private static string? Problem(Job job)
    {
        string written = JobText.Write(job, JobTables.All);
        try
        {
            var again = JobFile.Parse(written, "job.yaml", [], JobTables.All, "/elsewhere");
            string twice = JobText.Write(again, JobTables.All);
            bool isSame = twice == written
                && JobText.Hash(again, JobTables.All) == JobText.Hash(job, JobTables.All);
            return isSame ? null : $"written\n{written}\nthen\n{twice}";
        }
        catch (InputException refused)
        {
            return $"{refused.Message}\n{written}";
        }
    }

    private static Job? TryParse(string text)
    {
        try
        {
            return JobFile.Parse(text, "drawn", [], JobTables.All, "/data");
        }
        catch (InputException)
        {
            return null;
        }
    }

    private static IEnumerable<string> Paths(JobSection section, string path)
    {
        foreach (var kind in section.Kinds)
        {
            yield return $"{path}.{section.KindKey}={kind.Name}";
            foreach (var option in kind.Options) yield return $"{path}.{kind.Name}.{option.Name}";
        }
        foreach (var key in section.Keys)
        {
            yield return $"{path}.{key.Name}";
            if (key.Section is null) continue;
            foreach (string below in Paths(key.Section, $"{path}.{key.Name}")) yield return below;
        }
    }

    [Fact]
    public void Parse_TestInAnotherFormat_TakesOverOnlyKeysOfThatFormat()
    {
        var job = JobTexts.Read(
            "data: { train: { path: a.csv, delimiter: ';', target: y }, test: { path: b.parquet } }\nmodel: linear");
        Assert.Equal((null, "y"), (job.Data.Test!.Delimiter, job.Data.Test.Target.Single()));
    }

    [Fact]
    public void Parse_FolderWithAControlCharacter_IsRefused()
    {
        var refused = Assert.Throws<InputException>(
            () => JobFile.Parse(JobTexts.Smallest, "job.yaml", [], JobTexts.Tables, "/a\nb"));
        Assert.StartsWith("The folder /a?b has a control character", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void WithFormats_NamesThatShowNone_AreSeenFromTheContent()
    {
        using var folder = new TempFolder();
        var spec = new DataSpec
        {
            Train = new DataSource { Path = folder.Write("a9a", "1 1:2\n0 2:1\n"u8.ToArray()) },
            Test = new DataSource { Path = folder.Write("a9a.t", "x,y\n1,2\n"u8.ToArray()) },
        };
        var known = DataSets.WithFormats(spec);
        Assert.Equal(("libsvm", "csv"), (known.Train.Format, known.Test!.Format));
    }
}
