using System.Text.Json;
using ClusterGd.Cluster.Storage;
using Xunit;

namespace ClusterGd.EndToEnd.Tests;

/// <summary>What a run's folder can tell afterwards: <c>audit</c>, <c>replay</c>, <c>why</c>.</summary>
public sealed class KnowingTests : IDisposable
{
    private readonly Cli _cli = new();

    public KnowingTests()
    {
        Assert.Equal(0, _cli.Run(
            "data", "generate", "softmax", "--out", "rows.csv", "--rows", "1200", "--features", "12", "--classes",
            "4").ExitCode);
        _cli.Write("job.yaml", """
            data: { train: { path: rows.csv } }
            model: { kind: mlp, hidden: [64], dropout: 0.2 }
            loss: softmax
            optimizer: { kind: adam, learningRate: 0.002, clipNorm: 5 }
            training: { batchSize: 100, shards: 4, epochs: 30, sliceSize: 1024 }
            checkpoint: { everySteps: 70, keep: 9 }
            """);
    }

    public void Dispose() => _cli.Dispose();

    [Fact, Trait("Depth", "deep")]
    public void Run_Finished_IsAuditedAndReplayedToItsBits()
    {
        string hash = LastLine(Ok(_cli.Run("train", "job.yaml", "--run-dir", "run", "--nodes", "2", "--quiet")));

        var audit = _cli.Run("audit", "run");
        Assert.Equal("epochs 1 to 30: 1200 of 1200 rows counted once in each\n", audit.Output);
        Assert.Equal(0, audit.ExitCode);

        Assert.EndsWith(".\n", Ok(_cli.Run("why", "run")), StringComparison.Ordinal);

        string last = Ok(_cli.Run("replay", "run", "--to", "360"));
        Assert.Contains("the bits of the run's model", last);
        Assert.Equal(hash, LastLine(last));

        string saved = Ok(_cli.Run(
            "replay", "run", "--to", "140", "--from-start", "--shard", "3", "--out-gradient", "g.safetensors"));
        Assert.Contains("parameters of step 140, from step 0\nthe bits of the run's checkpoint\n", saved);
        Assert.Contains("gradient of shard 3 at step 140: 25 rows, mean loss ", saved);
        Assert.Equal(
            12 * 64 + 64 + 64 * 4 + 4, Safetensors.Read(Path.Combine(_cli.Folder, "g.safetensors")).Parameters.Length);
    }

    [SkippableFact, Trait("Depth", "deep")]
    public void Run_KilledAndResumed_IsAuditedAsAWhole()
    {
        Skip.If(OperatingSystem.IsWindows(), "there is no kill command");
        string checkpoints = Path.Combine(_cli.Folder, "run", "checkpoints");
        _cli.RunAndSignal(
            "KILL", () => Directory.Exists(checkpoints) && Directory.EnumerateFiles(checkpoints, "*.ckpt").Any(),
            "train", "job.yaml", "--run-dir", "run", "--set", "training.epochs=300");
        Ok(_cli.Run("resume", "run", "--quiet"));

        Assert.Equal(
            "epochs 1 to 300: 1200 of 1200 rows counted once in each\n", Ok(_cli.Run("audit", "run")));
        var kinds = Events().Select(e => e.GetProperty("kind").GetString()!).ToList();
        Assert.Equal(2, kinds.Count(kind => kind == "began"));
        Assert.Single(kinds, kind => kind == "stopped");
        Assert.Equal("ended", kinds[^1]);
    }

    [Fact]
    public void Audit_LogThatCountsAShardTwice_SaysWhichAndFails()
    {
        Ok(_cli.Run("train", "job.yaml", "--run-dir", "run", "--quiet"));
        string path = Path.Combine(_cli.Folder, "run", "events.jsonl");
        string[] lines = File.ReadAllLines(path);
        int second = Array.FindIndex(lines, line => line.Contains("\"step\":24,\"kind\":\"evaluated\""));
        lines[second] = lines[second].Replace("\"rows\":1200", "\"rows\":1225");
        File.WriteAllLines(path, lines);

        var audit = _cli.Run("audit", "run");

        Assert.Equal(5, audit.ExitCode);
        Assert.Contains("epoch 2: not all of 1200 rows counted once\n", audit.Output);
        Assert.Contains("steps 13 to 24: 1225 rows counted where 1200 are due", audit.Output);
    }

    [Fact]
    public void Replay_StepThatTheJobHasNot_IsRefusedWithTheRange()
    {
        Ok(_cli.Run("train", "job.yaml", "--run-dir", "run", "--quiet", "--set", "training.epochs=1"));

        var replay = _cli.Run("replay", "run", "--to", "13");

        Assert.Equal(2, replay.ExitCode);
        // Where reading takes its time, a line says so first.
        Assert.EndsWith("--to is 13, allowed is 0 to 12: the steps of the job.\n", replay.Error);
    }

    [Fact]
    public void Why_WaitThatGoesOn_NamesWhoIsWaitedForAndHowLong()
    {
        Ok(_cli.Run("train", "job.yaml", "--run-dir", "run", "--quiet", "--set", "training.epochs=1"));
        string run = Path.Combine(_cli.Folder, "run"), log = Path.Combine(run, "events.jsonl");
        var lines = File.ReadAllLines(log).TakeWhile(line => !line.Contains("\"kind\":\"stopped\"")).ToList();
        const string Wait = "slice 0 at b:1 is at step 12 of 24 and waits for the gradients of shard 3 at a:1";
        lines.Add(JsonSerializer.Serialize(new
        {
            time = DateTimeOffset.UtcNow, seconds = 30, step = 12, kind = "waiting", who = "b:1", why = Wait,
            timing = new
            {
                slice = 0, node = "b:1", firstStep = 13, steps = 0, medianMs = 0, meanMs = 0,
                nodes = Array.Empty<int>(), wait = Wait, waitMs = 12_300,
            },
        }));
        File.WriteAllLines(log, lines);
        // A process that is gone in the midst of a run leaves no model.
        File.Delete(Path.Combine(run, "model.json"));

        Assert.Equal($"The process is gone; it was stuck at step 12 for 12.3 s: {Wait}.\n", Ok(_cli.Run("why", "run")));
        using var claim = RunFolder.Open(run).Claim();
        Assert.Matches($@"^Stuck at step 12 for 1\d\.\d s: {Wait}\.\n$", Ok(_cli.Run("why", "run")));
    }

    private List<JsonElement> Events() =>
    [
        .. File.ReadLines(Path.Combine(_cli.Folder, "run", "events.jsonl"))
            .Select(line => JsonDocument.Parse(line).RootElement),
    ];

    private static string Ok(CliResult result)
    {
        Assert.True(result.ExitCode == 0, result.Error);
        return result.Output;
    }

    private static string LastLine(string output) => output.TrimEnd().Split('\n')[^1];
}
