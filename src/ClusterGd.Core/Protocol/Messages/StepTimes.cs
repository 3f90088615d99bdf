using System.Collections.Immutable;

namespace ClusterGd.Core.Protocol;

/// <summary>How long a slice's steps took over a while, and whom it waited for. Times are in ms.</summary>
/// <param name="Node">The slice's host.</param>
/// <param name="FirstStep">The first update of the while.</param>
/// <param name="Steps">Updates made; 0 where one goes on all the while.</param>
/// <param name="MedianMs">From one version to the next, without evaluations.</param>
/// <param name="MeanMs">The same: a node that stands still now and then shows in this alone.</param>
/// <param name="Nodes">Whose gradients came, at most <see cref="NodesMax"/>: first those that were last most
/// often.</param>
/// <param name="Slowest">The update that took longest; null where there is none.</param>
/// <param name="Wait">What is waited for now, in words; null where no step takes unusually long.</param>
/// <param name="WaitMs">Since the step began.</param>
public sealed record StepTimes(
    int Slice, string Node, long FirstStep, int Steps, double MedianMs, double MeanMs,
    ImmutableArray<NodeTimes> Nodes, SlowStep? Slowest = null, string? Wait = null, double WaitMs = 0)
{
    public const int NodesMax = 8;

    /// <summary>Steps from one evaluation to the next: all that is known where a mode's steps are not timed.</summary>
    /// <param name="points">Step and seconds of each evaluation, and of the beginning.</param>
    public static IEnumerable<StepTimes> Between(IEnumerable<(long Step, double Seconds)> points)
    {
        (long Step, double Seconds)? before = null;
        foreach (var point in points)
        {
            if (before is { } from && point.Step > from.Step)
            {
                double ms = 1000 * (point.Seconds - from.Seconds) / (point.Step - from.Step);
                yield return new StepTimes(0, "", from.Step + 1, (int)(point.Step - from.Step), ms, ms, []);
            }
            before = point;
        }
    }

    /// <summary>Of two of the same while, the one that explains more.</summary>
    public bool IsWorseThan(StepTimes? other) => other is null
        || (Wait is not null && (other.Wait is null || WaitMs > other.WaitMs))
        || (other.Wait is null && (Slowest?.Ms ?? 0) > (other.Slowest?.Ms ?? 0));
}

/// <summary>One update, and the gradient that came last.</summary>
/// <param name="Step">Update number, from 1.</param>
/// <param name="FirstShard">Of those that the last gradient was of.</param>
/// <param name="LastShard">As above.</param>
/// <param name="ArrivedMs">When it came, since the step began; what follows until the end is for backups and
/// norms.</param>
/// <param name="ComputeMs">What its node says of it: from the parameters being there to the sum being ready.</param>
public sealed record SlowStep(
    long Step, double Ms, string Node, int FirstShard, int LastShard, double ArrivedMs, double ComputeMs);

/// <summary>One node's gradients.</summary>
/// <param name="ArrivedMs">Mean of when they came, since the step began.</param>
/// <param name="ComputeMs">Mean of what the node says.</param>
/// <param name="LastCount">Steps in which they came last.</param>
public sealed record NodeTimes(string Node, double ArrivedMs, double ComputeMs, int LastCount);
