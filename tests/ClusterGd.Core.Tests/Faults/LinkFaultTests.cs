using ClusterGd.Core.Faults;
using Xunit;

namespace ClusterGd.Core.Tests.Faults;

/// <summary>What faults of messages mean, for the simulator and for real processes.</summary>
public class LinkFaultTests
{
    private readonly LinkFaults<string> _faults = new();
    private readonly Draws _draws = new();

    [Theory]
    [InlineData(CutShape.Symmetric, true, true)]
    [InlineData(CutShape.Outgoing, true, false)]
    [InlineData(CutShape.Incoming, false, true)]
    public void FateOf_Partition_CutsItsWays(CutShape shape, bool out_, bool in_)
    {
        Begin(FaultKinds.New(FaultKind.Partition) with { Shape = shape }, "a", "b");

        Assert.Equal(
            (out_, in_, false, false), (IsLost("a", "c"), IsLost("c", "a"), IsLost("a", "b"), IsLost("c", "d")));
    }

    [Fact]
    public void FateOf_PartitionThatIsOpen_LetsPass()
    {
        var cut = Begin(FaultKinds.New(FaultKind.Partition), "a");
        cut.IsOpen = true;

        Assert.False(IsLost("a", "c"));
        Assert.False(_faults.Cuts("a", "c"));
    }

    [Fact]
    public void FateOf_DropOfOneNode_StrikesWhatItSendsAndGets()
    {
        var drop = Begin(FaultKinds.New(FaultKind.Drop), "a");

        Assert.Equal((true, true, false), (IsLost("a", "c"), IsLost("c", "a"), IsLost("c", "d")));
        Assert.Equal(2, drop.StruckCount);
    }

    [Fact]
    public void FateOf_DelayAndDuplicate_AddUp()
    {
        Begin(FaultKinds.New(FaultKind.Delay), null);
        Begin(FaultKinds.New(FaultKind.Duplicate), null);
        Begin(FaultKinds.New(FaultKind.Reorder), null);

        var fate = _faults.FateOf("a", "b", isSpared: false, _draws, null);

        Assert.Equal(new MessageFate(null, TimeSpan.FromMilliseconds(200 + 500), true), fate);
    }

    [Fact]
    public void FateOf_AfterTheEnd_IsPlain()
    {
        var drop = Begin(FaultKinds.New(FaultKind.Drop), null);
        _faults.End(drop);

        Assert.True(_faults.FateOf("a", "b", isSpared: false, _draws, null).IsPlain);
    }

    private LinkFault<string> Begin(Fault fault, params string[]? nodes)
    {
        var link = new LinkFault<string>(fault, nodes?.ToHashSet());
        _faults.Begin(link);
        return link;
    }

    private bool IsLost(string from, string to) =>
        _faults.FateOf(from, to, isSpared: false, _draws, null).Lost is not null;

    /// <summary>Whatever may happen happens, for as long as it may.</summary>
    private sealed class Draws : IFaultDraws
    {
        public bool Chance(double probability) => probability > 0;

        public TimeSpan MillisecondsUpTo(int max) => TimeSpan.FromMilliseconds(max);

        public uint Next() => 0;
    }
}
