using ClusterGd.Core.Data;
using ClusterGd.Core.Randomness;

namespace ClusterGd.Core.Tests.Models;

/// <summary>Rows for the tests of models.</summary>
internal static class MlpRows
{
    /// <summary>Numbers in [-1, 1), a third of them 0, and classes; always the same.</summary>
    public static DenseRows Random(int count, int features, int classes)
    {
        var values = new float[count][];
        var targets = new float[count];
        for (int i = 0; i < count; i++)
        {
            values[i] = new float[features];
            for (int j = 0; j < features; j++)
            {
                var (a, b, _, _) = Draw.Block(11, DrawPurpose.Synthetic, 0, i, 0, (uint)j);
                values[i][j] = a % 3 == 0 ? 0 : 2 * Philox.Uniform(b) - 1;
                if (j == 0) targets[i] = b % (uint)classes;
            }
        }
        return Dense(features, values, targets);
    }

    public static DenseRows Dense(int features, float[][] values, float[] targets)
    {
        int stride = DenseRows.StrideOf(features);
        var aligned = new AlignedFloats(values.Length * stride);
        for (int i = 0; i < values.Length; i++) values[i].CopyTo(aligned.Span[(i * stride)..]);
        return new DenseRows(values.Length, features, aligned, targets);
    }

    public static SparseRows ToSparse(DenseRows rows)
    {
        var (starts, columns, values) = (new List<int> { 0 }, new List<int>(), new List<float>());
        for (int i = 0; i < rows.Count; i++)
        {
            for (int j = 0; j < rows.FeatureCount; j++)
            {
                if (rows.Row(i)[j] == 0) continue;
                columns.Add(j);
                values.Add(rows.Row(i)[j]);
            }
            starts.Add(columns.Count);
        }
        return new SparseRows(
            rows.Count, rows.FeatureCount, [.. starts], [.. columns], [.. values], rows.Targets.ToArray());
    }
}
