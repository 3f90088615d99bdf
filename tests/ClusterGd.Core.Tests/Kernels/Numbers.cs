using ClusterGd.Core.Data;
using ClusterGd.Core.Randomness;

namespace ClusterGd.Core.Tests.Kernels;

/// <summary>Numbers for tests: functions of their arguments, so that a failure repeats itself.</summary>
internal static class Numbers
{
    /// <summary>Sizes around every boundary of a 16-lane kernel.</summary>
    public static readonly int[] AwkwardSizes = [0, 1, 2, 3, 7, 8, 15, 16, 17, 31, 32, 33, 64, 65, 1023, 1024, 1025];

    /// <summary>Floats in [-½, ½).</summary>
    public static float[] Floats(int count, uint stream)
    {
        var x = new float[count];
        for (int i = 0; i < count; i++) x[i] = Philox.Uniform(Philox.Block(42, (uint)i, stream, 0, 0).A) - 0.5f;
        return x;
    }

    /// <summary>0 … count-1 in an order of its own.</summary>
    public static int[] Order(int count)
    {
        var rows = new int[count];
        new RowOrder(seed: 7, epoch: 0, shard: 0, count).Fill(0, 0, rows);
        return rows;
    }
}
