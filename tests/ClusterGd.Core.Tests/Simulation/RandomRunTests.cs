using ClusterGd.Tests;
using Xunit;

namespace ClusterGd.Core.Tests.Simulation;

/// <summary>
/// Jobs, clusters and faults that a seed draws: shards, slices, backups, modes, robust rules, wire types, criteria,
/// checkpoints. CLUSTERGD_SEEDS sets how many are tried; CLUSTERGD_SEED replays one.
/// </summary>
public class RandomRunTests
{
    private const int SeedsByDefault = 300;

    [Fact]
    public void Run_JobClusterAndFaultsOfASeed_KeepsItsPromises() =>
        Parallel.ForEach(Schedules.Seeds(SeedsByDefault), (seed, loop) =>
        {
            var run = new RandomRun(seed);
            if (run.ProblemOf(run.Run()) is not { } problem) return;
            loop.Stop();
            Assert.Fail(
                $"{run}: {problem}\n{string.Join('\n', run.Faults.Faults)}\n" +
                $"{string.Join('\n', run.Run(isTraced: true).Trace)}\nreplay: CLUSTERGD_SEED={seed} dotnet test " +
                $"-c Release tests/ClusterGd.Core.Tests --filter {nameof(RandomRunTests)}");
        });

    /// <summary>
    /// A run that has begun once more is ended neither by what is remembered of the time before (3694, 3912), nor by a
    /// node that has not heard of it and goes on as before (2606).
    /// </summary>
    [Theory]
    [InlineData(2606)]
    [InlineData(3694)]
    [InlineData(3912)]
    public void Run_BeginsOnceMoreAmongThoseWhoRememberItsEnd_MakesAllItsSteps(ulong seed)
    {
        var run = new RandomRun(seed);
        Assert.Null(run.ProblemOf(run.Run()));
    }
}
