using System.Collections.Immutable;
using System.Globalization;
using ClusterGd.Core.Data;
using ClusterGd.Core.Losses;
using ClusterGd.Core.Options;
using ClusterGd.Core.Randomness;

namespace ClusterGd.Core.Models;

/// <summary>How the first weights of an <see cref="MlpModel"/> are drawn: uniform in ± a limit.</summary>
public enum MlpInit
{
    /// <summary>√(6/inputs): He et al., ICCV 2015, equation 10 with a uniform distribution. For ReLU.</summary>
    He,

    /// <summary>√(6/(inputs + outputs)): Glorot and Bengio, AISTATS 2010, equation 16. For tanh and sigmoid.</summary>
    Glorot,
}

/// <summary>
/// A multilayer perceptron: fully connected layers h ← f(h·W + b) with dropout between them, and a last layer without
/// f, whose outputs are the loss's. Layer i has the blocks <c>layer{i}.weight</c> [inputs × outputs] and
/// <c>layer{i}.bias</c> [outputs]; biases are not penalised.
/// </summary>
public sealed class MlpModel : Model
{
    public static readonly Kind<Func<DataSchema, Loss, Model>> Kind = new(
        "mlp",
        "Fully connected layers with an activation between them.",
        [
            Option.Integers("hidden", [128], 1, 1 << 20, "units of each hidden layer"),
            Option.Text("activation", "relu", "function of the hidden units", "relu", "tanh", "sigmoid"),
            Option.Number("dropout", 0, 0, 1, "probability that a hidden unit is dropped in training")
                with { IsMaxExclusive = true },
            Option.Text("init", "auto", "first weights; auto is he for relu, else glorot", "auto", "he", "glorot"),
        ],
        Create);

    /// <param name="hidden">Units of each hidden layer; may be empty, which leaves a linear model.</param>
    /// <param name="dropout">0 … &lt; 1, rounded to a multiple of 2⁻¹⁶; applied to the hidden activations.</param>
    /// <exception cref="InputException">The model has more parameters than a vector can hold.</exception>
    public MlpModel(
        DataSchema schema, Loss loss, ImmutableArray<int> hidden, MlpActivation activation, double dropout,
        MlpInit init)
    {
        Schema = schema;
        Loss = loss;
        Activation = activation;
        Dropout = new MlpDropout(dropout);
        Init = init;
        OutputCount = loss.OutputCount(schema);
        Layers = LayersOf([schema.FeatureCount, .. hidden, OutputCount]);
        Blocks = [.. Layers.SelectMany(BlocksOf)];
    }

    public override ImmutableArray<ParameterBlock> Blocks { get; }

    public override int OutputCount { get; }

    public override bool HasGradientInParts => true;

    internal DataSchema Schema { get; }

    internal Loss Loss { get; }

    internal MlpActivation Activation { get; }

    internal MlpDropout Dropout { get; }

    internal MlpInit Init { get; }

    internal ImmutableArray<MlpLayer> Layers { get; }

    /// <summary>Draws the weights; biases are 0. The rows are not looked at.</summary>
    public override void Initialize(ulong seed, Rows? rows, Span<float> parameters)
    {
        parameters.Clear();
        foreach (var layer in Layers)
        {
            int fan = Init == MlpInit.He ? layer.InputCount : layer.InputCount + layer.OutputCount;
            float limit = (float)Math.Sqrt(6.0 / fan);
            var weights = layer.Weights(parameters);
            for (int i = 0; i < weights.Length; i += 4)
            {
                var (a, b, c, d) = Draw.Block(seed, DrawPurpose.ParameterInit, layer.Index, 0, 0, (uint)(i / 4));
                ReadOnlySpan<uint> words = [a, b, c, d];
                int count = Math.Min(4, weights.Length - i);
                for (int j = 0; j < count; j++) weights[i + j] = limit * (2 * Philox.Uniform(words[j]) - 1);
            }
        }
    }

    public override ModelWorker CreateWorker(int rowsMax) => new MlpWorker(this, rowsMax);

    private static Func<DataSchema, Loss, Model> Create(OptionValues values)
    {
        var hidden = values.Integers("hidden");
        double dropout = values.Number("dropout");
        var activation = values.Text("activation") switch
        {
            "relu" => MlpActivation.Relu,
            "tanh" => MlpActivation.Tanh,
            _ => MlpActivation.Sigmoid,
        };
        var init = values.Text("init") switch
        {
            "he" => MlpInit.He,
            "glorot" => MlpInit.Glorot,
            _ => activation == MlpActivation.Relu ? MlpInit.He : MlpInit.Glorot,
        };
        return (schema, loss) => new MlpModel(schema, loss, hidden, activation, dropout, init);
    }

    private static ImmutableArray<MlpLayer> LayersOf(ReadOnlySpan<int> widths)
    {
        var layers = ImmutableArray.CreateBuilder<MlpLayer>();
        long offset = 0;
        for (int i = 0; i + 1 < widths.Length; i++)
        {
            long weightCount = (long)widths[i] * widths[i + 1], end = offset + weightCount + widths[i + 1];
            if (end > Array.MaxLength)
            {
                throw new InputException(string.Create(CultureInfo.InvariantCulture,
                    $"model: layers 0 to {i} have {end} parameters, more than {Array.MaxLength}: " +
                    $"choose narrower hidden layers."));
            }
            layers.Add(new MlpLayer(i, widths[i], widths[i + 1], (int)offset, (int)(offset + weightCount)));
            offset = end;
        }
        return layers.ToImmutable();
    }

    private static IEnumerable<ParameterBlock> BlocksOf(MlpLayer layer) =>
    [
        new($"layer{layer.Index}.weight", layer.WeightOffset, [layer.InputCount, layer.OutputCount], IsPenalised: true),
        new($"layer{layer.Index}.bias", layer.BiasOffset, [layer.OutputCount], IsPenalised: false),
    ];
}
