using System.Collections.Immutable;
using System.Globalization;

namespace ClusterGd.Core.Options;

/// <summary>One row of a room's table: a kind that a job may name, its options, and how it is made.</summary>
/// <param name="Name">The word in the job file.</param>
/// <param name="Summary">One sentence for help and documentation.</param>
public sealed record Kind<T>(string Name, string Summary, ImmutableArray<Option> Options, Func<OptionValues, T> Create);

/// <summary>A kind by name with the options that the job states; those it leaves out have their defaults.</summary>
public sealed record Component(string Kind, ImmutableSortedDictionary<string, object> Options)
{
    public static Component Of(string kind, params ReadOnlySpan<(string Name, object Value)> options)
    {
        var builder = ImmutableSortedDictionary.CreateBuilder<string, object>(StringComparer.Ordinal);
        foreach (var (name, value) in options) builder[name] = value is int number ? (double)number : value;
        return new Component(kind, builder.ToImmutable());
    }

    /// <summary>Makes the component from its room's table.</summary>
    /// <exception cref="ArgumentException">The kind is not in the table, or a required option is missing.</exception>
    public T Create<T>(ImmutableArray<Kind<T>> table)
    {
        foreach (var kind in table)
        {
            if (kind.Name == Kind) return kind.Create(new OptionValues(kind.Options, Options));
        }
        throw new ArgumentException($"'{Kind}' is none of {string.Join(", ", table.Select(k => k.Name))}.");
    }
}

/// <summary>The stated and default values of a component's options.</summary>
public sealed class OptionValues(ImmutableArray<Option> options, ImmutableSortedDictionary<string, object> stated)
{
    public double Number(string name) => Convert.ToDouble(Value(name), CultureInfo.InvariantCulture);

    public float Float(string name) => (float)Number(name);

    public int Integer(string name) => checked((int)Number(name));

    public bool Flag(string name) => (bool)Value(name);

    public string Text(string name) => (string)Value(name);

    public ImmutableArray<int> Integers(string name) => [.. (int[])Value(name)];

    internal object Value(string name)
    {
        if (stated.TryGetValue(name, out var value)) return value;
        var option = options.First(o => o.Name == name);
        return option.Default ?? throw new ArgumentException($"'{name}' has no default: state it.");
    }
}
