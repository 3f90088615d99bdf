using ClusterGd.Core.Data;
using ClusterGd.Core.Jobs;
using ClusterGd.Data.Input;

namespace ClusterGd.Data.Reading;

/// <summary>Divides the rows of a file into training and test rows, each in the order of the file.</summary>
internal static class HeldOut
{
    public static IEnumerable<string> Problems(SplitSpec split)
    {
        bool isByRule = split.Every != 0, isByFraction = split.Fraction != 0;
        if (isByRule == isByFraction)
        {
            yield return "data.split needs either fraction (between 0 and 1) or every (2 or more) with offset.";
            yield break;
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
    /// The rule takes row i where i % every == offset. The fraction takes exactly round(n · fraction) rows (halves
    /// away from zero): those at the first positions of a permutation of its own, keyed by the seed.
    /// </summary>
    public static (int[] Train, int[] Test) Divide(SplitSpec split, string path, int count, ulong seed)
    {
        var isTest = new bool[count];
        if (split.Every > 0)
        {
            for (int i = split.Offset; i < count; i += split.Every) isTest[i] = true;
        }
        else
        {
            // Epoch and shard -1 are no training epoch's: the order here is unrelated to those.
            var order = new RowOrder(seed, epoch: -1, shard: -1, count);
            int heldOut = (int)Math.Round(count * split.Fraction, MidpointRounding.AwayFromZero);
            for (int position = 0; position < heldOut; position++) isTest[order[position]] = true;
        }
        var rows = Enumerable.Range(0, count);
        int[] train = [.. rows.Where(i => !isTest[i])], test = [.. rows.Where(i => isTest[i])];
        if (train.Length == 0 || test.Length == 0)
        {
            throw new InputException(
                $"data.split leaves {Sizes.Text(train.Length)} training and {Sizes.Text(test.Length)} test rows of " +
                $"the {Sizes.Text(count)} in {path}, and each needs at least one: change it, or use more rows.");
        }
        return (train, test);
    }
}
