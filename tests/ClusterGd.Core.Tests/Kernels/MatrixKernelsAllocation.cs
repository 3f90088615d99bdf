namespace ClusterGd.Core.Tests.Kernels;

/// <summary>What a warm call allocates.</summary>
internal static class WarmAllocation
{
    private const int Calls = 5;

    /// <summary>
    /// The least of five calls after a first one: what a call allocates every time is in all five. One call alone is
    /// no measure, since some kilobytes may appear on the thread's counter once, soon after the first call, even while
    /// the thread only spins. An allocation in some calls only is not seen.
    /// </summary>
    public static long LeastBytes(Action call)
    {
        call();
        long least = long.MaxValue;
        for (int i = 0; i < Calls; i++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            call();
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }
        return least;
    }
}
