using ClusterGd.Cluster;
using ClusterGd.Cluster.Storage;
using ClusterGd.Core.Checkpoints;
using ClusterGd.Core.Events;

namespace ClusterGd.Cli;

/// <summary>Whether what was rebuilt is what the run has of that step.</summary>
/// <param name="What">One clause; null where the run has nothing of that step.</param>
internal sealed record ReplayComparison(string? What, bool IsSame, bool IsWrong)
{
    public static ReplayComparison Of(PastRun past, long step, string hash)
    {
        var manifest = past.Folder.TryReadManifest();
        if (manifest is { End: TrainingEnd.Finished or TrainingEnd.Interrupted } && manifest.Steps == step)
        {
            if (manifest.ModelSha256 == hash) return new("the bits of the run's model", true, false);
            bool isEarlier = past.Events.LastOrDefault(e => e.Kind == EventKind.Stopped)?.Why
                .EndsWith(DirectiveEvents.BestRestored, StringComparison.Ordinal) == true;
            return isEarlier
                ? new("the run's model is that of an earlier step, which was the best", false, false)
                : new($"other bits than the run's model, whose sha256 is {manifest.ModelSha256}", false, true);
        }
        string? file = past.Folder.Checkpoints.Files.FirstOrDefault(f => CheckpointFolder.StepOf(f) == step);
        if (file is null) return new(null, false, false);
        string saved = ModelHash.Of(CheckpointFolder.Read(file, past.Plan).Parameters());
        return saved == hash
            ? new("the bits of the run's checkpoint", true, false)
            : new($"other bits than the run's checkpoint, whose parameters have sha256 {saved}", false, true);
    }
}
