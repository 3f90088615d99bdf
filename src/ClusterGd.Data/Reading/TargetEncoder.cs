using System.Collections.Immutable;
using ClusterGd.Core.Data;
using ClusterGd.Core.Options;
using ClusterGd.Data.Input;

namespace ClusterGd.Data.Reading;

/// <summary>Labels to class indices, and the rows that are left when those with an unknown label are not.</summary>
internal static class TargetEncoder
{
    // A toy of a few rows may have a class for each; the first line is the second after one that Excel writes.
    private const int ListedMax = 10, ManyClasses = 5, FirstLineMax = 2;

    /// <summary>The classes of a training file by index; none where the target is no class.</summary>
    public static ImmutableArray<string> ClassesOf(RawData data)
    {
        var kind = data.Targets.Kind;
        if (kind is TargetKind.None or TargetKind.Number) return [];
        if (!data.Targets.ColumnLabels.IsEmpty) return data.Targets.ColumnLabels;
        var classes = ClassLabels.Sort(data.Targets.Labels.Names);
        if (kind == TargetKind.Labels)
        {
            if (classes.Length > 0) return classes;
            throw new InputException($"{data.Path}: no row has a label: use another file, or a loss for numbers.");
        }
        RefuseNamesAsRow(data);
        RefuseTooMany(data, classes);
        if (kind == TargetKind.BinaryClass && classes.Length != 2)
        {
            throw new InputException(
                $"{data.Path}: this loss needs exactly two distinct labels, and there {Found(classes)}: use the " +
                "softmax loss for several classes, squared for numbers, or another target.");
        }
        if (classes.Length < 2)
        {
            throw new InputException(
                $"{data.Path}: classes need at least two distinct labels, and there {Found(classes)}: use another " +
                "target.");
        }
        return classes;
    }

    /// <summary>A class that only the first line has may be the name of the column.</summary>
    private static void RefuseNamesAsRow(RawData data)
    {
        if (data is not TableData { FirstLineMayBeNames: true } table || table.LineOf(0) > FirstLineMax) return;
        var counts = new int[table.Targets.Labels.Names.Count];
        foreach (int code in table.Targets.Codes.Span) counts[code]++;
        int first = table.Targets.Codes[0];
        if (counts.Length < 2 || counts[first] != 1 || counts.Count(c => c == 1) > 1) return;
        throw new InputException(
            $"{data.Path}: the label {NumberText.Show(table.Targets.Labels.Names[first])} occurs only in the first " +
            "line, which may hold names: state header: true if it does, header: false if it is a row.");
    }

    private static void RefuseTooMany(RawData data, ImmutableArray<string> classes)
    {
        if (classes.Length < ManyClasses || 2L * classes.Length <= data.Count) return;
        string target = data is TableData table && table.Plan.TargetName is { } name ? $" of column '{name}'" : "";
        throw new InputException(
            $"{data.Path}: {Sizes.Text(classes.Length)} distinct labels{target} in {Sizes.Text(data.Count)} rows " +
            $"({List(classes)}) are more than half of the rows, as numbers and ids are and classes are not: name the " +
            "column of the classes (target: COLUMN), or use a loss for numbers (squared).");
    }

    /// <returns>Row-major targets, and the rows that have them: null for all.</returns>
    public static (float[] Targets, int[]? Rows) Encode(RawData data, DataSchema schema, int[]? rows, BadRows bad)
    {
        var raw = data.Targets;
        if (raw.Kind == TargetKind.None) return ([], rows);
        if (raw.Kind == TargetKind.Number || !raw.ColumnLabels.IsEmpty) return (Numbers(data, rows), rows);
        var classes = new float[raw.Labels.Names.Count];
        for (int code = 0; code < classes.Length; code++)
        {
            classes[code] = schema.ClassNames.IndexOf(raw.Labels.Names[code]);
        }
        if (raw.Kind == TargetKind.Labels) return EncodeLabels(data, schema, classes, rows, bad);
        int count = rows?.Length ?? data.Count, good = 0;
        var targets = new float[count];
        var kept = new int[count];
        for (int i = 0; i < count; i++)
        {
            int row = rows is null ? i : rows[i], code = raw.Codes[row];
            if (classes[code] < 0)
            {
                bad.Add(data.LineOf(row), 0, UnknownLabel(raw.Labels.Names[code], schema.ClassNames));
                continue;
            }
            targets[good] = classes[code];
            kept[good++] = row;
        }
        bad.Finish();
        return good == count ? (targets, rows) : (targets[..good], kept[..good]);
    }

    /// <summary>The rows of each class, or the sum of their weights; empty where the target is no class.</summary>
    public static ImmutableArray<double> TotalsOf(DataSchema schema, Rows rows)
    {
        if (schema.TargetKind is not (TargetKind.BinaryClass or TargetKind.Class)) return [];
        var totals = new double[schema.ClassNames.Length];
        for (int i = 0; i < rows.Count; i++)
        {
            totals[(int)rows.Targets[i]] += rows.Weights.IsEmpty ? 1 : rows.Weights[i];
        }
        return [.. totals];
    }

    /// <summary>Several labels a row: one target for each, 1 where the row has it.</summary>
    private static (float[] Targets, int[]? Rows) EncodeLabels(
        RawData data, DataSchema schema, float[] classes, int[]? rows, BadRows bad)
    {
        int count = rows?.Length ?? data.Count, width = schema.ClassNames.Length, good = 0;
        if ((long)count * width > Array.MaxLength)
        {
            throw new InputException(
                $"{data.Path}: {Sizes.Text(count)} rows of {Sizes.Text(width)} labels need " +
                $"{Sizes.Text((long)count * width)} targets, and at most {Sizes.Text(Array.MaxLength)} can be held: " +
                "use fewer rows or labels.");
        }
        var targets = new float[count * width];
        var kept = new int[count];
        for (int i = 0; i < count; i++)
        {
            int row = rows is null ? i : rows[i];
            var codes = data.Targets.Codes.Span[(row == 0 ? 0 : data.Targets.Ends[row - 1])..data.Targets.Ends[row]];
            int unknown = -1;
            foreach (int code in codes) unknown = classes[code] < 0 ? code : unknown;
            if (unknown >= 0)
            {
                bad.Add(data.LineOf(row), 0, UnknownLabel(data.Targets.Labels.Names[unknown], schema.ClassNames));
                continue;
            }
            foreach (int code in codes) targets[good * width + (int)classes[code]] = 1;
            kept[good++] = row;
        }
        bad.Finish();
        return good == count ? (targets, rows) : (targets[..(good * width)], kept[..good]);
    }

    private static float[] Numbers(RawData data, int[]? rows)
    {
        if (rows is null) return data.Targets.Numbers.Take();
        int width = data.Targets.Count;
        var targets = new float[rows.Length * width];
        for (int i = 0; i < rows.Length; i++)
        {
            data.Targets.Numbers.Span.Slice(rows[i] * width, width).CopyTo(targets.AsSpan(i * width));
        }
        return targets;
    }

    private static string UnknownLabel(string label, ImmutableArray<string> classes) =>
        $"the label {NumberText.Show(label)} is none of the {classes.Length} classes of training ({List(classes)}).";

    private static string Found(ImmutableArray<string> classes) =>
        classes.Length == 1 ? $"is only one, '{classes[0]}'" : $"are {Sizes.Text(classes.Length)} ({List(classes)})";

    private static string List(ImmutableArray<string> classes) =>
        string.Join(", ", classes.Take(ListedMax)) + (classes.Length > ListedMax ? ", …" : "");
}
