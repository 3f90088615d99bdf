using System.Collections.Immutable;
using System.Text;

namespace ClusterGd.Core.Jobs;

/// <summary>Every key of a job on one page, from the tables that read it.</summary>
public static class JobKeyTable
{
    private const int WidthMax = 100;

    /// <param name="Key">Below the heading's path.</param>
    /// <param name="Allowed">What a value may be.</param>
    /// <param name="Default">Empty where the key is required or nothing stands in its place.</param>
    private sealed record Row(string Key, string Allowed, string Default, string Meaning);

    /// <param name="Path">The mapping that the keys are of; empty for the job itself.</param>
    private sealed record Part(string Path, string Summary, ImmutableArray<Row> Rows);

    /// <summary>For a terminal.</summary>
    public static string Text(JobTables tables)
    {
        var text = new StringBuilder();
        foreach (var part in Parts(tables))
        {
            text.Append(part.Path.Length == 0 ? "job" : part.Path).Append(": ").AppendLine(part.Summary);
            int width = part.Rows.Max(row => row.Key.Length);
            foreach (var row in part.Rows)
            {
                string standard = row.Default.Length > 0 ? $"default {row.Default}" : "";
                string facts = string.Join("; ", new[] { row.Allowed, standard }.Where(fact => fact.Length > 0));
                string line = $"  {row.Key.PadRight(width)}  {row.Meaning}";
                bool isLong = line.Length + facts.Length + 3 > WidthMax;
                text.Append(line).Append(isLong && facts.Length > 0 ? "\n" + new string(' ', width + 3) : "");
                text.AppendLine(facts.Length > 0 ? $" ({facts})" : "");
            }
            text.AppendLine();
        }
        return text.ToString().ReplaceLineEndings("\n");
    }

    /// <summary>For the documentation.</summary>
    public static string Markdown(JobTables tables)
    {
        var text = new StringBuilder("# The keys of a job\n\n" +
            "Written by `clustergd job keys --markdown`. A section that names a kind may be that word alone: " +
            "`loss: logistic`.\n`clustergd job schema` has the same for editors, as a JSON schema.\n");
        foreach (var part in Parts(tables))
        {
            text.Append($"\n## {(part.Path.Length == 0 ? "job" : $"`{part.Path}`")}\n\n{Sentence(part.Summary)}\n\n");
            text.Append("| key | meaning | allowed | default |\n|---|---|---|---|\n");
            foreach (var row in part.Rows)
            {
                text.Append($"| `{row.Key}` | {Cell(row.Meaning)} | {Cell(row.Allowed)} | {Cell(row.Default)} |\n");
            }
        }
        return text.ToString();
    }

    private static string Cell(string text) => text.Replace("|", "\\|", StringComparison.Ordinal);

    private static string Sentence(string clause) =>
        char.ToUpperInvariant(clause[0]) + clause[1..].TrimEnd('.') + ".";

    private static IEnumerable<Part> Parts(JobTables tables)
    {
        var parts = new List<Part>();
        Add("", "the keys of the file", JobSection.OfJob(tables), parts, []);
        return parts;
    }

    /// <param name="described">Paths by the section that was described there, so that none is twice.</param>
    private static void Add(
        string path, string summary, JobSection section, List<Part> parts, Dictionary<string, string> described)
    {
        var rows = ImmutableArray.CreateBuilder<Row>();
        if (section.KindKey is { } kindKey)
        {
            string names = OptionReader.OneOf(section.Kinds.Select(kind => kind.Name));
            rows.Add(new Row(kindKey, names, section.DefaultKind ?? "", "which kind"));
            foreach (var kind in section.Kinds)
            {
                rows.Add(new Row($"{kindKey}: {kind.Name}", "", "", kind.Summary));
                foreach (var option in kind.Options)
                {
                    rows.Add(new Row($"  {option.Name}", OptionReader.Allowed(option),
                        option.Default is { } value ? OptionReader.Text(value) : "", option.Summary));
                }
            }
        }
        var below = new List<(string Path, JobKey Key)>();
        foreach (var key in section.Keys)
        {
            string belowPath = Join(path, key.Name) + (key.IsList ? "[]" : "");
            bool isNew = key.Section is not null && described.TryAdd(Signature(key.Section), belowPath);
            if (isNew) below.Add((belowPath, key));
            rows.Add(RowOf(key, path, described));
        }
        parts.Add(new Part(path, summary, rows.ToImmutable()));
        foreach (var (belowPath, key) in below) Add(belowPath, key.Summary, key.Section!, parts, described);
    }

    private static Row RowOf(JobKey key, string path, Dictionary<string, string> described)
    {
        string required = key.IsRequired ? " (required)" : "";
        if (key.Section is { } section)
        {
            string place = described[Signature(section)];
            return new Row(key.Name, key.IsList ? $"a list of {place}" : $"see {place}", "", key.Summary + required);
        }
        string formats = path == "data.train"
            ? string.Join(", ", JobFormat.All.Where(f => f.Keys.Contains(key.Name)).Select(f => f.Name)) : "";
        string meaning = formats.Length > 0 ? $"{key.Summary} ({formats})" : key.Summary;
        string allowed = key.IsList ? $"{key.AllowedText}, or a list of them" : key.AllowedText;
        return new Row(key.Name, allowed, key.DefaultText ?? "", meaning + required);
    }

    private static string Signature(JobSection section) =>
        $"{section.KindKey}|{string.Join(',', section.Kinds.Select(k => k.Name))}|" +
        string.Join(',', section.Keys.Select(k => k.Name));

    private static string Join(string path, string key) => path.Length == 0 ? key : $"{path}.{key}";
}
