using System.Globalization;
using ClusterGd.Core.Jobs;
using ClusterGd.Core.Options;
using ClusterGd.Data.Input;

namespace ClusterGd.Data.Reading;

/// <summary>The weights of rows: finite numbers of at least 0, not all 0.</summary>
internal static class RowWeights
{
    private const int ListedMax = 10;

    public const string Allowed = "a finite number of at least 0";

    public static bool TryParse(ReadOnlySpan<char> text, out double weight) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out weight) && IsWeight(weight);

    /// <summary>The weights of a file of one number a line; blank lines do not count.</summary>
    /// <exception cref="InputException">Some are none; as many as are listed.</exception>
    public static double[] Read(string path)
    {
        using var stream = InputFile.Open(path);
        var lines = new LineReader(path, stream);
        var weights = new Growable<double>();
        var problems = new List<string>();
        while (lines.TryRead(out var line))
        {
            var text = line.Trim(" \t\uFEFF"u8);
            if (text.IsEmpty) continue;
            bool isWeight = double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double weight)
                && IsWeight(weight);
            if (!isWeight)
            {
                problems.Add($"{path}:{lines.Line}: the weight {NumberText.Show(text)} is not {Allowed}.");
                if (problems.Count == ListedMax) break;
            }
            weights.Add(weight);
        }
        if (problems.Count > 0) throw new InputException([.. problems, "A file of weights has one number a line."]);
        return weights.Take();
    }

    /// <exception cref="InputException">There are not as many weights as rows.</exception>
    public static void CheckCount(DataSource source, int weights, int rows)
    {
        if (weights == rows) return;
        throw new InputException(
            $"{source.Weights} has {Sizes.Text(weights)} weights, but {source.Path} has {Sizes.Text(rows)} rows: " +
            "give one weight a line, in the order of the rows (blank lines and comments are no rows).");
    }

    /// <summary>
    /// The weights of the rows used, divided by their mean in double precision and rounded once: so learning rates and
    /// penalties mean what they mean without weights. Null where all rows weigh the same.
    /// </summary>
    /// <param name="rows">Which rows; null for all.</param>
    /// <exception cref="InputException">They are all 0, or their sum is no finite number.</exception>
    public static float[]? Of(RawData data, int[]? rows)
    {
        if (data.Weights is not { } all) return null;
        int count = rows?.Length ?? all.Count;
        double sum = 0;
        for (int i = 0; i < count; i++) sum += all[rows is null ? i : rows[i]];
        if (!(sum > 0) || !double.IsFinite(sum))
        {
            throw new InputException(
                $"{data.Path}: the weights of {Sizes.Text(count)} rows add up to " +
                $"{sum.ToString(CultureInfo.InvariantCulture)}: at least one must be above 0, and the sum finite.");
        }
        double mean = sum / count;
        var weights = new float[count];
        for (int i = 0; i < count; i++) weights[i] = (float)(all[rows is null ? i : rows[i]] / mean);
        return weights;
    }

    /// <summary>
    /// The weights of some rows of a file as it has them: the mean of all is not known yet, and metrics, which are
    /// weighted means, do not depend on it. Null where all rows weigh the same.
    /// </summary>
    /// <param name="rows">Which rows; null for all.</param>
    public static float[]? AsStated(RawData data, int[]? rows)
    {
        if (data.Weights is not { } all) return null;
        var weights = new float[rows?.Length ?? all.Count];
        for (int i = 0; i < weights.Length; i++) weights[i] = (float)all[rows is null ? i : rows[i]];
        return weights;
    }

    private static bool IsWeight(double weight) => double.IsFinite(weight) && weight >= 0;
}
