using System.Numerics;
using ClusterGd.Core.Kernels;

namespace ClusterGd.Core.Protocol;

/// <summary>Results added along the one reduction tree; what is missing passes its sibling through.</summary>
internal static class TreeSum
{
    /// <summary>The sum, in the memory of the first; null where there is none.</summary>
    /// <param name="parts">By shard. Their values are used up.</param>
    /// <param name="element">What each sum is rounded to.</param>
    public static WorkResult? Of(ReadOnlySpan<WorkResult?> parts, ElementType element) =>
        Of(parts, 0, (int)BitOperations.RoundUpToPowerOf2((uint)parts.Length), element);

    private static WorkResult? Of(ReadOnlySpan<WorkResult?> parts, int first, int size, ElementType element)
    {
        if (first >= parts.Length) return null;
        if (size == 1) return parts[first];
        var left = Of(parts, first, size / 2, element);
        var right = Of(parts, first + size / 2, size / 2, element);
        if (left is null || right is null) return left ?? right;
        HalfKernels.Add(left.Values, right.Values, element);
        return left with { Count = left.Count + right.Count, LossSum = left.LossSum + right.LossSum };
    }
}
