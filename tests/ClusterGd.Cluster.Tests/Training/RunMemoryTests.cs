using System.Diagnostics;
using System.Runtime.CompilerServices;
using Akka.Actor;
using ClusterGd.Cluster.Hosting;
using ClusterGd.Cluster.Transport;
using ClusterGd.Core.Data;
using ClusterGd.Core.Protocol;
using ClusterGd.Tests;
using Xunit;

namespace ClusterGd.Cluster.Tests.Training;

/// <summary>What has ended is held by nothing: <see cref="ManyRunsTests"/> in small.</summary>
public class RunMemoryTests
{
    private const int RunCount = 3;

    [Fact]
    public async Task Systems_RunAfterRun_HoldNoneOfThem()
    {
        var members = await PairAsync();
        try
        {
            var runs = new List<WeakReference>();
            for (int i = 0; i < RunCount; i++) runs.Add(await RunAsync(members));
            await AllGoneAsync(runs);
        }
        finally
        {
            foreach (var member in members) await member.EndAsync();
        }
    }

    [Fact]
    public async Task Systems_Ended_AreHeldByNoThread()
    {
        await AllGoneAsync(await EndedSystemsAsync());
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static async Task<List<WeakReference>> EndedSystemsAsync()
    {
        var members = await PairAsync();
        await RunAsync(members);
        foreach (var member in members) await member.EndAsync();
        return [.. members.Select(member => new WeakReference(member.System))];
    }

    /// <summary>Two actor systems that reach each other by sockets, as those of two processes do.</summary>
    private static async Task<ClusterMember[]> PairAsync()
    {
        ClusterMember[] members =
        [
            await ClusterMember.StartAsync(new MemberOptions { Threads = 1 }),
            await ClusterMember.StartAsync(new MemberOptions { Threads = 1 }),
        ];
        var first = members[0].Cluster;
        await first.JoinAsync(first.SelfAddress);
        await members[1].Cluster.JoinAsync(first.SelfAddress);
        return members;
    }

    /// <summary>The first has a run, which the other one asks something.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static async Task<WeakReference> RunAsync(ClusterMember[] members)
    {
        var (job, data) = TestJobs.Named("logistic");
        var plan = new TrainingPlan(job, data);
        var run = new RunContext(plan, new ShardStore(data, plan.ShardCount))
        {
            RunId = RunIds.New(), DataPlane = new InProcessDataPlane(), Report = _ => { },
        };
        var actors = new RunActors(members[0].System, run);
        await run.Ended.Task.WaitAsync(Limits.Hang);
        var node = await members[1].System.ActorSelection($"{members[0].Name}/user/{run.NodeActorName}")
            .ResolveOne(Limits.Hang);
        await node.Ask<ActorIdentity>(new Identify(0), Limits.Hang);
        actors.Stop();
        return new WeakReference(run);
    }

    private static async Task AllGoneAsync(List<WeakReference> ended)
    {
        for (var since = Stopwatch.StartNew(); ended.Any(one => one.IsAlive);)
        {
            int left = ended.Count(one => one.IsAlive);
            Assert.True(since.Elapsed < Limits.Hang, $"{left} of {ended.Count} are still held");
            await Task.Delay(100);
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }
    }
}
