using ClusterGd.Core.Data;
using CsCheck;

namespace ClusterGd.Data.Tests.Shards;

/// <summary>Rows of every small shape, of both forms; empty ones too.</summary>
internal static class RandomRows
{
    public static readonly string DataHash = string.Concat(Enumerable.Repeat("0123456789abcdef", 4));

    public static Gen<Rows> Any { get; } =
        from rows in Gen.Int[0, 12]
        from features in Gen.Int[1, 40]
        from targets in Gen.Int[0, 3]
        from isSparse in Gen.Bool
        from numbers in Gen.Float[-1e30f, 1e30f].Array[rows * (features + targets)]
        from isStored in Gen.Bool.Array[rows * features]
        from weights in Gen.Float[0, 1e9f].Array[rows]
        from isWeighted in Gen.Bool
        select Weighted(
            isSparse ? Sparse(rows, features, targets, numbers, isStored) : Dense(rows, features, targets, numbers),
            isWeighted ? weights : []);

    private static Rows Weighted(Rows rows, float[] weights) => weights.Length == 0 ? rows : rows.Weighted(weights);

    public static Rows Dense(int count, int features, int targets, float[] numbers)
    {
        int stride = DenseRows.StrideOf(features);
        var values = new AlignedFloats(count * stride);
        for (int i = 0; i < count; i++) numbers.AsSpan(i * features, features).CopyTo(values.Span[(i * stride)..]);
        return new DenseRows(count, features, values, numbers[(count * features)..], targets);
    }

    private static Rows Sparse(int count, int features, int targets, float[] numbers, bool[] isStored)
    {
        var (starts, columns, values) = (new int[count + 1], new List<int>(), new List<float>());
        for (int i = 0; i < count; i++)
        {
            for (int j = 0; j < features; j++)
            {
                if (!isStored[i * features + j]) continue;
                columns.Add(j);
                values.Add(numbers[i * features + j]);
            }
            starts[i + 1] = columns.Count;
        }
        return new SparseRows(
            count, features, starts, [.. columns], [.. values], numbers[(count * features)..], targets);
    }
}
