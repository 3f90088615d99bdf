using Akka.TestKit.Xunit2;
using ClusterGd.Cluster.Transport;
using ClusterGd.Core.Protocol;
using ClusterGd.Core.Reduction;
using ClusterGd.Tests;
using Xunit;

namespace ClusterGd.Cluster.Tests.Actors;

public class ReceiversTests : TestKit
{
    private readonly Receivers _receivers = new();
    private readonly RoleAddress _slice = RoleAddress.OfSlice(1, "a");

    [Fact]
    public void Tell_RoleOfAnotherIndex_IsNotHeard()
    {
        _receivers.Attach(_slice, TestActor);
        _receivers.Tell(RoleAddress.OfSlice(2, "a"), "for slice 2");
        _receivers.Tell(_slice, "for slice 1");

        ExpectMsg("for slice 1", Limits.Hang);
    }

    /// <summary>A slice that is stopped ends after the one that was started in its place.</summary>
    [Fact]
    public void Detach_OfTheOneBefore_KeepsTheOneInItsPlace()
    {
        var before = CreateTestProbe();
        _receivers.Attach(_slice, before);
        _receivers.Attach(_slice, TestActor);
        _receivers.Detach(_slice, before);
        _receivers.Tell(_slice, "still here");

        ExpectMsg("still here", Limits.Hang);
    }

    [Fact]
    public void Tell_RoleThatIsGone_GivesTheBufferBack()
    {
        var pool = new FloatPool(4);
        _receivers.Attach(_slice, TestActor);
        _receivers.Detach(_slice, TestActor);
        _receivers.Tell(_slice, new SlicePublished(1, 0, 2, 1, false, 0.5, pool.Rent()));

        Assert.True(pool.HasFree);
    }
}
