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

    /// <summary>Both begin before the first layout: were each to follow the other, there were none.</summary>
    [Fact]
    public void Follow_TwoOfTheSameTerm_AllHaveTheFirstByName()
    {
        var other = new Succession("b");
        other.MembersAre(["b", "c", "a", "d"]);
        foreach (var succession in new[] { _succession, other })
        {
            succession.Follow(succession == other ? "b" : "c", 0, _now);
            succession.Follow(succession == other ? "c" : "b", 0, _now);
            Assert.Equal("b", succession.Coordinator);
        }
    }

    /// <summary>Only the link between the two is broken: a second coordinator would undo what the first does.</summary>
    [Fact]
    public void Coordinator_AnotherHeirHearsTheSilentOne_StaysWhereItIs()
    {
        _succession.Follow("b", 9, _now);
        Pass(seconds: 5, "b", "a", "d");
        for (int i = 0; i < 20; i++)
        {
            _now += s_pulse;
            _succession.Hear("a", _now, hearsMost: true, heard: ["b"]);
            _succession.Hear("d", _now);
            _succession.Tick(_now);
        }
        Assert.Equal(["b"], _succession.Silent);
        Assert.Equal("b", _succession.Coordinator);

        Pass(seconds: 1.5, "a", "d");
        Assert.Equal("c", _succession.Coordinator);
    }

    /// <summary>A client and the coordinator do not hear each other, although all nodes hear it.</summary>
    [Fact]
    public void TakeOver_FromTheCoordinator_IsHereUntilAnotherOfAHigherTermSpeaks()
    {
        _succession.Follow("b", 9, _now);
        _succession.TakeOver("b");
        _succession.Follow("b", 9, _now);
        Assert.Equal("c", _succession.Coordinator);

        _succession.Follow("a", 1 << 20, _now);
        Assert.Equal("a", _succession.Coordinator);
    }

    [Fact]
    public void TakeOver_FromOneThatIsItNoMore_ChangesNothing()
    {
        _succession.Follow("a", 9, _now);
        _succession.TakeOver("b");

        Assert.Equal("a", _succession.Coordinator);
    }

    /// <summary>What it says of others is what it hears itself, of those that hear most.</summary>
    [Fact]
    public void Heard_SomeHearMost_AreTheyAsLongAsTheyAreHeard()
    {
        Pass(seconds: 1, "a", "b", "d");
        _succession.Hear("a", _now, hearsMost: true);
        _succession.Hear("b", _now, hearsMost: false);
        Assert.Equal(["a"], _succession.Heard);
        Assert.True(_succession.HearsMost);

        Pass(seconds: 5, "b", "d");
        Assert.Empty(_succession.Heard);
    }

    /// <summary>It does not know that it would have to go on in its predecessor's place, and says nothing.</summary>
    [Fact]
    public void Coordinator_AnotherProcessComesInItsPlace_IsNotThere()
    {
        _succession.Follow("d", 9, _now);
        _succession.MembersAre(["b", "c", "a"]);
        _succession.MembersAre(["b", "c", "a", "d"]);

        Assert.Equal("b", _succession.Coordinator);
    }

    /// <summary>The process that spoke may have been another one.</summary>
    [Fact]
    public void Coordinator_SpeaksBeforeItIsKnownAsAMember_IsThereOnceItSpeaksAgain()
    {
        _succession.Follow("e", 9, _now);
        _succession.MembersAre(["b", "c", "a", "d", "e"]);
        Assert.Equal("b", _succession.Coordinator);

        _succession.Follow("e", 9, _now);
        Assert.Equal("e", _succession.Coordinator);
    }

    /// <summary>Only this one had heard of its higher term.</summary>
    [Fact]
    public void Coordinator_OneOfAHigherTermDies_IsWhereAnotherSpeaks()
    {
        _succession.Follow("d", 9, _now);
        _succession.Follow("a", 8, _now);
        Assert.Equal("d", _succession.Coordinator);

        _succession.MembersAre(["b", "c", "a"]);
        _succession.Follow("d", 9, _now);
        _succession.Follow("a", 8, _now);
        Assert.Equal("a", _succession.Coordinator);
    }

    /// <summary>Nobody tells itself that it is there.</summary>
    [Fact]
    public void Coordinator_IsHereAndHasNothingToSayForLong_StaysHere()
    {
        _succession.Follow("c", 9, _now);
        Pass(seconds: 60, "b", "a", "d");

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
