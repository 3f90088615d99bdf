using System.Collections.Immutable;
using ClusterGd.Core.Data;
using ClusterGd.Core.Jobs;
using ClusterGd.Data.Input;
using ClusterGd.Data.Reading;

namespace ClusterGd.Data;

/// <summary>
/// Reads the data of a job. The result depends on the files and the specification alone, never on cores or time.
/// </summary>
public static class DataSets
{
    /// <summary>Reads the training rows, fits the encoding on them, and reads or holds out the test rows.</summary>
    /// <param name="spec">Paths are absolute.</param>
    /// <param name="targetKind">How the loss reads labels.</param>
    /// <param name="seed">Draws the held-out rows of a split by fraction.</param>
    /// <exception cref="InputException">The data cannot be used; all that is known to be wrong.</exception>
    public static LoadedData Load(DataSpec spec, TargetKind targetKind, ulong seed) =>
        InputFile.Guard(() => Read(spec, targetKind, seed));

    /// <summary>
    /// The specification with each format stated that the files' names or first bytes show: what a run keeps, since a
    /// later reader may not look into the files before it reads the job.
    /// </summary>
    /// <inheritdoc cref="Load"/>
    public static DataSpec WithFormats(DataSpec spec) => InputFile.Guard(() =>
    {
        Check(spec);
        var train = spec.Train with { Format = FormatGuess.Of(spec.Train) };
        return spec with { Train = train, Test = spec.Test is { } test ? WithFormat(test, train.Format) : null };
    });

    // Test rows take over what the training rows state, and may be in a format that does not know all of it.
    private static DataSource WithFormat(DataSource test, string trainFormat)
    {
        string format = FormatGuess.Of(test);
        return format == trainFormat ? test with { Format = format } : JobFormat.Apply(format, test);
    }

    /// <summary>Reads other rows with the encoding fitted in training, for evaluation or prediction.</summary>
    /// <param name="needTargets">Whether each row must have a target; else targets are ignored where there are
    /// any.</param>
    /// <param name="onBadRow"><c>fail</c> or <c>quarantine</c>.</param>
    /// <param name="badRowsMax">Most rows that may be quarantined.</param>
    /// <exception cref="InputException">The data cannot be used.</exception>
    public static (Rows Rows, ImmutableArray<BadRow> Quarantined) LoadLike(
        DataSource source, DataEncoding encoding, bool needTargets, string onBadRow, int badRowsMax) =>
        InputFile.Guard(() => ReadLike(source, encoding, needTargets, onBadRow, badRowsMax));

    private static LoadedData Read(DataSpec spec, TargetKind targetKind, ulong seed)
    {
        spec = WithFormats(spec);
        string format = spec.Train.Format!;
        string? testFormat = spec.Test?.Format;
        Throw([
            .. SourceRules.Problems(spec.Train, format),
            .. spec.Test is null ? [] : SourceRules.Problems(spec.Test, testFormat!),
        ]);
        var bad = new BadRows(spec.Train.Path, spec.OnBadRow, spec.BadRowsMax);
        var badTest = spec.Test is null ? null : new BadRows(spec.Test.Path, spec.OnBadRow, spec.BadRowsMax);

        var (readTrain, plan) = Readers.Open(spec.Train, format, targetKind, bad);
        var readTest = spec.Test is null ? null
            : Readers.OpenLike(
                spec.Test, testFormat!, targetKind, needTargets: targetKind != TargetKind.None, plan, badTest!);
        RawData? train = null, test = null;
        Both(() => train = readTrain(), () => test = readTest?.Invoke());
        return Encode(spec, format, seed, train!, test, bad, badTest);
    }

    private static (Rows Rows, ImmutableArray<BadRow> Quarantined) ReadLike(
        DataSource source, DataEncoding encoding, bool needTargets, string onBadRow, int badRowsMax)
    {
        Throw([.. ProblemsOfPolicy(onBadRow, badRowsMax), .. InputFile.Problems(source)]);
        string format = FormatGuess.Of(source);
        Throw([.. SourceRules.Problems(source, format), .. SourceRules.ProblemsLike(source, encoding)]);
        var bad = new BadRows(source.Path, onBadRow, badRowsMax);
        var kind = needTargets ? encoding.Schema.TargetKind : TargetKind.None;
        var plan = encoding.Columns.IsEmpty ? null : TablePlan.Of(encoding);
        var data = Readers.OpenLike(source, format, kind, kind != TargetKind.None, plan, bad)();
        var rows = EncodeOne(data, encoding, null, bad, []);
        return (rows, BadRows.Join(badRowsMax, bad));
    }

    private static LoadedData Encode(
        DataSpec spec, string format, ulong seed, RawData train, RawData? test, BadRows bad, BadRows? badTest)
    {
        int[]? trainRows = null, heldOut = null;
        if (spec.Split is { } split) (trainRows, heldOut) = HeldOut.Divide(split, train.Path, train.Count, seed);
        var classes = TargetEncoder.ClassesOf(train);
        var encoding = train.Fit(spec.Train, trainRows);
        encoding = encoding with { Format = format, Schema = encoding.Schema with { ClassNames = classes } };
        if (spec.Test is not null) Throw([.. SourceRules.ProblemsLike(spec.Test, encoding)]);

        Rows? rows = null, testRows = null;
        List<string> notes = [], testNotes = [];
        Both(
            () => rows = EncodeOne(train, encoding, trainRows, bad, notes),
            () => testRows = test is not null ? EncodeOne(test, encoding, null, badTest!, testNotes)
                : heldOut is not null ? EncodeOne(train, encoding, heldOut, bad, testNotes) : null);
        var quarantined = BadRows.Join(spec.BadRowsMax, bad, badTest);
        var dataSet = new DataSet(encoding.Schema, rows!, testRows, ContentHash.Of(encoding.Schema, rows!, testRows));
        return new LoadedData(dataSet, encoding, quarantined) { Notes = [.. notes, .. testNotes] };
    }

    private static Rows EncodeOne(RawData data, DataEncoding encoding, int[]? rows, BadRows bad, List<string> notes)
    {
        var (targets, kept) = TargetEncoder.Encode(data, encoding.Schema, rows, bad);
        if (kept is { Length: 0 }) throw new InputException($"{data.Path}: no good row is left: mend the file.");
        return data.Encode(encoding, kept, targets, notes);
    }

    private static void Check(DataSpec spec)
    {
        var problems = new List<string>(ProblemsOfPolicy(spec.OnBadRow, spec.BadRowsMax));
        if (spec.Test is not null && spec.Split is not null)
        {
            problems.Add(
                "data.test and data.split are both stated: test rows come from one of them, leave the other out.");
        }
        if (spec.Split is not null) problems.AddRange(HeldOut.Problems(spec.Split));
        problems.AddRange(InputFile.Problems(spec.Train));
        if (spec.Test is not null) problems.AddRange(InputFile.Problems(spec.Test));
        Throw(problems);
    }

    private static IEnumerable<string> ProblemsOfPolicy(string onBadRow, int badRowsMax)
    {
        if (onBadRow is not (BadRows.Fail or BadRows.Quarantine))
        {
            yield return $"data.onBadRow is '{onBadRow}': it must be {BadRows.Fail} or {BadRows.Quarantine}.";
        }
        if (badRowsMax < 0) yield return $"data.badRowsMax is {badRowsMax}: it must be 0 or more.";
    }

    /// <summary>Runs both, side by side, and throws the problems of both together.</summary>
    private static void Both(Action first, Action second)
    {
        var problems = new ImmutableArray<string>[2];
        Parallel.Invoke(() => problems[0] = Attempt(first), () => problems[1] = Attempt(second));
        Throw([.. problems[0], .. problems[1]]);
    }

    private static ImmutableArray<string> Attempt(Action action)
    {
        try
        {
            action();
            return [];
        }
        catch (InputException e)
        {
            return e.Problems;
        }
        catch (IOException e)
        {
            return [$"The data cannot be read: {e.Message}"];
        }
    }

    private static void Throw(List<string> problems)
    {
        if (problems.Count > 0) throw new InputException([.. problems]);
    }
}
