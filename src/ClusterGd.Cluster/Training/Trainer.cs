using System.Diagnostics;
using Akka.Actor;
using ClusterGd.Cluster.Hosting;
using ClusterGd.Cluster.Logging;
using ClusterGd.Cluster.Transport;
using ClusterGd.Core.Data;
using ClusterGd.Core.Jobs;
using ClusterGd.Core.Protocol;

namespace ClusterGd.Cluster;

/// <summary>
/// Trains in an embedded cluster: one or more actor systems of this process, reachable over loopback only.
/// </summary>
public static class Trainer
{
    /// <summary>Runs a job to its end.</summary>
    /// <param name="report">Called from several threads, a few times a second.</param>
    /// <param name="interrupt">
    /// Asks for a clean stop: the result is that of the step at which the nodes stopped.
    /// </param>
    /// <param name="keeper">Where the job's checkpoints go and where the run begins; null for none, and step 0.</param>
    public static Task<TrainingResult> RunAsync(
        Job job, DataSet data, TrainingOptions options, Action<TrainingEvent>? report, CancellationToken interrupt,
        CheckpointKeeper? keeper = null) =>
        RunAsync(job, data, options, new InProcessDataPlane(), report, interrupt, keeper);

    /// <summary>The same with another data plane between the nodes.</summary>
    internal static async Task<TrainingResult> RunAsync(
        Job job, DataSet data, TrainingOptions options, IDataPlane dataPlane, Action<TrainingEvent>? report,
        CancellationToken interrupt, CheckpointKeeper? keeper = null)
    {
        LiveModes.Require(job);
        long start = Stopwatch.GetTimestamp();
        if (keeper is null) job = job with { Checkpoint = CheckpointSpec.Off };
        var plan = new TrainingPlan(job, data);
        ulong runId = RunIds.New();
        var log = options.Loggers.CreateLogger(RunLog.Category);
        var logger = new RunLogger(log, runId);
        RunContext? context = null;
        context = new RunContext(plan, new ShardStore(data, plan.ShardCount))
        {
            RunId = runId, DataPlane = dataPlane, Report = Report, Log = log, NodesMin = options.Nodes,
            NodesHoped = options.Nodes, Keeper = keeper, Attack = options.Attack,
        };
        log.RunBegins(RunLogger.NameOf(runId), job.Name, plan.StepsTotal, plan.ShardCount);
        int cores = options.Threads > 0 ? options.Threads : Environment.ProcessorCount;
        int threads = Math.Max(1, cores / options.Nodes);
        var members = new List<ClusterMember>();
        try
        {
            members.AddRange(await Task.WhenAll(Enumerable.Range(0, options.Nodes)
                .Select(_ => ClusterMember.StartAsync(
                    new MemberOptions { Threads = threads, Loggers = options.Loggers }))).ConfigureAwait(false));
            var actors = members.Select(member => new RunActors(member.System, context)).ToList();
            await Join(members).ConfigureAwait(false);
            var formed = new ClusterFormed(options.Nodes, Stopwatch.GetElapsedTime(start).TotalSeconds);
            log.ClusterFormed(formed.Nodes, formed.Seconds);
            context.Report(formed);
            await using var registration = interrupt.Register(
                () => actors[0].Coordinator.Tell(new InterruptRun(), ActorRefs.NoSender));
            var ended = await context.Ended.Task.ConfigureAwait(false);
            log.RunEnds(
                RunLogger.NameOf(runId), ended.Outcome.Reason, ended.Outcome.Step, context.LongestStep.TotalSeconds);
            return TrainingResult.Of(context.Plan, ended, Stopwatch.GetElapsedTime(start));
        }
        finally
        {
            // The run is over: leaving the cluster in good order would only keep the user waiting.
            await Task.WhenAll(members.Select(member => member.EndAsync())).ConfigureAwait(false);
        }

        void Report(TrainingEvent happened)
        {
            if (happened is Evaluated evaluated) keeper?.Remember(evaluated.Evaluation);
            logger.Take(happened, context?.NewestStep ?? 0);
            report?.Invoke(happened);
        }
    }

    private static async Task Join(List<ClusterMember> members)
    {
        var first = members[0].Cluster;
        await first.JoinAsync(first.SelfAddress).ConfigureAwait(false);
        await Task.WhenAll(members.Skip(1).Select(member => member.Cluster.JoinAsync(first.SelfAddress)))
            .ConfigureAwait(false);
    }
}
