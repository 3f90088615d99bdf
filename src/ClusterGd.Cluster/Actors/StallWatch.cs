using System.Diagnostics;
using ClusterGd.Core.Protocol;

namespace ClusterGd.Cluster.Actors;

/// <summary>
/// Finds that this whole process hardly gets to run, which nobody in it could tell from slow peers: a thread that
/// sleeps for moments and looks how long it slept. It wakes a hundred times a second and does nothing else.
/// </summary>
internal sealed class StallWatch : IDisposable
{
    private static readonly TimeSpan s_sleep = TimeSpan.FromMilliseconds(10), s_usual = TimeSpan.FromMilliseconds(25);
    private readonly ManualResetEventSlim _end = new();

    /// <param name="slow">Called on the thread, once in a while, as long as it is so.</param>
    public StallWatch(Action slow)
    {
        var thread = new Thread(() => Watch(slow), maxStackSize: 256 << 10)
        {
            IsBackground = true, Name = "stall watch",
        };
        thread.Start();
    }

    public void Dispose() => _end.Set();

    private void Watch(Action slow)
    {
        var lost = new LostTime();
        long begin = Stopwatch.GetTimestamp(), last = begin;
        while (!_end.Wait(s_sleep))
        {
            long now = Stopwatch.GetTimestamp();
            var slept = Stopwatch.GetElapsedTime(last, now);
            last = now;
            if (slept > s_usual && lost.IsTooMuch(slept - s_sleep, Stopwatch.GetElapsedTime(begin, now))) slow();
        }
    }
}
