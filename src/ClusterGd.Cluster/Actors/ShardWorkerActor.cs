using ClusterGd.Cluster.Hosting;
using ClusterGd.Core.Protocol;
using ClusterGd.Core.Reduction;

namespace ClusterGd.Cluster.Actors;

/// <summary>
/// A shard's worker, on the compute dispatcher: does what its node asks for with the rows of its shard, one thing after
/// the other. It keeps nothing from step to step, but the optimizer of its own where it makes steps of its own.
/// </summary>
public sealed class ShardWorkerActor : RunActor
{
    private readonly int _shard;
    private readonly Action<GradientSum> _tellPart;
    private ModeComputer? _modeComputer;

    public ShardWorkerActor(int shard, RunContext context) : base(context) => (_shard, _tellPart) = (shard, TellPart);

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case NodeEffect.Compute compute:
                Compute(compute);
                break;
            case NodeEffect.ComputeAssignment compute:
                Compute(compute.Assignment);
                break;
            case NodeEffect.Merge merge:
                Sender.Tell(new MergedResult(merge.Sum()), Self);
                break;
            case NodeEffect.Evaluate evaluate:
                Evaluate(evaluate);
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    private void Compute(NodeEffect.Compute compute)
    {
        // Others stood in while this one was late: it must not run after them step by step.
        if (compute.Version.Step < Run.NewestStep - 1)
        {
            compute.Version.Values.Release();
            return;
        }
        var computer = Run.RentComputer();
        var divergence = computer.Gradient(_shard, compute.Pass, compute.Version, Run.Gradients, _tellPart);
        Run.Return(computer);
        compute.Version.Values.Release();
        if (divergence is not null) Sender.Tell(divergence, Self);
    }

    private void TellPart(GradientSum part)
    {
        Run.Faults?.Spoil(part, Run.Plan.Segments[part.Segment].Of(part));
        Sender.Tell(new ComputedResult(part), Self);
    }

    private void Compute(Assignment assignment)
    {
        _modeComputer ??= new ModeComputer(Run.Plan.Mode, Run.Plan, Run.Store);
        var push = _modeComputer.Compute(assignment, out var divergence);
        Sender.Tell(push is null ? divergence! : new AssignmentComputed(assignment, push), Self);
    }

    private void Evaluate(NodeEffect.Evaluate evaluate)
    {
        var computer = Run.RentComputer();
        var sums = computer.Evaluate(_shard, evaluate.Set, evaluate.Version);
        Run.Return(computer);
        evaluate.Version.Values.Release();
        Sender.Tell(new EvaluationPart(
            evaluate.Version.Step, evaluate.Version.IsFinal, evaluate.Set, _shard, sums), Self);
    }
}
