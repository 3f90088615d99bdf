using ClusterGd.Cluster;

namespace ClusterGd.Cli;

/// <summary>One code for each kind of end; listed in the README.</summary>
internal static class ExitCodes
{
    public const int Finished = 0, Unexpected = 1, BadInput = 2, Diverged = 3, ClusterLost = 4, Corrupted = 5,
        Interrupted = 130;

    public static int Of(TrainingEnd end) => end switch
    {
        TrainingEnd.Finished => Finished,
        TrainingEnd.Diverged => Diverged,
        TrainingEnd.ClusterLost => ClusterLost,
        TrainingEnd.Interrupted => Interrupted,
        TrainingEnd.Corrupted => Corrupted,
    };
}
