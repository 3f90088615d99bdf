using ClusterGd.Cli.Chaos;
using ClusterGd.Cluster;
using ClusterGd.Core.Faults;
using Xunit;

namespace ClusterGd.EndToEnd.Tests.Chaos;

/// <summary>What a run under faults must come to.</summary>
public class ChaosVerdictTests
{
    private const string Right = "aa", Wrong = "bb";

    [Theory]
    [InlineData(FaultKind.Kill, TrainingEnd.Finished, Right, true)]
    [InlineData(FaultKind.Kill, TrainingEnd.Finished, Wrong, false)]
    [InlineData(FaultKind.Partition, TrainingEnd.ClusterLost, "", false)]
    [InlineData(FaultKind.Drop, TrainingEnd.Diverged, "", false)]
    [InlineData(FaultKind.NanGradient, TrainingEnd.Diverged, "", true)]
    [InlineData(FaultKind.NanGradient, TrainingEnd.Corrupted, "", true)]
    [InlineData(FaultKind.NanGradient, TrainingEnd.Finished, Right, true)]
    [InlineData(FaultKind.NanGradient, TrainingEnd.Finished, Wrong, false)]
    [InlineData(FaultKind.FlippedBit, TrainingEnd.Corrupted, "", true)]
    [InlineData(FaultKind.FlippedBit, TrainingEnd.Finished, Wrong, true)]
    [InlineData(FaultKind.FlippedBit, TrainingEnd.ClusterLost, "", false)]
    public void Of_AKindThatStruck_SaysWhetherItEndedAsItMust(
        FaultKind kind, TrainingEnd end, string hash, bool isHeld) =>
        Assert.Equal(isHeld, Of(kind, 1, end, hash).IsHeld);

    [Fact]
    public void Of_WrongGradientThatNeverStruck_NeedsTheHash() =>
        Assert.False(Of(FaultKind.FlippedBit, 0, TrainingEnd.Finished, Wrong).IsHeld);

    [Fact]
    public void Of_RobustRuleUnderNaN_MayGoOnToOtherBits() =>
        Assert.True(Of(FaultKind.NanGradient, 1, TrainingEnd.Finished, Wrong, isRobust: true).IsHeld);

    [Fact]
    public void Of_DamagedCheckpointUsed_IsNotHeldWhateverTheHash() =>
        Assert.False(Of(FaultKind.DamagedCheckpoint, 1, TrainingEnd.Finished, Right, mistake: "it was used").IsHeld);

    private static ChaosVerdict Of(
        FaultKind kind, long struck, TrainingEnd end, string hash, bool isRobust = false, string mistake = "") =>
        ChaosVerdict.Of(
            [new Strike("a fault", kind, [], 1, struck)], Right, new ChaosEnd(end, "some reason", hash), isRobust,
            mistake);
}
