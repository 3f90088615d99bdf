using ClusterGd.Core.Data;
using ClusterGd.Core.Jobs;
using ClusterGd.Core.Kernels;
using ClusterGd.Core.Models;
using ClusterGd.Core.Optimizers;
using ClusterGd.Core.Randomness;

namespace ClusterGd.Tests;

/// <summary>
/// What training means, as one loop: no actor, no protocol, no reduction tree of the product. Every run of the product
/// must end with the bits that this one ends with.
/// </summary>
public static class SequentialTrainer
{
    /// <summary>The parameters after a number of steps.</summary>
    public static float[] Train(Job job, DataSet data, long steps)
    {
        var loss = job.Loss.Kind.Create(Core.Losses.Losses.All);
        var objective = Core.Losses.ClassWeightedLoss.Of(loss, job.Loss.ClassWeights, data.Schema);
        var model = job.Model.Create(Core.Models.Models.All)(data.Schema, objective);
        var rule = model.OwnUpdateRule ?? job.Optimizer.Kind.Create(Core.Optimizers.Optimizers.All);
        var shards = new ShardPlan(data.Train.Count, job.Training.Shards, job.Training.BatchSize);
        var rates = job.Optimizer.RatesOver(
            shards.StepsPerEpoch, (long)job.Training.Epochs * shards.StepsPerEpoch);
        var worker = model.CreateWorker(shards.MicroBatchRowsMax);
        var parameters = new float[model.ParameterCount];
        model.Initialize(job.Seed, data.Train, parameters);
        var rounded = new float[parameters.Length];
        var slot0 = new float[rule.SlotCount > 0 ? parameters.Length : 0];
        var slot1 = new float[rule.SlotCount > 1 ? parameters.Length : 0];

        for (long step = 0; step < steps; step++)
        {
            for (int i = 0; i < parameters.Length; i++) rounded[i] = Rounded(parameters[i], job.Training.Wire);
            int count = 0;
            var sum = SumOf(0, Ceiling2(shards.ShardCount), shard => Gradient(shard, step, ref count))!;
            double scale = 1.0 / Math.Max(1, count);
            double clip = ClipFactor(job, model, sum, scale);
            foreach (var block in model.Blocks)
            {
                bool isPenalised = block.IsPenalised || job.Loss.PenalizeBias;
                var update = new UpdateStep(
                    step + 1, rates.At(step + 1), (float)(clip / Math.Max(1, count)),
                    job.Optimizer.ClipValue > 0 ? (float)job.Optimizer.ClipValue : float.PositiveInfinity,
                    isPenalised ? (float)job.Loss.L2 : 0, isPenalised ? (float)job.Loss.L1 : 0);
                rule.Apply(
                    update, parameters.AsSpan(block.Offset, block.Length), Part(slot0, block), Part(slot1, block),
                    sum.AsSpan(block.Offset, block.Length));
            }
        }
        return parameters;

        float[] Gradient(int shard, long step, ref int count)
        {
            int start = shards.ShardStart(shard);
            var (first, length) = shards.MicroBatch(shard, step);
            var order = new RowOrder(job.Seed, (int)(step / shards.StepsPerEpoch), shard, shards.ShardRowCount(shard));
            var rows = new int[length];
            for (int i = 0; i < length; i++) rows[i] = start + order[first + i];
            var gradient = new float[model.ParameterCount];
            worker.Gradient(rounded, data.Train, rows, new DrawKey(job.Seed, step, shard), gradient);
            for (int i = 0; i < gradient.Length; i++) gradient[i] = Rounded(gradient[i], job.Training.Wire);
            count += length;
            return gradient;
        }

        float[]? SumOf(int first, int size, Func<int, float[]> gradient)
        {
            if (first >= shards.ShardCount) return null;
            if (size == 1) return gradient(first);
            var left = SumOf(first, size / 2, gradient)!;
            var right = SumOf(first + size / 2, size / 2, gradient);
            for (int i = 0; right is not null && i < left.Length; i++)
            {
                left[i] = Rounded(left[i] + right[i], job.Training.Wire);
            }
            return left;
        }
    }

    /// <summary>The global norm is the sum, slice after slice, of each slice's squared norm.</summary>
    private static double ClipFactor(Job job, Model model, float[] sum, double scale)
    {
        if (job.Optimizer.ClipNorm == 0) return 1;
        int slice = Math.Max(1, job.Training.SliceSize / model.SliceAlignment) * model.SliceAlignment;
        double squared = 0;
        for (int start = 0; start < sum.Length; start += slice)
        {
            int length = Math.Min(slice, sum.Length - start);
            squared += VectorKernels.SquaredNorm(sum.AsSpan(start, length)) * scale * scale;
        }
        return GradientClip.Factor(Math.Sqrt(squared), job.Optimizer.ClipNorm);
    }

    /// <summary>To nearest, ties to even: .NET's own half, and the upper half of the bits.</summary>
    private static float Rounded(float x, ElementType wire)
    {
        if (wire == ElementType.Float32) return x;
        if (wire == ElementType.Float16) return (float)(Half)x;
        uint bits = BitConverter.SingleToUInt32Bits(x), lower = bits % 0x10000, upper = bits / 0x10000;
        bool isUp = lower > 0x8000 || lower == 0x8000 && upper % 2 == 1;
        return BitConverter.UInt32BitsToSingle((upper + (isUp ? 1u : 0)) * 0x10000);
    }

    private static Span<float> Part(float[] slot, ParameterBlock block) =>
        slot.Length == 0 ? [] : slot.AsSpan(block.Offset, block.Length);

    private static int Ceiling2(int value) => (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)value);
}
