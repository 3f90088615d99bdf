using ClusterGd.Core.Losses;
using Xunit;

namespace ClusterGd.Core.Tests.Losses;

/// <summary>Class counts below, at and above a vector's width, against plain loops in double precision.</summary>
public class SoftmaxLossTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(15)]
    [InlineData(16)]
    [InlineData(17)]
    [InlineData(40)]
    public void Softmax_AnyClassCount_IsTheFormula(int classCount)
    {
        var (outputs, targets) = Sample(classCount);
        var derivatives = new float[outputs.Length];
        double loss = new SoftmaxLoss().Evaluate(outputs, targets, classCount, derivatives), expectedLoss = 0;
        for (int row = 0; row < targets.Length; row++)
        {
            var logits = outputs.Skip(row * classCount).Take(classCount).Select(o => (double)o).ToArray();
            double sum = logits.Sum(Math.Exp);
            expectedLoss += Math.Log(sum) - logits[(int)targets[row]];
            for (int c = 0; c < classCount; c++)
            {
                double expected = Math.Exp(logits[c]) / sum - (c == (int)targets[row] ? 1 : 0);
                Assert.Equal(expected, derivatives[row * classCount + c], tolerance: 5e-7);
            }
        }
        Assert.Equal(expectedLoss, loss, tolerance: 35 * 2e-6);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(16)]
    [InlineData(17)]
    public void Softmax_DerivativesOverOutputs_AreTheSame(int classCount)
    {
        var (outputs, targets) = Sample(classCount);
        var apart = new float[outputs.Length];
        double loss = new SoftmaxLoss().Evaluate(outputs, targets, classCount, apart);
        Assert.Equal(loss, new SoftmaxLoss().Evaluate(outputs, targets, classCount, outputs));
        Assert.Equal(apart, outputs);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(16)]
    [InlineData(17)]
    public void Softmax_Predictions_AreDerivativesWithoutTheTarget(int classCount)
    {
        var (outputs, targets) = Sample(classCount);
        var derivatives = new float[outputs.Length];
        new SoftmaxLoss().Evaluate(outputs, targets, classCount, derivatives);
        new SoftmaxLoss().ToPredictions(outputs, classCount);
        for (int row = 0; row < targets.Length; row++) outputs[row * classCount + (int)targets[row]] -= 1;
        Assert.Equal(derivatives, outputs);
    }

    private static (float[] Outputs, float[] Targets) Sample(int classCount) => (
        [.. Enumerable.Range(0, 35 * classCount).Select(i => (i * 37 % 101 - 50) / 12.5f)],
        [.. Enumerable.Range(0, 35).Select(row => (float)(row * 7 % classCount))]);
}
