using System.Collections.Immutable;
using ClusterGd.Core.Protocol;
using Xunit;

namespace ClusterGd.Core.Tests.Protocol;

/// <summary>What node a makes of reports in a cluster of a, b, c and the client z.</summary>
public class MemberViewsTests
{
    [Fact]
    public void With_AllAreHeard_NobodyIsDoubted() =>
        Assert.All(Views("", [], "abc"), view => Assert.False(view.IsDoubted));

    [Fact]
    public void With_TwoThatAreHeardDoNotHearEachOther_BothHaveAQuarrel()
    {
        var views = Views("", new() { ["b"] = ["c"], ["c"] = ["b"] }, "abc");

        Assert.Equal([0, 1, 1, 0], views.Select(view => view.QuarrelCount));
        Assert.Equal([false, true, true, false], views.Select(view => view.IsDoubted));
    }

    [Fact]
    public void With_OneIsNotHeardHere_IsHeardByOthersThatSaySo()
    {
        Assert.True(Views("c", new() { ["b"] = [] }, "abc")[2].IsHeardByOthers);
        Assert.False(Views("c", new() { ["b"] = ["c"] }, "abc")[2].IsHeardByOthers);
    }

    /// <summary>Its process may be gone, or its report may be of before.</summary>
    [Fact]
    public void With_ReportOfOneThatIsNotHeard_DoesNotCount()
    {
        var view = Views("bc", new() { ["b"] = [] }, "abc")[2];

        Assert.False(view.IsHeardByOthers);
    }

    /// <summary>It hosts nothing: it neither keeps a node in the cluster nor has it removed.</summary>
    [Fact]
    public void With_ReportOfAClient_DoesNotCount()
    {
        Assert.False(Views("c", new() { ["z"] = [] }, "abc")[2].IsHeardByOthers);
        Assert.Equal(0, Views("", new() { ["z"] = ["c"] }, "abc")[2].QuarrelCount);
    }

    [Fact]
    public void With_QuarrelWithANodeWithoutWork_IsNone()
    {
        var views = Views("", new() { ["b"] = ["c"] }, "ac");

        Assert.Equal([false, true, false, true], views.Select(view => view.IsIdle));
        Assert.Equal(0, views[2].QuarrelCount);
    }

    private static ImmutableArray<MemberView> Views(
        string unheard, Dictionary<string, ImmutableArray<string>> reports, string working) => MemberViews.With(
            "a", [.. "abcz".Select(name => new MemberView($"{name}", name != 'z', !unheard.Contains(name), false))],
            reports, [.. working.Select(name => $"{name}")]);
}
