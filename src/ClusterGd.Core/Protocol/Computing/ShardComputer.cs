using ClusterGd.Core.Data;
using ClusterGd.Core.Kernels;
using ClusterGd.Core.Metrics;
using ClusterGd.Core.Models;
using ClusterGd.Core.Randomness;
using ClusterGd.Core.Reduction;

namespace ClusterGd.Core.Protocol;

/// <summary>
/// Computes the part of a step or an evaluation of any shard in the store: a pure function of (plan, shard, step,
/// parameters). Owns scratch memory, so one thread at a time; any instance gives the same bits.
/// </summary>
public sealed class ShardComputer
{
    private const int ChunkRowsMax = 512;
    private readonly TrainingPlan _plan;
    private readonly ShardStore _store;
    private readonly ModelWorker _worker;
    private readonly int[] _rows;
    private readonly float[] _outputs;
    private readonly LyingShards? _liars;
    private readonly SegmentFeed _feed;

    /// <param name="attack">What the last shards send in place of their gradients; null where all are honest.</param>
    public ShardComputer(TrainingPlan plan, ShardStore store, Attacks.AttackPlan? attack = null)
    {
        _plan = plan;
        _store = store;
        _liars = attack is null ? null : new LyingShards(attack, plan.ShardCount, plan.Model.ParameterCount);
        int chunk = Math.Min(ChunkRowsMax, Math.Max(plan.Shards.MicroBatchRowsMax, 256));
        _worker = plan.Model.CreateWorker(chunk);
        _feed = new SegmentFeed(plan);
        _rows = new int[Math.Max(plan.Shards.MicroBatchRowsMax, plan.Shards.ShardRowCount(plan.ShardCount - 1) + 1)];
        _outputs = new float[ChunkRowsMax * plan.Model.OutputCount];
    }

    /// <summary>
    /// The sum of the shard's gradients over its micro-batch of the version's step, or over all its rows, rounded to
    /// what it may travel as. Where the loss is not finite, <paramref name="divergence"/> names the step, the shard and
    /// the rows.
    /// </summary>
    public GradientSum Gradient(
        int shard, Pass pass, ParameterVersion version, FloatPool pool, out Divergence? divergence)
    {
        var rows = _store.Get(RowSet.Train, shard, out int first);
        var indices = IndicesOf(shard, first, pass, version.Step, out ulong digest);
        var sum = NewSum(shard, pass, version.Step, indices.Length, digest, pool);
        var gradient = sum.Values.Span;
        double lossSum = _worker.Gradient(version.Parameters, rows, indices, KeyOf(shard, version.Step), gradient);
        divergence = double.IsFinite(lossSum) ? null : Explain(shard, rows, first, indices, version, lossSum);
        if (IsReplaced(pass)) Lie(shard, version, indices.Length, gradient);
        HalfKernels.Round(gradient, _plan.ElementOf(pass));
        return sum with { LossSum = lossSum, NoiseSum = NoiseOf(sum) };
    }

    /// <summary>
    /// The same gradient in the plan's segments, each as soon as it is final: from the last to the first where the
    /// model's gradient comes in parts, else all at the end.
    /// </summary>
    /// <param name="ready">Called on this thread, while the rest is computed; becomes owner of each part.</param>
    /// <returns>Why there is no gradient: then no part of it was handed out. Null where there is one.</returns>
    public Divergence? Gradient(
        int shard, Pass pass, ParameterVersion version, FloatPool pool, Action<GradientSum> ready)
    {
        // What needs the whole gradient first gets it.
        if (_plan.Segments.Length == 1 || IsReplaced(pass))
        {
            var whole = Gradient(shard, pass, version, pool, out var problem);
            if (problem is not null) whole.Values.Release();
            else if (_plan.Segments.Length == 1) ready(whole);
            else _feed.HandOut(whole, ready);
            return problem;
        }
        var rows = _store.Get(RowSet.Train, shard, out int first);
        var indices = IndicesOf(shard, first, pass, version.Step, out ulong digest);
        var sum = NewSum(shard, pass, version.Step, indices.Length, digest, pool);
        _feed.Begin(sum, ready);
        double lossSum = _worker.Gradient(
            version.Parameters, rows, indices, KeyOf(shard, version.Step), sum.Values.Span, _feed);
        _feed.End();
        return double.IsFinite(lossSum) ? null : Explain(shard, rows, first, indices, version, lossSum);
    }

    private GradientSum NewSum(int shard, Pass pass, long step, int count, ulong digest, FloatPool pool) => new(
        step, pass, Subtree.Leaf(shard).Canonical(_plan.ShardCount), count, 0, 0, count > 0 ? 1 : 0, pool.Rent(),
        Digest: digest);

    private DrawKey KeyOf(int shard, long step) => new(_plan.Job.Seed, step, shard);

    /// <summary>Whether an attack may take the gradient's place.</summary>
    private bool IsReplaced(Pass pass) => _liars is not null && pass == Pass.MiniBatch;

    private double NoiseOf(GradientSum leaf)
    {
        bool isNeeded = _plan.Rules.Needs.HasFlag(Convergence.EvaluationNeeds.GradientNoise);
        return isNeeded && leaf.Pass == Pass.MiniBatch && leaf.Count > 0
            ? VectorKernels.SquaredNorm(leaf.Values.Span) / ((double)leaf.Count * leaf.Count)
            : 0;
    }

    private void Lie(int shard, ParameterVersion version, int count, Span<float> gradient)
    {
        _liars!.Apply(version.Step, shard, count, gradient, (liar, mean) =>
        {
            var rows = _store.Get(RowSet.Train, liar, out int first);
            var indices = IndicesOf(liar, first, Pass.MiniBatch, version.Step, out _);
            _worker.Gradient(version.Parameters, rows, indices, KeyOf(liar, version.Step), mean);
            foreach (ref float g in mean) g /= Math.Max(1, indices.Length);
        });
    }

    /// <summary>Loss and metrics of the shard's rows of a set, in row order, without dropout.</summary>
    public MetricSums Evaluate(int shard, RowSet set, ParameterVersion version)
    {
        var rows = _store.Get(set, shard, out int first);
        int end = first + _store.RowCount(set, shard);
        var objective = set == RowSet.Train && _plan.Objective != _plan.Loss ? _plan.Objective : null;
        var metrics = new MetricAccumulator(
            _plan.Loss, _plan.Data.Schema.TargetKind, _plan.Model.OutputCount, objective);
        for (int chunk = first; chunk < end; chunk += ChunkRowsMax)
        {
            int count = Math.Min(ChunkRowsMax, end - chunk);
            var outputs = _outputs.AsSpan(0, count * _plan.Model.OutputCount);
            _worker.Predict(version.Parameters, rows, chunk, count, outputs);
            metrics.Add(
                outputs, rows.Targets.Slice(chunk * rows.TargetCount, count * rows.TargetCount),
                rows.WeightsOf(chunk, count));
        }
        return metrics.ToSums();
    }

    /// <param name="start">Index of the shard's first row.</param>
    /// <param name="digest">Names them.</param>
    private ReadOnlySpan<int> IndicesOf(int shard, int start, Pass pass, long step, out ulong digest)
    {
        int shardRows = _plan.Shards.ShardRowCount(shard);
        if (pass == Pass.Full)
        {
            digest = CountDigest.Of(step, shard, 0, shardRows);
            var all = _rows.AsSpan(0, shardRows);
            for (int i = 0; i < shardRows; i++) all[i] = start + i;
            return all;
        }
        var (first, count) = _plan.Shards.MicroBatch(shard, step);
        digest = CountDigest.Of(step, shard, first, count);
        var rows = _rows.AsSpan(0, count);
        new RowOrder(_plan.Job.Seed, _plan.Shards.EpochOf(step), shard, shardRows).Fill(first, start, rows);
        return rows;
    }

    /// <summary>Names the rows by their numbers in the data set, wherever the shard lies in memory.</summary>
    private Divergence Explain(
        int shard, Rows rows, int first, ReadOnlySpan<int> indices, ParameterVersion version, double lossSum)
    {
        int offset = _plan.Shards.ShardStart(shard) - first;
        var culprits = new List<int>();
        var output = _outputs.AsSpan(0, _plan.Model.OutputCount);
        foreach (int row in indices)
        {
            _worker.Predict(version.Parameters, rows, row, 1, output);
            double loss = _plan.Loss.Evaluate(output, rows.TargetsOf(row), output.Length, output);
            if (!double.IsFinite(loss)) culprits.Add(row + offset);
            if (culprits.Count == 5) break;
        }
        string where = culprits.Count > 0
            ? $"training rows {string.Join(", ", culprits)}{(culprits.Count == 5 ? ", …" : "")} (from 0)"
            : $"its {indices.Length} rows together";
        return new Divergence(version.Step,
            $"the loss became {lossSum} at step {version.Step} in shard {shard}, {where}: "
            + "try a smaller learning rate, clipNorm, or scaled features");
    }
}
