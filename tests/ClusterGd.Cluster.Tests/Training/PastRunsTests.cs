using System.Collections.Immutable;
using ClusterGd.Cluster.Actors;
using ClusterGd.Core.Protocol;
using Xunit;

namespace ClusterGd.Cluster.Tests.Training;

public sealed class PastRunsTests
{
    private readonly PastRuns _past = new();

    [Fact]
    public void OutcomeOf_TheLastSixteen_IsKnown()
    {
        for (ulong run = 1; run <= 17; run++) _past.Add(run, "done", Outcome($"end of {run}"));

        Assert.True(_past.Contains(1));
        Assert.Null(_past.OutcomeOf(1));
        Assert.Equal("end of 2", _past.OutcomeOf(2)!.Reason);
        Assert.Equal("end of 17", _past.OutcomeOf(17)!.Reason);
    }

    [Fact]
    public void OutcomeOf_ARunWithout_IsNull()
    {
        _past.Add(1, "it failed", null);

        Assert.True(_past.Contains(1));
        Assert.Equal("it failed", _past.HowOf(1));
        Assert.Null(_past.OutcomeOf(1));
        Assert.False(_past.Contains(2));
    }

    private static RunOutcome Outcome(string reason) => new(
        RunEnd.Finished, true, reason, 1, 1, 0, ImmutableSortedDictionary<string, double>.Empty, [], 1);
}
