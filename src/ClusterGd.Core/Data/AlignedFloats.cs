using System.Runtime.CompilerServices;

namespace ClusterGd.Core.Data;

/// <summary>
/// A pinned array of floats whose first element lies on a 64-byte boundary, so that 16-lane loads of aligned rows
/// never straddle two cache lines. Zeroed. The garbage collector owns it.
/// </summary>
public sealed class AlignedFloats
{
    private const int AlignmentFloats = 16;
    private readonly float[] _array;
    private readonly int _offset;

    public AlignedFloats(int length)
    {
        _array = GC.AllocateArray<float>(length + AlignmentFloats, pinned: true);
        Length = length;
        unsafe
        {
            var address = (nuint)Unsafe.AsPointer(ref _array[0]);
            _offset = (int)((64 - address % 64) % 64 / sizeof(float));
        }
    }

    public int Length { get; }

    public Span<float> Span => _array.AsSpan(_offset, Length);

    public Memory<float> Memory => _array.AsMemory(_offset, Length);
}
