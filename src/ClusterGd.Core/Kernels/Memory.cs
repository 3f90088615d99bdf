using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;

namespace ClusterGd.Core.Kernels;

/// <summary>Hints to the memory: they change no result, and nothing where there is no such instruction.</summary>
internal static unsafe class Memory
{
    /// <summary>Brings two cache lines into the caches, from the element on.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Fetch<T>(ReadOnlySpan<T> span, int index) where T : unmanaged
    {
        if (!Sse.IsSupported) return;
        void* address = Unsafe.AsPointer(ref Unsafe.Add(ref MemoryMarshal.GetReference(span), index));
        Sse.Prefetch0(address);
        Sse.Prefetch0((byte*)address + 64);
    }

    /// <summary>
    /// Brings a cache line into the first-level cache, and on most processors into no other, for data that will not be
    /// read again soon; the address may be anything.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void FetchOnce(void* address)
    {
        if (Sse.IsSupported) Sse.PrefetchNonTemporal(address);
    }
}
