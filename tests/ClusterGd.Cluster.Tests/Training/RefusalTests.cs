using Akka.Actor;
using ClusterGd.Cluster.Actors;
using ClusterGd.Cluster.Hosting;
using ClusterGd.Cluster.Wire;
using ClusterGd.Core.Data;
using Xunit;

namespace ClusterGd.Cluster.Tests.Training;

/// <summary>A client hears at once that no node can ever use its job.</summary>
public sealed class RefusalTests
{
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(2);

    [Theory]
    [InlineData(RefusalKind.Unusable)]
    [InlineData(RefusalKind.Failed)]
    [InlineData(RefusalKind.Busy)]
    public async Task RunRefused_ByAllNodes_EndsTheRunAtOnceOnlyIfItIsUnusable(RefusalKind kind)
    {
        var member = await ClusterMember.StartAsync(new MemberOptions
        {
            Host = "127.0.0.1", Role = Roles.Node, HasOtherProcesses = true, IsLocal = true,
        });
        try
        {
            string self = $"127.0.0.1:{member.Cluster.SelfAddress.Port}";
            Assert.True(await member.JoinAsync(() => [self], s_patience, CancellationToken.None));
            var up = new TaskCompletionSource();
            member.Cluster.RegisterOnMemberUp(up.SetResult);
            await up.Task.WaitAsync(s_patience);

            var refused = new TaskCompletionSource<string>();
            var noted = new TaskCompletionSource<string>();
            var summary = new DataSummary(new DataSchema
            {
                FeatureCount = 1, FeatureNames = [], TargetKind = TargetKind.None, TargetCount = 0,
            }, 1, null, "");
            var start = new StartRun(7, "model: odd", summary, 0, member.Name, self);
            Action<TrainingEvent> report = e => Note(e, noted);
            var ends = new ClientEnds(() => { }, _ => { }, why => refused.TrySetResult(why), _ => { });
            ICanTell nobody = ActorRefs.Nobody;
            var client = member.System.ActorOf(
                Props.Create(() => new ClientActor(start, nobody, report, ends)), "refused-client");
            client.Tell(new RunRefused(7, member.Name, "the job of the run:1:8: no such model", kind));

            if (kind == RefusalKind.Unusable)
            {
                Assert.Equal("No node can use the job: the job of the run:1:8: no such model",
                    await refused.Task.WaitAsync(s_patience));
            }
            else
            {
                Assert.Equal($"node {self} does not take part: the job of the run:1:8: no such model",
                    await noted.Task.WaitAsync(s_patience));
                Assert.False(refused.Task.IsCompleted);
            }
        }
        finally
        {
            await member.EndAsync();
        }
    }

    private static void Note(TrainingEvent e, TaskCompletionSource<string> noted)
    {
        if (e is Note note) noted.TrySetResult(note.Text);
    }
}
