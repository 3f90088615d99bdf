using ClusterGd.Core.Data;
using ClusterGd.Core.Kernels;
using ClusterGd.Core.Losses;
using ClusterGd.Core.Options;
using Xunit;
using LossTable = ClusterGd.Core.Losses.Losses;

namespace ClusterGd.Core.Tests.Losses;

/// <summary>What holds for every row of the table of losses: a new loss is tested by being there.</summary>
public class LossTableTests
{
    private const int ClassCount = 5;

    public static TheoryData<string, int> KindsAndRowCounts()
    {
        var data = new TheoryData<string, int>();
        foreach (var kind in LossTable.All)
        {
            foreach (int rows in (int[])[1, 15, 16, 17, 100]) data.Add(kind.Name, rows);
        }
        return data;
    }

    public static TheoryData<string> Kinds() => new(LossTable.All.Select(kind => kind.Name));

    [Theory, MemberData(nameof(KindsAndRowCounts))]
    public void Loss_Derivative_IsTheSlopeOfTheLoss(string kind, int rows)
    {
        var loss = Make(kind);
        var (outputs, targets, width) = Sample(loss, rows);
        var derivatives = new float[outputs.Length];
        loss.Evaluate(outputs, targets, width, derivatives);
        for (int i = 0; i < outputs.Length; i++)
        {
            // One row alone, so that the difference is not lost in the sum of a hundred.
            int row = i / width;
            var row_C = outputs.AsSpan(row * width, width).ToArray();
            var target_T = targets.AsSpan(row * targets.Length / rows, targets.Length / rows);
            float at = row_C[i % width], up = at + 1f / 256, down = at - 1f / 256;
            var scratch = new float[width];
            row_C[i % width] = up;
            double above = loss.Evaluate(row_C, target_T, width, scratch);
            row_C[i % width] = down;
            double below = loss.Evaluate(row_C, target_T, width, scratch);
            double slope = (above - below) / (up - down);
            Assert.True(
                Math.Abs(slope - derivatives[i]) <= 1e-3 * (1 + Math.Abs(slope)),
                $"{kind}, row {row}, output {at}: slope {slope}, derivative {derivatives[i]}");
        }
    }

    [Theory, MemberData(nameof(KindsAndRowCounts))]
    public void Loss_RowsOneByOne_HaveTheBitsOfRowsTogether(string kind, int rows)
    {
        var loss = Make(kind);
        var (outputs, targets, width) = Sample(loss, rows);
        var together = new float[outputs.Length];
        double sumTogether = loss.Evaluate(outputs, targets, width, together);
        var alone = new float[outputs.Length];
        double sumAlone = 0;
        int targetWidth = targets.Length / rows;
        for (int row = 0; row < rows; row++)
        {
            sumAlone += loss.Evaluate(
                outputs.AsSpan(row * width, width), targets.AsSpan(row * targetWidth, targetWidth), width,
                alone.AsSpan(row * width, width));
        }
        Assert.Equal(Bits.Of(sumAlone), Bits.Of(sumTogether));
        Assert.Equal(alone.Select(BitConverter.SingleToInt32Bits), together.Select(BitConverter.SingleToInt32Bits));
    }

    [Theory, MemberData(nameof(KindsAndRowCounts))]
    public void Loss_DerivativesOverOutputs_AreTheSame(string kind, int rows)
    {
        var loss = Make(kind);
        var (outputs, targets, width) = Sample(loss, rows);
        var apart = new float[outputs.Length];
        double sum = loss.Evaluate(outputs, targets, width, apart);
        Assert.Equal(sum, loss.Evaluate(outputs, targets, width, outputs));
        Assert.Equal(apart, outputs);
    }

    [Theory, MemberData(nameof(KindsAndRowCounts))]
    public void Loss_PredictionsOneByOne_HaveTheBitsOfRowsTogether(string kind, int rows)
    {
        var loss = Make(kind);
        var (outputs, _, width) = Sample(loss, rows);
        var alone = outputs.ToArray();
        loss.ToPredictions(outputs, width);
        for (int row = 0; row < rows; row++) loss.ToPredictions(alone.AsSpan(row * width, width), width);
        Assert.Equal(alone.Select(BitConverter.SingleToInt32Bits), outputs.Select(BitConverter.SingleToInt32Bits));
    }

    [Theory, MemberData(nameof(Kinds))]
    public void Loss_NaNOutput_GivesNaNLossAndDerivativeForItsRowAlone(string kind)
    {
        var loss = Make(kind);
        var (outputs, targets, width) = Sample(loss, 20);
        outputs[17 * width] = float.NaN;
        var derivatives = new float[outputs.Length];
        Assert.True(double.IsNaN(loss.Evaluate(outputs, targets, width, derivatives)));
        Assert.True(float.IsNaN(derivatives[17 * width]));
        Assert.DoesNotContain(derivatives.Take(17 * width).Concat(derivatives.Skip(18 * width)), float.IsNaN);
    }

    [Theory, MemberData(nameof(Kinds))]
    public void Loss_OutputsOfTenThousand_StayFinite(string kind)
    {
        if (kind == "poisson") return; // e^10000 is no float32; PoissonLossTests say what happens there.
        var loss = Make(kind);
        var (outputs, targets, width) = Sample(loss, 40);
        for (int i = 0; i < outputs.Length; i++) outputs[i] = i % 3 == 0 ? 1e4f : -1e4f;
        var derivatives = new float[outputs.Length];
        Assert.True(double.IsFinite(loss.Evaluate(outputs, targets, width, derivatives)));
        Assert.All(derivatives, d => Assert.True(float.IsFinite(d)));
    }

    [Theory, MemberData(nameof(Kinds))]
    public void Loss_TooFewTargets_IsRefused(string kind)
    {
        var loss = Make(kind);
        var (outputs, targets, width) = Sample(loss, 4);
        Assert.Throws<ArgumentException>(
            () => loss.Evaluate(outputs, targets.AsSpan(1), width, new float[outputs.Length]));
    }

    [Theory, MemberData(nameof(Kinds))]
    public void Loss_NoRows_SumToZero(string kind) => Assert.Equal(0, Make(kind).Evaluate([], [], 1, []));

    private static Loss Make(string kind) => Component.Of(kind).Create(LossTable.All);

    /// <summary>Outputs within ±4 and fitting targets, none within 1/100 of a kink.</summary>
    private static (float[] Outputs, float[] Targets, int Width) Sample(Loss loss, int rows)
    {
        var schema = new DataSchema
        {
            FeatureCount = 1,
            TargetKind = loss.TargetKind,
            ClassNames = [.. Enumerable.Range(0, ClassCount).Select(c => $"{c}")],
        };
        int width = loss.OutputCount(schema);
        var outputs = new float[rows * width];
        var targets = new float[rows];
        for (int i = 0; i < outputs.Length; i++) outputs[i] = (i * 37 % 101 - 50) / 12.5f + 0.005f;
        for (int i = 0; i < rows; i++)
        {
            targets[i] = loss.TargetKind switch
            {
                TargetKind.BinaryClass or TargetKind.Labels => i % 2,
                TargetKind.Class => i * 3 % ClassCount,
                _ => i * 29 % 17 / 4f,
            };
        }
        return (outputs, targets, width);
    }
}
