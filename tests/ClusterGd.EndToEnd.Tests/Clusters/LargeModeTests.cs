using System.Globalization;
using System.Text;
using ClusterGd.EndToEnd.Tests.Network;
using Xunit;

namespace ClusterGd.EndToEnd.Tests.Clusters;

/// <summary>
/// A mode's one slice with more state than a frame holds: 8 million parameters with Adam are 96 MB. The state goes to
/// a backup and to the client for a checkpoint; all processes are killed, and others go on.
/// </summary>
[Collection(ClusterTests.Name)]
public sealed class LargeModeTests : IDisposable
{
    private readonly Cli _cli = new();

    public void Dispose() => _cli.Dispose();

    [SkippableFact, Trait("Depth", "deep")]
    public void Processes_OfEightMillionParameters_AreKilledResumedAndReplayed()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "there is no pkill");
        _cli.Write("rows.libsvm", Rows());
        _cli.Write("job.yaml", """
            data: { train: { path: rows.libsvm, hashBuckets: 8000000 } }
            model: linear
            loss: logistic
            optimizer: { kind: adam, learningRate: 0.01 }
            training: { batchSize: 50, shards: 2, epochs: 10, mode: asynchronous }
            checkpoint: { everySteps: 4 }
            """);
        string checkpoints = Path.Combine(_cli.Folder, "run", "checkpoints");
        _cli.RunAndStrike(
            () => Directory.Exists(checkpoints) && Directory.EnumerateFiles(checkpoints, "*.ckpt").Any(),
            () => LabCommand.TryRun($"pkill -KILL -f {_cli.Folder}"),
            "train", "job.yaml", "--run-dir", Path.Combine(_cli.Folder, "run"), "--processes", "2");

        var resumed = _cli.Run("resume", "run", "--processes", "2");

        Assert.True(resumed.ExitCode == 0, resumed.Error);
        Assert.Contains("goes on from the checkpoint of step", resumed.Error, StringComparison.Ordinal);
        var replayed = _cli.Run("replay", "run");
        Assert.True(replayed.ExitCode == 0, replayed.Error);
        Assert.Contains("the bits of the run's model", replayed.Output);
    }

    /// <summary>Two hundred rows of thirty of forty million columns.</summary>
    private static string Rows()
    {
        var random = new Random(1);
        var text = new StringBuilder();
        for (int i = 0; i < 200; i++)
        {
            text.Append(random.Next(2) == 0 ? "-1" : "1");
            var columns = new SortedSet<int>(Enumerable.Range(0, 30).Select(_ => random.Next(1, 40_000_000)));
            foreach (int column in columns)
            {
                text.Append(CultureInfo.InvariantCulture, $" {column}:{random.NextDouble():F3}");
            }
            text.Append('\n');
        }
        return text.ToString();
    }
}
