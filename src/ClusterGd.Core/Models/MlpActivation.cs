using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using ClusterGd.Core.Kernels;

namespace ClusterGd.Core.Models;

/// <summary>The function between two layers of an <see cref="MlpModel"/>.</summary>
public enum MlpActivation
{
    Relu,
    Tanh,
    Sigmoid,
}

/// <summary>Activations and their derivatives, element by element over buffers of a multiple of 16 floats.</summary>
internal static class MlpActivations
{
    /// <summary>x ← f(x).</summary>
    public static void Apply(MlpActivation activation, Span<float> x)
    {
        switch (activation)
        {
            case MlpActivation.Relu: Map<Relu>(x); break;
            case MlpActivation.Tanh: Map<Tanh>(x); break;
            case MlpActivation.Sigmoid: Map<Sigmoid>(x); break;
        }
    }

    /// <summary>d ← d·f′, from y = f(x).</summary>
    public static void ApplyDerivative(MlpActivation activation, ReadOnlySpan<float> y, Span<float> d)
    {
        switch (activation)
        {
            case MlpActivation.Relu: MapDerivative<Relu>(y, d); break;
            case MlpActivation.Tanh: MapDerivative<Tanh>(y, d); break;
            case MlpActivation.Sigmoid: MapDerivative<Sigmoid>(y, d); break;
        }
    }

    private static void Map<T>(Span<float> x)
        where T : struct, IFunction
    {
        ref float p = ref MemoryMarshal.GetReference(x);
        for (int i = 0; i < x.Length; i += VectorKernels.Lanes)
        {
            T.Value(Vector512.LoadUnsafe(ref p, (nuint)i)).StoreUnsafe(ref p, (nuint)i);
        }
    }

    private static void MapDerivative<T>(ReadOnlySpan<float> y, Span<float> d)
        where T : struct, IFunction
    {
        ref float py = ref MemoryMarshal.GetReference(y), pd = ref MemoryMarshal.GetReference(d);
        for (int i = 0; i < d.Length; i += VectorKernels.Lanes)
        {
            T.Derivative(Vector512.LoadUnsafe(ref py, (nuint)i), Vector512.LoadUnsafe(ref pd, (nuint)i))
                .StoreUnsafe(ref pd, (nuint)i);
        }
    }

    private interface IFunction
    {
        static abstract Vector512<float> Value(Vector512<float> x);

        static abstract Vector512<float> Derivative(Vector512<float> y, Vector512<float> d);
    }

    private readonly struct Relu : IFunction
    {
        // Written so that NaN passes: a diverged model must not look like a quiet one.
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector512<float> Value(Vector512<float> x) =>
            Vector512.ConditionalSelect(Vector512.LessThan(x, Vector512<float>.Zero), Vector512<float>.Zero, x);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector512<float> Derivative(Vector512<float> y, Vector512<float> d) =>
            Vector512.ConditionalSelect(Vector512.GreaterThan(y, Vector512<float>.Zero), d, Vector512<float>.Zero);
    }

    private readonly struct Sigmoid : IFunction
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector512<float> Value(Vector512<float> x) => Transcendental.Sigmoid(x);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector512<float> Derivative(Vector512<float> y, Vector512<float> d) =>
            d * (y * (Vector512<float>.One - y));
    }

    private readonly struct Tanh : IFunction
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector512<float> Value(Vector512<float> x) => Transcendental.Tanh(x);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector512<float> Derivative(Vector512<float> y, Vector512<float> d) =>
            d * Vector512.FusedMultiplyAdd(-y, y, Vector512<float>.One);
    }
}
