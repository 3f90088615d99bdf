using System.Collections.Immutable;
using ClusterGd.Core.Options;

namespace ClusterGd.Core.Jobs;

/// <summary>The part of a section that names a kind and states its options.</summary>
internal sealed partial class Section<T>
{
    /// <summary>The section names a kind from a table, whose options are keys beside the section's own.</summary>
    public Section<T> Kind(
        string key, ImmutableArray<KindEntry> table, Func<T, Component> get, Func<T, Component, T> set)
    {
        _kind = new KindKey(key, table, get, set);
        return this;
    }

    private KindEntry? ReadKind(KindKey key, JobNode.Mapping mapping, string path, JobProblems problems, ref T result)
    {
        var entry = mapping.Find(key.Key);
        var name = (entry?.Value as JobNode.Scalar)?.Text ?? (entry is null ? key.Get(result).Kind : "");
        var names = key.Table.Select(k => k.Name);
        if (entry is null && name.Length == 0)
        {
            problems.Add(mapping.Mark, $"{Join(path, key.Key)} is missing; add it: {OptionReader.OneOf(names)}");
            return null;
        }
        var kind = key.Table.FirstOrDefault(k => k.Name == name);
        if (kind is null)
        {
            var node = entry?.Value ?? new JobNode.Scalar(mapping.Mark, name);
            var hint = NearestWord.Hint(name, names, "use one of these");
            problems.Wrong(node, Join(path, key.Key), OptionReader.OneOf(names), hint);
            return null;
        }
        result = key.Set(result, ReadOptions(kind, mapping, path, problems));
        return kind;
    }

    private static Component ReadOptions(KindEntry kind, JobNode.Mapping mapping, string path, JobProblems problems)
    {
        var stated = ImmutableSortedDictionary.CreateBuilder<string, object>(StringComparer.Ordinal);
        bool isWhole = true;
        foreach (var option in kind.Options)
        {
            var optionPath = Join(path, option.Name);
            if (mapping.Find(option.Name) is { } entry)
            {
                isWhole &= OptionReader.TryRead(option, entry.Value, optionPath, problems, out var value);
                stated[option.Name] = value;
            }
            else if (option.Default is null)
            {
                problems.Add(mapping.Mark,
                    $"{optionPath} is missing; add it: {OptionReader.Allowed(option)}, {option.Summary}");
                isWhole = false;
            }
        }
        var component = new Component(kind.Name, stated.ToImmutable());
        if (isWhole) CheckTogether(kind, component, mapping, path, problems);
        return component;
    }

    // Options may each be right and yet not go together, which only the class behind the kind knows.
    private static void CheckTogether(
        KindEntry kind, Component component, JobNode.Mapping mapping, string path, JobProblems problems)
    {
        try
        {
            kind.Check(component);
        }
        catch (InputException problem)
        {
            foreach (var sentence in problem.Problems) problems.Add(mapping.Mark, $"{path}: {sentence.TrimEnd('.')}");
        }
        catch (Exception problem) when (problem is ArgumentException or OverflowException)
        {
            problems.Add(mapping.Mark, $"{path}: {problem.Message.TrimEnd('.')}");
        }
    }

    private IEnumerable<string> KindKeys(KindEntry? kind) =>
        kind is null ? [] : [_kind!.Key, .. kind.Options.Select(o => o.Name)];

    private static void WriteKind(KindKey key, T value, ImmutableArray<JobNode.Entry>.Builder entries)
    {
        var component = key.Get(value);
        entries.Add(new JobNode.Entry(key.Key, default, OptionReader.Write(component.Kind)));
        foreach (var option in key.Table.FirstOrDefault(k => k.Name == component.Kind)?.Options ?? [])
        {
            if (component.Options.GetValueOrDefault(option.Name, option.Default!) is { } stated)
            {
                entries.Add(new JobNode.Entry(option.Name, default, OptionReader.Write(stated)));
            }
        }
    }

    private sealed record KindKey(
        string Key, ImmutableArray<KindEntry> Table, Func<T, Component> Get, Func<T, Component, T> Set);
}
