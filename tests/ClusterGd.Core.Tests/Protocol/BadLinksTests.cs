using ClusterGd.Core.Protocol;
using Xunit;

namespace ClusterGd.Core.Tests.Protocol;

public class BadLinksTests
{
    private static readonly string[] s_nodes = ["a", "b", "c", "d"];

    [Fact]
    public void Cover_OneNodeReachesNobody_IsThatNode() =>
        Assert.Equal(["c"], Cover(Link("c", "a"), Link("c", "b"), Link("c", "d")));

    /// <summary>The others have noticed a moment later, or not yet for certain.</summary>
    [Fact]
    public void Cover_OneLinkOfABadNodeIsOverdueFirst_IsThatNode() =>
        Assert.Equal(["c"], Cover(Link("c", "a"), Link("c", "b", isOverdue: false)));

    [Fact]
    public void Cover_OnePair_IsTheOneThatCostsLess()
    {
        Assert.Equal(["b"], BadLinks.Cover([Link("b", "d"), Link("d", "b")], s_nodes, node => node == "b" ? 1 : 2));
        Assert.Equal(["d"], BadLinks.Cover([Link("b", "d"), Link("d", "b")], s_nodes, node => node == "b" ? 2 : 1));
    }

    [Fact]
    public void Cover_HalvesThatDoNotReachEachOther_IsOneHalf()
    {
        var links = from one in new[] { "a", "b" } from other in new[] { "c", "d" } select Link(one, other);

        Assert.Equal(["c", "d"], Cover([.. links]).Order());
    }

    [Fact]
    public void Cover_NothingIsOverdue_IsNobody() => Assert.Empty(Cover(Link("c", "a", isOverdue: false)));

    [Fact]
    public void Cover_LinkOfAnotherThanTheNodes_DoesNotCount() => Assert.Empty(Cover(Link("client", "a")));

    [Fact]
    public void Describe_OneDirection_NamesBothEnds() => Assert.Equal(
        "tensors from b to a do not arrive since 3.1 s; control messages do", BadLinks.Describe([Link("b", "a")]));

    [Fact]
    public void Describe_BothDirections_NamesTheNodeThatTheyHaveInCommon() => Assert.Equal(
        "tensors between b and a, c do not arrive since 3.1 s; control messages do",
        BadLinks.Describe([Link("b", "a"), Link("a", "b"), Link("c", "b")]));

    [Fact]
    public void Describe_AllDirectionsOfThree_NamesEachOnce() => Assert.Equal(
        "tensors among a, b, c do not arrive since 3.1 s; control messages do",
        BadLinks.Describe([Link("a", "b"), Link("b", "c"), Link("c", "a")]));

    [Fact]
    public void Describe_LargePacketsOnly_AsksForTheMtu() => Assert.Equal(
        "out of reach for large packets (large packets do not arrive: MTU? from b to a since 3.1 s; small ones do)",
        BadLinks.Describe([Link("b", "a") with { IsLargeOnly = true }, Link("c", "a")], "b"));

    [Fact]
    public void Describe_LargePacketsOnlyWherePacketsAreLost_IsPacketLoss() => Assert.Equal(
        "out of reach for tensors (tensors from b to a do not arrive since 3.1 s: packet loss (18 % of segments sent " +
        "again))", BadLinks.Describe([Link("b", "a") with { IsLargeOnly = true, Loss = 0.18 }], "b"));

    [Fact]
    public void DescribeSlow_Links_NamesThemAndTheWorstShare() => Assert.Equal(
        "tensors from b to a, c are slow: packet loss (up to 25 % of segments sent again)",
        BadLinks.DescribeSlow([Link("b", "a") with { Loss = 0.18 }, Link("b", "c") with { Loss = 0.25 }]));

    private static IReadOnlyList<string> Cover(params BadLink[] links) => BadLinks.Cover(links, s_nodes, _ => 0);

    private static BadLink Link(string from, string to, bool isOverdue = true) =>
        new(from, to, TimeSpan.FromSeconds(3.1), false, isOverdue);
}
