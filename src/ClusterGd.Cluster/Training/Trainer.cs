using System.Diagnostics;
using System.Globalization;
using Akka.Actor;
using Akka.Hosting;
using ClusterGd.Core.Checkpoints;
using ClusterGd.Cluster.Hosting;
using ClusterGd.Cluster.Transport;
using ClusterGd.Cluster.Wire;
using ClusterGd.Core.Data;
using ClusterGd.Core.Jobs;
using ClusterGd.Core.Protocol;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace ClusterGd.Cluster;

/// <summary>Trains in an embedded cluster: one or more actor systems of this process, reachable over loopback only.</summary>
public static class Trainer
{
    /// <summary>Runs a job to its end.</summary>
    /// <param name="report">Called from several threads, a few times a second.</param>
    /// <param name="interrupt">Asks for a clean stop: the result is that of the step at which the nodes stopped.</param>
    public static Task<TrainingResult> RunAsync(
        Job job, DataSet data, TrainingOptions options, Action<TrainingEvent>? report, CancellationToken interrupt) =>
        RunAsync(job, data, options, new InProcessDataPlane(), report, interrupt);

    /// <summary>The same with another data plane between the nodes.</summary>
    internal static async Task<TrainingResult> RunAsync(
        Job job, DataSet data, TrainingOptions options, IDataPlane dataPlane, Action<TrainingEvent>? report,
        CancellationToken interrupt)
    {
        long start = Stopwatch.GetTimestamp();
        var plan = new TrainingPlan(job, data);
        var context = new RunContext(
            plan, new ShardStore(data, plan.ShardCount), Fingerprint(job, data), options.Nodes, dataPlane, report ?? (_ => { }));
        int cores = options.Threads > 0 ? options.Threads : Environment.ProcessorCount;
        int threads = Math.Max(1, cores / options.Nodes);
        var hosts = new List<IHost>();
        try
        {
            for (int i = 0; i < options.Nodes; i++) hosts.Add(BuildHost(context, threads));
            await Task.WhenAll(hosts.Select(host => host.StartAsync(CancellationToken.None))).ConfigureAwait(false);
            var systems = hosts.Select(host => host.Services.GetRequiredService<ActorSystem>()).ToList();
            await Join(systems).ConfigureAwait(false);
            context.Report(new ClusterFormed(options.Nodes, Stopwatch.GetElapsedTime(start).TotalSeconds));
            await using var registration = interrupt.Register(
                () => systems[0].ActorSelection("/user/coordinator-proxy").Tell(new InterruptRun(), ActorRefs.NoSender));
            var ended = await context.Ended.Task.ConfigureAwait(false);
            return Result(context.Plan, ended, Stopwatch.GetElapsedTime(start));
        }
        finally
        {
            await Task.WhenAll(hosts.Select(Stop)).ConfigureAwait(false);
        }
    }

    private static IHost BuildHost(RunContext context, int threads) =>
        new HostBuilder()
            .ConfigureServices(services => services.AddAkka(
                ClusterGdHosting.SystemName, builder => builder.AddClusterGd(context, threads)))
            .Build();

    private static async Task Join(List<ActorSystem> systems)
    {
        var first = Akka.Cluster.Cluster.Get(systems[0]);
        await first.JoinAsync(first.SelfAddress).ConfigureAwait(false);
        await Task.WhenAll(systems.Skip(1).Select(system => Akka.Cluster.Cluster.Get(system).JoinAsync(first.SelfAddress)))
            .ConfigureAwait(false);
    }

    private static async Task Stop(IHost host)
    {
        // The run is over: leaving the cluster in good order would only keep the user waiting.
        await host.Services.GetRequiredService<ActorSystem>().Terminate().ConfigureAwait(false);
        host.Dispose();
    }

    private static string Fingerprint(Job job, DataSet data) => string.Create(CultureInfo.InvariantCulture,
        $"data {data.ContentHash[..12]}, seed {job.Seed}, shards {job.Training.Shards}");

    private static TrainingResult Result(TrainingPlan plan, RunEnded ended, TimeSpan wall)
    {
        var outcome = ended.Outcome;
        double trained = (double)outcome.Step * plan.Shards.RowCount / plan.Shards.StepsPerEpoch;
        double seconds = outcome.History.Length > 0 ? outcome.History[^1].Elapsed.TotalSeconds : wall.TotalSeconds;
        return new TrainingResult
        {
            End = outcome.End switch
            {
                RunEnd.Finished => TrainingEnd.Finished,
                RunEnd.Diverged => TrainingEnd.Diverged,
                RunEnd.Lost => TrainingEnd.ClusterLost,
                RunEnd.Interrupted => TrainingEnd.Interrupted,
            },
            StopReason = outcome.Reason,
            Steps = outcome.Step,
            Epochs = outcome.Epoch,
            TrainLoss = outcome.TrainLoss,
            Metrics = outcome.Metrics,
            Parameters = ended.Parameters,
            ModelSha256 = ModelHash.Of(ended.Parameters),
            SamplesPerSecond = seconds > 0 ? trained / seconds : 0,
            WallSeconds = wall.TotalSeconds,
            History = outcome.History,
        };
    }
}
