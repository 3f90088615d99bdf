using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using ClusterGd.Core.Convergence;
using ClusterGd.Core.Events;
using ClusterGd.Core.Protocol;

namespace ClusterGd.Cluster.Storage;

/// <summary>One line of <c>events.jsonl</c>. What is null is left out.</summary>
public sealed record LoggedEvent
{
    /// <summary>UTC.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>Since the process that wrote it began the run or resumed it.</summary>
    public required double Seconds { get; init; }

    /// <summary>Updates made by then, as far as is known; else null.</summary>
    public long? Step { get; init; }

    [JsonConverter(typeof(EventKindJson))]
    public required EventKind Kind { get; init; }

    /// <summary>The node that it is about, as host:port.</summary>
    public string? Who { get; init; }

    /// <summary>One sentence.</summary>
    public required string Why { get; init; }

    /// <summary>Of an evaluation: what was counted since the one before, for all slices or for each.</summary>
    public ImmutableArray<CountedLine>? Counted { get; init; }

    /// <summary>Of steps and of waits for one: how long they took, and whom for.</summary>
    public StepTimes? Timing { get; init; }

    /// <summary>Of a beginning: see <see cref="ModelManifest"/>.</summary>
    public string? JobHash { get; init; }

    public string? DataHash { get; init; }

    /// <summary>Of a beginning: the attack that the run is made under.</summary>
    public string? Attack { get; init; }

    /// <summary>Of an end: the hash of the parameters.</summary>
    public string? ModelSha256 { get; init; }

    /// <summary>Whether no list is missing or has a null in it, both of which JSON allows.</summary>
    [JsonIgnore]
    public bool IsWhole => (Counted is not { } counted || (!counted.IsDefault && counted.All(line => line is not null)))
        && (Timing is null || (!Timing.Nodes.IsDefault && Timing.Nodes.All(node => node is not null)));
}

/// <summary>See <see cref="StepsCounted"/>.</summary>
/// <param name="Digest">16 hexadecimal digits: no number of JSON holds 64 bits everywhere.</param>
public sealed record CountedLine(long Steps, long Rows, string Digest)
{
    public static CountedLine Of(StepsCounted counted) =>
        new(counted.Steps, counted.Rows, counted.Digest.ToString("x16", CultureInfo.InvariantCulture));

    /// <summary>Null where the digest is none.</summary>
    public StepsCounted? Read() =>
        ulong.TryParse(Digest, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ulong digest)
            ? new StepsCounted(Steps, Rows, digest) : null;
}

internal sealed class EventKindJson() : JsonStringEnumConverter<EventKind>(JsonNamingPolicy.CamelCase);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, MaxDepth = 16,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, RespectRequiredConstructorParameters = true,
    RespectNullableAnnotations = true)]
[JsonSerializable(typeof(LoggedEvent))]
internal sealed partial class EventJson : JsonSerializerContext;
