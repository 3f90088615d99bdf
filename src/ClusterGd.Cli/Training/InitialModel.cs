using ClusterGd.Cli.Data;
using ClusterGd.Cluster;
using ClusterGd.Cluster.Storage;
using ClusterGd.Core.Jobs;
using ClusterGd.Core.Models;
using ClusterGd.Core.Options;
using ClusterGd.Core.Protocol;
using ClusterGd.Data.Jobs;

namespace ClusterGd.Cli.Training;

/// <summary>
/// Another run's parameters as the first ones of a new run. Their hash becomes part of the job, and they the new run's
/// checkpoint of step 0, so that it can be resumed at any time.
/// </summary>
internal static class InitialModel
{
    /// <summary>The parameters of a run: of its model where it is finished, else of its newest checkpoint.</summary>
    /// <exception cref="InputException">It has neither.</exception>
    public static float[] Of(string run)
    {
        var folder = RunFolder.Open(run);
        bool isFinished = folder.TryReadManifest() is { End: TrainingEnd.Finished };
        if (isFinished) return folder.ReadModel().Model.Parameters;
        var (file, header) = folder.Checkpoints.FindNewest(Console.Error.WriteLine) ?? throw new InputException(
            $"{run} has neither a finished model nor a checkpoint; name another run for --from.");
        // A checkpoint is cut as its own job cuts it.
        var job = JobFile.Read(folder.JobPath, [], JobTables.All);
        (job, var loaded) = JobData.Load(job);
        if (JobText.Hash(job, JobTables.All) != header.JobHash || loaded.DataSet.ContentHash != header.DataHash)
        {
            throw new InputException($"{file} is not of the job and the data of {run}; name another run for --from.");
        }
        return CheckpointFolder.Read(file, new TrainingPlan(job, loaded.DataSet)).Parameters();
    }

    /// <summary>The job with what it begins with.</summary>
    /// <exception cref="InputException">It states other parameters, or none are given for those it states.</exception>
    public static Job For(Job job, float[]? given, string? from)
    {
        string? hash = given is null ? null : ModelHash.Of(given);
        if (job.InitialModel is { } stated && stated != hash)
        {
            throw new InputException($"The job's initialModel is {stated}, " +
                (hash is null ? "and no --from says whose it is; name the run." : $"{from} has {hash}; name its run."));
        }
        return job with { InitialModel = hash };
    }

    /// <exception cref="InputException">The job's model has another number of parameters.</exception>
    public static Checkpoint Fit(float[] given, TrainingPlan plan, string from)
    {
        if (given.Length == plan.Model.ParameterCount) return Checkpoint.AtStart(plan, given);
        throw new InputException(
            $"{from} has {given.Length} parameters, the job's model {plan.Model.ParameterCount}; " +
            "name a run of the same model and features for --from.");
    }

    /// <exception cref="InputException">It cannot be written.</exception>
    public static void Keep(RunFolder folder, TrainingPlan plan, ulong runId, Checkpoint start)
    {
        try
        {
            folder.Checkpoints.Write(CheckpointHeader.Of(runId, plan, 0), start, plan.Job.Checkpoint.Keep);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"The first parameters cannot be kept in {folder.Path}: {e.Message}");
        }
    }
}
