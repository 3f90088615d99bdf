using System.Collections.Immutable;
using ClusterGd.Core.Data;
using ClusterGd.Core.Jobs;
using ClusterGd.Core.Options;
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
        return spec with
        {
            Train = train,
            Test = spec.Test is { } test ? WithFormat(test, train.Format) : null,
            Validation = spec.Validation is { } validation ? WithFormat(validation, train.Format) : null,
        };
    });

    // Other rows take over what the training rows state, and may be in a format that does not know all of it.
    private static DataSource WithFormat(DataSource other, string trainFormat)
    {
        string format = FormatGuess.Of(other);
        return format == trainFormat ? other with { Format = format } : JobFormat.Apply(format, other);
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
        var others = new[] { spec.Test, spec.Validation }.Select(source => HeldOutFile.Of(source, spec)).ToArray();
        Throw([
            .. SourceRules.Problems(spec.Train, format),
            .. others.OfType<HeldOutFile>().SelectMany(other => SourceRules.Problems(other.Source, other.Format)),
        ]);
        var bad = new BadRows(spec.Train.Path, spec.OnBadRow, spec.BadRowsMax);
        var (readTrain, plan) = Readers.Open(spec.Train, format, targetKind, bad);
        foreach (var other in others.OfType<HeldOutFile>())
        {
            other.Reader = Readers.OpenLike(
                other.Source, other.Format, targetKind, needTargets: targetKind != TargetKind.None, plan,
                IndexPlan.Of(spec.Train), other.Bad);
        }
        RawData? train = null;
        All([() => train = readTrain(), .. others.OfType<HeldOutFile>().Select<HeldOutFile, Action>(
            other => () => other.Data = other.Reader!())]);
        return Encode(spec, format, seed, train!, others, bad);
    }

    /// <summary>A file of rows beside the training rows, on its way.</summary>
    private sealed class HeldOutFile(DataSource source, BadRows bad)
    {
        public DataSource Source => source;

        public string Format { get; } = FormatGuess.Of(source);

        public BadRows Bad => bad;

        public Func<RawData>? Reader { get; set; }

        public RawData? Data { get; set; }

        public static HeldOutFile? Of(DataSource? source, DataSpec spec) =>
            source is null ? null : new(source, new BadRows(source.Path, spec.OnBadRow, spec.BadRowsMax));
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
        var data = Readers.OpenLike(source, format, kind, kind != TargetKind.None, plan, IndexPlan.Of(encoding), bad)();
        var rows = EncodeOne(data, encoding, null, bad, []);
        return (rows, BadRows.Join(badRowsMax, bad));
    }

    private static LoadedData Encode(
        DataSpec spec, string format, ulong seed, RawData train, HeldOutFile?[] others, BadRows bad)
    {
        int[]? trainRows = null, test = null, validation = null;
        if (spec.Split is { } split) (trainRows, test, validation) = HeldOut.Divide(split, train, seed);
        var classes = TargetEncoder.ClassesOf(train);
        string[] told =
        [
            .. train.Notes, .. TableNotes.Of(train, spec.Train),
            .. others.OfType<HeldOutFile>().SelectMany(other => other.Data!.Notes),
        ];
        var encoding = train.Fit(spec.Train, trainRows);
        var fitted = encoding.Schema with { ClassNames = classes };
        if (fitted.TargetKind == TargetKind.Labels) fitted = fitted with { TargetCount = classes.Length };
        encoding = encoding with { Format = format, Schema = fitted };
        Throw([.. others.OfType<HeldOutFile>().SelectMany(o => SourceRules.ProblemsLike(o.Source, encoding))]);

        var rows = new Rows?[RowSets.Count];
        List<string>[] notes = [[], [], []];
        All([
            () => rows[0] = EncodeOne(train, encoding, trainRows, bad, notes[0]),
            () => rows[1] = EncodeHeldOut(others[0], test, notes[1]),
            () => rows[2] = EncodeHeldOut(others[1], validation, notes[2])]);
        var quarantined = BadRows.Join(spec.BadRowsMax, [bad, .. others.Select(other => other?.Bad)]);
        if (!rows[0]!.Weights.IsEmpty)
        {
            notes[2].AddRange(others.Where(other => other?.Data is TableData { Weights: null }).Select(other =>
                $"{other!.Source.Path} has no column '{spec.Train.Weight}': its rows weigh the same in the metrics."));
        }
        var schema = encoding.Schema with { ClassTotals = TargetEncoder.TotalsOf(encoding.Schema, rows[0]!) };
        encoding = encoding with { Schema = schema };
        var hash = ContentHash.Of(schema, rows[0]!, rows[1], rows[2]);
        var dataSet = new DataSet(schema, rows[0]!, rows[1], hash) { Validation = rows[2] };
        return new LoadedData(dataSet, encoding, quarantined)
        {
            Notes = [.. told.Concat(notes.SelectMany(note => note)).Distinct()],
        };

        Rows? EncodeHeldOut(HeldOutFile? file, int[]? heldOut, List<string> news) =>
            file is not null ? EncodeOne(file.Data!, encoding, null, file.Bad, news)
            : heldOut is not null ? EncodeOne(train, encoding, heldOut, bad, news) : null;
    }

    private static Rows EncodeOne(RawData data, DataEncoding encoding, int[]? rows, BadRows bad, List<string> notes)
    {
        var (targets, kept) = TargetEncoder.Encode(data, encoding.Schema, rows, bad);
        if (kept is { Length: 0 }) throw new InputException($"{data.Path}: no good row is left: mend the file.");
        var weights = RowWeights.Of(data, kept);
        var encoded = data.Encode(encoding, kept, targets, notes);
        return weights is null ? encoded : encoded.Weighted(weights);
    }

    private static void Check(DataSpec spec)
    {
        var problems = new List<string>(ProblemsOfPolicy(spec.OnBadRow, spec.BadRowsMax));
        if (spec.Test is not null && spec.Split?.HoldsOutTest == true)
        {
            problems.Add(
                "data.test and data.split are both stated: test rows come from one of them, leave the other out.");
        }
        if (spec.Validation is not null && spec.Split?.Validation > 0)
        {
            problems.Add(
                "data.validation and data.split.validation are both stated: validation rows come from one of them, " +
                "leave the other out.");
        }
        if (spec.Split is not null) problems.AddRange(HeldOut.Problems(spec.Split));
        foreach (var source in new[] { spec.Train, spec.Test, spec.Validation }.OfType<DataSource>())
        {
            problems.AddRange(InputFile.Problems(source));
        }
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

    /// <summary>Runs all, side by side, and throws their problems together.</summary>
    private static void All(IReadOnlyList<Action> actions)
    {
        var problems = new ImmutableArray<string>[actions.Count];
        Parallel.For(0, actions.Count, i => problems[i] = Attempt(actions[i]));
        Throw([.. problems.SelectMany(problem => problem)]);
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
