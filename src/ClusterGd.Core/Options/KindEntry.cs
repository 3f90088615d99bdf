using System.Collections.Immutable;

namespace ClusterGd.Core.Options;

/// <summary>A row of a room's table without the type it makes: what reading a job needs of it.</summary>
/// <param name="Check">Makes the component and throws where its options do not go together.</param>
public sealed record KindEntry(string Name, string Summary, ImmutableArray<Option> Options, Action<Component> Check)
{
    public static ImmutableArray<KindEntry> From<T>(ImmutableArray<Kind<T>> table) =>
        [.. table.Select(kind => new KindEntry(kind.Name, kind.Summary, kind.Options, c => c.Create(table)))];
}
