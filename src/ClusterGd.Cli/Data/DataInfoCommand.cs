using System.CommandLine;
using System.Globalization;
using ClusterGd.Cli.Terminal;
using ClusterGd.Core.Jobs;
using ClusterGd.Data;

namespace ClusterGd.Cli.Data;

/// <summary><c>clustergd data info</c>: what a file holds, before anybody trains on it.</summary>
internal static class DataInfoCommand
{
    private const int ColumnsShown = 30, ClassesShown = 20, BadRowsShown = 5;

    public static Command Create()
    {
        var path = new Argument<string>("PATH") { Description = "The file of rows; - for the standard input." };
        var format = RunOptions.NewFormat();
        var target = new Option<string[]>("--target") { Description = "A target. Repeatable.", HelpName = "COLUMN" };
        var labels = new Option<string?>("--labels") { Description = "The labels' file, for idx.", HelpName = "FILE" };
        var command = new VerbCommand("info", "Shows the format, rows, features, targets and bad rows of a file.",
            ("clustergd data info a9a.gz", "its format is seen from its name or its first bytes"),
            ("clustergd data info housing.csv --target median_house_value", "with a column as the target"))
        {
            path, format, target, labels,
        };
        command.SetAction(parse =>
        {
            using var data = new DataArgument(parse.GetRequiredValue(path));
            var source = new DataSource
            {
                Path = data.Path,
                Format = parse.GetValue(format),
                Target = [.. parse.GetValue(target) ?? []],
                Labels = parse.GetValue(labels),
            };
            Print(LoadScreen.Show(() => DataInfo.Describe(source)));
        });
        return command;
    }

    private static void Print(DataDescription data)
    {
        var guessed = data.IsFormatGuessed ? " (guessed)" : "";
        var layout = data.Delimiter is { } delimiter
            ? $", delimiter {(delimiter.Length > 1 ? delimiter : $"'{delimiter}'")}, " +
                (data.HasHeader == true ? "names in the first line" : "no names")
            : "";
        var density = data.Density.ToString("P1", CultureInfo.InvariantCulture);
        Console.WriteLine($"{data.Path}");
        Console.WriteLine($"format:   {data.Format}{guessed}{layout}");
        Console.WriteLine($"rows:     {data.Rows}");
        Console.WriteLine($"features: {data.Features}, {density} of the values stated");
        foreach (var target in data.Targets) PrintTarget(target);
        PrintSuggestions(data);
        PrintFeatures(data);
        PrintFirstRows(data);
        PrintBadRows(data);
    }

    private static void PrintTarget(TargetDescription target)
    {
        Console.WriteLine($"target:   {target.Name}{Range(target.Min, target.Max, target.Mean)}");
        foreach (var label in target.Classes.Take(ClassesShown))
        {
            Console.WriteLine($"          {label.Name}: {label.Count}");
        }
        if (target.Classes.Length > ClassesShown)
        {
            Console.WriteLine($"          and {target.Classes.Length - ClassesShown} more classes");
        }
    }

    private static void PrintSuggestions(DataDescription data)
    {
        foreach (var note in data.Notes) Console.WriteLine($"note:     {note}");
        if (data.Suggestions.IsEmpty) return;
        Console.WriteLine();
        Console.WriteLine("keys for a job (clustergd init writes one); what follows is read with them:");
        foreach (var (key, value, reason) in data.Suggestions) Console.WriteLine($"  {key}: {value}   # {reason}");
    }

    private static void PrintFeatures(DataDescription data)
    {
        if (data.FeatureRanges.IsEmpty) return;
        Console.WriteLine();
        Console.WriteLine("columns:");
        int width = data.FeatureRanges.Take(ColumnsShown).Max(f => f.Name.Length);
        foreach (var feature in data.FeatureRanges.Take(ColumnsShown))
        {
            var what = feature.Distinct > 0
                ? $"  {feature.Distinct} categories" : Range(feature.Min, feature.Max, feature.Mean);
            var missing = feature.Missing > 0 ? $"  {feature.Missing} missing" : "";
            Console.WriteLine($"  {feature.Name.PadRight(width)}{what}{missing}");
        }
        int more = data.ColumnCount - Math.Min(ColumnsShown, data.FeatureRanges.Length);
        if (more > 0) Console.WriteLine($"  and {more} more");
    }

    private static void PrintFirstRows(DataDescription data)
    {
        if (data.FirstRows.IsEmpty) return;
        Console.WriteLine();
        Console.WriteLine("first rows:");
        foreach (var row in data.FirstRows)
        {
            var target = row.Target.Length > 0 ? $"{row.Target} <- " : "";
            Console.WriteLine($"  {target}{string.Join(' ', row.Cells.Select(c => $"{c.Key}={c.Value}"))}");
        }
    }

    private static void PrintBadRows(DataDescription data)
    {
        if (data.BadRows.IsEmpty) return;
        Console.WriteLine();
        Console.WriteLine($"bad rows: {data.BadRows.Length} (data.onBadRow: quarantine leaves them out)");
        foreach (var row in data.BadRows.Take(BadRowsShown)) Console.WriteLine($"  {row}");
        if (data.BadRows.Length > BadRowsShown) Console.WriteLine($"  and {data.BadRows.Length - BadRowsShown} more");
    }

    private static string Range(double? min, double? max, double? mean) => min is null || max is null || mean is null
        ? "" : $"  {Numbers.Short(min.Value)} to {Numbers.Short(max.Value)}, mean {Numbers.Short(mean.Value)}";
}
