using ClusterGd.Core.Kernels;

namespace ClusterGd.Core.Reduction;

/// <summary>What a gradient is taken over.</summary>
public enum Pass
{
    /// <summary>The step's micro-batches; the slices update.</summary>
    MiniBatch,

    /// <summary>All training rows at the same parameters; the slices only measure.</summary>
    Full,
}

/// <summary>
/// The sum of the gradients of one subtree of shards. Whoever holds the message owns one share of its buffer, and of
/// its numbers those of its segment or slice.
/// </summary>
/// <param name="Count">Rows summed.</param>
/// <param name="LossSum">Σ loss over those rows.</param>
/// <param name="NoiseSum">Σ over the leaves with rows of ‖mean gradient of the leaf‖²; 0 where no criterion needs
/// it.</param>
/// <param name="LeafCount">Leaves with rows.</param>
/// <param name="First">The parameter that the buffer begins with: 0 for a whole gradient, a slice's first for its
/// part.</param>
/// <param name="Digest">Names the rows that are summed, and how often: see <see cref="CountDigest"/>.</param>
/// <param name="ComputeMicros">Time from the parameters being there to the sum being ready, in µs. For people
/// only.</param>
/// <param name="Segment">Within a node: which of the plan's segments is here. 0 for a whole gradient.</param>
public sealed record GradientSum(
    long Step, Pass Pass, Subtree Subtree, int Count, double LossSum, double NoiseSum, int LeafCount,
    PooledFloats Values,
    int First = 0, ulong Digest = 0, int ComputeMicros = 0, int Segment = 0)
{
    /// <summary>
    /// Adds <paramref name="right"/> into this one's buffer, rounded to what sums travel as, gives its own buffer back,
    /// and names the parent.
    /// </summary>
    public GradientSum Add(GradientSum right, ElementType element)
    {
        HalfKernels.Add(Values.Span, right.Values.Span, element);
        right.Values.Release();
        return Combined(right);
    }

    /// <summary>The header of left + right, whose numbers the caller has added into this one's buffer.</summary>
    public GradientSum Combined(GradientSum right) => this with
    {
        Subtree = Subtree.Parent,
        Count = Count + right.Count,
        LossSum = LossSum + right.LossSum,
        NoiseSum = NoiseSum + right.NoiseSum,
        LeafCount = LeafCount + right.LeafCount,
        Digest = CountDigest.Add(Digest, right.Digest),
        ComputeMicros = Math.Max(ComputeMicros, right.ComputeMicros),
    };
}
