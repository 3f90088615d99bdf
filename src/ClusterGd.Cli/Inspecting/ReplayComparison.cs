using ClusterGd.Cluster;
using ClusterGd.Cluster.Storage;
using ClusterGd.Core.Models;

namespace ClusterGd.Cli.Inspecting;

/// <summary>Whether what was rebuilt is what the run has of that step.</summary>
/// <param name="What">One clause; null where the run has nothing of that step.</param>
internal sealed record ReplayComparison(string? What, bool IsSame, bool IsWrong)
{
    public static ReplayComparison Of(PastRun past, long step, string hash)
    {
        var manifest = past.Folder.TryReadManifest();
        if (manifest is { End: not (TrainingEnd.ClusterLost or TrainingEnd.Corrupted) })
        {
            long kept = manifest.KeptStep ?? manifest.Steps;
            if (kept == step)
            {
                return manifest.ModelSha256 == hash
                    ? new("the bits of the run's model", true, false)
                    : new($"other bits than the run's model, whose sha256 is {manifest.ModelSha256}", false, true);
            }
            if (manifest.Steps == step) return new($"the run's model is that of step {kept}", false, false);
        }
        string? file = past.Folder.Checkpoints.Files.FirstOrDefault(f => CheckpointFolder.StepOf(f) == step);
        if (file is null) return new(null, false, false);
        string saved = ModelHash.Of(CheckpointFolder.Read(file, past.Plan).Parameters());
        return saved == hash
            ? new("the bits of the run's checkpoint", true, false)
            : new($"other bits than the run's checkpoint, whose parameters have sha256 {saved}", false, true);
    }
}
