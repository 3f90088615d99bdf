using ClusterGd.Core.Modes;
using ClusterGd.Core.Protocol;
using Xunit;

namespace ClusterGd.Core.Tests.Modes;

/// <summary>DC-ASGD's formulas by hand.</summary>
public class DelayCompensatorTests
{
    [Fact]
    public void Constant_OfAStaleGradient_AddsLambdaGSquaredTimesTheWay()
    {
        float[] sum = [4, -2];
        new DelayCompensator(new Asynchronous(true, DelayCompensation.Constant, 0.5, 0), 2)
            .Apply(sum, 2, [3, 1], [1, 2]);

        Assert.Equal([2 + 0.5f * 4 * 2, -1 + 0.5f * 1 * -1], sum);
    }

    [Fact]
    public void Adaptive_TwoGradients_DividesByTheRootOfTheirMeanSquare()
    {
        var compensator = new DelayCompensator(new Asynchronous(true, DelayCompensation.Adaptive, 2, 0.5), 1);
        float[] first = [2], second = [4];
        compensator.Apply(first, 1, [1], [0]);
        compensator.Apply(second, 1, [1], [0]);

        Assert.Equal(2 + 2 / Math.Sqrt(2 + 1e-7) * 4, first[0], 1e-5);
        Assert.Equal(4 + 2 / Math.Sqrt(0.5 * 2 + 0.5 * 16 + 1e-7) * 16, second[0], 1e-5);
    }
}
