using System.Globalization;
using System.Text;
using ClusterGd.Core.Jobs;
using ClusterGd.Core.Options;

namespace ClusterGd.Data.Tests.Jobs;

/// <summary>Draws the text of a job from the tables of its keys: every key and every kind comes up.</summary>
internal sealed class JobDraw(int seed)
{
    private static readonly string[] s_words =
    [
        "x", "1", "null", "true", "~", "a: b", "# c", " lead", "trail ", "two\nlines", "\u2028", "'", "\"",
        "\\", "é", "a,b", "[x]", "{", "-", "- a", "?", "&a", "*b", "!t", "%", "@", "`", "😀", "\t", "\u0085", "\ufeff",
    ];

    private static readonly string[] s_paths =
    [
        "a9a.gz", "a.csv", "a.svm", "b.parquet", "images-ubyte", "no ending", "null", "it's", "a\"b.csv", "é", "😀.tsv",
    ];

    private readonly Random _random = new(seed);

    /// <summary>The paths of the keys that were drawn, with the kind behind those that name one.</summary>
    public HashSet<string> Drawn { get; } = [];

    public string Text(JobSection job) => Mapping(job, "", _ => true);

    private string Mapping(JobSection section, string path, Func<string, bool> isWanted)
    {
        var entries = new List<string>();
        if (section.KindKey is { } kindKey)
        {
            var kind = section.Kinds[_random.Next(section.Kinds.Length)];
            Drawn.Add($"{path}.{kindKey}={kind.Name}");
            entries.Add($"{kindKey}: {kind.Name}");
            foreach (var option in kind.Options.Where(o => o.Default is null || Coin()))
            {
                Drawn.Add($"{path}.{kind.Name}.{option.Name}");
                entries.Add($"{option.Name}: {Value(option)}");
            }
        }
        foreach (var key in section.Keys.Where(k => isWanted(k.Name) && (k.IsRequired || Coin())))
        {
            Drawn.Add($"{path}.{key.Name}");
            entries.Add($"{key.Name}: {Value(key, $"{path}.{key.Name}")}");
        }
        return $"{{ {string.Join(", ", entries)} }}";
    }

    private string Value(JobKey key, string path)
    {
        if (key.Section is { } section)
        {
            string One() => Mapping(section, path, Wanted(path));
            return key.IsList ? List(One) : One();
        }
        var option = key.Option!;
        return key.Name switch
        {
            _ when key.Named is { } named && Coin() =>
                $"{{ {Quoted(Pick(s_words))}: {Value(named)}, {Quoted("other")}: {Value(named)} }}",
            "path" or "labels" or "weights" => Quoted(Pick(s_paths)),
            "seed" => Pick(["0", "1", "18446744073709551615"]),
            "name" => Pick(["job", "1", "true", "a-b_c.d"]),
            "initialModel" => Quoted(new string(Pick(["0", "e", "7"])[0], 64)),
            "delimiter" => Quoted(Pick([",", "\t", "\"", "|", "é", "'", "#"])),
            "decimal" => Quoted(Pick([".", ","])),
            "thousands" => Quoted(Pick([",", ".", "'", "_", " "])),
            "missing" => Pick(["error", "mean", "0.5", "-1e3"]),
            _ when key.IsList => List(() => Quoted(Pick(s_words))),
            _ => Value(option),
        };
    }

    // Keys that exclude each other, and those that only one format has, are drawn together now and then only.
    private Func<string, bool> Wanted(string path)
    {
        if (_random.Next(10) == 0) return _ => true;
        bool isFirst = Coin(), isSecond = Coin();
        var keys = JobFormat.All[_random.Next(JobFormat.All.Length)].Keys;
        return path switch
        {
            ".data" => key => key != (isFirst ? "test" : "split") && (key != "validation" || isSecond),
            ".data.split" => RuleOf(isFirst ? ["fraction"] : isSecond ? ["every", "offset"] : ["folds", "fold"]),
            ".data.train" or ".data.test" or ".data.validation" =>
                key => key is "path" || (isFirst ? keys.Contains(key) : key == "format"),
            _ => _ => true,
        };
    }

    private static Func<string, bool> RuleOf(string[] rule) =>
        key => rule.Contains(key) || key is "validation" or "stratified";

    private string Value(Option option) => option.Type switch
    {
        OptionType.Number => Number(option),
        OptionType.Integer => Whole(option),
        OptionType.Flag => Coin() ? "true" : "false",
        OptionType.Text => option.Choices.IsEmpty ? Quoted(Pick(s_words)) : Pick([.. option.Choices]),
        OptionType.Integers =>
            $"[{string.Join(", ", Enumerable.Range(0, 1 + _random.Next(3)).Select(_ => Whole(option)))}]",
        OptionType.Duration => Pick(["0s", "500ms", "3.5s", "2min", "1h", "0.1ms"]),
        _ => throw new NotSupportedException($"{option.Type}"),
    };

    private string Number(Option option)
    {
        double min = Math.Max(option.Min, -1e9), max = Math.Min(option.Max, 1e9);
        double value = _random.Next(4) switch
        {
            0 when !option.IsMinExclusive => min,
            1 when !option.IsMaxExclusive => max,
            2 => Math.Clamp(Math.Pow(10, 12 * _random.NextDouble() - 9), min, max),
            _ => min + (Math.Min(max, min + 2) - min) * _random.NextDouble(),
        };
        return value.ToString("R", CultureInfo.InvariantCulture);
    }

    private string Whole(Option option)
    {
        long min = (long)Math.Max(option.Min, 0), max = (long)Math.Min(option.Max, int.MaxValue);
        long value = _random.Next(3) switch { 0 => min, 1 => max, _ => min + _random.Next(8) };
        return Math.Min(value, max).ToString(CultureInfo.InvariantCulture);
    }

    private string List(Func<string> one) =>
        $"[{string.Join(", ", Enumerable.Range(0, _random.Next(4)).Select(_ => one()))}]";

    private bool Coin() => _random.Next(2) == 0;

    private string Pick(string[] all) => all[_random.Next(all.Length)];

    private static string Quoted(string text)
    {
        var quoted = new StringBuilder("\"");
        foreach (char c in text) quoted.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}");
        return quoted.Append('"').ToString();
    }
}
