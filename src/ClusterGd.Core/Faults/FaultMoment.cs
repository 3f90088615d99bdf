using System.Globalization;
using ClusterGd.Core.Jobs;

namespace ClusterGd.Core.Faults;

/// <summary>When a fault strikes: once a step is made, or at a time from the start of the run.</summary>
/// <param name="Step">Strikes at the first parameters of so many steps; -1 where a time is meant.</param>
public readonly record struct FaultMoment(long Step, TimeSpan Time)
{
    public const string Allowed = "a step such as 120, or a time from the start such as 3.5s";

    public bool IsStep => Step >= 0;

    public static FaultMoment AtStep(long step) => new(step, TimeSpan.Zero);

    public static FaultMoment AtTime(TimeSpan time) => new(-1, time);

    public static bool TryParse(string text, out FaultMoment moment)
    {
        bool isStep = long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long step);
        bool isTime = JobDurations.TryParse(text, out var time);
        moment = isStep ? AtStep(step) : AtTime(time);
        return isStep || isTime;
    }

    /// <summary>As a file has it.</summary>
    public override string ToString() =>
        IsStep ? Step.ToString(CultureInfo.InvariantCulture) : JobDurations.ToText(Time);
}
