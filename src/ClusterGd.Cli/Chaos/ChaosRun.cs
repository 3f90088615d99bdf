using System.Collections.Concurrent;
using System.Diagnostics;
using ClusterGd.Cli.Logging;
using ClusterGd.Cli.Terminal;
using ClusterGd.Cluster;
using ClusterGd.Cluster.Faults;
using ClusterGd.Core.Data;
using ClusterGd.Core.Faults;
using ClusterGd.Core.Jobs;
using ClusterGd.Core.Protocol;

namespace ClusterGd.Cli.Chaos;

/// <summary>Trains once without faults, in this process, and once with, on processes of their own.</summary>
/// <param name="folder">For what the run writes; it is there.</param>
internal sealed class ChaosRun(Scenario scenario, Job job, DataSet data, string folder, Action<string> say)
{
    private const int CheckpointsWanted = 20;
    private static readonly TimeSpan s_joinTime = TimeSpan.FromSeconds(30);
    private readonly List<Said> _sentences = [];
    private readonly List<LossSample> _losses = [];
    private Waiting? _lastWait;
    private readonly Dictionary<string, Counted> _counts = new(StringComparer.Ordinal);
    private readonly Stopwatch _clock = new();
    private Placed? _place;

    public async Task<ChaosReport> RunAsync(string name, CancellationToken cancelled)
    {
        say("without faults, in this process:");
        var without = await Trainer.RunAsync(job, data, new TrainingOptions(), null, cancelled);
        var wall = TimeSpan.FromSeconds(without.WallSeconds);
        say($"  {without.Steps} steps in {Numbers.Duration(wall)}, model sha256: {without.ModelSha256}");
        int threads = Math.Max(1, Environment.ProcessorCount / scenario.Nodes);
        using var nodes = new ChaosNodes(scenario.Seed, say);
        for (int i = 0; i < scenario.Nodes; i++) await nodes.StartAsync(threads, cancelled);
        say($"with faults, on {scenario.Nodes} processes:");

        _clock.Start();
        var clientCounts = new ConcurrentDictionary<int, long>();
        // The nodes have the seeds from the scenario's on.
        var client = new LiveFaults(scenario.Seed - 1, (fault, count) => clientCounts[fault] = count);
        var disk = scenario.Plan.Faults.Any(fault => ChaosDisk.IsOfDisk(fault.Kind))
            ? new ChaosDisk(Path.Combine(folder, "checkpoints")) : null;
        await using var recorder = new StepRecorder(nodes, _clock);
        var driver = new FaultDriver(scenario, nodes, client, clientCounts, disk, _clock, () => recorder.Step,
            () => Volatile.Read(ref _place), threads, sentence => say("  " + sentence));
        using var isOver = CancellationTokenSource.CreateLinkedTokenSource(cancelled);
        var faults = driver.RunAsync(isOver.Token);
        var (with, end) = await TrainAsync(nodes.Seed, client, disk, cancelled);
        double seconds = _clock.Elapsed.TotalSeconds;
        await isOver.CancelAsync();
        await faults;

        var samples = recorder.Samples;
        var strikes = driver.Strikes;
        if (strikes.Length < scenario.Plan.Faults.Length)
        {
            say($"  the run was over before {scenario.Plan.Faults.Length - strikes.Length} of the faults: train " +
                "longer, for example by --set training.epochs=…");
        }
        var verdict = ChaosVerdict.Of(
            strikes, without.ModelSha256, end, job.Training.Aggregation.Kind != "mean", disk?.Mistake ?? "");
        lock (_sentences)
        {
            var (before, during, after) = ChaosFigures.Throughput(strikes, samples);
            return new ChaosReport(
                name, scenario.Nodes, without.ModelSha256, end.Hash, verdict, end.Reason,
                without.WallSeconds, seconds, with?.Steps ?? recorder.Step, recorder.StepsLost,
                _counts.Values.Sum(c => c.Recomputed), _counts.Values.Sum(c => c.Compared), before, during, after,
                ChaosFigures.Costs(strikes, samples, _sentences), samples, [.. _losses], [.. _sentences]);
        }
    }

    private async Task<(TrainingResult?, ChaosEnd)> TrainAsync(
        string seed, LiveFaults client, ChaosDisk? disk, CancellationToken cancelled)
    {
        var live = job with { Cluster = job.Cluster with { NodesMin = scenario.Nodes } };
        CheckpointKeeper? keeper = null;
        if (disk is not null)
        {
            live = WithCheckpoints(live);
            keeper = new CheckpointKeeper(
                new TrainingPlan(live, data), disk.Folder, RunIds.New(), null,
                ProgramLog.Shown(sentence => Take(new Note(sentence))));
        }
        try
        {
            var result = await ClusterClient.RunAsync(
                live, data, "127.0.0.1", () => [seed], s_joinTime, Take, cancelled, keeper, client,
                ProgramLog.Loggers);
            return (result, ChaosEnd.Of(result));
        }
        catch (ClusterUnreachableException lost)
        {
            return (null, new ChaosEnd(null, lost.Message, ""));
        }
        finally
        {
            if (keeper is not null) await keeper.CloseAsync(writesLast: false);
        }
    }

    /// <summary>Where the job says no step: often enough for a short run to have some.</summary>
    private Job WithCheckpoints(Job live)
    {
        if (live.Checkpoint.EverySteps > 0) return live;
        long steps = new TrainingPlan(live, data).StepsTotal;
        int every = (int)Math.Clamp(steps / CheckpointsWanted, 1, int.MaxValue);
        return live with { Checkpoint = live.Checkpoint with { EverySteps = every } };
    }

    private void Take(TrainingEvent e)
    {
        double seconds = _clock.Elapsed.TotalSeconds;
        lock (_sentences)
        {
            switch (e)
            {
                case Note note:
                    _sentences.Add(new Said(seconds, note.Text));
                    say($"  {seconds:F1} s: {note.Text}");
                    break;
                case Waiting { Since.TotalSeconds: > 1 } waiting:
                    _sentences.Add(new Said(
                        seconds, $"waiting for {waiting.What} since {Numbers.Duration(waiting.Since)}"));
                    if (Waits.IsNews(waiting, _lastWait)) say($"  {seconds:F1} s: {_sentences[^1].Text}");
                    _lastWait = waiting;
                    break;
                case Evaluated evaluated:
                    _losses.Add(new LossSample(seconds, evaluated.Evaluation.TrainLoss));
                    break;
                case Counted counted:
                    _counts[counted.Node] = counted;
                    break;
                case Placed placed:
                    Volatile.Write(ref _place, placed);
                    break;
            }
        }
    }
}
