using ClusterGd.Cli.Terminal;
using ClusterGd.Core.Jobs;
using ClusterGd.Core.Options;
using ClusterGd.Data;

namespace ClusterGd.Cli.Data;

/// <summary>Reads the data of a job for a verb, showing how far it is.</summary>
internal static class JobData
{
    /// <returns>The job with the formats of its files stated, as a run keeps it, and its rows.</returns>
    /// <exception cref="InputException">The data cannot be used.</exception>
    public static (Job Job, LoadedData Loaded) Load(Job job, bool isQuiet = false)
    {
        job = job with { Data = DataSets.WithFormats(job.Data) };
        return (job, LoadScreen.Show(() => DataSets.Load(job.Data, JobTargets.KindOf(job), job.Seed), isQuiet));
    }
}
