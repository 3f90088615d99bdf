using ClusterGd.Cluster.Rows;
using ClusterGd.Core.Data;
using ClusterGd.Core.Protocol;
using ClusterGd.Core.Reduction;
using ClusterGd.Data;
using ClusterGd.Tests;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace ClusterGd.Cluster.Tests.Rows;

/// <summary>Rows from a process that has them to one that has not, with what a network may do to the chunks.</summary>
public sealed class RowTransferTests : IDisposable
{
    private static readonly TimeSpan s_limit = Limits.Hang;
    private readonly string _folder = Directory.CreateTempSubdirectory("clustergd-rows-").FullName;
    private readonly List<string> _notes = [];
    private int _askedCount;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("logistic")]
    [InlineData("mlp")]
    [InlineData("kmeans")]
    [InlineData("weighted logistic")]
    [InlineData("weighted mlp")]
    [InlineData("weighted kmeans")]
    public async Task Fetch_EveryShard_GivesTheGradientsOfTheWholeData(string name)
    {
        var (plan, whole) = Case(name);
        var store = new ShardStore(plan.Data, plan.ShardCount);
        var fetcher = NewFetcher(plan, store, new RowServer(plan, whole, () => null));

        int[] shards = [.. Enumerable.Range(0, plan.ShardCount)];
        foreach (int shard in shards) await fetcher.FetchAsync(shard, default).WaitAsync(s_limit);

        Assert.All(shards, shard => Assert.Equal(Gradient(plan, whole, shard), Gradient(plan, store, shard)));
    }

    [Fact]
    public async Task Fetch_ChunksLostDoubledAndDamaged_AsksAgainAndGetsTheRows()
    {
        var (plan, whole) = Case("logistic");
        var store = new ShardStore(plan.Data, plan.ShardCount);
        var server = new RowServer(plan, whole, () => null);
        int count = 0;
        RowFetcher fetcher = null!;
        fetcher = new RowFetcher(plan, store, new ShardCache(null, NullLogger.Instance), (_, item, offset) =>
        {
            // The first is damaged, the second lost, the third comes twice.
            var chunk = server.Answer(item, offset)!;
            int turn = count++;
            if (turn == 0) chunk.Bytes[100] ^= 1;
            if (turn == 1) return;
            Deliver(fetcher, chunk);
            if (turn == 2) Deliver(fetcher, chunk);
        }, new ListLog(_notes))
        { Sources = ["first", "second"] };

        await fetcher.FetchAsync(3, default).WaitAsync(s_limit);

        Assert.Equal(Gradient(plan, whole, 3), Gradient(plan, store, 3));
        Assert.Contains(_notes, note => note.Contains("damaged", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Fetch_SecondRun_IsServedByTheCache()
    {
        var (plan, whole) = Case("mlp");
        var server = new RowServer(plan, whole, () => null);
        var first = NewFetcher(plan, new ShardStore(plan.Data, plan.ShardCount), server);
        await first.FetchAsync(0, default).WaitAsync(s_limit);
        int asked = _askedCount;
        var store = new ShardStore(plan.Data, plan.ShardCount);

        await NewFetcher(plan, store, server).FetchAsync(0, default).WaitAsync(s_limit);

        Assert.True(store.Has(0));
        Assert.Equal(asked, _askedCount);
    }

    [Fact]
    public async Task FetchInitial_OfKMeans_IsWhatTheWholeDataGives()
    {
        var (plan, whole) = Case("kmeans");
        float[] initial = plan.InitialParameters(whole);
        var fetcher = NewFetcher(
            plan, new ShardStore(plan.Data, plan.ShardCount), new RowServer(plan, whole, () => initial));

        Assert.Equal(initial, await fetcher.FetchInitialAsync(default).WaitAsync(s_limit));
    }

    [Theory]
    [InlineData(-1, 0)]
    [InlineData(99, 0)]
    [InlineData(0, -1)]
    [InlineData(0, long.MaxValue)]
    public void Answer_WhatThereIsNot_IsNothing(int shard, long offset)
    {
        var (plan, whole) = Case("mlp");
        Assert.Null(new RowServer(plan, whole, () => null).Answer(new RowItem(RowItemKind.Train, shard), offset));
    }

    private RowFetcher NewFetcher(TrainingPlan plan, ShardStore store, RowServer server)
    {
        RowFetcher fetcher = null!;
        fetcher = new RowFetcher(plan, store, new ShardCache(_folder, new ListLog(_notes)), (_, item, offset) =>
        {
            _askedCount++;
            Deliver(fetcher, server.Answer(item, offset)!);
        }, new ListLog(_notes))
        { Sources = ["source"] };
        return fetcher;
    }

    private static void Deliver(RowFetcher fetcher, RowChunk chunk) => Task.Run(() => fetcher.Receive(chunk));

    private static (TrainingPlan Plan, ShardStore Whole) Case(string name)
    {
        var (job, data) = TestJobs.Named(name);
        var plan = new TrainingPlan(job, data);
        return (plan, new ShardStore(data, plan.ShardCount));
    }

    private static float[] Gradient(TrainingPlan plan, ShardStore store, int shard)
    {
        var values = new FloatPool(plan.Model.ParameterCount).Rent();
        for (int i = 0; i < values.Length; i++) values.Span[i] = i % 7 * 0.01f;
        var sum = new ShardComputer(plan, store).Gradient(
            shard, Pass.MiniBatch, new ParameterVersion(1, false, 0, values), new FloatPool(values.Length), out _);
        return sum.Values.Span.ToArray();
    }
}
