using System.Globalization;
using System.Numerics;

namespace ClusterGd.Core.Protocol;

/// <summary>The memory that training a model needs on one node, before any of it is taken.</summary>
public static class ModelMemory
{
    // The slice's parameters, and the versions that a node holds: published, the one before, the next.
    private const int Copies = 4;

    /// <summary>
    /// Bytes at the least: parameters, the optimizer's state, and a gradient for each level of the reduction tree.
    /// Rows are not counted.
    /// </summary>
    public static long BytesOf(TrainingPlan plan) => sizeof(float) * (long)plan.Model.ParameterCount
        * (Copies + plan.UpdateRule.SlotCount + 1 + BitOperations.Log2((uint)plan.ShardCount));

    /// <summary>A sentence where a model needs more than a machine has; null where it fits.</summary>
    public static string? Problem(TrainingPlan plan, long availableBytes)
    {
        long needed = BytesOf(plan);
        if (needed <= availableBytes) return null;
        return string.Create(CultureInfo.InvariantCulture,
            $"The model has {plan.Model.ParameterCount:N0} parameters, which need at least {needed / 1e9:0.0} GB in " +
            $"training, and this machine has {availableBytes / 1e9:0.0} GB: hash the features into fewer (for " +
            $"example data.train.hashBuckets: 1048576), or train on a machine with more memory.");
    }
}
