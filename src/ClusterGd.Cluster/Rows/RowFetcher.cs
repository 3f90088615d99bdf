using System.Collections.Concurrent;
using System.Diagnostics;
using System.Runtime.InteropServices;
using ClusterGd.Cluster.Logging;
using ClusterGd.Core.Data;
using ClusterGd.Core.Protocol;
using ClusterGd.Data;
using Microsoft.Extensions.Logging;

namespace ClusterGd.Cluster.Rows;

/// <summary>
/// Brings shards into a process that has not the files: from its cache, or else from a node that has them, which it
/// asks for one chunk after the other; a source that does not answer makes way for the next. Thread-safe.
/// </summary>
/// <param name="ask">Sends a request for the chunk of an item at an offset to a source's endpoint.</param>
/// <param name="log">Warned of what came damaged.</param>
internal sealed class RowFetcher(
    TrainingPlan plan, ShardStore store, ShardCache cache, Action<string, RowItem, long> ask, ILogger log)
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(2);

    /// <summary>A source may have to put a shard of gigabytes together before its first chunk.</summary>
    private static readonly TimeSpan s_silenceMax = TimeSpan.FromMinutes(5);
    private readonly ConcurrentDictionary<RowItem, TaskCompletionSource<RowChunk>> _awaited = new();
    private readonly SemaphoreSlim _oneAtATime = new(1);
    private IReadOnlyList<string> _sources = [];

    /// <summary>Endpoints of those that may have the rows, the likeliest first.</summary>
    public IReadOnlyList<string> Sources
    {
        get => Volatile.Read(ref _sources);
        set => Volatile.Write(ref _sources, value);
    }

    /// <summary>A chunk has come; one that nobody waits for is dropped.</summary>
    public void Receive(RowChunk chunk)
    {
        if (_awaited.TryGetValue(chunk.Item, out var waiting)) waiting.TrySetResult(chunk);
    }

    /// <summary>Completes when the shard's rows, of every set, are in the store.</summary>
    /// <exception cref="IOException">Nothing has come for five minutes.</exception>
    public async Task FetchAsync(int shard, CancellationToken cancelled)
    {
        await _oneAtATime.WaitAsync(cancelled).ConfigureAwait(false);
        try
        {
            foreach (var set in plan.Data.Sets) await FetchAsync(set, shard, cancelled).ConfigureAwait(false);
        }
        finally
        {
            _oneAtATime.Release();
        }
    }

    /// <summary>The first parameters, for a model that looks at all rows for them.</summary>
    public async Task<float[]> FetchInitialAsync(CancellationToken cancelled)
    {
        float[] parameters = new float[plan.Model.ParameterCount];
        using var stream = new MemoryStream();
        await DownloadAsync(new RowItem(RowItemKind.InitialParameters, 0), stream, cancelled).ConfigureAwait(false);
        if (stream.Length != (long)parameters.Length * sizeof(float))
        {
            throw new InvalidDataException(
                $"the first parameters have {stream.Length} bytes, and the model {parameters.Length} parameters");
        }
        stream.GetBuffer().AsSpan(0, (int)stream.Length).CopyTo(MemoryMarshal.AsBytes(parameters.AsSpan()));
        return parameters;
    }

    private async Task FetchAsync(RowSet set, int shard, CancellationToken cancelled)
    {
        if (store.Has(set, shard)) return;
        var key = new ShardKey(plan.Data.ContentHash, set, shard, plan.ShardCount);
        var rows = cache.TryRead(key);
        while (rows is null)
        {
            // A file, since a shard may be larger than what memory is to spare for its copy.
            string path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
            await using var file = new FileStream(path, new FileStreamOptions
            {
                Mode = FileMode.CreateNew, Access = FileAccess.ReadWrite, Options = FileOptions.DeleteOnClose,
            });
            await DownloadAsync(RowItem.Of(set, shard), file, cancelled).ConfigureAwait(false);
            file.Position = 0;
            try
            {
                rows = ShardArchive.Read(file, file.Length, key);
                cache.Write(key, rows, 0, rows.Count);
            }
            catch (InvalidDataException e)
            {
                log.ShardDamaged(key, e.Message);
            }
        }
        store.Add(set, shard, rows);
    }

    private async Task DownloadAsync(RowItem item, Stream stream, CancellationToken cancelled)
    {
        int source = 0;
        long last = Stopwatch.GetTimestamp();
        for (long total = long.MaxValue; stream.Length < total;)
        {
            var waiting = new TaskCompletionSource<RowChunk>(TaskCreationOptions.RunContinuationsAsynchronously);
            _awaited[item] = waiting;
            var sources = Sources;
            if (sources.Count > 0) ask(sources[source % sources.Count], item, stream.Length);
            try
            {
                var chunk = await waiting.Task.WaitAsync(s_patience, cancelled).ConfigureAwait(false);
                if (chunk.Offset != stream.Length) continue;
                total = chunk.Total;
                await stream.WriteAsync(chunk.Bytes, cancelled).ConfigureAwait(false);
                last = Stopwatch.GetTimestamp();
            }
            catch (TimeoutException) when (Stopwatch.GetElapsedTime(last) < s_silenceMax)
            {
                source++;
            }
            catch (TimeoutException)
            {
                string what = item.Kind == RowItemKind.InitialParameters
                    ? "the first parameters" : $"the rows of shard {item.Shard}";
                throw new IOException(
                    $"{what} did not come from {string.Join(" or ", sources)}: nothing for " +
                    $"{s_silenceMax.TotalMinutes:F0} minutes; are their ports for tensors reachable?");
            }
        }
        _awaited.TryRemove(item, out _);
    }
}
