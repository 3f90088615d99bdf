using System.Collections.Immutable;
using ClusterGd.Core.Data;
using ClusterGd.Core.Losses;

namespace ClusterGd.Core.Models;

/// <summary>
/// outputs = x·W + b: linear, logistic and softmax regression, the linear support vector machine and every other
/// generalised linear model; the loss decides which. Starts at zero.
/// </summary>
public sealed class LinearModel : Model
{
    /// <param name="hasBias">Whether each output has a constant term b, which no penalty touches.</param>
    public LinearModel(DataSchema schema, Loss loss, bool hasBias)
    {
        Loss = loss;
        HasBias = hasBias;
        FeatureCount = schema.FeatureCount;
        OutputCount = loss.OutputCount(schema);
        var weight = new ParameterBlock("weight", 0, [FeatureCount, OutputCount], IsPenalised: true);
        var bias = new ParameterBlock("bias", weight.Length, [OutputCount], IsPenalised: false);
        Blocks = hasBias ? [weight, bias] : [weight];
    }

    /// <summary><c>weight</c>: features × outputs; then <c>bias</c>: outputs, where there is one.</summary>
    public override ImmutableArray<ParameterBlock> Blocks { get; }

    public override int OutputCount { get; }

    internal int FeatureCount { get; }

    internal bool HasBias { get; }

    internal Loss Loss { get; }

    public override void Initialize(ulong seed, Rows? rows, Span<float> parameters) => parameters.Clear();

    /// <param name="rowsMax">Ignored: the worker's chunks have a size of their own.</param>
    public override ModelWorker CreateWorker(int rowsMax) =>
        OutputCount == 1 ? new LinearSingleWorker(this) : new LinearMultiWorker(this);
}
