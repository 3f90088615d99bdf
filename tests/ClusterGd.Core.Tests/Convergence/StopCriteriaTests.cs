using System.Collections.Immutable;
using ClusterGd.Core.Convergence;
using ClusterGd.Core.Options;
using Xunit;

namespace ClusterGd.Core.Tests.Convergence;

public class StopCriteriaTests
{
    [Fact]
    public void RelativeLoss_TwoStalledEvaluations_StopsAtTheSecond()
    {
        Assert.Equal(5, StopsAt(Component.Of("relativeLoss", ("tolerance", 0.01), ("patience", 2)),
            Losses(1.0, 0.5, 0.4, 0.399, 0.398, 0.1)));
    }

    [Fact]
    public void RelativeLoss_ImprovementInBetween_StartsCountingAgain()
    {
        Assert.Equal(7, StopsAt(Component.Of("relativeLoss", ("tolerance", 0.01), ("patience", 2)),
            Losses(1.0, 0.999, 0.5, 0.5, 0.4, 0.4, 0.4)));
    }

    [Fact]
    public void RelativeLoss_WorseThanTheBestButBetterThanTheLast_IsNoImprovement()
    {
        Assert.Equal(4, StopsAt(Component.Of("relativeLoss", ("tolerance", 0.01), ("patience", 2)),
            Losses(1.0, 0.5, 0.8, 0.6, 0.55)));
    }

    [Fact]
    public void ParameterChange_FirstEvaluationHasNone_DoesNotStop()
    {
        Assert.Equal(2, StopsAt(Component.Of("parameterChange", ("tolerance", 0.1)),
            [
                At(1) with { ParameterChange = double.NaN, ParameterNorm = 2 },
                At(2) with { ParameterChange = 0.19, ParameterNorm = 2 },
            ]));
    }

    [Theory]
    [InlineData("l2", 2)]
    [InlineData("max", 1)]
    public void GradientNorm_ChosenNorm_DecidesWhen(string norm, int expected)
    {
        Assert.Equal(expected, StopsAt(Component.Of("gradientNorm", ("tolerance", 0.1), ("norm", norm)),
            [
                At(1) with { GradientNorm = 0.2, GradientMaxNorm = 0.1 },
                At(2) with { GradientNorm = 0.1, GradientMaxNorm = 0.05 },
            ]));
    }

    [Fact]
    public void GradientNoise_SignalBelowNoise_Stops()
    {
        Assert.Equal(2, StopsAt(Component.Of("gradientNoise", ("factor", 1.0)),
            [
                At(1) with { StepGradientSquaredNorm = 0.2, StepGradientNoise = 0.1 },
                At(2) with { StepGradientSquaredNorm = 0.1, StepGradientNoise = 0.1 },
            ]));
    }

    [Fact]
    public void Plateau_WorseForTwo_StopsAndNamesTheBest()
    {
        var criterion = Create(Component.Of("plateau", ("metric", "accuracy"), ("patience", 2)));

        Assert.True(criterion.Check(Measured(1, "accuracy", 0.8)).IsBest);
        Assert.True(criterion.Check(Measured(2, "accuracy", 0.9)).IsBest);
        Assert.False(criterion.Check(Measured(3, "accuracy", 0.85)).IsBest);
        var verdict = criterion.Check(Measured(4, "accuracy", 0.9));

        Assert.Contains("0.9 of step 2", verdict.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Plateau_MetricIsNaN_IsNoImprovementAndUsesNoPatience()
    {
        var criterion = Create(Component.Of("plateau", ("metric", "rmse"), ("patience", 2)));

        Assert.False(criterion.Check(Measured(1, "rmse", double.NaN)).IsBest);
        Assert.True(criterion.Check(Measured(2, "rmse", 3)).IsBest);
        for (int i = 3; i < 9; i++) Assert.Equal(default, criterion.Check(Measured(i, "rmse", double.NaN)));
        Assert.Equal(default, criterion.Check(Measured(9, "rmse", 4)));
        Assert.Contains("3 of step 2", criterion.Check(Measured(10, "rmse", 4)).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Plateau_InfiniteMetric_IsImprovedOnByAnyNumber()
    {
        var criterion = Create(Component.Of("plateau", ("metric", "r2"), ("patience", 2)));

        Assert.True(criterion.Check(Measured(1, "r2", double.NegativeInfinity)).IsBest);
        Assert.False(criterion.Check(Measured(2, "r2", double.NegativeInfinity)).IsBest);
        Assert.True(criterion.Check(Measured(3, "r2", -5)).IsBest);
    }

    [Fact]
    public void Rules_AnotherCriterionStops_KnowTheBestStep()
    {
        var rules = new StopRules([
            Create(Component.Of("plateau", ("metric", "loss"), ("patience", 9))),
            Create(Component.Of("steps", ("count", 3.0)))]);

        Assert.Equal(-1, rules.BestStep);
        rules.Check(Measured(1, "loss", 0.5));
        rules.Check(Measured(2, "loss", 0.7));
        var last = rules.Check(Measured(3, "loss", 0.6));

        Assert.Equal("steps: 3 done", last.Reason);
        Assert.Equal(1, rules.BestStep);
    }

    [Fact]
    public void Rules_TheEvaluationThatStopsIsTheBest_SayBoth()
    {
        var rules = new StopRules([
            Create(Component.Of("plateau", ("metric", "loss"), ("patience", 9))),
            Create(Component.Of("steps", ("count", 1.0)))]);

        Assert.Equal(new Verdict("steps: 1 done", IsBest: true), rules.Check(Measured(1, "loss", 0.5)));
        Assert.Equal(1, rules.BestStep);
    }

    [Fact]
    public void GeneralizationLoss_SixPerCentAboveBest_StopsAtFive()
    {
        Assert.Equal(3, StopsAt(Component.Of("generalizationLoss", ("alpha", 5.0)),
            [Measured(1, "loss", 1.0), Measured(2, "loss", 1.04), Measured(3, "loss", 1.06)]));
    }

    [Fact]
    public void GeneralizationLoss_NegativeBest_MeasuresByItsMagnitude()
    {
        Assert.Equal(4, StopsAt(Component.Of("generalizationLoss", ("alpha", 5.0)),
            [
                Measured(1, "loss", 1.0), Measured(2, "loss", -2.0), Measured(3, "loss", -1.91),
                Measured(4, "loss", -1.89),
            ]));
    }

    [Fact]
    public void GeneralizationLoss_NaN_IsNeitherBestNorAboveIt()
    {
        Assert.Equal(3, StopsAt(Component.Of("generalizationLoss", ("alpha", 5.0)),
            [Measured(1, "loss", 1.0), Measured(2, "loss", double.NaN), Measured(3, "loss", 1.06)]));
        Assert.False(Create(Component.Of("generalizationLoss")).Check(Measured(1, "loss", double.NaN)).IsBest);
    }

    [Theory]
    [InlineData("accuracy", 0.8, 0.9, 0.85)]
    [InlineData("rmse", 3.0, 2.0, 2.5)]
    public void TargetMetric_EitherDirection_StopsWhenReached(string metric, double first, double second, double target)
    {
        Assert.Equal(2, StopsAt(Component.Of("targetMetric", ("metric", metric), ("value", target)),
            [Measured(1, metric, first), Measured(2, metric, second)]));
    }

    [Fact]
    public void Budgets_AtTheirCount_Stop()
    {
        Component steps = Component.Of("steps", ("count", 20)), epochs = Component.Of("epochs", ("count", 3));
        var time = Component.Of("wallTime", ("seconds", 2.0));

        Assert.Equal(20, Create(steps).AtStep);
        Assert.Equal(2, StopsAt(steps, [At(1) with { Step = 19 }, At(2) with { Step = 20 }]));
        Assert.Equal(2, StopsAt(epochs, [At(1) with { Epoch = 2 }, At(2) with { Epoch = 3 }]));
        Assert.Equal(1, StopsAt(time, [At(1) with { Elapsed = TimeSpan.FromSeconds(2) }]));
    }

    [Fact]
    public void StopRules_TwoFireAtOnce_TheFirstOfTheJobIsNamed()
    {
        var rules = new StopRules(
            [Create(Component.Of("epochs", ("count", 1))), Create(Component.Of("steps", ("count", 1)))]);

        Assert.Equal("epochs: 1 done", rules.Check(At(1)).Reason);
    }

    [Fact]
    public void StopRules_SeveralCriteria_NeedWhatAnyOfThemNeeds()
    {
        var rules = new StopRules([
            Create(Component.Of("gradientNorm")), Create(Component.Of("relativeLoss", ("full", true))),
            Create(Component.Of("steps", ("count", 7))), Create(Component.Of("steps", ("count", 3)))]);

        Assert.Equal(EvaluationNeeds.FullGradient | EvaluationNeeds.FullLoss, rules.Needs);
        Assert.Equal([3L, 7L], rules.AtSteps.AsEnumerable());
    }

    /// <summary>Of equal ones the first is the best: fewer steps lead there.</summary>
    [Theory]
    [InlineData("plateau")]
    [InlineData("generalizationLoss")]
    public void StopRules_BestStep_IsThatOfTheFirstBestSoFar(string kind)
    {
        var rules = new StopRules([Create(Component.Of(kind))]);
        double[] losses = [0.9, 0.5, 0.5, 0.501, 0.4, 0.4];
        List<long> best = [rules.BestStep];
        foreach (var (i, loss) in losses.Index())
        {
            rules.Check(Measured(i + 1, "loss", loss));
            best.Add(rules.BestStep);
        }
        Assert.Equal([-1L, 1, 2, 2, 2, 5, 5], best);
    }

    [Fact]
    public void MetricOf_Auto_IsOfTheValidationRowsWhereThereAreAny()
    {
        var both = Measured(1, "loss", 2) with
        {
            ValidationMetrics = ImmutableSortedDictionary<string, double>.Empty.Add("loss", 1),
        };

        Assert.Equal(1, both.MetricOf("loss", MeasuredRows.Auto));
        Assert.Equal(2, Measured(1, "loss", 2).MetricOf("loss", MeasuredRows.Auto));
        Assert.Equal(2, both.MetricOf("loss", MeasuredRows.Test));
    }

    [Fact]
    public void StopRules_TwoThatRestore_AreRefused() => Assert.Throws<ArgumentException>(
        () => new StopRules([Create(Component.Of("plateau")), Create(Component.Of("generalizationLoss"))]));

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Every_NothingIsKnown_NeverConverges(bool hasMetrics)
    {
        var nothing = At(1) with
        {
            TrainLoss = double.NaN,
            Metrics = hasMetrics
                ? Core.Metrics.Metrics.Names.ToImmutableSortedDictionary(name => name, _ => double.NaN)
                : ImmutableSortedDictionary<string, double>.Empty,
        };
        foreach (var kind in StopCriteria.All)
        {
            if (kind.Name is "steps" or "epochs" or "wallTime") continue;
            var criterion = Create(kind.Name == "targetMetric"
                ? Component.Of(kind.Name, ("metric", "auc"), ("value", 0.5)) : Component.Of(kind.Name));
            for (int i = 0; i < 20; i++) Assert.Equal(default, criterion.Check(nothing));
        }
    }

    [Fact]
    public void GradientNoise_UnitSignalAndVarianceTwo_AreRecovered()
    {
        // E‖g_B‖² = |G|² + S/B with |G|² = 1, S = 2.
        var (signal, variance) = GradientNoise.Estimate(1 + 2 / 4.0, 1 + 2 / 32.0, 4, 32);

        Assert.Equal(1, signal, 12);
        Assert.Equal(2, variance, 12);
    }

    /// <summary>The number, from 1, of the evaluation that stops; 0 for none.</summary>
    private static int StopsAt(Component component, IEnumerable<Evaluation> evaluations)
    {
        var criterion = Create(component);
        int number = 0;
        foreach (var evaluation in evaluations)
        {
            number++;
            if (criterion.Check(evaluation).Reason is not null) return number;
        }
        return 0;
    }

    private static StopCriterion Create(Component component) => component.Create(StopCriteria.All);

    private static Evaluation[] Losses(params double[] losses) =>
        [.. losses.Select((loss, i) => At(i + 1) with { TrainLoss = loss })];

    private static Evaluation Measured(int number, string metric, double value) => At(number) with
    {
        Metrics = ImmutableSortedDictionary<string, double>.Empty.Add(metric, value),
    };

    private static Evaluation At(int number) => new() { Step = number, Epoch = number, TrainLoss = 1 };
}
