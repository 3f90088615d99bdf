using ClusterGd.Core.Data;
using ClusterGd.Core.Jobs;
using ClusterGd.Core.Options;
using ClusterGd.Data.Input;

namespace ClusterGd.Data.Reading;

/// <summary>Divides the rows of a file into training and test rows, each in the order of the file.</summary>
internal static class HeldOut
{
    public static IEnumerable<string> Problems(SplitSpec split)
    {
        bool isByRule = split.Every != 0, isByFraction = split.Fraction != 0, isByFold = split.Folds != 0;
        int rules = (isByRule ? 1 : 0) + (isByFraction ? 1 : 0) + (isByFold ? 1 : 0);
        if (rules > 1 || rules == 0 && split.Validation == 0)
        {
            yield return "data.split needs either fraction (between 0 and 1), every (2 or more) with offset, folds, " +
                "or validation alone.";
            yield break;
        }
        if (split.Validation is not (>= 0 and < 1))
        {
            yield return $"data.split.validation is {split.Validation}: it must be 0 or more, and below 1.";
        }
        if (isByFold && (split.Folds < 2 || split.Fold < 0 || split.Fold >= split.Folds))
        {
            yield return $"data.split.fold is {split.Fold} of {split.Folds}: folds must be 2 or more, and fold below.";
        }
        if (isByFraction && !(split.Fraction > 0 && split.Fraction < 1))
        {
            yield return $"data.split.fraction is {split.Fraction}: it must lie between 0 and 1, both excluded.";
        }
        if (isByRule && split.Every < 2) yield return $"data.split.every is {split.Every}: it must be 2 or more.";
        if (isByRule && (split.Offset < 0 || split.Offset >= Math.Max(split.Every, 1)))
        {
            yield return $"data.split.offset is {split.Offset}: it must be 0 … {split.Every - 1}, below every.";
        }
    }

    /// <summary>
    /// The rule takes row i where i % every == offset. A fraction takes exactly round(n · fraction) rows (halves away
    /// from zero), or of each class so many of its rows: those at the first positions of a permutation of all rows,
    /// keyed by the seed and by what it is for; validation rows are taken from those that are no test rows. Fold f
    /// has every folds-th position of its permutation, from position f on, class after class where stratified.
    /// </summary>
    public static (int[] Train, int[]? Test, int[]? Validation) Divide(SplitSpec split, RawData data, ulong seed)
    {
        int count = data.Count;
        var classes = split.Stratified ? ClassesOf(data) : null;
        var sets = new RowSet[count];
        if (split.Every > 0)
        {
            for (int i = split.Offset; i < count; i += split.Every) sets[i] = RowSet.Test;
        }
        else if (split.Folds > 0) TakeFold(split, Order(TestDraw), classes, sets);
        else if (split.Fraction > 0) Take(RowSet.Test, split.Fraction, Order(TestDraw), classes, sets);
        if (split.Validation > 0) Take(RowSet.Validation, split.Validation, Order(ValidationDraw), classes, sets);
        int[] train = RowsOf(RowSet.Train), test = RowsOf(RowSet.Test), validation = RowsOf(RowSet.Validation);
        bool isEmpty = train.Length == 0 || split.HoldsOutTest && test.Length == 0
            || split.Validation > 0 && validation.Length == 0;
        if (isEmpty)
        {
            string also = split.Validation > 0 ? $", {Sizes.Text(validation.Length)} validation" : "";
            throw new InputException(
                $"data.split leaves {Sizes.Text(train.Length)} training{also} and {Sizes.Text(test.Length)} test " +
                $"rows of the {Sizes.Text(count)} in {data.Path}, and each needs at least one: change it, or use " +
                "more rows.");
        }
        return (train, split.HoldsOutTest ? test : null, split.Validation > 0 ? validation : null);

        int[] RowsOf(RowSet set) => [.. Enumerable.Range(0, count).Where(i => sets[i] == set)];

        RowOrder Order(int purpose) => new(seed, epoch: -1, shard: purpose, count);
    }

    // Epoch -1 is no training epoch's: the orders here are unrelated to those, and by their shards to each other.
    private const int TestDraw = -1, ValidationDraw = -2;

    private static void Take(RowSet set, double fraction, RowOrder order, Growable<int>? classes, RowSet[] sets)
    {
        // By class the rows that are still to be taken; without strata all are of one class.
        var left = CountsOf(classes, sets.Length)
            .Select(n => (int)Math.Round(n * fraction, MidpointRounding.AwayFromZero)).ToArray();
        for (int position = 0; position < sets.Length; position++)
        {
            int row = order[position], of = classes?[row] ?? 0;
            if (sets[row] != RowSet.Train || left[of] == 0) continue;
            sets[row] = set;
            left[of]--;
        }
    }

    private static void TakeFold(SplitSpec split, RowOrder order, Growable<int>? classes, RowSet[] sets)
    {
        // Where each class goes on where the one before ended, folds differ by one row at most.
        var next = new int[CountsOf(classes, sets.Length).Length];
        int before = 0;
        foreach (var (of, count) in CountsOf(classes, sets.Length).Index())
        {
            next[of] = before;
            before += count;
        }
        for (int position = 0; position < sets.Length; position++)
        {
            int row = order[position], of = classes?[row] ?? 0;
            if (next[of]++ % split.Folds == split.Fold) sets[row] = RowSet.Test;
        }
    }

    /// <summary>Rows by class.</summary>
    private static int[] CountsOf(Growable<int>? classes, int rows)
    {
        if (classes is null) return [rows];
        var counts = new int[classes.Span.IsEmpty ? 1 : Max(classes.Span) + 1];
        foreach (int of in classes.Span) counts[of]++;
        return counts;
    }

    private static int Max(ReadOnlySpan<int> values)
    {
        int max = 0;
        foreach (int value in values) max = Math.Max(max, value);
        return max;
    }

    private static Growable<int> ClassesOf(RawData data) =>
        data.Targets.Kind is TargetKind.BinaryClass or TargetKind.Class
            ? data.Targets.Codes
            : throw new InputException(
                $"data.split.stratified is true, but the target of {data.Path} is no class: remove it, or use a loss " +
                "for classes.");
}
