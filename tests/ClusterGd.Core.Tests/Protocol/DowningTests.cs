using ClusterGd.Core.Protocol;
using Xunit;

namespace ClusterGd.Core.Tests.Protocol;

/// <summary>
/// Which member removes which from the cluster of a, b, c, d and the client z, in this order. In capital letters: they
/// are heard by others.
/// </summary>
public class DowningTests
{
    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(250);
    private readonly Dictionary<string, Downing> _all = [];
    private readonly Dictionary<string, int> _quarrels = [];
    private TimeSpan _now;

    [Theory]
    [InlineData(3.5, "")]
    [InlineData(4.5, "d")]
    public void Decide_OneIsSilent_IsTakenOutByTheFirstAfterAWhile(double seconds, string expected)
    {
        Assert.Equal(expected, Pass("a", seconds, silent: "d"));
        Assert.Equal("", Pass("b", seconds, silent: "d"));
    }

    [Fact]
    public void Decide_HearsNobody_TakesItselfOut()
    {
        Assert.Equal("", Pass("d", 3.5, silent: "abcz"));
        Assert.Equal("d", Pass("d", 1, silent: "abcz"));
    }

    [Fact]
    public void Decide_ClientThatHearsNoNode_TakesItselfOut() =>
        Assert.Equal("z", Pass("z", 4.5, silent: "abcd"));

    [Fact]
    public void Decide_ClientIsTheFirst_TheFirstNodeActs()
    {
        Assert.Equal("", Pass("z", 30, doubted: "abcd", order: "zabcd"));
        Assert.Equal("d", Pass("a", 4.5, silent: "d", order: "zabcd"));
    }

    [Fact]
    public void Decide_TwoHalves_TheOneWithTheFirstGoesOn()
    {
        Assert.Equal("cd", Pass("a", 4.5, silent: "cd"));
        Assert.Equal("", Pass("b", 4.5, silent: "cd"));
        Assert.Equal("c", Pass("c", 4.5, silent: "abz"));
        Assert.Equal("d", Pass("d", 4.5, silent: "abz"));
    }

    /// <summary>It tells, whenever it is heard, that it hears nobody: no reason to take out the others.</summary>
    [Fact]
    public void Decide_OneComesAndGoesAndDoubtsAll_TakesNobodyOut()
    {
        for (int i = 0; i < 20; i++)
        {
            Assert.Equal("", Pass("a", 3, silent: "d", doubted: "bcdz"));
            Assert.Equal("", Pass("a", 0.75, doubted: "bc"));
            Assert.Equal("", Pass("a", 0.25));
        }
    }

    [Fact]
    public void Decide_AnotherComesAndGoes_TakesOutTheDeadOneAllTheSame()
    {
        string taken = "";
        for (int i = 0; i < 3; i++) taken += Pass("a", 2, silent: "bd") + Pass("a", 1, silent: "b");

        Assert.Equal("b", taken.Distinct().Select(name => $"{name}").Single());
    }

    [Fact]
    public void Decide_TwoThatHearTheFirstDoNotHearEachOther_TheLastGoesInTheEnd()
    {
        Assert.Equal("", Pass("a", 19.5, doubted: "bd"));
        Assert.Equal("d", Pass("a", 1, doubted: "bd"));
        Assert.Equal("", Pass("b", 20.5, silent: "", doubted: "d"));
    }

    [Fact]
    public void Decide_PortRefuses_IsRemovedAtOnceWhoeverKnowsIt()
    {
        Assert.Equal("a", Pass("b", 0.25, dead: "a"));
        Assert.Equal("bcd", Pass("z", 0.25, dead: "bcd"));
    }

    /// <summary>Of two the one with the higher name would else remove itself.</summary>
    [Fact]
    public void Decide_OnlyOtherMemberIsDead_GoesOn()
    {
        Assert.Equal("a", Pass("b", 0.25, silent: "a", dead: "a", order: "ab"));
        Assert.Equal("", Pass("b", 30, order: "b"));
    }

    [Fact]
    public void Decide_DeadAndSilent_TheDeadHaveNoVote()
    {
        Assert.Equal("ab", Pass("c", 0.25, silent: "abd", dead: "ab"));
        Assert.Equal("d", Pass("c", 5, silent: "d", order: "cd"));
    }

    [Fact]
    public void Decide_OthersHearTheClient_IsNeverRemoved()
    {
        Assert.Equal("", Pass("a", 60, silent: "Z"));
        Assert.Equal("", Pass("b", 60, doubted: "z"));
    }

    [Fact]
    public void Decide_NobodyHearsTheClient_IsRemovedByTheFirstNode()
    {
        Assert.Equal("", Pass("b", 30, silent: "z"));
        Assert.Equal("z", Pass("a", 4.5, silent: "z"));
    }

    [Theory]
    [InlineData("C")]
    [InlineData("bcd")]
    [InlineData("BCD")]
    public void Decide_ClientHearsOneNode_Stays(string silent) => Assert.Equal("", Pass("z", 60, silent));

    /// <summary>Three of four are heard, if not by this one.</summary>
    [Fact]
    public void Decide_HearsOneNodeThatHearsTheOthers_Stays() => Assert.Equal("", Pass("d", 15, silent: "AB"));

    [Fact]
    public void Decide_QuarrelWithANodeWithoutWork_CostsNobody()
    {
        Assert.Equal("", Pass("a", 60, silent: "D", idle: "abcd"));
    }

    /// <summary>The only node with work is cut off from three that have none.</summary>
    [Fact]
    public void Decide_MostNodesAreIdle_HaveAVoteAllTheSame()
    {
        Assert.Equal("a", Pass("a", 4.5, silent: "bcdz", idle: "bcdz"));
        Assert.Equal("a", Pass("b", 4.5, silent: "a", idle: "bcdz"));
    }

    [Fact]
    public void Decide_QuarrelsOfOneWithAll_ItGoes()
    {
        _quarrels["b"] = 2;

        Assert.Equal("b", Pass("a", 20.5, doubted: "bcd"));
    }

    [Fact]
    public void Decide_NoMemberYet_TakesNobodyOut() => Assert.Equal("", Pass("e", 10, silent: "abcd"));

    /// <summary>Looks for so long.</summary>
    /// <returns>Whom it takes out, the first time that it does.</returns>
    private string Pass(string self, double seconds, string silent = "", string doubted = "", string order = "abcdz",
        string dead = "", string idle = "z")
    {
        if (!_all.TryGetValue(self, out var downing))
        {
            _all[self] = downing = new Downing(self, TimeSpan.FromSeconds(4), TimeSpan.FromSeconds(20));
        }
        var members = order.Select(name => new MemberView(
            $"{name}", name != 'z', !silent.ToLowerInvariant().Contains(name), doubted.Contains(name))
        {
            IsDead = dead.Contains(name), IsHeardByOthers = silent.Contains(char.ToUpperInvariant(name)),
            IsIdle = idle.Contains(name), QuarrelCount = _quarrels.GetValueOrDefault($"{name}", 1),
        }).ToList();
        for (var end = _now + TimeSpan.FromSeconds(seconds); _now < end; _now += s_look)
        {
            var taken = downing.Decide(members, _now);
            if (taken.Length > 0) return string.Concat(taken);
        }
        return "";
    }
}
