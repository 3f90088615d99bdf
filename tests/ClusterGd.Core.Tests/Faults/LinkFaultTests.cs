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
        Assert.Null(_faults.CutOf("a", "c", Traffic.Control, isObservers: false));
    }

    [Theory]
    [InlineData(null, true, true)]
    [InlineData(LinkPlane.Tensors, false, true)]
    [InlineData(LinkPlane.Control, true, false)]
    public void FateOf_PartitionOfAPlane_CutsThatPlaneAlone(LinkPlane? plane, bool control, bool tensors)
    {
        Begin(FaultKinds.New(FaultKind.Partition) with { Plane = plane }, "a");

        Assert.Equal((control, tensors), (IsLost("a", "b"), IsLost("a", "b", Traffic.Tensor(10_000))));
    }

    [Theory]
    [InlineData(CutShape.Symmetric, true, true)]
    [InlineData(CutShape.Outgoing, true, false)]
    [InlineData(CutShape.Incoming, false, true)]
    public void FateOf_CutPair_CutsTheTwoFromEachOtherAlone(CutShape shape, bool there, bool back)
    {
        Begin(FaultKinds.New(FaultKind.CutPair) with { Shape = shape }, "b", "a");

        Assert.Equal(
            (there, back, false, false), (IsLost("b", "a"), IsLost("a", "b"), IsLost("a", "c"), IsLost("c", "b")));
    }

    [Fact]
    public void FateOf_LargeFrames_LosesWhatIsLongerThanThat()
    {
        Begin(FaultKinds.New(FaultKind.LargeFrames) with { Above = 1400 }, "a");

        Assert.Equal((false, true, true, false), (
            IsLost("a", "b", new Traffic(LinkPlane.Tensors, 1400)),
            IsLost("a", "b", new Traffic(LinkPlane.Tensors, 1401)),
            IsLost("b", "a", new Traffic(LinkPlane.Control, 1401)),
            IsLost("b", "c", new Traffic(LinkPlane.Tensors, 1401))));
    }

    /// <summary>A packet is lost, is sent again after 200 ms, is lost, and is sent again after 400 ms.</summary>
    [Fact]
    public void FateOf_PacketLoss_DelaysByTheTimesOfSendingAgain()
    {
        Begin(FaultKinds.New(FaultKind.PacketLoss), null);
        _draws.Chances = new Queue<bool>([true, false, true]);

        var fate = _faults.FateOf("a", "b", Traffic.Control, isObservers: false, _draws, null);

        Assert.Equal(new MessageFate(null, TimeSpan.FromMilliseconds(200 + 400), false), fate);
    }

    [Theory]
    [InlineData(null, false)]
    [InlineData(LinkPlane.Tensors, true)]
    public void CutOf_PartitionAndAnObserver_SparesItUnlessOnlyTensorsAreCut(LinkPlane? plane, bool isCut)
    {
        Begin(FaultKinds.New(FaultKind.Partition) with { Plane = plane }, "a");

        Assert.Equal(isCut, _faults.CutOf("a", "client", Traffic.Tensor(10), isObservers: true) is not null);
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

        var fate = _faults.FateOf("a", "b", Traffic.Control, isObservers: false, _draws, null);

        Assert.Equal(new MessageFate(null, TimeSpan.FromMilliseconds(200 + 500), true), fate);
    }

    [Fact]
    public void FateOf_AfterTheEnd_IsPlain()
    {
        var drop = Begin(FaultKinds.New(FaultKind.Drop), null);
        _faults.End(drop);

        Assert.True(_faults.FateOf("a", "b", Traffic.Control, isObservers: false, _draws, null).IsPlain);
    }

    private LinkFault<string> Begin(Fault fault, params string[]? nodes)
    {
        var link = new LinkFault<string>(fault, nodes);
        _faults.Begin(link);
        return link;
    }

    private bool IsLost(string from, string to, Traffic? traffic = null) => _faults.FateOf(
        from, to, traffic ?? Traffic.Control, isObservers: false, _draws, null).Lost is not null;

    /// <summary>Whatever may happen happens, for as long as it may.</summary>
    private sealed class Draws : IFaultDraws
    {
        /// <summary>What happens; null for all that may.</summary>
        public Queue<bool>? Chances { get; set; }

        public bool Chance(double probability) => Chances?.Dequeue() ?? probability > 0;

        public TimeSpan MillisecondsUpTo(int max) => TimeSpan.FromMilliseconds(max);

        public uint Next() => 0;
    }
}
