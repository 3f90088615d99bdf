using ClusterGd.Core.Protocol;
using Xunit;

namespace ClusterGd.Core.Tests.Protocol;

/// <summary>The node b of a former cluster of a, b and c.</summary>
public class ReunionTests
{
    private static readonly TimeSpan s_now = TimeSpan.FromSeconds(10);
    private readonly Reunion _reunion = new("b", ["a", "b", "c"]);

    [Fact]
    public void MayForm_NobodyHasAnswered_Waits() => Assert.False(_reunion.MayForm(s_now));

    [Fact]
    public void MayForm_OneCannotBeReached_Waits()
    {
        _reunion.Answered("c", isMember: false, s_now);

        Assert.False(_reunion.MayForm(s_now));
    }

    [Fact]
    public void MayForm_OneIsInACluster_Waits()
    {
        _reunion.IsDead("a", s_now);
        _reunion.Answered("c", isMember: true, s_now);

        Assert.False(_reunion.MayForm(s_now));
    }

    [Fact]
    public void MayForm_AllAreAlone_OnlyTheFirstDoes()
    {
        _reunion.Answered("a", isMember: false, s_now);
        _reunion.Answered("c", isMember: false, s_now);
        var first = new Reunion("a", ["a", "b", "c"]);
        first.Answered("b", isMember: false, s_now);
        first.Answered("c", isMember: false, s_now);

        Assert.False(_reunion.MayForm(s_now));
        Assert.True(first.MayForm(s_now));
    }

    [Fact]
    public void MayForm_TheFirstIsDead_TheNextDoes()
    {
        _reunion.IsDead("a", s_now);
        _reunion.Answered("c", isMember: false, s_now);

        Assert.True(_reunion.MayForm(s_now));
    }

    [Fact]
    public void MayForm_AnswersAreOld_Waits()
    {
        _reunion.IsDead("a", s_now);
        _reunion.Answered("c", isMember: false, s_now);

        Assert.False(_reunion.MayForm(s_now + TimeSpan.FromSeconds(4)));
    }
}
