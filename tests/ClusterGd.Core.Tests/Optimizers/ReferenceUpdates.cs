using ClusterGd.Core.Optimizers;
using static System.MathF;

namespace ClusterGd.Core.Tests.Optimizers;

/// <summary>
/// Plain loops that say what each optimizer computes, to the bit, with its default options: one parameter at a time.
/// </summary>
internal static class ReferenceUpdates
{
    public static void Apply(
        string kind, in UpdateStep step, float[] w, float[] slot0, float[] slot1, float[] gradientSum)
    {
        for (int i = 0; i < w.Length; i++)
        {
            float g = Clip(gradientSum[i] * step.GradientScale, step.ClipValue);
            g = FusedMultiplyAdd(step.L2, w[i], g);
            w[i] = One(kind, step.LearningRate, step.Step, w[i], g, ref slot0[i], ref slot1[i]);
            w[i] -= Clip(w[i], step.LearningRate * step.L1);
        }
    }

    private static float One(string kind, float rate, long step, float w, float g, ref float a, ref float b)
    {
        switch (kind)
        {
            case "sgd":
                return FusedMultiplyAdd(-rate, g, w);
            case "momentum":
                a = FusedMultiplyAdd(0.9f, a, g);
                return FusedMultiplyAdd(-rate, a, w);
            case "momentum/sutskever":
                a = FusedMultiplyAdd(0.9f, a, rate * g);
                return w - a;
            case "nesterov":
                a = FusedMultiplyAdd(0.9f, a, g);
                return FusedMultiplyAdd(-rate, FusedMultiplyAdd(0.9f, a, g), w);
            case "nesterov/sutskever":
                a = FusedMultiplyAdd(0.9f, a, rate * g);
                return w - FusedMultiplyAdd(0.9f, a, rate * g);
            case "adagrad":
                a = FusedMultiplyAdd(g, g, a);
                return FusedMultiplyAdd(-rate, g / (Sqrt(a) + 1e-10f), w);
            case "rmsprop":
                a = FusedMultiplyAdd(0.99f, a, (float)(1 - 0.99) * g * g);
                return FusedMultiplyAdd(-rate, g / (Sqrt(a) + 1e-8f), w);
            case "rmsprop/momentum":
                a = FusedMultiplyAdd(0.99f, a, (float)(1 - 0.99) * g * g);
                b = FusedMultiplyAdd(0.5f, b, g / (Sqrt(a) + 1e-8f));
                return FusedMultiplyAdd(-rate, b, w);
            case "adam" or "adamw":
                a = FusedMultiplyAdd(0.9f, a, (float)(1 - 0.9) * g);
                b = FusedMultiplyAdd(0.999f, b, (float)(1 - 0.999) * g * g);
                double power1 = 1, power2 = 1;
                for (long t = 0; t < step; t++) (power1, power2) = (power1 * 0.9, power2 * 0.999);
                float root = FusedMultiplyAdd(Sqrt(b), (float)(1 / Math.Sqrt(1 - power2)), 1e-8f);
                w = FusedMultiplyAdd(kind == "adamw" ? (float)(-rate * 0.01) : 0, w, w);
                return FusedMultiplyAdd((float)(-rate / (1 - power1)), a / root, w);
            default:
                throw new ArgumentException($"No reference for '{kind}': write one.");
        }
    }

    private static float Clip(float x, float limit) => Min(Max(x, -limit), limit);
}
