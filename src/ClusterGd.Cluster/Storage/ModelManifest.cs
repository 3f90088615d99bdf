using System.Collections.Immutable;
using System.Text.Json.Serialization;
using ClusterGd.Core.Models;

namespace ClusterGd.Cluster.Storage;

/// <summary>What a saved model is and where it comes from: <c>model.json</c> of a run folder.</summary>
public sealed record ModelManifest
{
    public string Format { get; init; } = Safetensors.FormatName;

    /// <summary>SHA-256 (hex) of the parameters: see <see cref="ModelHash"/>.</summary>
    public required string ModelSha256 { get; init; }

    public required string Kind { get; init; }

    public required int ParameterCount { get; init; }

    public required ImmutableArray<SavedTensor> Tensors { get; init; }

    /// <summary>See <see cref="Core.Jobs.JobText.Hash"/>.</summary>
    public required string JobHash { get; init; }

    /// <summary>See <see cref="Core.Data.DataSet.ContentHash"/>.</summary>
    public required string DataHash { get; init; }

    /// <summary>How the run ended.</summary>
    public required TrainingEnd End { get; init; }

    public required string StopReason { get; init; }

    public required long Steps { get; init; }

    public required int Epochs { get; init; }

    /// <summary>
    /// The step and epoch whose parameters the model is: those of the end, or of an earlier evaluation.
    /// </summary>
    public long? KeptStep { get; init; }

    public int? KeptEpoch { get; init; }

    /// <summary>The attack that the run was made under, for people; null for none.</summary>
    public string? Attack { get; init; }

    /// <summary>Null where it is no finite number.</summary>
    public required double? TrainLoss { get; init; }

    public required ImmutableSortedDictionary<string, double> Metrics { get; init; }

    /// <summary>Over the validation rows; empty where there are none.</summary>
    public ImmutableSortedDictionary<string, double> ValidationMetrics { get; init; } =
        ImmutableSortedDictionary<string, double>.Empty;
}

[JsonSourceGenerationOptions(
    WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true,
    NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals, MaxDepth = 16,
    RespectRequiredConstructorParameters = true, RespectNullableAnnotations = true)]
[JsonSerializable(typeof(ModelManifest))]
internal sealed partial class ManifestJson : JsonSerializerContext;
