using System.Text.Json;
using ClusterGd.Cluster.Faults;
using ClusterGd.Core.Faults;

namespace ClusterGd.Cli.Chaos;

/// <summary>
/// What chaos tells a node process that it started to suffer: one line of JSON on its standard input, to which nobody
/// else has access.
/// </summary>
/// <param name="Number">The fault's, in its plan.</param>
/// <param name="IsOver">It ends; else it begins.</param>
/// <param name="Step">Of a fault of gradients: it strikes none of an earlier step. -1 for the next one.</param>
/// <param name="Nodes">host:port of those struck, of actor system and data plane; null for all.</param>
internal sealed record FaultOrder(
    int Number, bool IsOver, FaultKind Kind, long Step, string[]? Nodes, double Probability, TimeSpan UpTo,
    CutShape Shape, TimeSpan Flap, LinkPlane? Plane, int Above)
{
    public static FaultOrder Begin(int number, Fault fault, string[]? nodes) =>
        new(number, false, fault.Kind, fault.At.Step, nodes, fault.Probability, fault.UpTo, fault.Shape, fault.Flap,
            fault.Plane, fault.Above);

    /// <exception cref="JsonException">It is none.</exception>
    public static FaultOrder Parse(string line) => JsonSerializer.Deserialize<FaultOrder>(line)!;

    public string ToLine() => JsonSerializer.Serialize(this);

    public void Apply(LiveFaults faults)
    {
        if (IsOver) faults.End(Number);
        else
        {
            faults.Begin(Number, FaultKinds.New(Kind) with
            {
                At = new FaultMoment(Step, TimeSpan.Zero), Probability = Probability, UpTo = UpTo, Shape = Shape,
                Flap = Flap, Plane = Plane, Above = Above,
            }, Nodes);
        }
    }
}
