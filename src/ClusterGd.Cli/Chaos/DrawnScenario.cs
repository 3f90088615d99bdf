using ClusterGd.Core.Faults;

namespace ClusterGd.Cli.Chaos;

/// <summary>
/// A scenario whose faults a seed draws: rough, but most of the nodes stay, so that the run has to end.
/// </summary>
internal static class DrawnScenario
{
    /// <summary>Of fewer no one may go.</summary>
    public const int NodesMin = 3;

    public const int NodesMax = 16, NodesDefault = 4;

    // Half of the faults strike by then, and messages are lost, late or doubled until then.
    private static readonly TimeSpan s_time = TimeSpan.FromSeconds(10);

    public static Scenario Of(string jobFile, long steps, int nodes, ulong seed)
    {
        var drawn = FaultPlan.Random(seed, new FaultRange
        {
            Nodes = nodes, Steps = steps, Time = s_time, AwayMax = (nodes - 1) / 2,
            Kinds =
            [
                .. FaultKinds.All.Where(row => row.Interpreters.Contains(FaultInterpreter.LiveCluster))
                    .Select(row => row.Kind),
            ],
        });
        return new Scenario
        {
            Job = Path.GetFullPath(jobFile), Nodes = nodes, Seed = seed,
            Plan = new FaultPlan([.. drawn.Faults.Select(ForPeople)]),
        };
    }

    /// <summary>What is there from the beginning waits for the first step, and chances have three digits.</summary>
    private static Fault ForPeople(Fault fault) => fault with
    {
        At = fault.At is { IsStep: false, Time.Ticks: 0 } ? FaultMoment.AtStep(1) : fault.At,
        Probability = fault.Probability > 0 ? Math.Max(0.001, Math.Round(fault.Probability, 3)) : 0,
    };
}
