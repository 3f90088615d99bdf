using System.Diagnostics;
using Akka.Actor;
using ClusterGd.Cluster.Actors;
using ClusterGd.Cluster.Faults;
using ClusterGd.Cluster.Hosting;
using ClusterGd.Cluster.Transport;
using ClusterGd.Cluster.Wire;
using ClusterGd.Core.Data;
using ClusterGd.Core.Jobs;
using ClusterGd.Core.Protocol;
using ClusterGd.Data;

namespace ClusterGd.Cluster;

/// <summary>Submits a run to a cluster of other processes, follows it, and takes the result.</summary>
public static class ClusterClient
{
    private static readonly TimeSpan s_leaveTime = TimeSpan.FromSeconds(3);

    /// <summary>Runs a job to its end on the cluster that the seeds belong to.</summary>
    /// <param name="host">The address by which the nodes reach this process.</param>
    /// <param name="seeds">host:port of nodes, any of which must answer.</param>
    /// <param name="joinTimeMax">How long to wait for one of them.</param>
    /// <exception cref="ClusterUnreachableException">No seed answered in time, or all nodes are gone.</exception>
    /// <exception cref="OperationCanceledException">It was interrupted before it had joined the cluster.</exception>
    /// <param name="interrupt">
    /// Asks for a clean stop: the result is that of the step at which the nodes stopped.
    /// </param>
    /// <param name="keeper">Where the job's checkpoints go and where the run begins; null for none, and step 0.</param>
    /// <param name="faults">What this process's messages suffer on purpose; null for nothing.</param>
    public static async Task<TrainingResult> RunAsync(
        Job job, DataSet data, string host, IReadOnlyList<string> seeds, TimeSpan joinTimeMax,
        Action<TrainingEvent> report, CancellationToken interrupt, CheckpointKeeper? keeper = null,
        LiveFaults? faults = null)
    {
        LiveModes.Require(job);
        long begin = Stopwatch.GetTimestamp();
        if (keeper is null) job = job with { Checkpoint = CheckpointSpec.Off };
        var plan = new TrainingPlan(job, data);
        bool isLocal = host == "127.0.0.1";
        using var listener = TensorListener.Start(isLocal ? host : "0.0.0.0", 0);
        var member = await ClusterMember.StartAsync(new MemberOptions
        {
            Host = host, Role = Roles.Client, HasOtherProcesses = true, IsLocal = isLocal, Faults = faults,
        }).ConfigureAwait(false);
        try
        {
            if (!await member.JoinAsync(seeds, joinTimeMax, interrupt).ConfigureAwait(false))
            {
                throw new ClusterUnreachableException(
                    $"no node answered at {string.Join(", ", seeds)} in {joinTimeMax.TotalSeconds:F0} s; start one " +
                    "there with 'clustergd node', or check the address");
            }
            string endpoint = $"{host}:{listener.Port}";
            if (faults is not null) faults.Self = $"{host}:{member.Cluster.SelfAddress.Port}";
            var start = new StartRun(
                RunIds.New(), JobText.Write(job, JobTables.All), DataSummary.Of(data), 0, member.Name, endpoint);
            Action<string> note = sentence => report(new Note(sentence));
            var factory = new RunFactory(
                member.System, member.Name, listener, endpoint, new ShardCache(null, note), note, member.Remove,
                faults);
            using var run = factory.Observe(start, plan, new ShardStore(data, plan.ShardCount), keeper, report);
            run.Start();
            Action<string> giveUp = why => run.Context.Ended.TrySetException(new ClusterUnreachableException(why));
            member.Cluster.RegisterOnMemberRemoved(() => giveUp(
                "the nodes are gone, or cannot be reached; look at their last lines, and resume or train again: " +
                "to the same bits"));
            Action<string> refused = why => run.Context.Ended.TrySetException(new InputException(why));
            member.System.ActorOf(
                Props.Create(() => new ClientActor(start, report, giveUp, refused)), ClientActor.Name);
            int nodes = member.Cluster.State.Members.Count(m => m.HasRole(Roles.Node));
            report(new ClusterFormed(nodes, Stopwatch.GetElapsedTime(begin).TotalSeconds));
            await using var registration = interrupt.Register(
                () => run.Actors!.Coordinator.Tell(new InterruptRun(), ActorRefs.NoSender));
            var ended = await run.Context.Ended.Task.ConfigureAwait(false);
            await member.LeaveAsync(s_leaveTime).ConfigureAwait(false);
            return TrainingResult.Of(plan, ended, Stopwatch.GetElapsedTime(begin));
        }
        finally
        {
            await member.EndAsync().ConfigureAwait(false);
        }
    }
}
