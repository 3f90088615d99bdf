using System.Collections.Immutable;

namespace ClusterGd.Core.Jobs;

/// <summary>A job as written, before it is checked: mappings, lists and words, each with its place.</summary>
public abstract record JobNode(JobMark Mark)
{
    /// <param name="IsQuoted">Quoted words are text even where they look like a number.</param>
    public sealed record Scalar(JobMark Mark, string Text, bool IsQuoted = false) : JobNode(Mark)
    {
        public bool IsEmpty => !IsQuoted && Text is "" or "~" or "null" or "Null" or "NULL";
    }

    public sealed record Sequence(JobMark Mark, ImmutableArray<JobNode> Items) : JobNode(Mark);

    public sealed record Mapping(JobMark Mark, ImmutableArray<Entry> Entries) : JobNode(Mark)
    {
        public Entry? Find(string key) => Entries.FirstOrDefault(e => e.Key == key);
    }

    public sealed record Entry(string Key, JobMark Mark, JobNode Value);

    /// <summary>The value as messages show it: short, on one line.</summary>
    public string Shown => this switch
    {
        Scalar { IsEmpty: true } => "empty",
        Scalar scalar => ShownText(scalar),
        Sequence => "a list",
        _ => "a mapping",
    };

    /// <summary>A text from outside as messages may show it.</summary>
    internal static string Clean(string text)
    {
        var clean = string.Concat(text.Take(60).Select(c => char.IsControl(c) ? '?' : c));
        return text.Length > 60 ? clean + "…" : clean;
    }

    private static string ShownText(Scalar scalar)
    {
        var clean = Clean(scalar.Text);
        return !scalar.IsQuoted && JobNumbers.TryParse(clean, out _) ? clean : $"'{clean}'";
    }
}
