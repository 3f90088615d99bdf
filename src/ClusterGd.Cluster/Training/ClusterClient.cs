using System.Diagnostics;
using ClusterGd.Cluster.Faults;
using ClusterGd.Cluster.Logging;
using ClusterGd.Cluster.Transport;
using ClusterGd.Core.Data;
using ClusterGd.Core.Jobs;
using ClusterGd.Core.Protocol;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace ClusterGd.Cluster;

/// <summary>
/// Submits a run to a cluster of other processes, follows it, and takes the result. If all nodes are gone it asks its
/// seeds and the nodes it has known until one answers, and has the run go on from its newest checkpoint.
/// </summary>
public static class ClusterClient
{
    /// <summary>So often all nodes may be lost without an evaluation between.</summary>
    private const int LossesMax = 5;

    /// <summary>How long nodes that were there are looked for.</summary>
    private static readonly TimeSpan s_searchTime = TimeSpan.FromSeconds(60);

    /// <summary>Runs a job to its end on the cluster that the seeds belong to.</summary>
    /// <param name="host">The address by which the nodes reach this process.</param>
    /// <param name="seeds">host:port of nodes, any of which must answer; asked for while nodes are looked for.</param>
    /// <param name="joinTimeMax">How long to wait for one of them at first.</param>
    /// <exception cref="ClusterUnreachableException">No seed answered in time, or no node takes part.</exception>
    /// <exception cref="OperationCanceledException">It was interrupted while it was no member.</exception>
    /// <param name="interrupt">
    /// Asks for a clean stop: the result is that of the step at which the nodes stopped.
    /// </param>
    /// <param name="keeper">Where the job's checkpoints go and where the run begins; null for none, and step 0.</param>
    /// <param name="faults">What this process's messages suffer on purpose; null for nothing.</param>
    /// <param name="loggers">What this process and its actor system log to; null for nothing.</param>
    public static async Task<TrainingResult> RunAsync(
        Job job, DataSet data, string host, Func<IReadOnlyList<string>> seeds, TimeSpan joinTimeMax,
        Action<TrainingEvent> report, CancellationToken interrupt, CheckpointKeeper? keeper = null,
        LiveFaults? faults = null, ILoggerFactory? loggers = null)
    {
        LiveModes.Require(job);
        long begin = Stopwatch.GetTimestamp();
        loggers ??= NullLoggerFactory.Instance;
        var log = loggers.CreateLogger(RunLog.Category);
        if (keeper is null) job = job with { Checkpoint = CheckpointSpec.Off };
        var plan = new TrainingPlan(job, data);
        using var listener = TensorListener.Start(host == "127.0.0.1" ? host : "0.0.0.0", 0);
        IReadOnlyList<string> known = [];
        long lastEvaluated = -1, evaluatedAtLoss = -1;
        int losses = 0;
        for (bool isFirst = true; ; isFirst = false)
        {
            await using var stay = await ClientStay.StartAsync(host, listener, faults, loggers).ConfigureAwait(false);
            var timeMax = isFirst ? joinTimeMax : s_searchTime;
            if (!await Join(stay, timeMax).ConfigureAwait(false))
            {
                string gone = isFirst ? "" : "the nodes are gone, and ";
                string next = isFirst ? "" : "; then resume the run, or train again: to the same bits";
                throw new ClusterUnreachableException(
                    $"{gone}no node answered at {Asked()} in {timeMax.TotalSeconds:F0} s; start one " +
                    $"there with 'clustergd node', or check the address{next}");
            }
            var formed = new ClusterFormed(stay.NodeCount, Stopwatch.GetElapsedTime(begin).TotalSeconds);
            log.ClusterFormed(formed.Nodes, formed.Seconds);
            report(formed);
            // The minimum is there to start: a run that goes on takes the nodes that are left.
            var wanted = isFirst ? job : job with { Cluster = job.Cluster with { NodesMin = 1 } };
            var ended = await stay.RunAsync(wanted, plan, data, keeper, ReportOnce, interrupt).ConfigureAwait(false);
            if (ended is not null) return TrainingResult.Of(plan, ended, Stopwatch.GetElapsedTime(begin));

            losses = lastEvaluated == evaluatedAtLoss ? losses + 1 : 1;
            evaluatedAtLoss = lastEvaluated;
            known = stay.KnownNodes;
            if (losses == LossesMax)
            {
                throw new ClusterUnreachableException(
                    $"all nodes were lost {losses} times without an evaluation between, at {Asked()}; look at the " +
                    "network, then resume the run, or train again: to the same bits");
            }
            keeper?.Restart();
            string from = keeper?.Start is { Step: > 0 } start ? $"the checkpoint of step {start.Step}" : "step 0";
            report(new Note($"all nodes are gone; looks for one at {Asked()}, for " +
                $"{s_searchTime.TotalSeconds:F0} s at most, and goes on from {from}"));
            log.NodesLost(Asked(), from);
            report(new Restarted(keeper?.Start));
        }

        string Asked() => string.Join(", ", seeds().Union(known));

        async Task<bool> Join(ClientStay stay, TimeSpan timeMax)
        {
            var joining = stay.JoinAsync(() => [.. seeds().Union(known)], timeMax, interrupt);
            try
            {
                await Waits.TellAsync(joining, () => $"a node to answer at {Asked()}", report).ConfigureAwait(false);
                return await joining.ConfigureAwait(false);
            }
            catch (OperationCanceledException stopped) when (known.Count > 0)
            {
                throw new OperationCanceledException(
                    "interrupted while no node was there; resume the run, or train again: to the same bits", stopped);
            }
        }

        // A run that goes on from a checkpoint makes evaluations again that have been told.
        void ReportOnce(TrainingEvent happened)
        {
            if (happened is Evaluated evaluated)
            {
                if (evaluated.Evaluation.Step <= lastEvaluated) return;
                lastEvaluated = evaluated.Evaluation.Step;
            }
            report(happened);
        }
    }
}
