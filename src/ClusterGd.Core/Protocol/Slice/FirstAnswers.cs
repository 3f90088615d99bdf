using ClusterGd.Core.Kernels;
using ClusterGd.Core.Reduction;

namespace ClusterGd.Core.Protocol;

/// <summary>
/// Who answered first for which subtree of a step, so that whoever answers as well can be held against it: by the one
/// idea both have the same bits, or one of them computes wrong ones. Bits are only looked at once a second answer is to
/// be expected, so that a step without faults pays nothing for it.
/// </summary>
internal sealed class FirstAnswers
{
    private Dictionary<Subtree, Answer> _present = [], _before = [];
    private bool _wasComparing;

    /// <param name="Fingerprint">Null where nobody has looked at the bits.</param>
    private readonly record struct Answer(string Node, ulong? Fingerprint, bool IsFinite);

    /// <summary>A second answer is to be expected.</summary>
    public bool IsComparing { get; private set; }

    /// <summary>Answers that were held against another's, since the beginning.</summary>
    public long ComparedCount { get; private set; }

    /// <summary>What is still held of a subtree as it came; null where it has been added to another.</summary>
    public delegate ReadOnlySpan<float> HeldOf(Subtree subtree, out GradientSum? sum);

    /// <summary>Looks at what is still there, and from now on at all that comes.</summary>
    public void BeginComparing(HeldOf held)
    {
        if (IsComparing) return;
        IsComparing = true;
        foreach (var (subtree, answer) in _present.ToArray())
        {
            var values = held(subtree, out var sum);
            if (sum is not null) _present[subtree] = Look(answer.Node, sum, values);
        }
    }

    /// <summary>An answer for the present step.</summary>
    /// <returns>The node that has answered with other bits; null where none is known.</returns>
    public string? Compare(string node, Subtree subtree, GradientSum sum, ReadOnlySpan<float> values)
    {
        if (IsComparing) return Compare(_present, Look(node, sum, values), subtree);
        _present.TryAdd(subtree, new Answer(node, null, true));
        return null;
    }

    /// <summary>An answer for the step before, which is of no more use.</summary>
    /// <inheritdoc cref="Compare(string, Subtree, GradientSum, ReadOnlySpan{float})"/>
    public string? CompareLate(string node, Subtree subtree, GradientSum sum, ReadOnlySpan<float> values) =>
        _wasComparing ? Compare(_before, Look(node, sum, values), subtree) : null;

    /// <summary>The step is made.</summary>
    public void NextStep()
    {
        (_present, _before) = (_before, _present);
        _present.Clear();
        (_wasComparing, IsComparing) = (IsComparing, false);
    }

    private string? Compare(Dictionary<Subtree, Answer> answers, Answer answer, Subtree subtree)
    {
        if (!answers.TryGetValue(subtree, out var first))
        {
            answers.Add(subtree, answer);
            return null;
        }
        if (first.Fingerprint is not { } known) return null;
        ComparedCount++;
        if (known == answer.Fingerprint) return null;
        // Two that are broken end the run as diverged: which of their numbers are finite is no sign of wrong bits.
        return first.IsFinite || answer.IsFinite ? first.Node : null;
    }

    private static Answer Look(string node, GradientSum sum, ReadOnlySpan<float> values)
    {
        ulong bits = Bits.Mixed(Bits.Fingerprint(values), Bits.Of(sum.LossSum));
        bits = Bits.Mixed(bits, ((ulong)(uint)sum.Count << 32) | (uint)sum.LeafCount);
        return new Answer(node, bits, double.IsFinite(sum.LossSum) && VectorKernels.IsAllFinite(values));
    }
}
