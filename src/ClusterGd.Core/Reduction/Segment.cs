using System.Collections.Immutable;

namespace ClusterGd.Core.Reduction;

/// <summary>
/// A run of whole slices whose part of a gradient is combined and pushed by itself, as soon as it is computed. Each
/// node may cut as it likes: a slice gets the same bits.
/// </summary>
/// <param name="SliceEnd">One past its last slice.</param>
/// <param name="First">Its first parameter.</param>
/// <param name="Length">Parameters, ≥ 1.</param>
public readonly record struct Segment(int SliceFirst, int SliceEnd, int First, int Length)
{
    /// <summary>Most segments of a gradient: each is a message a shard, and one more a sum of two.</summary>
    public const int CountMax = 8;

    /// <summary>This part of a gradient; the buffer's other parts are others' business.</summary>
    public Span<float> Of(GradientSum sum) => sum.Values.Span.Slice(First - sum.First, Length);

    /// <summary>Runs of about as many slices each.</summary>
    /// <param name="sliceStarts">The first parameter of each slice, and one past the last.</param>
    /// <param name="countMax">≥ 1.</param>
    internal static ImmutableArray<Segment> Cut(ImmutableArray<int> sliceStarts, int countMax)
    {
        int slices = sliceStarts.Length - 1, count = Math.Min(countMax, slices);
        var segments = ImmutableArray.CreateBuilder<Segment>(count);
        for (int i = 0, first = 0, end; i < count; i++, first = end)
        {
            end = (int)((long)slices * (i + 1) / count);
            segments.Add(new Segment(first, end, sliceStarts[first], sliceStarts[end] - sliceStarts[first]));
        }
        return segments.MoveToImmutable();
    }
}
