using ClusterGd.Core.Data;
using ClusterGd.Core.Protocol;
using ClusterGd.Tests;
using Xunit;

namespace ClusterGd.Core.Tests.Data;

public class ShardStoreTests
{
    private const int Shards = 7;
    private static readonly DataSet s_data = WithTest(TestJobs.Named("mlp").Data);

    [Fact]
    public void Get_WholeData_IsTheDataItselfFromTheShardsStart()
    {
        var store = new ShardStore(s_data, Shards);

        Assert.Same(s_data.Train, store.Get(RowSet.Train, 3, out int first));
        Assert.Equal(3 * 1000 / 7, first);
        Assert.Same(s_data.Test, store.Get(RowSet.Test, 6, out first));
        Assert.Equal(6 * 50 / 7, first);
    }

    [Fact]
    public void Has_ShardByShard_NeedsTrainingAndTestRows()
    {
        var store = new ShardStore(DataSummary.Of(s_data), Shards);
        Assert.False(store.Has(2));
        Add(store, RowSet.Train, 2);
        Assert.False(store.Has(2));
        Add(store, RowSet.Test, 2);
        Assert.True(store.Has(2));
        Assert.False(store.Has(1));
        Assert.Null(store.AllTrain);
    }

    [Fact]
    public void Has_DataWithValidationRows_NeedsThemToo()
    {
        var data = s_data with { Validation = RowsPart.Of(s_data.Train, 100, 30) };
        var store = new ShardStore(DataSummary.Of(data), Shards);
        foreach (var set in new[] { RowSet.Train, RowSet.Test })
        {
            store.Add(set, 2, RowsPart.Of(data.Of(set)!, store.Start(set, 2), store.RowCount(set, 2)));
        }

        Assert.False(store.Has(2));
        store.Add(RowSet.Validation, 2, RowsPart.Of(
            data.Validation, store.Start(RowSet.Validation, 2), store.RowCount(RowSet.Validation, 2)));
        Assert.True(store.Has(2));
    }

    [Fact]
    public void Has_DataWithoutTestRows_NeedsTrainingRowsAlone()
    {
        var data = s_data with { Test = null };
        var store = new ShardStore(DataSummary.Of(data), Shards);
        Add(store, RowSet.Train, 0);
        Assert.True(store.Has(0));
    }

    [Fact]
    public void Get_AddedTwice_IsTheFirst()
    {
        var store = new ShardStore(DataSummary.Of(s_data), Shards);
        var rows = Add(store, RowSet.Train, 4);
        Add(store, RowSet.Train, 4);
        Assert.Same(rows, store.Get(RowSet.Train, 4, out int first));
        Assert.Equal(0, first);
    }

    [Fact]
    public void Get_ShardThatIsNotHere_SaysWhich()
    {
        var store = new ShardStore(DataSummary.Of(s_data), Shards);
        var e = Assert.Throws<InvalidOperationException>(() => store.Get(RowSet.Test, 5, out _));
        Assert.Contains("test rows of shard 5 of 7", e.Message);
    }

    [Fact]
    public void Add_RowsOfAnotherShape_IsRefusedWithBothShapes()
    {
        var store = new ShardStore(DataSummary.Of(s_data), Shards);
        var e = Assert.Throws<ArgumentException>(() => store.Add(RowSet.Train, 0, RowsPart.Of(s_data.Train, 0, 143)));
        Assert.Contains("143 rows of 20 features and 1 targets", e.Message);
        Assert.Contains("shard 0 of 7, which has 142 of 20 and 1", e.Message);
    }

    [Theory]
    [InlineData("logistic", true)]
    [InlineData("mlp", true)]
    [InlineData("kmeans", false)]
    public void InitialParameters_ShardsAlone_AreTheSameWhereTheModelAsksForNoRows(string name, bool can)
    {
        var (job, data) = TestJobs.Named(name);
        var plan = new TrainingPlan(job, DataSummary.Of(data));
        var parts = RowsPart.ShardByShard(data, plan.ShardCount);

        Assert.Equal(can, plan.CanInitialize(parts));
        if (!can)
        {
            var e = Assert.Throws<InvalidOperationException>(() => plan.InitialParameters(parts));
            Assert.Contains($"model '{name}'", e.Message);
            return;
        }
        Assert.Equal(plan.InitialParameters(new ShardStore(data, plan.ShardCount)), plan.InitialParameters(parts));
    }

    private static Rows Add(ShardStore store, RowSet set, int shard)
    {
        var rows = RowsPart.Of(
            set == RowSet.Train ? s_data.Train : s_data.Test!, store.Start(set, shard), store.RowCount(set, shard));
        store.Add(set, shard, rows);
        return rows;
    }

    private static DataSet WithTest(DataSet data) => data with { Test = RowsPart.Of(data.Train, 20, 50) };
}
