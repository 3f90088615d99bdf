using System.Collections.Immutable;

namespace ClusterGd.Cli.Chaos;

/// <summary>What the samples and sentences of a run say of its faults. Pure.</summary>
internal static class ChaosFigures
{
    /// <summary>How long a fault is taken to disturb.</summary>
    private const double DisturbedSeconds = 3;

    public static ImmutableArray<FaultCost> Costs(
        IReadOnlyList<Strike> strikes, IReadOnlyList<StepSample> samples, IReadOnlyList<Said> sentences)
    {
        double end = samples.Count > 0 ? samples[^1].Seconds : 0;
        return
        [
            .. strikes.Select((strike, i) =>
            {
                double next = i + 1 < strikes.Count ? strikes[i + 1].Seconds : end;
                var before = samples.LastOrDefault(s => s.Seconds <= strike.Seconds);
                return new FaultCost(
                    strike, before.Step, Detected(strike, sentences), StepEnded(strike, before.Step, samples),
                    LongestStep(strike.Seconds, next, samples));
            }),
        ];
    }

    /// <summary>Steps a second before the first fault, up to three seconds after each, and in the rest.</summary>
    public static (double Before, double During, double After) Throughput(
        IReadOnlyList<Strike> strikes, IReadOnlyList<StepSample> samples)
    {
        var seconds = new double[3];
        var steps = new long[3];
        for (int i = 1; i < samples.Count; i++)
        {
            var (from, to) = (samples[i - 1], samples[i]);
            int when = strikes.Count == 0 || to.Seconds <= strikes[0].Seconds ? 0
                : strikes.Any(s => s.Seconds < to.Seconds && to.Seconds <= s.Seconds + DisturbedSeconds) ? 1 : 2;
            seconds[when] += to.Seconds - from.Seconds;
            steps[when] += Math.Max(0, to.Step - from.Step);
        }
        double Rate(int when) => seconds[when] > 0 ? steps[when] / seconds[when] : double.NaN;
        return (Rate(0), Rate(1), Rate(2));
    }

    private static double Detected(Strike strike, IReadOnlyList<Said> sentences)
    {
        var said = sentences.FirstOrDefault(s => s.Seconds >= strike.Seconds
            && s.Text.Contains("its work goes to", StringComparison.Ordinal)
            && strike.Nodes.Any(node => s.Text.Contains(node, StringComparison.Ordinal)));
        return said is null ? double.NaN : said.Seconds - strike.Seconds;
    }

    private static double StepEnded(Strike strike, long step, IReadOnlyList<StepSample> samples)
    {
        foreach (var sample in samples)
        {
            if (sample.Seconds > strike.Seconds && sample.Step > step) return sample.Seconds - strike.Seconds;
        }
        return double.NaN;
    }

    private static double LongestStep(double from, double to, IReadOnlyList<StepSample> samples)
    {
        double longest = 0, since = from;
        long step = -1;
        foreach (var sample in samples.Where(s => s.Seconds > from && s.Seconds <= to))
        {
            if (sample.Step <= step) continue;
            longest = Math.Max(longest, sample.Seconds - since);
            (since, step) = (sample.Seconds, sample.Step);
        }
        return longest;
    }
}
