using ClusterGd.Core.Protocol;
using Xunit;

namespace ClusterGd.Core.Tests.Protocol;

public class SuccessionTests
{
    private static readonly TimeSpan s_pulse = TimeSpan.FromMilliseconds(200);
    private readonly Succession _succession = new("c");
    private TimeSpan _now;

    public SuccessionTests() => _succession.MembersAre(["b", "c", "a", "d"]);

    [Fact]
    public void Coordinator_NothingHeardYet_IsAtTheOldest()
    {
        Pass(seconds: 10);

        Assert.Equal("b", _succession.Coordinator);
        Assert.Empty(_succession.Silent);
    }

    [Fact]
    public void Coordinator_OldestFallsSilent_IsAtTheNextWithinTheDeadline()
    {
        Pass(seconds: 5, "b", "a", "d");
        Pass(seconds: 1.5, "a", "d");

        Assert.Equal(["b"], _succession.Silent);
        Assert.Equal("c", _succession.Coordinator);
    }

    [Fact]
    public void Coordinator_SilentOneIsHeardAgain_StaysWithWhoTookOver()
    {
        Pass(seconds: 5, "b", "a", "d");
        Pass(seconds: 2, "a", "d");
        _succession.Follow("c", 1 << 20, _now);
        Pass(seconds: 1, "b", "a", "d");

        Assert.Empty(_succession.Silent);
        Assert.Equal("c", _succession.Coordinator);
    }

    [Fact]
    public void Coordinator_DirectiveOfALowerTerm_ChangesNothing()
    {
        _succession.Follow("a", 9, _now);
        _succession.Follow("b", 8, _now);

        Assert.Equal("a", _succession.Coordinator);
    }

    [Fact]
    public void Silent_MostAreNotHeard_NamesNobody()
    {
        Pass(seconds: 5, "b", "a", "d");
        Pass(seconds: 10, "d");

        Assert.Empty(_succession.Silent);
        Assert.Equal("b", _succession.Coordinator);
    }

    [Fact]
    public void Silent_HalfAreHeardWithTheFirstByName_NamesTheOthers()
    {
        Pass(seconds: 5, "b", "a", "d");
        Pass(seconds: 5, "a");

        Assert.Equal(["b", "d"], _succession.Silent);
    }

    [Fact]
    public void Silent_OneWasAwayItself_NamesNobody()
    {
        Pass(seconds: 5, "b", "a", "d");
        _now += TimeSpan.FromSeconds(15);
        _succession.Tick(_now);

        Assert.Empty(_succession.Silent);
    }

    [Fact]
    public void Silent_PulsesOftenLate_WaitsLonger()
    {
        for (int i = 0; i < 20; i++)
        {
            Pass(seconds: 0.8, "a", "d");
            Pass(seconds: 0.2, "b", "a", "d");
        }
        Pass(seconds: 1.2, "a", "d");

        Assert.Empty(_succession.Silent);
    }

    [Fact]
    public void Silent_OneThatIsNoHeir_NamesNobody()
    {
        _succession.MembersAre(["b", "a", "d", "c"]);
        Pass(seconds: 5, "b", "a", "d");
        Pass(seconds: 5, "a", "d");

        Assert.Empty(_succession.Silent);
    }

    [Fact]
    public void Silent_OneBecomesAnHeir_WaitsToBeTold()
    {
        _succession.MembersAre(["b", "a", "d", "c"]);
        Pass(seconds: 1, "b");
        Pass(seconds: 5);
        _succession.MembersAre(["b", "a", "c"]);
        Pass(seconds: 0.4);

        Assert.Empty(_succession.Silent);
    }

    [Fact]
    public void Listeners_AreTheOldestAndTheCoordinator()
    {
        _succession.MembersAre(["b", "c", "a", "d", "e"]);
        _succession.Follow("e", 1, _now);

        Assert.Equal(["b", "a", "e"], _succession.Listeners);
    }

    private void Pass(double seconds, params string[] heard)
    {
        for (var end = _now + TimeSpan.FromSeconds(seconds); _now < end;)
        {
            _now += s_pulse;
            foreach (string node in heard) _succession.Hear(node, _now);
            _succession.Tick(_now);
        }
    }
}
