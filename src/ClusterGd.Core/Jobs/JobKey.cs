using System.Collections.Immutable;
using ClusterGd.Core.Options;

namespace ClusterGd.Core.Jobs;

/// <summary>A key of the job file as its table has it, for help, editors and tests.</summary>
public sealed record JobKey(string Name, string Summary)
{
    /// <summary>How a value, or each of a list of values, is read; null for a mapping.</summary>
    public Option? Option { get; init; }

    /// <summary>What is allowed, where it is less than the option says; else null.</summary>
    public string? Allowed { get; init; }

    /// <summary>The keys of a mapping, or of each mapping of a list; null for a value.</summary>
    public JobSection? Section { get; init; }

    /// <summary>
    /// How each value of a mapping is read whose names are the user's, which may stand in place of
    /// <see cref="Option"/>; null where none may.
    /// </summary>
    public Option? Named { get; init; }

    public bool IsList { get; init; }

    public bool IsRequired { get; init; }

    /// <summary>What is allowed, in words.</summary>
    public string AllowedText => Allowed ?? (Option is null ? "" : OptionReader.Allowed(Option));

    /// <summary>The default as a job would write it; null where there is none.</summary>
    public string? DefaultText => Option?.Default is { } value ? OptionReader.Text(value) : null;
}

/// <summary>The keys of a mapping of the job file.</summary>
/// <param name="KindKey">The key that names a kind; null where there is none.</param>
/// <param name="DefaultKind">The kind where none is named; null or empty where one must be.</param>
/// <param name="Kinds">Each with options of its own, which are keys beside the others.</param>
public sealed record JobSection(
    string? KindKey, string? DefaultKind, ImmutableArray<KindEntry> Kinds, ImmutableArray<JobKey> Keys)
{
    /// <summary>The whole of a job.</summary>
    public static JobSection OfJob(JobTables tables) => new JobSections(tables).Job.Describe();
}
