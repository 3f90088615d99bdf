using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace ClusterGd.Core.Kernels;

/// <summary>
/// Conversions between float32 and the 16-bit types of the wire, rounding to nearest, ties to even; integer arithmetic,
/// so the same bits on every instruction set. What rounds beyond the largest finite value becomes infinity; float16's
/// subnormals are exact multiples of 2⁻²⁴ and below half of that zero; bfloat16 has float32's range and subnormals. The
/// sign is kept, also of zero. Not-a-number stays it: sign and the top bits of the payload are kept, the quiet bit is
/// set. Widening is exact. <see cref="ReferenceKernels"/> has the plain loops.
/// </summary>
/// <remarks>
/// Eight lanes, not sixteen: without AVX-512 the runtime's emulation of a 512-bit vector took up to ten times as long.
/// .NET 10 has no F16C.
/// </remarks>
public static class HalfKernels
{
    private const int Lanes = 8;

    /// <summary>Replaces every element by what a receiver of the type would get. Float32 changes nothing.</summary>
    public static void Round(Span<float> values, ElementType type)
    {
        if (type == ElementType.Float32) return;
        if (IsBrain(type)) Round<BrainLanes>(values);
        else Round<HalfLanes>(values);
    }

    /// <summary>
    /// left ← left + right, rounded to the type: the addition of a reduction tree whose sums travel as it.
    /// </summary>
    public static void Add(Span<float> left, ReadOnlySpan<float> right, ElementType type)
    {
        if (type == ElementType.Float32) VectorKernels.Add(left, right);
        else if (IsBrain(type)) Add<BrainLanes>(left, right);
        else Add<HalfLanes>(left, right);
    }

    /// <summary>Writes the values as 16-bit elements.</summary>
    /// <param name="packed">As many elements as <paramref name="values"/>.</param>
    public static void Pack(ReadOnlySpan<float> values, Span<ushort> packed, ElementType type)
    {
        if (IsBrain(type)) Pack<BrainLanes>(values, packed);
        else Pack<HalfLanes>(values, packed);
    }

    /// <summary>Reads 16-bit elements.</summary>
    /// <param name="values">As many elements as <paramref name="packed"/>.</param>
    public static void Unpack(ReadOnlySpan<ushort> packed, Span<float> values, ElementType type)
    {
        if (IsBrain(type)) Unpack<BrainLanes>(packed, values);
        else Unpack<HalfLanes>(packed, values);
    }

    private static bool IsBrain(ElementType type) => type switch
    {
        ElementType.BFloat16 => true,
        ElementType.Float16 => false,
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "bfloat16 and float16 have 16 bits"),
    };

    private static void Round<T>(Span<float> values) where T : ILanes
    {
        ref float first = ref MemoryMarshal.GetReference(values);
        int i = 0;
        for (; i + Lanes <= values.Length; i += Lanes)
        {
            Rounded<T>(Vector256.LoadUnsafe(ref first, (nuint)i)).StoreUnsafe(ref first, (nuint)i);
        }
        for (; i < values.Length; i++) values[i] = Rounded<T>(Vector256.CreateScalar(values[i]))[0];
    }

    private static void Add<T>(Span<float> left, ReadOnlySpan<float> right) where T : ILanes
    {
        right = right[..left.Length];
        ref float pl = ref MemoryMarshal.GetReference(left), pr = ref MemoryMarshal.GetReference(right);
        int i = 0;
        for (; i + Lanes <= left.Length; i += Lanes)
        {
            Rounded<T>(Vector256.LoadUnsafe(ref pl, (nuint)i) + Vector256.LoadUnsafe(ref pr, (nuint)i))
                .StoreUnsafe(ref pl, (nuint)i);
        }
        for (; i < left.Length; i++) left[i] = Rounded<T>(Vector256.CreateScalar(left[i] + right[i]))[0];
    }

    private static void Pack<T>(ReadOnlySpan<float> values, Span<ushort> packed) where T : ILanes
    {
        packed = packed[..values.Length];
        ref float source = ref MemoryMarshal.GetReference(values);
        int i = 0;
        for (; i + 2 * Lanes <= values.Length; i += 2 * Lanes)
        {
            Vector256.Narrow(
                T.Narrow(Vector256.LoadUnsafe(ref source, (nuint)i).AsUInt32()),
                T.Narrow(Vector256.LoadUnsafe(ref source, (nuint)(i + Lanes)).AsUInt32()))
                .StoreUnsafe(ref MemoryMarshal.GetReference(packed), (nuint)i);
        }
        for (; i < values.Length; i++)
        {
            packed[i] = (ushort)T.Narrow(Vector256.CreateScalar(values[i]).AsUInt32())[0];
        }
    }

    private static void Unpack<T>(ReadOnlySpan<ushort> packed, Span<float> values) where T : ILanes
    {
        values = values[..packed.Length];
        ref float destination = ref MemoryMarshal.GetReference(values);
        int i = 0;
        for (; i + 2 * Lanes <= packed.Length; i += 2 * Lanes)
        {
            var (low, high) = Vector256.Widen(Vector256.LoadUnsafe(ref MemoryMarshal.GetReference(packed), (nuint)i));
            T.Widen(low).AsSingle().StoreUnsafe(ref destination, (nuint)i);
            T.Widen(high).AsSingle().StoreUnsafe(ref destination, (nuint)(i + Lanes));
        }
        for (; i < packed.Length; i++)
        {
            values[i] = T.Widen(Vector256.CreateScalar((uint)packed[i])).AsSingle()[0];
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Rounded<T>(Vector256<float> values) where T : ILanes =>
        T.Widen(T.Narrow(values.AsUInt32())).AsSingle();

    /// <summary>One 16-bit type; the lanes are the bits of a float32, or a code in the lower half.</summary>
    private interface ILanes
    {
        static abstract Vector256<uint> Narrow(Vector256<uint> bits);

        static abstract Vector256<uint> Widen(Vector256<uint> codes);
    }

    private readonly struct BrainLanes : ILanes
    {
        /// <summary>Adds half of the last kept place, less one where that place is even, and cuts.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector256<uint> Narrow(Vector256<uint> bits)
        {
            var rounded = bits + Vector256.Create(0x7FFFu) + ((bits >> 16) & Vector256<uint>.One);
            return Vector256.ConditionalSelect(
                IsAbove(bits & Vector256.Create(0x7FFF_FFFFu), 0x7F80_0000), bits | Vector256.Create(0x0040_0000u),
                rounded) >> 16;
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector256<uint> Widen(Vector256<uint> codes) => codes << 16;
    }

    private readonly struct HalfLanes : ILanes
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector256<uint> Narrow(Vector256<uint> bits)
        {
            var magnitude = bits & Vector256.Create(0x7FFF_FFFFu);

            // Normal results: exponent bias 127 → 15, then as above with 13 bits to go. A carry may reach infinity.
            var normal = (magnitude + Vector256.Create(unchecked(0xFFFu - ((127u - 15) << 23)))
                + ((magnitude >> 13) & Vector256<uint>.One)) >> 13;

            // Below 2⁻¹⁴: adding ½, whose last place is 2⁻²⁴, lets the adder round; the sum's low bits are the result.
            var half = Vector256.Create(0.5f);
            var subnormal = (magnitude.AsSingle() + half).AsUInt32() - half.AsUInt32();

            var notANumber = Vector256.Create(0x7E00u) | ((magnitude >> 13) & Vector256.Create(0x3FFu));
            var result = Vector256.ConditionalSelect(IsAbove(magnitude, (113 << 23) - 1), normal, subnormal);
            result = Vector256.ConditionalSelect(
                IsAbove(magnitude, (143 << 23) - 1), Vector256.Create(0x7C00u), result);
            result = Vector256.ConditionalSelect(IsAbove(magnitude, 0x7F80_0000), notANumber, result);
            return result | ((bits >> 16) & Vector256.Create(0x8000u));
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector256<uint> Widen(Vector256<uint> codes)
        {
            var magnitude = codes & Vector256.Create(0x7FFFu);
            var normal = (magnitude << 13) + Vector256.Create((127u - 15) << 23);

            // A subnormal's mantissa as an integer below 2¹⁰ is exact in float32, and so is its product with 2⁻²⁴.
            var subnormal =
                (Vector256.ConvertToSingle(magnitude.AsInt32()) * Vector256.Create(1f / (1 << 24))).AsUInt32();
            var special = (magnitude << 13) | Vector256.Create(0x7F80_0000u);

            var result = Vector256.ConditionalSelect(IsAbove(magnitude, 0x3FF), normal, subnormal);
            result = Vector256.ConditionalSelect(IsAbove(magnitude, 0x7BFF), special, result);
            return result | ((codes & Vector256.Create(0x8000u)) << 16);
        }
    }

    /// <summary>Magnitudes have no sign bit, so a signed comparison does, which AVX2 has.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<uint> IsAbove(Vector256<uint> magnitude, int limit) =>
        Vector256.GreaterThan(magnitude.AsInt32(), Vector256.Create(limit)).AsUInt32();
}
