using System.Collections.Immutable;
using ClusterGd.Core.Data;
using ClusterGd.Core.Jobs;

namespace ClusterGd.Data.Reading;

/// <summary>
/// The good rows of a file, parsed but not yet encoded: labels are codes and categories are words, since what they
/// become is known only when all training rows are. Used once.
/// </summary>
internal abstract class RawData(string path, RawTargets targets)
{
    public string Path { get; } = path;

    public RawTargets Targets { get; } = targets;

    /// <summary>Sentences for the user about how the file was read.</summary>
    public List<string> Notes { get; } = [];

    public abstract int Count { get; }

    /// <summary>Where a row stands: 1-based line or record.</summary>
    public abstract long LineOf(int row);

    /// <summary>The encoding that these rows ask for; its schema has no classes yet.</summary>
    /// <param name="rows">The training rows among them, ascending; null for all.</param>
    public abstract DataEncoding Fit(DataSource source, int[]? rows);

    /// <summary>Rows in the form of the encoding. Numbers outside of it are refused.</summary>
    /// <param name="rows">Which rows, ascending; null for all, which allows arrays to be given away.</param>
    /// <param name="notes">Sentences for the user are added here.</param>
    public abstract Rows Encode(DataEncoding encoding, int[]? rows, float[] targets, List<string> notes);

    /// <summary>The schema of the features alone.</summary>
    protected DataSchema SchemaOf(int featureCount, ImmutableArray<string> names) => new()
    {
        FeatureCount = featureCount,
        FeatureNames = names,
        TargetKind = Targets.Kind,
        TargetCount = Targets.Count,
    };
}
