using System.Collections.Immutable;

namespace ClusterGd.Core.Options;

public enum OptionType
{
    Number,
    Integer,
    Flag,
    Text,
    Integers,

    /// <summary>A time with its unit; bounds are in seconds.</summary>
    Duration,
}

/// <summary>
/// One key that a kind of loss, model, optimizer, schedule or criterion understands: the tables of the rooms carry
/// them, and they alone feed the job file's validation, <c>--help</c> and the documentation.
/// </summary>
public sealed record Option
{
    public required string Name { get; init; }

    public required OptionType Type { get; init; }

    /// <summary>One clause: meaning and unit.</summary>
    public required string Summary { get; init; }

    /// <summary>
    /// Used where the job is silent: a double, bool, string, int[] or TimeSpan; null makes the key required.
    /// </summary>
    public object? Default { get; init; }

    public double Min { get; init; } = double.NegativeInfinity;

    public double Max { get; init; } = double.PositiveInfinity;

    /// <summary>Whether the bounds themselves are refused.</summary>
    public bool IsMinExclusive { get; init; }

    public bool IsMaxExclusive { get; init; }

    /// <summary>The allowed words of a <see cref="OptionType.Text"/>; empty where any will do.</summary>
    public ImmutableArray<string> Choices { get; init; } = [];

    public static Option Number(string name, double? defaultValue, double min, double max, string summary) => new()
    { Name = name, Type = OptionType.Number, Default = defaultValue, Min = min, Max = max, Summary = summary };

    /// <summary>A number strictly above <paramref name="min"/>.</summary>
    public static Option Above(string name, double? defaultValue, double min, string summary) => new()
    {
        Name = name, Type = OptionType.Number, Default = defaultValue, Min = min, IsMinExclusive = true,
        Summary = summary,
    };

    /// <summary>A number in the open interval (min, max).</summary>
    public static Option Between(string name, double? defaultValue, double min, double max, string summary) =>
        Number(name, defaultValue, min, max, summary) with { IsMinExclusive = true, IsMaxExclusive = true };

    public static Option Integer(string name, double? defaultValue, double min, double max, string summary) => new()
    { Name = name, Type = OptionType.Integer, Default = defaultValue, Min = min, Max = max, Summary = summary };

    public static Option Flag(string name, bool defaultValue, string summary) => new()
    { Name = name, Type = OptionType.Flag, Default = defaultValue, Summary = summary };

    public static Option Text(
        string name, string? defaultValue, string summary, params ReadOnlySpan<string> choices) => new()
    { Name = name, Type = OptionType.Text, Default = defaultValue, Choices = [.. choices], Summary = summary };

    public static Option Integers(string name, int[]? defaultValue, double min, double max, string summary) => new()
    { Name = name, Type = OptionType.Integers, Default = defaultValue, Min = min, Max = max, Summary = summary };

    /// <param name="min">Seconds, as <paramref name="max"/>.</param>
    public static Option Duration(string name, TimeSpan? defaultValue, double min, double max, string summary) => new()
    { Name = name, Type = OptionType.Duration, Default = defaultValue, Min = min, Max = max, Summary = summary };
}
