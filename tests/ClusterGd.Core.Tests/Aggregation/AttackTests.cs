using ClusterGd.Core.Attacks;
using ClusterGd.Core.Options;
using Xunit;

namespace ClusterGd.Core.Tests.Aggregation;

public class AttackTests
{
    [Theory]
    [InlineData("signFlip:1", -4f)]
    [InlineData("signFlip:1:2", -2f)]
    [InlineData("scaling:1:-3", -3f)]
    [InlineData("nan:1", float.NaN)]
    public void Apply_ToOnes_IsTheFormula(string text, float expected)
    {
        float[] gradient = [1, 1, 1];
        AttackPlan.Parse(text, 7).Attack.Apply(0, 6, 1, [], gradient);

        Assert.All(gradient, g => Assert.Equal(expected, g));
    }

    [Fact]
    public void LittleIsEnough_OfTwoLiars_IsTheirMeanLessZDeviations()
    {
        var gradient = new float[1];
        AttackPlan.Parse("littleIsEnough:2:1", 7).Attack.Apply(0, 6, 10, [[1], [3]], gradient);

        Assert.Equal((2f - 1f) * 10, gradient[0]);
    }

    [Fact]
    public void Plan_OfTwo_HasTheLastTwoShards() =>
        Assert.Equal([5, 6], Enumerable.Range(0, 7).Where(s => AttackPlan.Parse("nan:2", 7).Has(s, 7)));

    [Theory]
    [InlineData("signflip:2", "--attack is 'signflip:2', allowed is signFlip, scaling, nan or littleIsEnough; did you")]
    [InlineData("signFlip", "--attack is 'signFlip', allowed is signFlip:N with 1 to 7 of the job's shards")]
    [InlineData("signFlip:8", "--attack is 'signFlip:8', allowed is signFlip:N with 1 to 7 of the job's shards")]
    [InlineData("signFlip:2:-1", "--attack is 'signFlip:2:-1', allowed as factor is a number above 0; change it")]
    [InlineData("nan:2:1", "--attack is 'nan:2:1', allowed is nan:N with 1 to 7")]
    public void Parse_Mistake_SaysWhatIsAllowed(string text, string expected) => Assert.StartsWith(
        expected, Assert.Throws<InputException>(() => AttackPlan.Parse(text, 7)).Problems[0], StringComparison.Ordinal);
}
