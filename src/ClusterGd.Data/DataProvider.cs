using ClusterGd.Core.Data;
using ClusterGd.Core.Jobs;
using ClusterGd.Core.Options;

namespace ClusterGd.Data;

/// <summary>Finds out whether a node of a cluster has the job's data itself, or must receive its shards.</summary>
public static class DataProvider
{
    /// <summary>Loads the files where all are here and have the content of the run's data.</summary>
    /// <param name="spec">Paths as the submitter has them, absolute.</param>
    /// <param name="contentHash">What the data must be: the submitter's <see cref="DataSet.ContentHash"/>.</param>
    /// <returns>Null, and in <paramref name="whyNot"/> one sentence, where the files are of no use here.</returns>
    public static LoadedData? TryLoad(
        DataSpec spec, TargetKind targetKind, ulong seed, string contentHash, out string whyNot)
    {
        whyNot = PathsOf(spec).Select(ProblemOf).FirstOrDefault(problem => problem is not null) ?? "";
        if (whyNot.Length > 0) return null;
        try
        {
            var loaded = DataSets.Load(spec, targetKind, seed);
            if (loaded.DataSet.ContentHash == contentHash) return loaded;
            whyNot = $"{spec.Train.Path} on this node is other data: its content hash is " +
                $"{loaded.DataSet.ContentHash}, and the run's is {contentHash}.";
        }
        catch (InputException e)
        {
            whyNot = $"The data on this node cannot be used: {e.Problems[0]}";
        }
        return null;
    }

    private static IEnumerable<string> PathsOf(DataSpec spec)
    {
        foreach (var source in new[] { spec.Train, spec.Test, spec.Validation })
        {
            if (source is null) continue;
            yield return source.Path;
            if (source.Labels is not null) yield return source.Labels;
            if (source.Weights is not null) yield return source.Weights;
        }
    }

    private static string? ProblemOf(string path)
    {
        // Taken from the node's own folder, a relative path could name any file.
        if (!Path.IsPathFullyQualified(path)) return $"{path} is no absolute path, so it means nothing on this node.";
        return File.Exists(path) ? null : $"{path} is not on this node.";
    }
}
