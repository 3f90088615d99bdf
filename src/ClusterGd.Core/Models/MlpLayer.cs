namespace ClusterGd.Core.Models;

/// <summary>Where a layer's parameters lie in the flat vector.</summary>
internal sealed record MlpLayer(int Index, int InputCount, int OutputCount, int WeightOffset, int BiasOffset)
{
    /// <summary>Row-major, inputs × outputs.</summary>
    public Span<float> Weights(Span<float> parameters) => parameters.Slice(WeightOffset, InputCount * OutputCount);

    /// <summary>Row-major, inputs × outputs.</summary>
    public ReadOnlySpan<float> Weights(ReadOnlySpan<float> parameters) =>
        parameters.Slice(WeightOffset, InputCount * OutputCount);

    public Span<float> Biases(Span<float> parameters) => parameters.Slice(BiasOffset, OutputCount);

    public ReadOnlySpan<float> Biases(ReadOnlySpan<float> parameters) => parameters.Slice(BiasOffset, OutputCount);
}
