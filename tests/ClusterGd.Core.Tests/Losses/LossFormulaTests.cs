using ClusterGd.Core.Data;
using ClusterGd.Core.Losses;
using Xunit;

namespace ClusterGd.Core.Tests.Losses;

/// <summary>Numbers that a reader can check by hand or with any calculator.</summary>
public class LossFormulaTests
{
    [Theory]
    [InlineData(3, 1, 2, 2)]
    [InlineData(1, 3, 2, -2)]
    [InlineData(1, 1, 0, 0)]
    public void Squared_IsHalfTheSquare(float output, float target, double loss, double derivative) =>
        AssertRow(new SquaredLoss(), output, target, loss, derivative);

    [Theory]
    [InlineData(1, 0, 0.5, 1)] // inside: ½·1²
    [InlineData(2, 0, 2, 2)] // where the pieces meet
    [InlineData(5, 0, 8, 2)] // 2·(5 − 1)
    [InlineData(-5, 0, 8, -2)]
    public void Huber_DeltaTwo_IsSquaredThenLinear(float output, float target, double loss, double derivative) =>
        AssertRow(new HuberLoss(2), output, target, loss, derivative);

    [Theory]
    [InlineData(1, 3, 1.5, -0.75)] // 2 too low: 0.75·2
    [InlineData(3, 1, 0.5, 0.25)] // 2 too high: 0.25·2
    [InlineData(1, 1, 0, 0)] // the kink
    public void Quantile_ThreeQuarters_PricesLowThreeTimesAsHigh(
        float output, float target, double loss, double derivative) =>
        AssertRow(new QuantileLoss(0.75f), output, target, loss, derivative);

    [Theory]
    [InlineData(0, 2, 1, -1)]
    [InlineData(1, 3, -0.2817181715409548, -0.2817181715409548)] // e − 3
    [InlineData(-1, 0, 0.3678794411714423, 0.3678794411714423)]
    public void Poisson_IsRateMinusTargetTimesLogRate(float output, float target, double loss, double derivative) =>
        AssertRow(new PoissonLoss(), output, target, loss, derivative);

    [Theory]
    [InlineData(0, 1, 0.6931471805599453, -0.5)]
    [InlineData(2, 1, 0.1269280110429726, -0.11920292202211755)]
    [InlineData(2, 0, 2.1269280110429727, 0.8807970779778823)]
    [InlineData(-30, 0, 9.357622968839e-14, 9.357622968839e-14)] // 1 + u rounds to 1, the loss must not
    [InlineData(-20, 1, 20.000000002061153, -0.9999999979388464)]
    public void Logistic_IsSoftplusOfMinusTheMargin(float output, float target, double loss, double derivative) =>
        AssertRow(new LogisticLoss(), output, target, loss, derivative);

    [Theory]
    [InlineData(0.25, 1, 0.75, -1)]
    [InlineData(0.25, 0, 1.25, 1)]
    [InlineData(1, 1, 0, 0)] // the kink
    [InlineData(-2, 0, 0, 0)]
    public void Hinge_IsTheMissingMargin(float output, float target, double loss, double derivative) =>
        AssertRow(new HingeLoss(), output, target, loss, derivative);

    [Fact]
    public void Softmax_OneTwoThree_IsTheTextbookExample()
    {
        // softmax(1, 2, 3) = 0.0900, 0.2447, 0.6652; −ln 0.2447 = 1.4076
        var derivatives = new float[3];
        double loss = new SoftmaxLoss().Evaluate([1, 2, 3], [1], 3, derivatives);
        Assert.Equal(1.4076059644443804, loss, 6);
        Assert.Equal(0.09003057, derivatives[0], 6);
        Assert.Equal(0.24472847 - 1, derivatives[1], 6);
        Assert.Equal(0.66524096, derivatives[2], 6);
    }

    [Fact]
    public void Softmax_ManyEqualClasses_IsTheLogOfTheirNumber()
    {
        var derivatives = new float[1000];
        double loss = new SoftmaxLoss().Evaluate(new float[1000], [999], 1000, derivatives);
        Assert.Equal(6.907755278982137, loss, 5);
        Assert.Equal(-0.999, derivatives[999], 6);
        Assert.Equal(0.001, derivatives[998], 6);
    }

    [Fact]
    public void Softmax_CertainAndWrong_LosesTheDistance() =>
        Assert.Equal(20_000, new SoftmaxLoss().Evaluate([1e4f, -1e4f], [1], 2, new float[2]));

    [Fact]
    public void Logistic_Predictions_AreProbabilities()
    {
        float[] outputs = [0, 2, -2, 1e4f, -1e4f];
        new LogisticLoss().ToPredictions(outputs, 1);
        Assert.Equal([0.5, 0.880797, 0.119203, 1, 0], outputs.Select(p => Math.Round(p, 6)));
    }

    [Fact]
    public void Softmax_Predictions_AreProbabilities()
    {
        float[] outputs = [0, 0, 1e4f, -1e4f];
        new SoftmaxLoss().ToPredictions(outputs, 2);
        Assert.Equal([0.5f, 0.5f, 1, 0], outputs);
    }

    [Fact]
    public void Poisson_Predictions_AreRates()
    {
        float[] outputs = [0, 1, -1e4f];
        new PoissonLoss().ToPredictions(outputs, 1);
        Assert.Equal([1, 2.718282, 0], outputs.Select(p => Math.Round(p, 6)));
    }

    [Fact]
    public void Squared_Predictions_AreOutputs()
    {
        float[] outputs = [-1, 7];
        new SquaredLoss().ToPredictions(outputs, 1);
        Assert.Equal([-1, 7], outputs);
    }

    [Theory]
    [InlineData(1e4f, double.PositiveInfinity)]
    [InlineData(-1e4f, 0)]
    public void Poisson_RateOutsideFloat_IsInfiniteOrZeroButNotNaN(float output, double loss) =>
        Assert.Equal(loss, new PoissonLoss().Evaluate([output], [0], 1, new float[1]));

    [Fact]
    public void Poisson_NegativeTarget_IsNamed()
    {
        Assert.Null(new PoissonLoss().ProblemOf([0, 3]));
        Assert.StartsWith("target 2 is -2, allowed is a number of at least 0", new PoissonLoss().ProblemOf([0, -2]));
        Assert.NotNull(new PoissonLoss().ProblemOf([float.NaN]));
    }

    [Fact]
    public void OutputCount_DependsOnTheTargets()
    {
        var schema = new DataSchema
        { FeatureCount = 1, TargetKind = TargetKind.Class, ClassNames = ["a", "b", "c"], TargetCount = 1 };
        Assert.Equal(3, new SoftmaxLoss().OutputCount(schema));
        Assert.Equal(1, new LogisticLoss().OutputCount(schema));
        Assert.Equal(2, new HuberLoss(1).OutputCount(schema with { TargetCount = 2 }));
    }

    private static void AssertRow(Loss loss, float output, float target, double expectedLoss, double expectedDerivative)
    {
        var derivative = new float[1];
        AssertClose(expectedLoss, loss.Evaluate([output], [target], 1, derivative));
        AssertClose(expectedDerivative, derivative[0]);
    }

    private static void AssertClose(double expected, double actual) => Assert.InRange(
        actual, expected - 1e-6 * Math.Abs(expected), expected + 1e-6 * Math.Abs(expected));
}
