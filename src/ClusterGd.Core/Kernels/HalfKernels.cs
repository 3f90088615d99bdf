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
public static class HalfKernels
{
    private const int Lanes = VectorKernels.Lanes;

    /// <summary>Replaces every element by what a receiver of the type would get. Float32 changes nothing.</summary>
    public static void Round(Span<float> values, ElementType type)
    {
        if (type == ElementType.Float32) return;
        bool isBrain = IsBrain(type);
        int i = 0;
        for (; i + Lanes <= values.Length; i += Lanes)
        {
            var bits = Vector512.LoadUnsafe(ref MemoryMarshal.GetReference(values), (nuint)i).AsUInt32();
            Widen(Narrow(bits, isBrain), isBrain).AsSingle()
                .StoreUnsafe(ref MemoryMarshal.GetReference(values), (nuint)i);
        }
        Span<float> tail = stackalloc float[Lanes];
        values[i..].CopyTo(tail);
        Widen(Narrow(Vector512.Create<float>(tail).AsUInt32(), isBrain), isBrain).AsSingle().CopyTo(tail);
        tail[..(values.Length - i)].CopyTo(values[i..]);
    }

    /// <summary>Writes the values as 16-bit elements.</summary>
    /// <param name="packed">As many elements as <paramref name="values"/>.</param>
    public static void Pack(ReadOnlySpan<float> values, Span<ushort> packed, ElementType type)
    {
        bool isBrain = IsBrain(type);
        packed = packed[..values.Length];
        ref float source = ref MemoryMarshal.GetReference(values);
        int i = 0;
        for (; i + 2 * Lanes <= values.Length; i += 2 * Lanes)
        {
            Vector512.Narrow(
                Narrow(Vector512.LoadUnsafe(ref source, (nuint)i).AsUInt32(), isBrain),
                Narrow(Vector512.LoadUnsafe(ref source, (nuint)(i + Lanes)).AsUInt32(), isBrain))
                .StoreUnsafe(ref MemoryMarshal.GetReference(packed), (nuint)i);
        }
        for (; i < values.Length; i++)
        {
            packed[i] = (ushort)Narrow(Vector512.Create(BitConverter.SingleToUInt32Bits(values[i])), isBrain)[0];
        }
    }

    /// <summary>Reads 16-bit elements.</summary>
    /// <param name="values">As many elements as <paramref name="packed"/>.</param>
    public static void Unpack(ReadOnlySpan<ushort> packed, Span<float> values, ElementType type)
    {
        bool isBrain = IsBrain(type);
        values = values[..packed.Length];
        ref float destination = ref MemoryMarshal.GetReference(values);
        int i = 0;
        for (; i + 2 * Lanes <= packed.Length; i += 2 * Lanes)
        {
            var (low, high) = Vector512.Widen(Vector512.LoadUnsafe(ref MemoryMarshal.GetReference(packed), (nuint)i));
            Widen(low, isBrain).AsSingle().StoreUnsafe(ref destination, (nuint)i);
            Widen(high, isBrain).AsSingle().StoreUnsafe(ref destination, (nuint)(i + Lanes));
        }
        for (; i < packed.Length; i++)
        {
            values[i] = BitConverter.UInt32BitsToSingle(Widen(Vector512.Create((uint)packed[i]), isBrain)[0]);
        }
    }

    private static bool IsBrain(ElementType type) => type switch
    {
        ElementType.BFloat16 => true,
        ElementType.Float16 => false,
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "bfloat16 and float16 have 16 bits"),
    };

    private static Vector512<uint> Narrow(Vector512<uint> bits, bool isBrain) => isBrain ? ToBrain(bits) : ToHalf(bits);

    private static Vector512<uint> Widen(Vector512<uint> bits, bool isBrain) => isBrain ? bits << 16 : FromHalf(bits);

    /// <summary>Adds half of the last kept place, less one where that place is even, and cuts.</summary>
    private static Vector512<uint> ToBrain(Vector512<uint> bits)
    {
        var isNaN = Vector512.GreaterThan(bits & Vector512.Create(0x7FFF_FFFFu), Vector512.Create(0x7F80_0000u));
        var rounded = bits + Vector512.Create(0x7FFFu) + ((bits >> 16) & Vector512<uint>.One);
        return Vector512.ConditionalSelect(isNaN, bits | Vector512.Create(0x0040_0000u), rounded) >> 16;
    }

    private static Vector512<uint> ToHalf(Vector512<uint> bits)
    {
        var sign = (bits >> 16) & Vector512.Create(0x8000u);
        var magnitude = bits & Vector512.Create(0x7FFF_FFFFu);

        // Normal results: exponent bias 127 → 15, then as above with 13 bits to go. A carry may reach infinity.
        var normal = (magnitude - Vector512.Create((127u - 15) << 23) + Vector512.Create(0xFFFu)
            + ((magnitude >> 13) & Vector512<uint>.One)) >> 13;

        // Below 2⁻¹⁴: adding ½, whose last place is 2⁻²⁴, lets the adder round; the sum's low bits are the result.
        var half = Vector512.Create(0.5f);
        var subnormal = (magnitude.AsSingle() + half).AsUInt32() - half.AsUInt32();

        var result = Vector512.ConditionalSelect(
            Vector512.LessThan(magnitude, Vector512.Create(113u << 23)), subnormal, normal);
        result = Vector512.ConditionalSelect(
            Vector512.LessThan(magnitude, Vector512.Create(143u << 23)), result, Vector512.Create(0x7C00u));
        var notANumber = Vector512.Create(0x7E00u) | ((magnitude >> 13) & Vector512.Create(0x3FFu));
        var isNaN = Vector512.GreaterThan(magnitude, Vector512.Create(0x7F80_0000u));
        return sign | Vector512.ConditionalSelect(isNaN, notANumber, result);
    }

    private static Vector512<uint> FromHalf(Vector512<uint> bits)
    {
        var sign = (bits & Vector512.Create(0x8000u)) << 16;
        var magnitude = bits & Vector512.Create(0x7FFFu);
        var normal = (magnitude << 13) + Vector512.Create((127u - 15) << 23);

        // A subnormal's mantissa as an integer below 2¹⁰ is exact in float32, and so is its product with 2⁻²⁴.
        var subnormal = (Vector512.ConvertToSingle(magnitude.AsInt32()) * Vector512.Create(1f / (1 << 24))).AsUInt32();
        var special = (magnitude << 13) | Vector512.Create(0x7F80_0000u);

        var result = Vector512.ConditionalSelect(
            Vector512.LessThan(magnitude, Vector512.Create(0x400u)), subnormal, normal);
        return sign | Vector512.ConditionalSelect(
            Vector512.LessThan(magnitude, Vector512.Create(0x7C00u)), result, special);
    }
}
