using ClusterGd.Cluster.Transport;
using ClusterGd.Core.Data;
using ClusterGd.Core.Metrics;
using ClusterGd.Core.Protocol;
using ClusterGd.Core.Reduction;
using ClusterGd.Tests;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace ClusterGd.Cluster.Tests.Transport;

/// <summary>What a job's <c>wire</c> makes of the frames that leave a node.</summary>
public sealed class TcpDataPlaneTests : IDisposable
{
    private readonly TensorListener _listener = TensorListener.Start("127.0.0.1", 0);
    private readonly Party _receiver = new("b");

    public void Dispose()
    {
        _receiver.Dispose();
        _listener.Dispose();
    }

    [Theory]
    [InlineData("mlp", Pass.MiniBatch, 4)]
    [InlineData("mlp over bfloat16", Pass.MiniBatch, 2)]
    [InlineData("mlp over float16", Pass.MiniBatch, 2)]
    [InlineData("mlp over bfloat16", Pass.Full, 4)]
    public void Send_Gradient_TakesTheBytesOfItsElementType(string job, Pass pass, int elementBytes)
    {
        using var plane = PlaneOf(job, out var plan);
        var whole = Ones(plan.Model.ParameterCount);

        plane.Send(
            RoleAddress.OfSlice(0, "b"),
            new GradientPart(0, new GradientSum(3, pass, Subtree.Leaf(1), 8, 0.5, 0, 1, whole), "a"));

        Check(plan, elementBytes);
    }

    [Theory]
    [InlineData("mlp", false, 4)]
    [InlineData("mlp over bfloat16", false, 2)]
    [InlineData("mlp over float16", false, 2)]
    [InlineData("mlp over bfloat16", true, 4)]
    public void Send_Parameters_TakesTheBytesOfItsElementType(string job, bool isFinal, int elementBytes)
    {
        using var plane = PlaneOf(job, out var plan);

        plane.Send(RoleAddress.OfNode("b"), new SlicePublished(0, 0, 1, 3, isFinal, 0.5, Ones(plan.SliceStarts[1])));

        Check(plan, elementBytes);
    }

    /// <summary>One whose node came late, or was relieved of its work, is told all the same.</summary>
    [Fact]
    public void SendEvaluation_WhoseNodeTheLayoutHasNot_ArrivesThere()
    {
        using var plane = PlaneOf("mlp", out _);
        plane.Follow(DirectiveOf(
            new Layout(2, 0, ["a"], [], [$"127.0.0.1:{_listener.Port}"], [], [], [], []), "b", _receiver.Endpoint));

        plane.Send(
            RoleAddress.Coordinator, new EvaluationPart(3, false, RowSet.Test, 1, new MetricSums { Count = 5 }));

        Assert.Equal(FrameKind.EvaluationPart, NextFrame().Header.Kind);
    }

    /// <summary>The tensor plane may not reach the coordinator's node.</summary>
    [Fact]
    public void SendEvaluation_AskedForAgain_IsLeftToTheControlPlane()
    {
        using var plane = PlaneOf("mlp", out _);
        plane.Follow(DirectiveOf(
            new Layout(2, 0, ["a"], [], [$"127.0.0.1:{_listener.Port}"], [], [], [], []), "b", _receiver.Endpoint));
        var part = new EvaluationPart(3, false, RowSet.Test, 1, new MetricSums { Count = 5 });

        Assert.True(plane.Send(RoleAddress.Coordinator, part));
        Assert.Equal(FrameKind.EvaluationPart, NextFrame().Header.Kind);
        Assert.False(plane.Send(RoleAddress.Coordinator, part));
    }

    private TcpDataPlane PlaneOf(string name, out TrainingPlan plan)
    {
        var (job, data) = TestJobs.Named(name);
        plan = new TrainingPlan(job, data);
        string own = $"127.0.0.1:{_listener.Port}";
        var plane = new TcpDataPlane(_listener, Party.HandshakeOf("a"), plan, "a", own, NullLogger.Instance, _ => { });
        plane.Follow(DirectiveOf(
            new Layout(1, 0, ["a", "b"], [], [own, _receiver.Endpoint], [], [], [], []), "a", own));
        return plane;
    }

    private static RunDirective DirectiveOf(Layout layout, string coordinator, string endpoint) =>
        new(coordinator, layout) { Sequence = 1, CoordinatorEndpoint = endpoint, IsSettled = true };

    /// <summary>Probes come beside what is sent.</summary>
    private (FrameHeader Header, float[] Values, byte[] Bytes) NextFrame()
    {
        while (true)
        {
            var frame = _receiver.Recorder.Frame();
            if (frame.Header.Kind is not (FrameKind.Probe or FrameKind.LargeProbe)) return frame;
        }
    }

    private void Check(TrainingPlan plan, int elementBytes)
    {
        var (header, values, _) = NextFrame();
        Assert.Equal((long)plan.SliceStarts[1] * elementBytes, header.PayloadBytes);
        Assert.All(values, value => Assert.Equal(1, value));
    }

    private static PooledFloats Ones(int length) => Party.Floats([.. Enumerable.Repeat(1f, length)]);
}
