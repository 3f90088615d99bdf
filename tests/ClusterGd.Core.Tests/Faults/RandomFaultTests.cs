using ClusterGd.Core.Faults;
using Xunit;

namespace ClusterGd.Core.Tests.Faults;

public class RandomFaultTests
{
    private static readonly FaultKind[] s_away =
        [
            FaultKind.Kill, FaultKind.Pause, FaultKind.Restart, FaultKind.Leave, FaultKind.Partition,
            FaultKind.CutPair, FaultKind.LargeFrames,
        ];

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(3)]
    public void Random_LimitOfNodesAway_IsKeptByEverySeed(int limit)
    {
        for (ulong seed = 1; seed <= 2000; seed++)
        {
            var plan = FaultPlan.Random(seed, Range with { AwayMax = limit });
            int away = plan.Faults.Where(fault => s_away.Contains(fault.Kind)).Sum(fault => fault.Nodes.Length);
            Assert.True(away <= limit, $"seed {seed}: {away} nodes in {string.Join(", ", plan.Faults)}");
        }
    }

    [Fact]
    public void Random_SameSeed_DrawsTheSamePlan() =>
        Assert.Equal(
            FaultPlan.Random(7, Range).Faults.Select(fault => fault.ToString()),
            FaultPlan.Random(7, Range).Faults.Select(fault => fault.ToString()));

    private static FaultRange Range => new() { Nodes = 7, Steps = 100, Time = TimeSpan.FromSeconds(5) };
}
