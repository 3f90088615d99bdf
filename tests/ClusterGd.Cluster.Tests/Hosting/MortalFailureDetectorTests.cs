using Akka.Actor;
using ClusterGd.Cluster.Hosting;
using Xunit;

namespace ClusterGd.Cluster.Tests.Hosting;

/// <summary>Akka asks the detectors whom it may remove.</summary>
public sealed class MortalFailureDetectorTests : IAsyncLifetime
{
    private static readonly Address s_other = Address.Parse("akka.tcp://clustergd@127.0.0.1:1");
    private ClusterMember _member = null!;

    public async Task InitializeAsync() => _member = await ClusterMember.StartAsync(new MemberOptions
    {
        Host = "127.0.0.1", Role = Roles.Node, IsLocal = true,
    });

    public Task DisposeAsync() => _member.EndAsync();

    private bool IsAvailable => _member.Cluster.FailureDetector.IsAvailable(s_other);

    [Fact]
    public void SetDead_NeverHeard_IsNotAvailable()
    {
        MortalFailureDetector.SetDead(_member.Cluster, [s_other]);
        Assert.False(IsAvailable);
    }

    [Fact]
    public void SetDead_JustHeard_IsNotAvailable()
    {
        _member.Cluster.FailureDetector.Heartbeat(s_other);
        Assert.True(IsAvailable);
        MortalFailureDetector.SetDead(_member.Cluster, [s_other]);
        Assert.False(IsAvailable);
    }

    [Fact]
    public void SetDead_OthersNow_IsAvailableAgain()
    {
        MortalFailureDetector.SetDead(_member.Cluster, [s_other]);
        MortalFailureDetector.SetDead(_member.Cluster, []);
        Assert.True(IsAvailable);
    }
}
