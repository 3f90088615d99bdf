using System.Diagnostics;
using System.Globalization;
using ClusterGd.Cli.Terminal;
using ClusterGd.Core.Simulation;

namespace ClusterGd.Cli.Simulating;

/// <summary>Runs the schedules of a batch and says what they came to.</summary>
/// <param name="replay">The command that replays a seed, but for the seed.</param>
internal sealed class SimulationReport(SimulationBatch batch, bool isJson, string replay)
{
    private const int TraceShownMax = 60, FailuresMax = 5;
    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(1), s_lineInterval = TimeSpan.FromSeconds(5);
    private readonly TextWriter _out = isJson ? Console.Error : Console.Out;

    /// <summary>One seed, with its faults and its whole trace.</summary>
    public int Replay(ulong seed)
    {
        foreach (var fault in batch.FaultsOf(seed).Faults) _out.WriteLine(fault);
        var totals = new SimulationTotals();
        var result = Timed(totals, seed, isTraced: true, out var wall);
        foreach (string line in result.Trace) _out.WriteLine(line);
        if (result.Problem is { } problem) _out.WriteLine($"seed {seed}: {problem}");
        return Conclude(totals, wall);
    }

    /// <summary>Seeds 1 to <paramref name="count"/>, on all cores; a few failures are enough.</summary>
    public int RunAll(int count)
    {
        var totals = new SimulationTotals();
        var clock = Stopwatch.StartNew();
        var interval = IsLive ? s_interval : s_lineInterval;
        using (var progress = new Timer(_ => ShowProgress(totals, count, clock.Elapsed), null, interval, interval))
        {
            Parallel.For(1, count + 1L, (seed, loop) =>
            {
                totals.Add((ulong)seed, batch.Run((ulong)seed, isTraced: false));
                if (totals.Failures.Count >= FailuresMax) loop.Stop();
            });
        }
        if (IsLive) Console.Error.Write("\r\e[K");
        foreach (var (seed, problem) in totals.Failures.Take(1)) ShowFailure(seed, problem);
        foreach (var (seed, problem) in totals.Failures.Skip(1))
        {
            _out.WriteLine($"seed {seed}: {problem}\n  {replay} --seed {seed}");
        }
        return Conclude(totals, clock.Elapsed);
    }

    private static bool IsLive => !Console.IsErrorRedirected;

    private SimulationResult Timed(SimulationTotals totals, ulong seed, bool isTraced, out TimeSpan wall)
    {
        var clock = Stopwatch.StartNew();
        var result = batch.Run(seed, isTraced);
        wall = clock.Elapsed;
        totals.Add(seed, result);
        return result;
    }

    private void ShowProgress(SimulationTotals totals, int count, TimeSpan wall)
    {
        double rate = totals.Schedules / wall.TotalSeconds;
        var left = TimeSpan.FromSeconds(rate > 0 ? (count - totals.Schedules) / rate : 0);
        string line = $"{totals.Schedules}/{count} schedules  {Numbers.Large(rate * 60)} a minute  " +
            $"{totals.Failures.Count} failed  {Numbers.Duration(left)} left";
        if (IsLive) Console.Error.Write($"\r\e[K{line}");
        else _out.WriteLine(line);
    }

    /// <summary>The faults, the end of the trace, and the command that prints all of it.</summary>
    private void ShowFailure(ulong seed, string problem)
    {
        _out.WriteLine($"seed {seed}: {problem}");
        foreach (var fault in batch.FaultsOf(seed).Faults) _out.WriteLine($"  {fault}");
        var trace = batch.Run(seed, isTraced: true).Trace;
        if (trace.Count > TraceShownMax) _out.WriteLine($"  … {trace.Count - TraceShownMax} events before");
        foreach (string line in trace.TakeLast(TraceShownMax)) _out.WriteLine($"  {line}");
        _out.WriteLine($"  {replay} --seed {seed}");
    }

    private int Conclude(SimulationTotals totals, TimeSpan wall)
    {
        if (isJson) WriteJson(totals, wall);
        else WriteLines(totals, wall);
        return totals.Failures.Count == 0 ? ExitCodes.Finished : ExitCodes.Corrupted;
    }

    private void WriteLines(SimulationTotals totals, TimeSpan wall)
    {
        double minutes = wall.TotalMinutes;
        _out.WriteLine(
            $"{Numbers.Count(totals.Schedules, "schedule")} of {batch.Nodes} nodes and {batch.Steps} steps in " +
            $"{Numbers.Duration(wall)}: {Numbers.Large(totals.Schedules / minutes)} a minute, " +
            $"{Numbers.Large(totals.Events / wall.TotalSeconds)} events/s, " +
            $"{Numbers.Duration(totals.Time)} of virtual time");
        _out.WriteLine("faults: " + string.Join(", ", totals.Struck.Select(
            s => string.Create(CultureInfo.InvariantCulture, $"{s.Row.Name} {s.Count}")).DefaultIfEmpty("none")));
        _out.WriteLine(
            $"longest step: {Numbers.Duration(totals.LongestStep)} (seed {totals.SeedOfLongestStep}); begun anew: " +
            Numbers.Count(totals.BegunAnew, "schedule"));
        if (totals.WithWrongBits > 0)
        {
            _out.WriteLine(
                $"wrong gradients: in {Numbers.Count(totals.WithWrongBits, "schedule")}, of which " +
                $"{totals.WrongBitsNoticed} noticed and stopped");
        }
        int good = totals.Schedules - totals.Failures.Count;
        _out.WriteLine(totals.Failures.Count > 0
            ? $"{good} held, {totals.Failures.Count} did not"
            : batch.ResultHash is { } hash ? $"all held; model sha256: {hash}"
            : "all held: each result was counted once, and each run's order of application replays to its bits");
    }

    private void WriteJson(SimulationTotals totals, TimeSpan wall) => Numbers.WriteObject(json =>
    {
        json.WriteNumber("schedules", totals.Schedules);
        json.WriteNumber("nodes", batch.Nodes);
        json.WriteNumber("steps", batch.Steps);
        Numbers.Write(json, "wallSeconds", wall.TotalSeconds);
        Numbers.Write(json, "schedulesPerMinute", totals.Schedules / wall.TotalMinutes);
        Numbers.Write(json, "eventsPerSecond", totals.Events / wall.TotalSeconds);
        Numbers.Write(json, "virtualSeconds", totals.Time.TotalSeconds);
        json.WriteStartObject("faults");
        foreach (var (row, count) in totals.Struck) json.WriteNumber(row.Name, count);
        json.WriteEndObject();
        Numbers.Write(json, "longestStepSeconds", totals.LongestStep.TotalSeconds);
        json.WriteNumber("begunAnew", totals.BegunAnew);
        json.WriteNumber("withWrongGradients", totals.WithWrongBits);
        json.WriteNumber("wrongGradientsNoticed", totals.WrongBitsNoticed);
        json.WriteString("modelSha256", batch.ResultHash);
        json.WriteStartArray("failures");
        foreach (var (seed, problem) in totals.Failures)
        {
            json.WriteStartObject();
            json.WriteNumber("seed", seed);
            json.WriteString("problem", problem);
            json.WriteString("replay", $"{replay} --seed {seed}");
            json.WriteEndObject();
        }
        json.WriteEndArray();
    });
}
