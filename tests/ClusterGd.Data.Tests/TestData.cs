using ClusterGd.Core.Data;
using ClusterGd.Core.Jobs;
using ClusterGd.Core.Options;

namespace ClusterGd.Data.Tests;

/// <summary>Where real data lies, and short ways to load and to compare.</summary>
internal static class TestData
{
    public const string AbsenceReason = "no shared/data folder at or above the repository, and CLUSTERGD_DATA names " +
        "none";

    /// <summary>The path of a public data set, or null where this machine does not have it.</summary>
    public static string? Find(string relative)
    {
        var folders = new List<string?> { Environment.GetEnvironmentVariable("CLUSTERGD_DATA") };
        for (var at = new DirectoryInfo(AppContext.BaseDirectory); at is not null; at = at.Parent)
        {
            folders.Add(Path.Combine(at.FullName, "shared", "data"));
        }
        return folders.Where(f => f is not null).Select(f => Path.Combine(f!, relative)).FirstOrDefault(File.Exists);
    }

    /// <summary>A file of deploy/samples, which every checkout has.</summary>
    public static string Sample(string relative)
    {
        for (var at = new DirectoryInfo(AppContext.BaseDirectory); at is not null; at = at.Parent)
        {
            string path = Path.Combine(at.FullName, "deploy", "samples", relative);
            if (File.Exists(path)) return path;
        }
        throw new FileNotFoundException($"deploy/samples/{relative} is not in this checkout.");
    }

    public static LoadedData Load(DataSource train, TargetKind kind = TargetKind.Number) =>
        DataSets.Load(new DataSpec { Train = train }, kind, seed: 1);

    public static InputException Fails(DataSource train, TargetKind kind = TargetKind.Number) =>
        Xunit.Assert.Throws<InputException>(() => Load(train, kind));

    /// <summary>A row as a dense vector.</summary>
    public static float[] Row(Rows rows, int row)
    {
        var values = new float[rows.FeatureCount];
        rows.CopyRow(row, values);
        return values;
    }
}
