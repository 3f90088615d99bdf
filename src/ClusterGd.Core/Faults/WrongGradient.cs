namespace ClusterGd.Core.Faults;

/// <summary>Gives a gradient the wrong bits that a fault asks for, of which no checksum knows.</summary>
public static class WrongGradient
{
    /// <param name="kind"><see cref="FaultKind.NanGradient"/> or <see cref="FaultKind.FlippedBit"/>.</param>
    /// <param name="values">Changed in one place.</param>
    /// <returns>Where.</returns>
    public static int Spoil(FaultKind kind, Span<float> values, IFaultDraws draws)
    {
        int at = (int)(draws.Next() % (uint)values.Length), bit = (int)(draws.Next() % 32);
        values[at] = kind == FaultKind.NanGradient
            ? float.NaN
            : BitConverter.UInt32BitsToSingle(BitConverter.SingleToUInt32Bits(values[at]) ^ (1u << bit));
        return at;
    }
}
