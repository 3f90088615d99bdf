using ClusterGd.Core.Kernels;
using ClusterGd.Core.Losses;
using Xunit;
using static ClusterGd.Core.Tests.Kernels.Numbers;

namespace ClusterGd.Core.Tests.Losses;

public class LogisticLossTests
{
    public static TheoryData<int> Sizes => [.. AwkwardSizes];

    [Theory]
    [MemberData(nameof(Sizes))]
    public void Evaluate_EightOrSixteenAtATime_HasTheSameBits(int count)
    {
        float[] outputs = [.. Floats(count, 1).Select((x, i) => i % 50 == 49 ? float.NaN : x * (1 << i % 12))];
        float[] targets = [.. Enumerable.Range(0, count).Select(i => (float)(i % 2))];
        float[] byEight = new float[count], bySixteen = new float[count];

        double eight = LogisticLoss.Evaluate256(outputs, targets, byEight);
        double sixteen = new LogisticLoss().Evaluate512(outputs, targets, bySixteen);

        Assert.True(Bits.AreEqual(bySixteen, byEight));
        Assert.Equal(Bits.Of(sixteen), Bits.Of(eight));
    }

    [Fact]
    public void Evaluate_DerivativesInPlaceOfOutputs_AreTheSame()
    {
        float[] outputs = Floats(100, 1), targets = new float[100], derivatives = new float[100];
        double apart = new LogisticLoss().Evaluate(outputs, targets, 1, derivatives);

        double inPlace = new LogisticLoss().Evaluate(outputs, targets, 1, outputs);

        Assert.Equal(apart, inPlace);
        Assert.Equal(derivatives, outputs);
    }
}
