using System.Collections.Immutable;
using ClusterGd.Core.Data;
using ClusterGd.Core.Kernels;
using ClusterGd.Core.Losses;
using ClusterGd.Core.Optimizers;
using ClusterGd.Core.Options;
using ClusterGd.Core.Randomness;

namespace ClusterGd.Core.Models;

/// <summary>
/// Mini-batch k-means (Sculley, "Web-scale k-means clustering", WWW 2010). The parameters are one block
/// <c>centroids</c> [clusters × (features + 1)]: the centroid and the number of rows it has taken so far. The output of
/// a row is its squared distance to the nearest centroid. Losses, learning rates and penalties do not apply.
/// </summary>
public sealed class KMeansModel : Model
{
    // Of this many rows, or so many a cluster, k-means++ draws: each centroid costs a pass over them.
    private const int SampleRowsMin = 1024, SampleRowsPerCluster = 32;

    public static readonly Kind<Func<DataSchema, Loss, Model>> Kind = new(
        "kmeans",
        "Mini-batch k-means; the loss and the optimizer's learning rate do not apply.",
        [Option.Integer("clusters", 8, 2, 1 << 20, "number of centroids")],
        values =>
        {
            int clusters = values.Integer("clusters");
            return (schema, _) => new KMeansModel(schema.FeatureCount, clusters);
        });

    /// <exception cref="InputException">The centroids do not fit in a vector.</exception>
    public KMeansModel(int featureCount, int clusterCount)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(clusterCount, 1);
        FeatureCount = featureCount;
        ClusterCount = clusterCount;
        if ((long)clusterCount * Width > Array.MaxLength)
        {
            throw new InputException(
                $"model: {clusterCount} clusters of {featureCount} features need {(long)clusterCount * Width} " +
                $"parameters, more than {Array.MaxLength}: choose fewer clusters.");
        }
        Blocks = [new ParameterBlock("centroids", 0, [clusterCount, Width], IsPenalised: false)];
        OwnUpdateRule = new KMeansUpdateRule(Width);
    }

    public override ImmutableArray<ParameterBlock> Blocks { get; }

    public override int OutputCount => 1;

    /// <summary>Whole centroids: the update of one needs its count.</summary>
    public override int SliceAlignment => Width;

    public override UpdateRule OwnUpdateRule { get; }

    /// <summary>The first centroids are rows.</summary>
    public override bool StartsFromRows => true;

    public int FeatureCount { get; }

    public int ClusterCount { get; }

    /// <summary>Parameters of a centroid: its features and its count.</summary>
    internal int Width => FeatureCount + 1;

    /// <summary>
    /// k-means++ (Arthur and Vassilvitskii, SODA 2007) over a sample of min(n, max(1024, 32·clusters)) rows: each
    /// centroid is a row drawn with probability proportional to its squared distance from those before, times its
    /// weight where it has one. Counts are 0.
    /// Where fewer distinct rows than clusters exist, the surplus centroids repeat rows of the sample.
    /// </summary>
    public override void Initialize(ulong seed, Rows? rows, Span<float> parameters)
    {
        ArgumentNullException.ThrowIfNull(rows);
        parameters.Clear();
        int count = (int)Math.Min(rows.Count, Math.Max(SampleRowsMin, (long)SampleRowsPerCluster * ClusterCount));
        if (count == 0) return;
        var sample = new int[count];
        new RowOrder(seed, 0, 0, rows.Count).Fill(0, 0, sample);
        var row = new float[FeatureCount];
        var distances = new double[count];
        distances.AsSpan().Fill(double.PositiveInfinity);
        // What a row is drawn in proportion to: its weight, then its weight times its squared distance.
        var weights = new double[count];
        double total = 0;
        for (int i = 0; i < count; i++) total += weights[i] = rows.Weights.IsEmpty ? 1 : rows.Weights[sample[i]];
        var scores = new double[count];
        int chosen = rows.Weights.IsEmpty
            ? (int)(Uniform(seed, 0) * count) : Choose(weights, total, Uniform(seed, 0));
        for (int c = 0; ; c++)
        {
            var centroid = parameters.Slice(c * Width, FeatureCount);
            rows.CopyRow(sample[chosen], centroid);
            if (c + 1 == ClusterCount) return;
            total = 0;
            for (int i = 0; i < count; i++)
            {
                rows.CopyRow(sample[i], row);
                distances[i] = Math.Min(distances[i], VectorKernels.SquaredDistance(row, centroid));
                total += scores[i] = weights[i] * distances[i];
            }
            chosen = Choose(scores, total, Uniform(seed, c + 1));
        }
    }

    public override KMeansWorker CreateWorker(int rowsMax) => new(this, rowsMax);

    /// <summary>The first index where the running sum passes the share; any index where all scores are 0.</summary>
    private static int Choose(double[] scores, double total, double share)
    {
        if (!(total > 0)) return (int)(share * scores.Length);
        double target = share * total, sum = 0;
        int last = 0;
        for (int i = 0; i < scores.Length; i++)
        {
            if (scores[i] == 0) continue;
            last = i;
            sum += scores[i];
            if (sum > target) return i;
        }
        return last;
    }

    /// <summary>A number in [0, 1) with 53 random bits.</summary>
    private static double Uniform(ulong seed, int index)
    {
        var (a, b, _, _) = Draw.Block(seed, DrawPurpose.CentroidInit, 0, 0, 0, (uint)index);
        return ((((ulong)a << 32) | b) >> 11) * (1.0 / (1L << 53));
    }
}
