using System.Collections.Immutable;
using System.Globalization;
using ClusterGd.Core.Options;

namespace ClusterGd.Core.Jobs;

/// <summary>The rows a section's table may have.</summary>
internal sealed partial class Section<T>
{
    public Section<T> Number(Option option, Func<T, double> get, Func<T, double, T> set) =>
        Plain(option with { Default = OptionReader.IsAllowed(option, get(Start)) ? get(Start) : null },
            r => get(r), (r, v) => set(r, (double)v));

    /// <summary>A whole number that fits an int.</summary>
    public Section<T> Integer(string name, int min, int max, string summary, Func<T, int> get, Func<T, int, T> set) =>
        Number(Option.Integer(name, null, min, max, summary), r => get(r), (r, v) => set(r, (int)v));

    /// <summary>A flag; null, where it is a matter of guessing, is not written.</summary>
    public Section<T> Flag(string name, string summary, Func<T, bool?> get, Func<T, bool, T> set) =>
        Plain(Option.Flag(name, false, summary) with { Default = get(Start) }, r => get(r), (r, v) => set(r, (bool)v));

    /// <param name="allowed">What is allowed, where <paramref name="isAllowed"/> says more than the option can.</param>
    public Section<T> Text(
        Option option, Func<T, string?> get, Func<T, string, T> set, string? allowed = null,
        Func<string, bool>? isAllowed = null, bool isRequired = false)
    {
        option = option with { Default = isRequired ? null : get(Start) };
        T Read(JobNode node, string path, T from, JobProblems problems)
        {
            if (node is JobNode.Scalar { Text: var word } && isAllowed is not null && !isAllowed(word))
            {
                problems.Wrong(node, path, allowed!, "change it or remove the key");
                return from;
            }
            return OptionReader.TryRead(option, node, path, problems, out var value) ? set(from, (string)value) : from;
        }
        var key = new JobKey(option.Name, option.Summary)
        {
            Option = option, Allowed = allowed, IsRequired = isRequired,
        };
        _fields.Add(new Field(key, Read, (r, _) => Written(get(r))));
        return this;
    }

    /// <summary>A list of words; one word is a list of one.</summary>
    public Section<T> Words(
        string name, string summary, Func<T, ImmutableArray<string>> get, Func<T, ImmutableArray<string>, T> set)
    {
        var word = Option.Text(name, null, summary);
        T Read(JobNode node, string path, T from, JobProblems problems)
        {
            ImmutableArray<JobNode> items = node is JobNode.Sequence list ? list.Items : [node];
            var words = ImmutableArray.CreateBuilder<string>();
            for (int i = 0; i < items.Length; i++)
            {
                var itemPath = node is JobNode.Sequence ? Join(path, $"{i}") : path;
                if (OptionReader.TryRead(word, items[i], itemPath, problems, out var value)) words.Add((string)value);
            }
            return set(from, words.ToImmutable());
        }
        // No word at all is stated only where leaving the key out would mean others.
        _fields.Add(new Field(
            new JobKey(name, summary) { Option = word, IsList = true }, Read,
            (r, from) => get(r).IsEmpty && get(from).IsEmpty
                ? null : new JobNode.Sequence(default, [.. get(r).Select(w => OptionReader.Write(w))])));
        return this;
    }

    /// <summary>A whole number of 64 bits, which a double does not hold.</summary>
    public Section<T> Unsigned(string name, string summary, Func<T, ulong> get, Func<T, ulong, T> set)
    {
        T Read(JobNode node, string path, T from, JobProblems problems)
        {
            if (node is JobNode.Scalar { IsQuoted: false } scalar
                && ulong.TryParse(scalar.Text, NumberStyles.None, CultureInfo.InvariantCulture, out ulong value))
            {
                return set(from, value);
            }
            problems.Wrong(node, path, $"a whole number from 0 to {ulong.MaxValue}",
                $"change it, or remove the key for the default {get(Start)}");
            return from;
        }
        var option = Option.Integer(name, get(Start), 0, ulong.MaxValue, summary);
        _fields.Add(new Field(
            new JobKey(name, summary) { Option = option, Allowed = $"a whole number from 0 to {ulong.MaxValue}" }, Read,
            (r, _) => new JobNode.Scalar(default, get(r).ToString(CultureInfo.InvariantCulture))));
        return this;
    }

    /// <param name="from">The defaults of the nested section, given what is read so far; by default its own.</param>
    public Section<T> Nested<U>(
        string name, Section<U> section, string summary, Func<T, U?> get, Func<T, U, T> set,
        Func<T, U>? from = null, bool isRequired = false)
        where U : class
    {
        T Read(JobNode node, string path, T into, JobProblems problems) =>
            set(into, section.Read(node, path, from is null ? section.Start : from(into), problems));
        _fields.Add(new Field(
            new JobKey(name, summary) { Section = section.Describe(), IsRequired = isRequired }, Read,
            (r, _) => get(r) is { } value ? section.Write(value, from?.Invoke(r)) : null));
        return this;
    }

    public Section<T> List<U>(
        string name, Section<U> section, string summary,
        Func<T, ImmutableArray<U>> get, Func<T, ImmutableArray<U>, T> set)
        where U : class
    {
        T Read(JobNode node, string path, T into, JobProblems problems)
        {
            if (node is JobNode.Sequence list)
            {
                return set(into, [.. list.Items.Select(
                    (item, i) => section.Read(item, Join(path, $"{i}"), section.Start, problems))]);
            }
            problems.Wrong(node, path, $"a list: {summary}", "begin each of its entries with '- '");
            return into;
        }
        _fields.Add(new Field(
            new JobKey(name, summary) { Section = section.Describe(), IsList = true }, Read,
            (r, _) => get(r).IsEmpty
                ? null : new JobNode.Sequence(default, [.. get(r).Select(item => section.Write(item))])));
        return this;
    }

    /// <summary>A rule over several keys, checked after all are read.</summary>
    public Section<T> Check(Action<JobNode.Mapping, T, string, JobProblems> check)
    {
        _checks.Add(check);
        return this;
    }

    /// <summary>Fills in what follows from the stated keys.</summary>
    public Section<T> Resolve(Func<JobNode.Mapping, T, T> resolve)
    {
        _resolve = resolve;
        return this;
    }

    /// <summary>Leaves keys that mean nothing for this record out of the canonical text.</summary>
    public Section<T> WriteOnly(Func<T, string, bool> isWritten)
    {
        _isWritten = isWritten;
        return this;
    }

    private Section<T> Plain(Option option, Func<T, object?> get, Func<T, object, T> set)
    {
        T Read(JobNode node, string path, T from, JobProblems problems) =>
            OptionReader.TryRead(option, node, path, problems, out var value) ? set(from, value) : from;
        _fields.Add(new Field(
            new JobKey(option.Name, option.Summary) { Option = option }, Read, (r, _) => Written(get(r))));
        return this;
    }

    private static JobNode? Written(object? value) => value is null ? null : OptionReader.Write(value);
}
