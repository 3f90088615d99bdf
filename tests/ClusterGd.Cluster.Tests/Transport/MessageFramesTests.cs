using Akka.TestKit.Xunit2;
using ClusterGd.Cluster.Transport;
using ClusterGd.Core.Options;
using ClusterGd.Core.Protocol;
using ClusterGd.Core.Reduction;
using ClusterGd.Tests;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace ClusterGd.Cluster.Tests.Transport;

/// <summary>What slices, nodes and workers send each other arrives at another process as it was sent.</summary>
public sealed class MessageFramesTests : TestKit
{
    private readonly TensorListener _listenerA = TensorListener.Start("127.0.0.1", 0);
    private readonly TensorListener _listenerB = TensorListener.Start("127.0.0.1", 0);

    protected override void AfterAll()
    {
        _listenerA.Dispose();
        _listenerB.Dispose();
        base.AfterAll();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Send_BackupStep_ArrivesAsItWas(bool wantsState)
    {
        var sent = new BackupStep(0, "a", 3, 12, IsCounted: true, OrderTerm: 9, wantsState);

        Assert.Equal(sent, Sent<BackupStep>("synchronous", RoleAddress.OfSlice(0, "b"), sent));
    }

    [Fact]
    public void Send_SlicePublished_ArrivesAsItWas()
    {
        var sent = new SlicePublished(0, 2, 9, 12, IsFinal: true, 0.5, Numbers);
        var got = Sent<SlicePublished>("synchronous", RoleAddress.OfNode("b"), sent);

        Assert.Equal(sent with { Values = got.Values }, got);
        AssertNumbers(got.Values);
    }

    [Fact]
    public void Send_SliceUpdate_ArrivesAsItWas()
    {
        var sum = new GradientSum(12, Pass.MiniBatch, Subtree.Root(8), 40, 0.5, 0.25, 7, Numbers, Digest: 5);
        var sent = new SliceUpdate(0, 2, sum, FollowsEvaluation: true, FollowsBest: true) { ClipFactor = 0.75 };
        var got = Sent<SliceUpdate>("synchronous", RoleAddress.OfSlice(0, "b"), sent);

        Assert.Equal(sent with { Sum = sum with { Values = got.Sum!.Values } }, got);
        AssertNumbers(got.Sum.Values);
    }

    /// <summary>Of the line, the backup works out itself what the worker read and whether it counts.</summary>
    [Fact]
    public void Send_UpdateOfAMode_ArrivesAsItWas()
    {
        var sum = new GradientSum(12, Pass.MiniBatch, Subtree.Leaf(3), 40, 0.5, 0, 1, Numbers);
        var line = new OrderLine(9, 33, new LogEntry(3, 12, 0, IsCounted: false), StateSince: 4);
        var sent = new SliceUpdate(0, 2, sum, FollowsEvaluation: true, FollowsBest: false) { Line = line };
        var got = Sent<SliceUpdate>("asynchronous", RoleAddress.OfSlice(0, "b"), sent);

        Assert.Equal(sent with { Sum = sum with { Values = got.Sum!.Values } }, got);
        AssertNumbers(got.Sum.Values);
    }

    [Theory]
    [InlineData(LogEntry.StopSet)]
    [InlineData(LogEntry.TermBegins)]
    public void Send_LineOfNoWorker_ArrivesAsItWas(int worker)
    {
        var line = new OrderLine(9, 33, new LogEntry(worker, 12, 0, IsCounted: false));
        var sent = new SliceUpdate(0, 2, null, FollowsEvaluation: false, FollowsBest: true) { Line = line };

        Assert.Equal(sent, Sent<SliceUpdate>("asynchronous", RoleAddress.OfSlice(0, "b"), sent));
    }

    [Fact]
    public void Send_Assignment_ArrivesAsItWas()
    {
        var sent = new Assignment(9, 3, 12, new ParameterVersion(7, false, double.NaN, Numbers), StateSince: 4);
        var got = Sent<Assignment>("asynchronous", RoleAddress.OfNode("b"), sent);

        Assert.Equal(sent with { Model = sent.Model with { Values = got.Model.Values } }, got);
        AssertNumbers(got.Model.Values);
    }

    [Fact]
    public void Send_WorkerPush_ArrivesAsItWas()
    {
        var sum = new GradientSum(12, Pass.MiniBatch, Subtree.Leaf(3), 40, 0.5, 0, 1, Numbers);
        var sent = new WorkerPush(9, 7, sum, StateSince: 4);
        var got = Sent<WorkerPush>("asynchronous", RoleAddress.OfSlice(0, "b"), sent);

        Assert.Equal(sent with { Sum = sum with { Values = got.Sum.Values } }, got);
        AssertNumbers(got.Sum.Values);
    }

    /// <summary>From node a to a role at node b, over a socket.</summary>
    private T Sent<T>(string mode, RoleAddress to, ITensorMessage message)
    {
        var (job, data) = TestJobs.Named("logistic");
        var plan = new TrainingPlan(
            job with { Training = job.Training with { Mode = Component.Of(mode) } }, data);
        string a = $"127.0.0.1:{_listenerA.Port}", b = $"127.0.0.1:{_listenerB.Port}";
        using var here = PlaneOf("a", a, _listenerA, plan);
        using var there = PlaneOf("b", b, _listenerB, plan);
        there.Here.Attach(to, TestActor);
        here.Follow(new RunDirective("a", new Layout(1, 0, ["a", "b"], [], [a, b], [], [], [], [])) { Sequence = 1 });
        here.Send(to, message);
        return ExpectMsg<T>(TimeSpan.FromSeconds(30));
    }

    private static TcpDataPlane PlaneOf(string node, string endpoint, TensorListener listener, TrainingPlan plan) =>
        new(listener, Party.HandshakeOf(node), plan, node, endpoint, NullLogger.Instance, _ => { });

    /// <summary>0, 1, 2, …: as many as the model has parameters.</summary>
    private static PooledFloats Numbers
    {
        get
        {
            var (job, data) = TestJobs.Named("logistic");
            int count = new TrainingPlan(job, data).Model.ParameterCount;
            return Party.Floats([.. Enumerable.Range(0, count).Select(i => (float)i)]);
        }
    }

    private static void AssertNumbers(PooledFloats values)
    {
        for (int i = 0; i < values.Length; i++) Assert.Equal(i, values.Span[i]);
    }
}
