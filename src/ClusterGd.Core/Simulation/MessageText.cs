using System.Globalization;
using ClusterGd.Core.Protocol;

namespace ClusterGd.Core.Simulation;

/// <summary>A message in a few words, for a trace.</summary>
internal static class MessageText
{
    public static string Of(RoleAddress to, object message) =>
        Words(to, message).ToString(CultureInfo.InvariantCulture);

    private static FormattableString Words(RoleAddress to, object message) => message switch
    {
        GradientPart { Sum: var sum } => $"{sum.Pass} gradient of {sum.Subtree}, step {sum.Step}, to slice {to.Index}",
        SlicePublished slice => $"slice {slice.Slice} at step {slice.Step}",
        SliceUpdate { Line: { } line } => $"line {line.Index} of the order",
        SliceUpdate update => $"update of slice {update.Slice}, step {update.Index}",
        SliceState state => $"state of slice {state.Slice} at step {state.Step}",
        BackupStep backup => $"backup of slice {backup.Slice} at step {backup.Step}",
        BackupCounted counted => $"backup of slice {counted.Slice} counted in term {counted.Term}",
        SliceReached reached => $"slice {reached.Slice} reached step {reached.Step}",
        SliceReport report => $"summary of slice {report.Summary.Slice}, step {report.Summary.Step}",
        SliceGradient gradient => $"full gradient of slice {gradient.Slice}",
        NormFor norm => $"norm of slice {norm.Norm.Slice}, step {norm.Norm.Step}",
        NormRequest request => $"request for norms of step {request.Step}",
        GradientRequest request => $"request for {request.Shards.Length} shards of step {request.Step}",
        StandInRequest request => $"request to stand in for {request.Shards.Length} shards of step {request.Step}",
        SliceRequest request => $"request for slice {request.Slice}",
        StateRequest request => $"request for the state of slice {request.Slice}",
        RecallRun => $"what do you remember",
        RunMemory => $"memory",
        CheckpointHeld { Step: null } => $"no checkpoint",
        CheckpointHeld held => $"checkpoint of step {held.Step}",
        Held held => $"held at step {held.NextStep}",
        EvaluationPart part => $"evaluation of shard {part.Shard}",
        ResultReceived => $"result",
        NodeStatus => $"status",
        NodeSlow slow => $"{slow.Node} is slow",
        Divergence divergence => $"{divergence.What}",
        LinkReport report => $"{report.Silent.Length} links bring nothing",
        RunDirective directive =>
            $"directive {directive.Layout.Term}/{directive.Sequence}, limit {directive.Limit}",
        RunOver => $"the run is over",
        Assignment due => $"assignment {due.Sequence} of shard {due.Worker}",
        AssignmentRequest request => $"request for work of shard {request.Worker}",
        WorkerPush push => $"result {push.Sequence} of shard {push.Worker}",
        OrderPart part => $"the order from {part.First}",
        OrderRequest request => $"request for the order from {request.From}",
        Pulse => $"pulse",
        TakeOverFrom request => $"take over from {request.Coordinator}",
        RunNews news => $"news: {news.What}",
        _ => $"{message.GetType().Name}",
    };
}
