using Xunit;

namespace ClusterGd.EndToEnd.Tests.Clusters;

/// <summary>
/// Three jobs that differ in all that matters for the exchange: sparse rows, several slices, counts beside gradients.
/// Their data and what one node makes of them.
/// </summary>
public sealed class ThreeJobs : IDisposable
{
    private readonly Cli _cli = new();
    private readonly Dictionary<string, string> _hashes = [];
    private int _runCount;

    public ThreeJobs()
    {
        Generate("logistic", "sparse.libsvm", "--rows", "4000", "--features", "200", "--density", "0.05");
        Generate("softmax", "dense.csv", "--rows", "3000", "--features", "24", "--classes", "5");
        Generate("clusters", "points.csv", "--rows", "3000", "--features", "8", "--classes", "6");
        _cli.Write("logistic.yaml", """
            data: { train: { path: sparse.libsvm } }
            model: linear
            loss: { kind: logistic, l2: 1e-4 }
            optimizer: { kind: momentum, learningRate: 0.5, momentum: 0.9 }
            training: { batchSize: 256, shards: 8, epochs: 10 }
            """);
        // 3845 parameters: four slices.
        _cli.Write("mlp.yaml", """
            data: { train: { path: dense.csv } }
            model: { kind: mlp, hidden: [64, 32], dropout: 0.2 }
            loss: softmax
            optimizer: { kind: adam, learningRate: 0.003 }
            training: { batchSize: 128, shards: 6, sliceSize: 1024, epochs: 5 }
            """);
        _cli.Write("kmeans.yaml", """
            data: { train: { path: points.csv } }
            model: { kind: kmeans, clusters: 6 }
            training: { batchSize: 256, shards: 5, epochs: 8 }
            """);
    }

    public static string[] Names { get; } = ["logistic", "mlp", "kmeans"];

    /// <summary>Runs <c>clustergd</c> in the folder of the jobs.</summary>
    internal Cli Cli => _cli;

    /// <summary>The path of a job file.</summary>
    public string this[string name] => Path.Combine(_cli.Folder, name + ".yaml");

    /// <summary>A folder that is not there yet, for a run.</summary>
    public string NewRunFolder() => Path.Combine(_cli.Folder, $"run{Interlocked.Increment(ref _runCount)}");

    /// <summary>What one node in one process prints last; only what can change it is an option.</summary>
    public string HashOf(string name, params string[] options)
    {
        string key = string.Join(' ', [name, .. options]);
        if (_hashes.TryGetValue(key, out var known)) return known;
        var result = _cli.Run(["train", this[name], "--quiet", "--run-dir", NewRunFolder(), .. options]);
        Assert.True(result.ExitCode == 0, result.Error);
        return _hashes[key] = HashIn(result.Output);
    }

    /// <summary>The last line of a training's output, which is the hash.</summary>
    public static string HashIn(string output)
    {
        string? line = output.Split('\n')
            .LastOrDefault(line => line.StartsWith("model sha256: ", StringComparison.Ordinal));
        Assert.True(line is not null, output);
        return line!;
    }

    public CliResult Train(string name, params string[] options) =>
        _cli.Run(["train", this[name], "--run-dir", NewRunFolder(), .. options]);

    public void Dispose() => _cli.Dispose();

    private void Generate(string kind, string file, params string[] options)
    {
        var result = _cli.Run(["data", "generate", kind, "--out", file, .. options]);
        Assert.True(result.ExitCode == 0, result.Error);
    }
}
