using ClusterGd.Cluster.Transport;
using ClusterGd.Core.Protocol;
using ClusterGd.Tests;
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

        plane.Send("b", new GradientPart(0, new GradientSum(3, pass, Subtree.Leaf(1), 8, 0.5, 0, 1, whole), "a"));

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

        plane.Send("b", new SlicePublished(0, 0, 1, 3, isFinal, 0.5, Ones(plan.SliceStarts[1])));

        Check(plan, elementBytes);
    }

    private TcpDataPlane PlaneOf(string name, out TrainingPlan plan)
    {
        var (job, data) = TestJobs.Named(name);
        plan = new TrainingPlan(job, data);
        string own = $"127.0.0.1:{_listener.Port}";
        var plane = new TcpDataPlane(_listener, Party.HandshakeOf("a"), plan, "a", own, _ => { }, _ => { });
        plane.Follow(new Layout(1, 0, ["a", "b"], [], [own, _receiver.Endpoint], [], [], [], []), "a");
        return plane;
    }

    private void Check(TrainingPlan plan, int elementBytes)
    {
        var (header, values, _) = _receiver.Recorder.Frame();
        Assert.Equal((long)plan.SliceStarts[1] * elementBytes, header.PayloadBytes);
        Assert.All(values, value => Assert.Equal(1, value));
    }

    private static PooledFloats Ones(int length) => Party.Floats([.. Enumerable.Repeat(1f, length)]);
}
