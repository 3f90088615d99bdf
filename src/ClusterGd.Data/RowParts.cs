using System.Collections.Immutable;
using System.Globalization;
using ClusterGd.Core.Data;
using ClusterGd.Core.Jobs;
using ClusterGd.Core.Options;
using ClusterGd.Data.Input;
using ClusterGd.Data.Reading;

namespace ClusterGd.Data;

/// <summary>Some rows of a file, and those between them that could not be used.</summary>
/// <param name="Rows">The good ones; null where there are none.</param>
/// <param name="Lines">Where each good row stands, ascending.</param>
/// <param name="Bad">The others, ascending by line.</param>
public sealed record RowPart(Rows? Rows, ImmutableArray<long> Lines, ImmutableArray<BadRow> Bad);

/// <summary>How rows are read for a model that is trained already.</summary>
public sealed record RowRules
{
    /// <summary>Whether each row must have a target; else targets are ignored where there are any.</summary>
    public bool NeedTargets { get; init; }

    /// <summary>
    /// <c>error</c>: a row that lacks a value is bad; <c>skip</c>: it is left out, whatever bad rows do; <c>mean</c>:
    /// the value is the mean of the training rows; or a number in its place. Null for what was done in training.
    /// </summary>
    public string? Missing { get; init; }

    /// <summary><c>fail</c> or <c>quarantine</c>.</summary>
    public string OnBadRow { get; init; } = "fail";

    /// <summary>Most rows of a part that may be left out. Default no limit.</summary>
    public int BadRowsMax { get; init; } = int.MaxValue;
}

/// <summary>Reads files of rows part by part for a trained model: memory does not grow with the files.</summary>
public static class RowParts
{
    private const int RowsMax = 8192, ValuesMax = 4_000_000;

    /// <summary>Gives the parts of a file in order to <paramref name="take"/>, which may not keep them.</summary>
    /// <exception cref="InputException">The data cannot be used.</exception>
    public static void Read(DataSource source, DataEncoding encoding, RowRules rules, Action<RowPart> take) =>
        InputFile.Guard(() =>
        {
            ReadAll(source, encoding, rules, take);
            return true;
        });

    private static void ReadAll(DataSource source, DataEncoding encoding, RowRules rules, Action<RowPart> take)
    {
        string[] problems = [.. InputFile.Problems(source)];
        if (problems.Length > 0) throw new InputException([.. problems]);
        string format = FormatGuess.Of(source);
        if (rules.Missing is not null)
        {
            encoding = WithMissing(encoding, rules.Missing);
            source = source with { Missing = "error" };
        }
        problems = [.. SourceRules.Problems(source, format), .. SourceRules.ProblemsLike(source, encoding)];
        if (problems.Length > 0) throw new InputException([.. problems]);
        // A row with an index beyond the model's features is bad, and so are no others for it.
        if (format == DataFormat.LibSvm) source = source with { Features = encoding.Schema.FeatureCount };

        var bad = new BadRows(source.Path, rules.OnBadRow, rules.BadRowsMax) { SkipsMissing = rules.Missing == "skip" };
        var kind = rules.NeedTargets ? encoding.Schema.TargetKind : TargetKind.None;
        var plan = encoding.Columns.IsEmpty ? null : TablePlan.Of(encoding);
        int rowsMax = Math.Clamp(ValuesMax / encoding.Schema.FeatureCount, 1, RowsMax);
        long count = 0;
        Readers.ReadParts(source, format, kind, rules.NeedTargets, plan, IndexPlan.Of(encoding), bad, rowsMax, data =>
        {
            count += data.Count + bad.Waiting;
            if (data.Count + bad.Waiting > 0) take(Encode(data, encoding, bad));
        });
        if (count == 0) throw new InputException($"{source.Path}: there is no row in it: it must hold at least one.");
    }

    private static RowPart Encode(RawData data, DataEncoding encoding, BadRows bad)
    {
        var (targets, kept) = TargetEncoder.Encode(data, encoding.Schema, null, bad);
        int good = kept?.Length ?? data.Count;
        ImmutableArray<long> lines =
            [.. Enumerable.Range(0, good).Select(i => data.LineOf(kept is null ? i : kept[i]))];
        if (good == 0) return new RowPart(null, lines, bad.Take());
        var weights = RowWeights.AsStated(data, kept);
        var rows = data.Encode(encoding, kept, targets, []);
        return new RowPart(weights is null ? rows : rows.Weighted(weights), lines, bad.Take());
    }

    /// <summary>The encoding with another rule for missing values than it was fitted with.</summary>
    private static DataEncoding WithMissing(DataEncoding encoding, string missing)
    {
        if (encoding.Columns.IsEmpty)
        {
            throw new InputException(
                $"--missing {missing} is for tables, and the model was trained on {encoding.Format}, where no value " +
                "is missing; leave it out.");
        }
        if (missing is "error" or "skip") return encoding with { Missing = "error" };
        return encoding with
        {
            Missing = missing,
            Columns = [.. encoding.Columns.Select(c => c.Role == ColumnRole.Number ? WithFill(c, missing) : c)],
        };
    }

    private static ColumnEncoding WithFill(ColumnEncoding column, string missing)
    {
        double fill = missing == "mean"
            ? column.Mean ?? throw new InputException(
                $"--missing mean: the run has no mean of column '{column.Name}'; give a number, or train again.")
            : double.Parse(missing, CultureInfo.InvariantCulture);
        return column with { Fill = fill };
    }
}
