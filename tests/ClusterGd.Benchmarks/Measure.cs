using System.Diagnostics;

namespace ClusterGd.Benchmarks;

/// <summary>
/// Medians of interleaved repetitions: on a shared machine only ratios taken together mean something.
/// </summary>
internal static class Measure
{
    /// <summary>Seconds of one call.</summary>
    public static double Once(Action action)
    {
        long start = Stopwatch.GetTimestamp();
        action();
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    /// <summary>
    /// Seconds of processor time of one call that keeps to one thread. Where other programs want the processor too, a
    /// clock on the wall counts their share; what they do to caches and memory stays in either measure. The peers of
    /// such a comparison measure <c>time.process_time</c>.
    /// </summary>
    public static double OnceOnOneThread(Action action)
    {
        var start = Environment.CpuUsage.TotalTime;
        action();
        return (Environment.CpuUsage.TotalTime - start).TotalSeconds;
    }

    /// <summary>Runs it for a second: the runtime compiles for speed only after some calls and a pause.</summary>
    public static void WarmUp(Action action)
    {
        long start = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(start).TotalSeconds < 1) action();
    }

    /// <summary>
    /// Runs every side once a round, in turn, and gives each one's median. The first round is thrown away.
    /// </summary>
    public static double[] Interleaved(int rounds, params Func<double>[] sides)
    {
        var seconds = sides.Select(_ => new List<double>()).ToArray();
        for (int round = 0; round <= rounds; round++)
        {
            for (int i = 0; i < sides.Length; i++)
            {
                double s = sides[i]();
                if (round > 0) seconds[i].Add(s);
            }
        }
        return [.. seconds.Select(Median)];
    }

    private static double Median(List<double> values)
    {
        values.Sort();
        int n = values.Count;
        return n % 2 == 1 ? values[n / 2] : (values[n / 2 - 1] + values[n / 2]) / 2;
    }
}
