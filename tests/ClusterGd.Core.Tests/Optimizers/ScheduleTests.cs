using ClusterGd.Core.Jobs;
using ClusterGd.Core.Optimizers;
using ClusterGd.Core.Options;
using Xunit;

namespace ClusterGd.Core.Tests.Optimizers;

public class ScheduleTests
{
    [Fact]
    public void Step_EveryThreeEpochs_IsPyTorchs() =>
        AssertEpochs("step, every 3 epochs by 0.1", new StepSchedule(3, 0.1));

    [Fact]
    public void Exponential_AtTheStartOfEpochs_IsPyTorchs() =>
        AssertEpochs("exponential, 0.9 an epoch", new ExponentialSchedule(0.9));

    [Fact]
    public void Cosine_OverFiftySteps_IsPyTorchs()
    {
        var expected = Factors("cosine, 50 steps to 0.1");
        for (int step = 0; step < expected.Length; step++)
        {
            Assert.Equal(expected[step], new CosineSchedule(0.1).Factor(step, 5, 50), 12);
        }
    }

    [Fact]
    public void Cosine_AtAndPastTheEnd_IsTheFloor()
    {
        Assert.Equal(0.1, new CosineSchedule(0.1).Factor(50, 5, 50));
        Assert.Equal(0.1, new CosineSchedule(0.1).Factor(0, 5, 0));
    }

    [Fact]
    public void Step_LastStepBeforeTheFall_IsStillWhole()
    {
        Assert.Equal(1, new StepSchedule(2, 0.5).Factor(19, 10, 100));
        Assert.Equal(0.5, new StepSchedule(2, 0.5).Factor(20, 10, 100));
    }

    [Fact]
    public void Exponential_HalfAnEpoch_IsTheRoot() =>
        Assert.Equal(0.9, new ExponentialSchedule(0.81).Factor(5, 10, 100), 14);

    [Fact]
    public void InverseTime_AfterOneOverDecayEpochs_IsHalf() =>
        Assert.Equal(0.5, new InverseTimeSchedule(0.25).Factor(40, 10, 100));

    [Theory]
    [InlineData("constant")]
    [InlineData("step")]
    [InlineData("exponential")]
    [InlineData("inverseTime")]
    [InlineData("cosine")]
    public void Schedule_FirstStep_HasTheWholeRate(string kind) =>
        Assert.Equal(1, Component.Of(kind).Create(Schedules.All).Factor(0, 10, 100));

    [Fact]
    public void Schedules_Table_HasNoRowWithoutTest() =>
        Assert.Equal(["constant", "step", "exponential", "inverseTime", "cosine"], Schedules.All.Select(k => k.Name));

    [Fact]
    public void LearningRates_WarmUp_RisesAndThenTheScheduleBegins()
    {
        var spec = new OptimizerSpec
        {
            LearningRate = 2,
            WarmupSteps = 4,
            Schedule = Component.Of("step", ("everyEpochs", 1), ("factor", 0.5)),
        };
        var rates = spec.RatesOver(stepsPerEpoch: 3, stepsTotal: 10);
        Assert.Equal(
            [0.5f, 1, 1.5f, 2, 2, 2, 2, 1, 1, 1], Enumerable.Range(1, 10).Select(step => rates.At(step)));
    }

    [Fact]
    public void LearningRates_CosineAfterWarmUp_EndsAtTheEndOfTheRun()
    {
        var spec = new OptimizerSpec { LearningRate = 1, WarmupSteps = 10, Schedule = Component.Of("cosine") };
        var rates = spec.RatesOver(stepsPerEpoch: 5, stepsTotal: 30);
        Assert.Equal(1, rates.At(11));
        Assert.Equal(0.5f, rates.At(21), 7);
        Assert.Equal(0, rates.At(31));
    }

    [Fact]
    public void LearningRates_StepZero_IsRefused() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new OptimizerSpec().RatesOver(1, 1).At(0));

    [Fact]
    public void GradientClip_Factor_IsPyTorchs()
    {
        foreach (var clip in Golden.Read("optimizers.json").GetProperty("clips").EnumerateArray())
        {
            double norm = clip.GetProperty("norm").GetDouble(), limit = clip.GetProperty("limit").GetDouble();
            Assert.Equal(clip.GetProperty("factor").GetDouble(), GradientClip.Factor(norm, limit), 12);
        }
    }

    [Theory]
    [InlineData(100, 0, 1)] // no limit
    [InlineData(double.NaN, 1, double.NaN)]
    [InlineData(double.PositiveInfinity, 1, 0)]
    public void GradientClip_Edges_AreDefined(double norm, double limit, double factor) =>
        Assert.Equal(factor, GradientClip.Factor(norm, limit));

    private static double[] Factors(string name) =>
        Golden.Read("optimizers.json").GetProperty("schedules").GetProperty(name).Doubles();

    private static void AssertEpochs(string name, Schedule schedule)
    {
        var expected = Factors(name);
        for (int epoch = 0; epoch < expected.Length; epoch++)
        {
            Assert.Equal(expected[epoch], schedule.Factor(epoch * 7L, 7, 84), 12);
        }
    }
}
