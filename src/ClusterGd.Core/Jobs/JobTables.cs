using System.Collections.Immutable;
using ClusterGd.Core.Options;

namespace ClusterGd.Core.Jobs;

/// <summary>
/// The kinds that a job may name, from the rooms' tables: adding a row there is all it takes to make a kind readable.
/// </summary>
public sealed record JobTables
{
    public required ImmutableArray<KindEntry> Models { get; init; }

    public required ImmutableArray<KindEntry> Losses { get; init; }

    public required ImmutableArray<KindEntry> Optimizers { get; init; }

    public required ImmutableArray<KindEntry> Schedules { get; init; }

    public required ImmutableArray<KindEntry> StopCriteria { get; init; }

    public ImmutableArray<KindEntry> Modes { get; init; } = KindEntry.From(Core.Modes.TrainingModes.All);

    public ImmutableArray<KindEntry> Aggregations { get; init; } = KindEntry.From(Core.Aggregation.Aggregations.All);

    /// <summary>Everything this build knows.</summary>
    public static JobTables All { get; } = new()
    {
        Models = KindEntry.From(Core.Models.Models.All),
        Losses = KindEntry.From(Core.Losses.Losses.All),
        Optimizers = KindEntry.From(Core.Optimizers.Optimizers.All),
        Schedules = KindEntry.From(Core.Optimizers.Schedules.All),
        StopCriteria = KindEntry.From(Convergence.StopCriteria.All),
    };
}
