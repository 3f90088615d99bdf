using ClusterGd.Cluster.Transport;
using ClusterGd.Core.Options;
using ClusterGd.Core.Protocol;
using ClusterGd.Tests;
using Xunit;

namespace ClusterGd.Cluster.Tests.Transport;

public class TransportOptionsTests
{
    [Fact]
    public void For_SmallModel_IsTheDefaults()
    {
        var (job, data) = TestJobs.Named("mlp");

        Assert.Equal(TransportOptions.Default, TransportOptions.For(new TrainingPlan(job, data)));
    }

    /// <summary>
    /// 400 M parameters on 8 shards: a step is 14.4 GB, the state of a slice that has all of them up to 12.8 GB, and
    /// nothing of them may be dropped.
    /// </summary>
    [Fact]
    public void For_LargeModel_HasRoomForTwoStepsAndAState()
    {
        var (job, data) = TestJobs.Named("mlp");
        job = job with { Model = Component.Of("mlp", ("hidden", new[] { 20_000, 20_000 })) };
        var wide = new TrainingPlan(job, data);
        long step = 4L * wide.Model.ParameterCount * (8 + 1);

        var options = TransportOptions.For(wide);

        Assert.InRange(step, 14_400_000_000, 14_500_000_000);
        Assert.Equal(2 * step + 32L * wide.Model.ParameterCount, options.QueueBytesMax);
        Assert.Equal(2 * step, options.ReceiveBytesMax);
    }
}
