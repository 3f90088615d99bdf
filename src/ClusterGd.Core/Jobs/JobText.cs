using System.Collections.Immutable;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace ClusterGd.Core.Jobs;

/// <summary>The canonical text of a job: YAML with every default spelled out, always in one order.</summary>
public static class JobText
{
    public static string Write(Job job, JobTables tables) => Write(new JobSections(tables).Job.Write(job));

    internal static string Write(JobNode mapping)
    {
        var text = new StringBuilder();
        WriteMapping((JobNode.Mapping)mapping, 0, text);
        return text.ToString();
    }

    /// <summary>
    /// SHA-256 (hex) of what of a job can change the bits of its result: not its name, not its cluster, not its
    /// checkpoints, and not where the data lies, since the data's own hash covers that.
    /// </summary>
    public static string Hash(Job job, JobTables tables) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Write(BitsOf(job), tables))));

    private static Job BitsOf(Job job)
    {
        static DataSource Placeless(DataSource source) => source with { Path = "", Labels = null, Weights = null };
        var data = job.Data with
        {
            Train = Placeless(job.Data.Train),
            Test = job.Data.Test is { } test ? Placeless(test) : null,
            Validation = job.Data.Validation is { } validation ? Placeless(validation) : null,
        };
        return job with
        {
            Name = "", Data = data, Cluster = new ClusterSpec(), Checkpoint = new CheckpointSpec(),
        };
    }

    private static void Flatten(JobNode node, string path, SortedDictionary<string, string> values)
    {
        switch (node)
        {
            case JobNode.Mapping mapping:
                foreach (var entry in mapping.Entries) Flatten(entry.Value, Join(entry.Key), values);
                break;
            case JobNode.Sequence list:
                for (int i = 0; i < list.Items.Length; i++) Flatten(list.Items[i], Join($"{i}"), values);
                break;
            case JobNode.Scalar scalar:
                values[path] = Word(scalar);
                break;
        }

        string Join(string key) => path.Length == 0 ? key : $"{path}.{key}";
    }

    /// <summary>
    /// The values that two jobs do not share, by their paths, <c>none</c> where one has no such value; of those only
    /// that <see cref="Hash"/> looks at.
    /// </summary>
    public static ImmutableArray<(string Path, string Ours, string Theirs)> Differences(
        Job job, Job other, JobTables tables)
    {
        var (ours, theirs) = (Values(job), Values(other));
        return
        [
            .. ours.Keys.Union(theirs.Keys).Select(path =>
                (path, ours.GetValueOrDefault(path, "none"), theirs.GetValueOrDefault(path, "none")))
                .Where(pair => pair.Item2 != pair.Item3),
        ];

        SortedDictionary<string, string> Values(Job of)
        {
            var values = new SortedDictionary<string, string>(StringComparer.Ordinal);
            Flatten(new JobSections(tables).Job.Write(BitsOf(of)), "", values);
            return values;
        }
    }

    /// <summary>Whether a text may stand in YAML without quotes and is read back as the same text.</summary>
    internal static bool IsPlain(string text) =>
        text.Length > 0 && (char.IsAsciiLetter(text[0]) || text[0] is '/' or '_')
        && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '/' or '_' or '.' or '-' or '+')
        && text.ToLowerInvariant() is not ("null" or "true" or "false" or "yes" or "no" or "on" or "off");

    private static void WriteMapping(JobNode.Mapping mapping, int depth, StringBuilder text, bool isItem = false)
    {
        foreach (var entry in mapping.Entries)
        {
            if (isItem) isItem = false;
            else text.Append(' ', 2 * depth);
            text.Append(KeyText(entry.Key)).Append(':');
            WriteValue(entry.Value, depth, text);
        }
    }

    /// <summary>The job's own keys are letters; those that name classes may be anything.</summary>
    private static string KeyText(string key) => key.Length > 0 && key.All(char.IsAsciiLetterOrDigit)
        ? key : Word(new JobNode.Scalar(default, key, IsQuoted: true));

    private static void WriteValue(JobNode node, int depth, StringBuilder text)
    {
        switch (node)
        {
            case JobNode.Mapping mapping:
                text.Append('\n');
                WriteMapping(mapping, depth + 1, text);
                break;
            case JobNode.Sequence list when list.Items.All(i => i is JobNode.Scalar):
                text.Append(" [").AppendJoin(", ", list.Items.Select(i => Word((JobNode.Scalar)i))).Append("]\n");
                break;
            case JobNode.Sequence list:
                text.Append('\n');
                foreach (var item in list.Items)
                {
                    text.Append(' ', 2 * depth + 2).Append("- ");
                    WriteMapping((JobNode.Mapping)item, depth + 2, text, isItem: true);
                }
                break;
            case JobNode.Scalar scalar:
                text.Append(' ').Append(Word(scalar)).Append('\n');
                break;
        }
    }

    private static string Word(JobNode.Scalar scalar)
    {
        if (!scalar.IsQuoted) return scalar.Text;
        var quoted = new StringBuilder("\"");
        for (int i = 0; i < scalar.Text.Length; i++)
        {
            char c = scalar.Text[i];
            if (c is '"' or '\\') quoted.Append('\\').Append(c);
            else if (IsPlainInQuotes(scalar.Text, i)) quoted.Append(c);
            else AppendEscaped(c, quoted);
        }
        return quoted.Append('"').ToString();
    }

    // Half of a surrogate pair would be lost where the text becomes bytes.
    private static bool IsPlainInQuotes(string text, int i)
    {
        char c = text[i];
        if (char.IsHighSurrogate(c)) return i + 1 < text.Length && char.IsLowSurrogate(text[i + 1]);
        if (char.IsLowSurrogate(c)) return i > 0 && char.IsHighSurrogate(text[i - 1]);
        return !char.IsControl(c) && c is not ('\u2028' or '\u2029' or '\uFEFF' or '\uFFFE' or '\uFFFF');
    }

    private static void AppendEscaped(char c, StringBuilder text) =>
        text.Append("\\u").Append(((int)c).ToString("x4", CultureInfo.InvariantCulture));
}
