using System.Collections.Immutable;
using ClusterGd.Core.Options;

namespace ClusterGd.Core.Jobs;

/// <summary>
/// One mapping of the job file as a table of its keys: the same rows read it into a record and write the record back.
/// </summary>
/// <param name="start">The record where no key is stated: its defaults.</param>
/// <param name="file">What the whole of the file is called.</param>
internal sealed partial class Section<T>(T start, string file = "the job")
    where T : class
{
    private readonly List<Field> _fields = [];
    private readonly List<Action<JobNode.Mapping, T, string, JobProblems>> _checks = [];
    private Func<JobNode.Mapping, T, T>? _resolve;
    private Func<T, string, bool>? _isWritten;
    private KindKey? _kind;

    public T Start => start;

    private IEnumerable<string> Keys => _fields.Select(f => f.Name);

    /// <summary>The table for help, editors and tests.</summary>
    public JobSection Describe() =>
        new(_kind?.Key, _kind?.Get(start).Kind, _kind?.Table ?? [], [.. _fields.Select(f => f.Key)]);

    /// <summary>Reads every key, in the order of the table; what is wrong is added and keeps its default.</summary>
    public T Read(JobNode node, string path, T from, JobProblems problems)
    {
        if (node is JobNode.Scalar { IsEmpty: false } word && _kind is not null)
        {
            node = new JobNode.Mapping(word.Mark, [new JobNode.Entry(_kind.Key, word.Mark, word)]);
        }
        if (node is not JobNode.Mapping mapping)
        {
            problems.Wrong(node, path.Length == 0 ? file : path, AllowedMapping(), "write 'key: value' lines");
            return from;
        }
        var result = from;
        var kind = _kind is null ? null : ReadKind(_kind, mapping, path, problems, ref result);
        foreach (var field in _fields)
        {
            if (mapping.Find(field.Name) is { } entry)
            {
                result = field.Read(entry.Value, Join(path, field.Name), result, problems);
            }
            else if (field.Key.IsRequired)
            {
                problems.Add(mapping.Mark, $"{Join(path, field.Name)} is missing; add it: {field.Key.Summary}");
            }
        }
        RefuseUnknown(mapping, path, kind, problems);
        if (_resolve is not null) result = _resolve(mapping, result);
        foreach (var check in _checks) check(mapping, result, path, problems);
        return result;
    }

    /// <summary>Every key with its value or default, in the order of the table.</summary>
    /// <param name="from">What reading it back begins with; null for <see cref="Start"/>.</param>
    public JobNode Write(T value, T? from = null)
    {
        var entries = ImmutableArray.CreateBuilder<JobNode.Entry>();
        if (_kind is not null) WriteKind(_kind, value, entries);
        foreach (var field in _fields)
        {
            if (_isWritten?.Invoke(value, field.Name) == false) continue;
            if (field.Write(value, from ?? start) is not { } node) continue;
            entries.Add(new JobNode.Entry(field.Name, default, node));
        }
        return new JobNode.Mapping(default, entries.ToImmutable());
    }

    /// <summary>The record with the values of some keys and the defaults of all others.</summary>
    public T Only(T value, Func<string, bool> isKept)
    {
        var result = start;
        foreach (var field in _fields.Where(f => isKept(f.Name)))
        {
            if (field.Write(value, start) is { } node) result = field.Read(node, field.Name, result, new JobProblems());
        }
        return result;
    }

    private static string Join(string path, string key) => path.Length == 0 ? key : $"{path}.{key}";

    private void RefuseUnknown(JobNode.Mapping mapping, string path, KindEntry? kind, JobProblems problems)
    {
        // Without a known kind nobody can tell which keys it has: the kind alone is the mistake to mend.
        if (_kind is not null && kind is null) return;
        ImmutableArray<string> known = [.. KindKeys(kind), .. Keys];
        foreach (var entry in mapping.Entries.Where(e => !known.Contains(e.Key)))
        {
            var section = path.Length == 0 ? file : kind is null ? path : $"{path} of kind {kind.Name}";
            // 'epochs:20' is one word of YAML.
            int colon = entry.Key.IndexOf(':', StringComparison.Ordinal);
            var hint = colon > 0 && known.Contains(entry.Key[..colon])
                ? $"put a blank after the ':': '{entry.Key[..colon]}: {JobNode.Clean(entry.Key[(colon + 1)..])}'"
                : NearestWord.Hint(
                    entry.Key, known, $"allowed are {OptionReader.OneOf(known)}: use one of these or remove it");
            problems.Add(entry.Mark, $"{Join(path, JobNode.Clean(entry.Key))} is no key of {section}; {hint}");
        }
    }

    private string AllowedMapping() =>
        $"a mapping with {OptionReader.OneOf([.. _kind is null ? [] : (string[])[_kind.Key], .. Keys])}";

    /// <param name="Write">Given the value and what reading it back begins with; null leaves the key out.</param>
    private sealed record Field(
        JobKey Key, Func<JobNode, string, T, JobProblems, T> Read, Func<T, T, JobNode?> Write)
    {
        public string Name => Key.Name;
    }
}
