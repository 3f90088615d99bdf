using ClusterGd.Core.Data;
using Xunit;

namespace ClusterGd.Core.Tests.Data;

public class RowOrderTests
{
    public static TheoryData<int> Counts => [1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 100, 1000, 65535, 65536, 65537];

    [Theory]
    [MemberData(nameof(Counts))]
    public void Fill_AllPositions_IsAPermutation(int count)
    {
        var rows = new int[count];
        for (int epoch = 0; epoch < 3; epoch++)
        {
            new RowOrder(seed: 1, epoch, shard: 2, count).Fill(0, 0, rows);
            Array.Sort(rows);
            Assert.Equal(Enumerable.Range(0, count), rows);
        }
    }

    [Fact]
    public void Fill_FromTheMiddle_NeedsNoReplay()
    {
        var order = new RowOrder(seed: 1, epoch: 0, shard: 0, count: 1000);
        var rows = new int[10];

        order.Fill(500, 7000, rows);

        Assert.Equal(Enumerable.Range(500, 10).Select(position => order[position] + 7000), rows);
    }

    [Theory]
    [InlineData(2, 0, 0)]
    [InlineData(1, 1, 0)]
    [InlineData(1, 0, 1)]
    public void Order_OtherSeedEpochOrShard_IsAnother(ulong seed, int epoch, int shard)
    {
        int[] one = new int[1000], other = new int[1000];

        new RowOrder(1, 0, 0, 1000).Fill(0, 0, one);
        new RowOrder(seed, epoch, shard, 1000).Fill(0, 0, other);

        // Two independent orders agree in one position on average.
        Assert.True(one.Zip(other).Count(pair => pair.First == pair.Second) < 10);
    }

    [Fact]
    public void Order_FourThousandEpochs_PutsEveryRowEverywhereAlike()
    {
        // 5 rows at 5 positions, 800 times each on average; deviation √(4000·0.2·0.8) = 25.
        var counts = new int[5, 5];
        for (int epoch = 0; epoch < 4000; epoch++)
        {
            var order = new RowOrder(9, epoch, 0, 5);
            for (int position = 0; position < 5; position++) counts[position, order[position]]++;
        }
        foreach (int count in counts) Assert.InRange(count, 800 - 110, 800 + 110);
    }
}
