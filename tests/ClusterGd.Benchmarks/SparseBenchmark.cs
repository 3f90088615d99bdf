using System.Globalization;
using System.IO.Compression;
using ClusterGd.Core.Data;
using ClusterGd.Core.Kernels;
using ClusterGd.Core.Losses;
using ClusterGd.Core.Models;
using ClusterGd.Core.Randomness;

namespace ClusterGd.Benchmarks;

/// <summary>
/// One epoch of mini-batch gradients and updates over sparse rows in a new permuted order, on one core, against one
/// epoch of scikit-learn's SGDClassifier.
/// </summary>
internal static class SparseBenchmark
{
    private const int Rounds = 15, BatchSize = 256;

    public static void Run()
    {
        foreach (string name in new[] { "a9a.gz", "covtype.binary.sample197k.scale01.gz" })
        {
            string? path = Find(name);
            if (path is null)
            {
                Console.WriteLine($"  {name} is in no shared/data/libsvm folder above: left out");
                continue;
            }
            var rows = Read(path);
            using var sklearn = Peer.TryStart("sparse.py", threads: 1, path);
            if (sklearn is null) continue;

            var schema = new DataSchema { FeatureCount = rows.FeatureCount, TargetKind = TargetKind.BinaryClass };
            var model = new LinearModel(schema, new LogisticLoss(), hasBias: true);
            var worker = model.CreateWorker(BatchSize);
            float[] parameters = new float[model.ParameterCount], gradient = new float[model.ParameterCount];
            var batch = new int[BatchSize];
            int epoch = 0;
            void Epoch()
            {
                var order = new RowOrder(seed: 1, epoch++, shard: 0, rows.Count);
                for (int first = 0; first < rows.Count; first += BatchSize)
                {
                    var indices = batch.AsSpan(0, Math.Min(BatchSize, rows.Count - first));
                    order.Fill(first, 0, indices);
                    worker.Gradient(parameters, rows, indices, default(DrawKey), gradient);
                    VectorKernels.AddScaled(-0.1f / indices.Length, gradient, parameters);
                }
            }
            Measure.WarmUp(Epoch);
            double[] seconds = Measure.Interleaved(Rounds, () => Measure.OnceOnOneThread(Epoch), sklearn.Run);
            string Speed(double s) => $"{s * 1e3:F1} ms ({rows.StoredCount / s / 1e6:F0} M non-zeros/s)";
            Table.Row(
                $"sparse epoch, {name.Split('.')[0]}, batch {BatchSize}", Speed(seconds[0]),
                $"scikit-learn {Speed(seconds[1])}", $"{seconds[1] / seconds[0]:F1}×", "≥ 3×");
        }
    }

    /// <summary>The data of the samples, or a <c>shared/data/libsvm</c> folder here or above.</summary>
    private static string? Find(string name)
    {
        string? shared = Environment.GetEnvironmentVariable("CLUSTERGD_DATA");
        if (shared is not null && File.Exists(Path.Combine(shared, "libsvm", name)))
        {
            return Path.Combine(shared, "libsvm", name);
        }
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            foreach (string place in new[] { "deploy/samples/a9a", "shared/data/libsvm" })
            {
                string path = Path.Combine(folder.FullName, place, name);
                if (File.Exists(path)) return path;
            }
        }
        return null;
    }

    /// <summary>LIBSVM lines <c>label column:value …</c>, columns from 1; labels above 0 are class 1.</summary>
    private static SparseRows Read(string path)
    {
        using var reader = new StreamReader(new GZipStream(File.OpenRead(path), CompressionMode.Decompress));
        List<int> starts = [0], columns = [];
        List<float> values = [], targets = [];
        while (reader.ReadLine() is { } line)
        {
            string[] words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            targets.Add(float.Parse(words[0], CultureInfo.InvariantCulture) > 0 ? 1 : 0);
            foreach (string word in words.Skip(1))
            {
                int colon = word.IndexOf(':');
                columns.Add(int.Parse(word.AsSpan(0, colon), CultureInfo.InvariantCulture) - 1);
                values.Add(float.Parse(word.AsSpan(colon + 1), CultureInfo.InvariantCulture));
            }
            starts.Add(columns.Count);
        }
        return new SparseRows(targets.Count, columns.Max() + 1, [.. starts], [.. columns], [.. values], [.. targets]);
    }
}
