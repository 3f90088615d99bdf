using System.Diagnostics;
using ClusterGd.Cluster;
using ClusterGd.Core.Data;
using ClusterGd.Core.Faults;
using ClusterGd.Core.Jobs;

namespace ClusterGd.Cli.Chaos;

/// <summary>Trains once without faults, in this process, and once with, on processes of their own.</summary>
internal sealed class ChaosRun(Scenario scenario, Job job, DataSet data, Action<string> say)
{
    private static readonly TimeSpan s_joinTime = TimeSpan.FromSeconds(30);
    private readonly List<Said> _sentences = [];
    private readonly List<LossSample> _losses = [];
    private readonly Stopwatch _clock = new();
    private Placed? _place;

    public async Task<ChaosReport> RunAsync(string name, CancellationToken cancelled)
    {
        say("without faults, in this process:");
        var without = await Trainer.RunAsync(job, data, new TrainingOptions(), null, cancelled);
        var wall = TimeSpan.FromSeconds(without.WallSeconds);
        say($"  {without.Steps} steps in {Numbers.Duration(wall)}, model sha256: {without.ModelSha256}");
        int threads = Math.Max(1, Environment.ProcessorCount / scenario.Nodes);
        using var nodes = new ChaosNodes(say);
        for (int i = 0; i < scenario.Nodes; i++) await nodes.StartAsync(threads, cancelled);
        say($"with faults, on {scenario.Nodes} processes:");

        _clock.Start();
        var (with, outcome) = (null as TrainingResult, "");
        await using var recorder = new StepRecorder(nodes, _clock);
        var driver = new FaultDriver(scenario, nodes, _clock, () => recorder.Step, () => Volatile.Read(ref _place),
            threads, sentence => say("  " + sentence));
        using var isOver = CancellationTokenSource.CreateLinkedTokenSource(cancelled);
        var faults = driver.RunAsync(isOver.Token);
        try
        {
            with = await ClusterClient.RunAsync(
                job with { Cluster = job.Cluster with { NodesMin = scenario.Nodes } }, data, "127.0.0.1",
                [nodes.Seed], s_joinTime, Take, cancelled);
        }
        catch (ClusterUnreachableException lost)
        {
            outcome = lost.Message;
        }
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
        lock (_sentences)
        {
            var (before, during, after) = ChaosFigures.Throughput(strikes, samples);
            return new ChaosReport(
                name, scenario.Nodes, without.ModelSha256, with?.ModelSha256 ?? "", outcome,
                without.WallSeconds, seconds, with?.Steps ?? recorder.Step, recorder.StepsLost,
                before, during, after, ChaosFigures.Costs(strikes, samples, _sentences), samples, [.. _losses],
                [.. _sentences]);
        }
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
                    break;
                case Evaluated evaluated:
                    _losses.Add(new LossSample(seconds, evaluated.Evaluation.TrainLoss));
                    break;
                case Placed placed:
                    Volatile.Write(ref _place, placed);
                    break;
            }
        }
    }
}
