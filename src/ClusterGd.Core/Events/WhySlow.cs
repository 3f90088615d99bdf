using System.Globalization;
using ClusterGd.Core.Protocol;

namespace ClusterGd.Core.Events;

/// <summary>
/// Says in one sentence what made a run slow, or what it hangs on: from what its slices said of their steps while after
/// while. Pure.
/// </summary>
public sealed class WhySlow
{
    /// <summary>Steps count as slow from so many times their usual median on, and a single one from so many.</summary>
    private const double SlowFactor = 1.5, SingleFactor = 5;

    /// <summary>Less than so much more is nothing that anybody would ask about.</summary>
    private const double SlowMsMin = 1, SingleMsMin = 50;

    private readonly IReadOnlyList<StepTimes> _times;
    private readonly double _usual;

    /// <param name="times">Of one run, in their order.</param>
    public WhySlow(IReadOnlyList<StepTimes> times)
    {
        _times = [.. times.Where(t => t.Steps > 0)];
        // What is fast a quarter of the time is what the run could always be.
        _usual = Quantile(Later.Select(t => t.MeanMs), 0.25);
    }

    /// <summary>What was found.</summary>
    /// <param name="Kind">nothing, slowNow, wasSlow or slowStep.</param>
    /// <param name="Sentence">For people.</param>
    /// <param name="FirstStep">Of the steps in question.</param>
    /// <param name="Node">Who was waited for; null for nobody.</param>
    /// <param name="Part">compute, transfer or rest; null where nothing was slow.</param>
    /// <param name="Ms">What that part took.</param>
    /// <param name="UsualMs">Its median else.</param>
    public sealed record Finding(
        string Kind, string Sentence, long FirstStep, long LastStep, string? Node = null, string? Part = null,
        double Ms = 0, double UsualMs = 0);

    /// <summary>Null where no steps were timed.</summary>
    public Finding? Find()
    {
        if (_times.Count == 0) return null;
        return FindStretch() ?? FindSingle() ?? Nothing();
    }

    private bool IsSlow(StepTimes times) =>
        times.MeanMs > SlowFactor * _usual && times.MeanMs - _usual >= SlowMsMin;

    /// <summary>The stretch of slow steps that goes on, else the one that cost most.</summary>
    private Finding? FindStretch()
    {
        var stretches = new List<List<StepTimes>>();
        for (int i = 0; i < _times.Count; i++)
        {
            if (!IsSlow(_times[i])) continue;
            if (i == 0 || !IsSlow(_times[i - 1])) stretches.Add([]);
            stretches[^1].Add(_times[i]);
        }
        bool goesOn = IsSlow(_times[^1]);
        if (stretches.Count > 0 && !goesOn && stretches[0][0] == _times[0]) stretches.RemoveAt(0);
        if (stretches.Count == 0) return null;
        var worst = goesOn ? stretches[^1] : stretches.MaxBy(s => s.Sum(t => t.Steps * t.MeanMs))!;
        var others = _times.Where(t => !IsSlow(t)).ToList();
        long first = worst[0].FirstStep, last = worst[^1].FirstStep + worst[^1].Steps - 1;
        double median = Quantile(worst.Select(t => t.MeanMs), 0.5);
        string steps = goesOn
            ? $"Steps take {Ms(median)} since step {first} (median {Ms(_usual)} before)"
            : $"Steps {first} to {last} took {Ms(median)} (median {Ms(_usual)} else)";
        var late = ByNode(worst).MaxBy(node => node.ArrivedMs - Usual(others, node.Node).ArrivedMs);
        string kind = goesOn ? "slowNow" : "wasSlow";
        if (late is null) return new Finding(kind, $"{steps}; {Untimed}.", first, last);
        var usual = Usual(others, late.Node);
        var cause = Cause(median, _usual, late.ArrivedMs, late.ComputeMs, usual.ArrivedMs, usual.ComputeMs);
        string whom = cause.Part == Rest ? "" : $" for the gradients of {late.Node}";
        return new Finding(
            kind, $"{steps}: they waited{whom}, {cause.Text}.", first, last, late.Node, cause.Part, cause.Ms,
            cause.UsualMs);
    }

    private Finding? FindSingle()
    {
        var slowest = Later.Select(t => t.Slowest).OfType<SlowStep>().MaxBy(s => s.Ms);
        if (slowest is null || slowest.Ms < SingleFactor * _usual || slowest.Ms - _usual < SingleMsMin) return null;
        var usual = Usual(_times, slowest.Node);
        var cause = Cause(
            slowest.Ms, _usual, slowest.ArrivedMs, slowest.ComputeMs, usual.ArrivedMs, usual.ComputeMs);
        string shards = slowest.FirstShard == slowest.LastShard
            ? $"shard {slowest.FirstShard}'s gradient"
            : $"the gradient of shards {slowest.FirstShard} to {slowest.LastShard}";
        string whom = cause.Part == Rest ? "" : $" for {shards} at {slowest.Node}";
        return new Finding(
            "slowStep", $"Steps took {Ms(_usual)}, but step {slowest.Step} took {Ms(slowest.Ms)}: it waited{whom}, " +
            $"{cause.Text}.", slowest.Step, slowest.Step, slowest.Node, cause.Part, cause.Ms, cause.UsualMs);
    }

    /// <summary>
    /// But for the first while, in which everything is compiled and every buffer is new; all where there is no other.
    /// </summary>
    private IEnumerable<StepTimes> Later => _times.Any(IsLater) ? _times.Where(IsLater) : _times;

    private bool IsLater(StepTimes times) => times.FirstStep >= _times[0].FirstStep + _times[0].Steps;

    private Finding Nothing()
    {
        double median = Quantile(Later.Select(t => t.MeanMs), 0.5);
        long first = _times[0].FirstStep, last = _times[^1].FirstStep + _times[^1].Steps - 1;
        if (ByNode([.. Later]).MaxBy(node => node.LastCount) is not { } late)
        {
            return new Finding(
                "nothing", $"Nothing was slow: steps took {Ms(median)}; {Untimed}.", first, last);
        }
        int steps = Later.Sum(t => t.Steps), lasts = Later.Sum(t => LastsOf(t, late.Node));
        var slowest = Later.Select(t => t.Slowest).OfType<SlowStep>().MaxBy(s => s.Ms);
        string top = slowest is null ? "" : $", the slowest {Ms(slowest.Ms)} (step {slowest.Step})";
        string share = (100.0 * lasts / steps).ToString("F0", CultureInfo.InvariantCulture);
        return new Finding(
            "nothing", $"Nothing was slow: steps took {Ms(median)}{top}; in {share} % of them the last gradient came " +
            $"from {late.Node}, after {Ms(late.ArrivedMs)}, of which {Ms(late.ComputeMs)} were compute.",
            first, last, late.Node);
    }

    private const string Untimed = "in this mode they are timed from one evaluation to the next";

    private const string Compute = "compute", Transfer = "transfer", Rest = "rest";

    /// <summary>Of what a step consists of, the part that has grown most.</summary>
    private static (string Part, double Ms, double UsualMs, string Text) Cause(
        double step, double usualStep, double arrived, double compute, double usualArrived, double usualCompute)
    {
        (string Part, double Ms, double UsualMs)[] parts =
        [
            (Compute, compute, usualCompute),
            (Transfer, Math.Max(0, arrived - compute), Math.Max(0, usualArrived - usualCompute)),
            (Rest, Math.Max(0, step - arrived), Math.Max(0, usualStep - usualArrived)),
        ];
        var (part, ms, usual) = parts.MaxBy(p => p.Ms - p.UsualMs);
        string name = part == Rest ? "for backups or norms after the last gradient" : part;
        string ratio = usual >= 0.001
            ? $", {(ms / usual).ToString("F1", CultureInfo.InvariantCulture)}x its median" : "";
        return (part, ms, usual, $"{name} {Ms(ms)}{ratio}");
    }

    /// <summary>Each node with the medians, over the whiles, of its means.</summary>
    private static IEnumerable<NodeTimes> ByNode(IReadOnlyCollection<StepTimes> times) =>
        times.SelectMany(t => t.Nodes).GroupBy(n => n.Node, StringComparer.Ordinal).Select(node => new NodeTimes(
            node.Key, Quantile(node.Select(n => n.ArrivedMs), 0.5), Quantile(node.Select(n => n.ComputeMs), 0.5),
            node.Sum(n => n.LastCount)));

    private static NodeTimes Usual(IReadOnlyCollection<StepTimes> times, string? name) =>
        ByNode(times).FirstOrDefault(node => node.Node == name) ?? new NodeTimes("", 0, 0, 0);

    private static int LastsOf(StepTimes times, string node) =>
        times.Nodes.Where(n => n.Node == node).Sum(n => n.LastCount);

    /// <summary>0 where there are no numbers.</summary>
    private static double Quantile(IEnumerable<double> numbers, double share)
    {
        double[] sorted = [.. numbers.Order()];
        return sorted.Length == 0 ? 0 : sorted[(int)(share * (sorted.Length - 1))];
    }

    private static string Ms(double ms) => ms.ToString(
        ms < 10 ? "0.##" : "0", CultureInfo.InvariantCulture) + " ms";
}
