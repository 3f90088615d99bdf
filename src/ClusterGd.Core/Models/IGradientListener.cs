namespace ClusterGd.Core.Models;

/// <summary>
/// Hears of a gradient while it is computed, so that its last part can be used before its first is there. Called on the
/// computing thread, which waits for it.
/// </summary>
public interface IGradientListener
{
    /// <summary>
    /// Indices of parameters, ascending: it likes to hear as soon as all is final from one of them on.
    /// </summary>
    ReadOnlySpan<int> Cuts { get; }

    /// <summary>
    /// The gradient will not change any more from this parameter to its end, nor will the loss. Called with falling
    /// indices; the last is 0.
    /// </summary>
    /// <param name="lossSum">What the worker will return.</param>
    void FinalFrom(int first, double lossSum);
}
