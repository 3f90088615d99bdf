using ClusterGd.Core.Reduction;
using CsCheck;
using Xunit;

namespace ClusterGd.Core.Tests.Protocol;

public class ReductionTreeTests
{
    /// <summary>Where it does not matter what is displaced.</summary>
    private static readonly List<string> s_none = [];

    [Fact]
    public void Offer_AllLeavesOfFive_SumsInTheFixedOrder()
    {
        Assert.Equal("(((0+1)+(2+3))+4)", Reduce(5, [4, 2, 0, 3, 1]));
    }

    [Fact]
    public void Offer_SameLeafTwice_RefusesTheSecond()
    {
        var tree = new ReductionTree<string>(4);

        Assert.True(tree.Offer(Subtree.Leaf(2), "2", s_none));
        Assert.False(tree.Offer(Subtree.Leaf(2), "2", s_none));
    }

    [Fact]
    public void Offer_LeafUnderAPairThatIsBeingAdded_IsADuplicate()
    {
        var tree = new ReductionTree<string>(4);
        tree.Offer(Subtree.Leaf(0), "0", s_none);
        tree.Offer(Subtree.Leaf(1), "1", s_none);

        Assert.True(tree.TryTakePair(Subtree.Leaf(1), out string? left, out string? right));
        Assert.Equal(("0", "1"), (left, right));
        Assert.False(tree.Offer(Subtree.Leaf(0), "0", s_none));
    }

    [Fact]
    public void Offer_LargerSubtree_DisplacesTheNestedOnes()
    {
        var tree = new ReductionTree<string>(8);
        var displaced = new List<string>();
        tree.Offer(Subtree.Leaf(1), "1", displaced);
        tree.Offer(Subtree.Leaf(3), "3", displaced);

        Assert.True(tree.Offer(new Subtree(2, 0), "0..3", displaced));

        Assert.Equal(["1", "3"], displaced);
        Assert.Equal([4, 5, 6, 7], tree.MissingShards());
    }

    [Fact]
    public void Cover_ShardsOneToSix_TakesTheFewestAlignedSubtrees()
    {
        var cover = Subtree.Cover(new HashSet<int> { 1, 2, 3, 4, 5, 6 }, 8);

        Assert.Equal([new Subtree(0, 1), new Subtree(1, 1), new Subtree(1, 2), new Subtree(0, 6)], cover);
    }

    [Fact]
    public void Canonical_LastOfFive_IsPassedThroughTheMissingSiblings()
    {
        Assert.Equal(new Subtree(2, 1), Subtree.Leaf(4).Canonical(5));
    }

    [Fact]
    public void Reduce_AnyOrderDuplicatesAndGrouping_GivesTheSameExpression() =>
        Gen.Select(Gen.Int[1, 21], Gen.Int[0, int.MaxValue], Gen.Int[1, 6]).Sample((shardCount, salt, nodes) =>
        {
            string expected = Reduce(shardCount, Enumerable.Range(0, shardCount));
            Assert.Equal(expected, ReduceScrambled(shardCount, salt, nodes));
        });

    /// <summary>
    /// Some leaves come twice, some as the subtree that a node has combined before, all in a random order.
    /// </summary>
    private static string ReduceScrambled(int shardCount, int salt, int nodes)
    {
        var random = new Random(salt);
        var arrivals = new List<(Subtree Subtree, string Sum)>();
        for (int node = 0; node < nodes; node++)
        {
            var hosted = Enumerable.Range(0, shardCount).Where(_ => node == 0 || random.Next(2) == 0).ToHashSet();
            foreach (var subtree in Subtree.Cover(hosted, shardCount))
            {
                arrivals.Add((subtree, Expression(subtree, shardCount)));
            }
        }
        arrivals.AddRange(Enumerable.Range(0, shardCount).Select(s => (Subtree.Leaf(s), $"{s}")));
        var shuffled = arrivals.OrderBy(_ => random.Next()).ToList();
        var tree = new ReductionTree<string>(shardCount);
        foreach (var (subtree, sum) in shuffled) Add(tree, subtree, sum);
        return tree.Complete!;
    }

    private static string Expression(Subtree subtree, int shardCount)
    {
        if (subtree.End(shardCount) - subtree.First == 1) return $"{subtree.First}";
        var left = new Subtree(subtree.Level - 1, subtree.Index * 2);
        return left.Sibling.First >= shardCount
            ? Expression(left, shardCount)
            : $"({Expression(left, shardCount)}+{Expression(left.Sibling, shardCount)})";
    }

    private static string Reduce(int shardCount, IEnumerable<int> order)
    {
        var tree = new ReductionTree<string>(shardCount);
        foreach (int shard in order) Add(tree, Subtree.Leaf(shard), $"{shard}");
        return tree.Complete!;
    }

    private static void Add(ReductionTree<string> tree, Subtree subtree, string sum)
    {
        if (!tree.Offer(subtree, sum, s_none)) return;
        var last = subtree;
        while (tree.TryTakePair(last, out string? left, out string? right))
        {
            last = last.Canonical(tree.ShardCount).Parent;
            tree.Returned(last, $"({left}+{right})", s_none);
        }
    }
}
