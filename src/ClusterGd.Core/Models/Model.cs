using System.Collections.Immutable;
using ClusterGd.Core.Data;
using ClusterGd.Core.Optimizers;
using ClusterGd.Core.Randomness;

namespace ClusterGd.Core.Models;

/// <summary>A named range of the flat parameter vector.</summary>
/// <param name="Offset">Index of its first parameter.</param>
/// <param name="Shape">Row-major, for export.</param>
/// <param name="IsPenalised">Whether L1 and L2 apply.</param>
public sealed record ParameterBlock(string Name, int Offset, ImmutableArray<int> Shape, bool IsPenalised)
{
    public int Length => Shape.Aggregate(1, (product, size) => checked(product * size));
}

/// <summary>
/// A function from parameters and rows to outputs, and its gradient. Immutable and thread-safe; the scratch memory of
/// a computation is in <see cref="ModelWorker"/>. Parameters are one flat vector of float32.
/// </summary>
public abstract class Model
{
    /// <summary>The blocks, in order and without gaps.</summary>
    public abstract ImmutableArray<ParameterBlock> Blocks { get; }

    public int ParameterCount => Blocks[^1].Offset + Blocks[^1].Length;

    /// <summary>Outputs a row has: the width that <see cref="ModelWorker.Predict"/> writes.</summary>
    public abstract int OutputCount { get; }

    /// <summary>Parameter slices may be cut at multiples of this only.</summary>
    public virtual int SliceAlignment => 16;

    /// <summary>
    /// Whether a worker's gradient is final part by part, the last parameters first; else all of it at once.
    /// </summary>
    public virtual bool HasGradientInParts => false;

    /// <summary>The model's own update where the optimizer's makes no sense for it (k-means); else null.</summary>
    public virtual UpdateRule? OwnUpdateRule => null;

    /// <summary>
    /// Whether <see cref="Initialize"/> looks at the training rows; most models start from the seed alone.
    /// </summary>
    public virtual bool StartsFromRows => false;

    /// <summary>Writes the first parameters: a function of the seed and the training rows alone.</summary>
    /// <param name="rows">All training rows; may be null unless <see cref="StartsFromRows"/>.</param>
    public abstract void Initialize(ulong seed, Rows? rows, Span<float> parameters);

    /// <summary>Scratch and code for one thread at a time.</summary>
    /// <param name="rowsMax">Most rows of one call; longer calls are cut into chunks of this many.</param>
    public abstract ModelWorker CreateWorker(int rowsMax);
}

/// <summary>Computes with one model on one thread at a time. Allocates nothing after construction.</summary>
public abstract class ModelWorker
{
    /// <summary>
    /// Overwrites <paramref name="gradient"/> with Σ ∂loss/∂parameters over the rows, added in the order given, and
    /// returns the sum of their losses. No penalty, no mean: the parameter server does both.
    /// </summary>
    /// <param name="rowIndices">Rows of <paramref name="rows"/>, at most rowsMax × any number.</param>
    /// <param name="key">Names the random numbers (dropout) of this micro-batch.</param>
    public abstract double Gradient(
        ReadOnlySpan<float> parameters, Rows rows, ReadOnlySpan<int> rowIndices, in DrawKey key, Span<float> gradient);

    /// <summary>The same bits, and tells the listener how far it is.</summary>
    /// <param name="listener">Told once, at the end, where <see cref="Model.HasGradientInParts"/> is false.</param>
    /// <inheritdoc cref="Gradient(ReadOnlySpan{float}, Rows, ReadOnlySpan{int}, in DrawKey, Span{float})"/>
    public virtual double Gradient(
        ReadOnlySpan<float> parameters, Rows rows, ReadOnlySpan<int> rowIndices, in DrawKey key, Span<float> gradient,
        IGradientListener listener)
    {
        double lossSum = Gradient(parameters, rows, rowIndices, key, gradient);
        listener.FinalFrom(0, lossSum);
        return lossSum;
    }

    /// <summary>
    /// Writes the outputs (margins, logits, distances) of rows first … first+count-1, without dropout.
    /// </summary>
    /// <param name="outputs_BC">count × <see cref="Model.OutputCount"/>.</param>
    public abstract void Predict(
        ReadOnlySpan<float> parameters, Rows rows, int first, int count, Span<float> outputs_BC);
}
