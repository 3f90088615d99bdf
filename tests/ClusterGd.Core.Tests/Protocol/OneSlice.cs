using ClusterGd.Core.Data;
using ClusterGd.Core.Protocol;
using ClusterGd.Core.Reduction;
using ClusterGd.Tests;

namespace ClusterGd.Core.Tests.Protocol;

/// <summary>
/// The one slice of a logistic job at node a, with gradients of its real rows at the first parameters.
/// </summary>
internal sealed class OneSlice
{
    private readonly ShardComputer _computer;
    private readonly FloatPool _pool;

    public OneSlice(TimeSpan retryInterval)
    {
        var (job, data) = TestJobs.Named("logistic");
        Plan = new TrainingPlan(job, data);
        var rows = new ShardStore(data, Plan.ShardCount);
        _computer = new ShardComputer(Plan, rows);
        _pool = new FloatPool(Plan.Model.ParameterCount);
        Initial = _pool.Rent();
        Plan.InitialParameters(rows).CopyTo(Initial.Span);
        Slice = new ParameterSlice(Plan, 0, "a", 0, Initial.Span, retryInterval);
    }

    public delegate void Spoiler(Span<float> values);

    public TrainingPlan Plan { get; }

    public PooledFloats Initial { get; }

    public ParameterSlice Slice { get; }

    public Outbox Effects { get; } = new();

    public TimeSpan Now { get; set; } = TimeSpan.FromSeconds(1);

    public void Follow(RunDirective directive) => Slice.Handle(directive, Now, Effects);

    /// <summary>A node sends a shard's gradient.</summary>
    public void Answer(string node, int shard, Spoiler? spoil = null, Pass pass = Pass.MiniBatch, long step = 0)
    {
        var sum = _computer.Gradient(shard, pass, new ParameterVersion(step, false, 0, Initial), _pool, out _);
        spoil?.Invoke(sum.Values.Span);
        Slice.Handle(new GradientPart(0, sum, node), Now, Effects);
    }

    /// <summary>Steps up to 10, the slice at node a.</summary>
    public static RunDirective DirectiveOf(Layout layout) =>
        new("a", layout) { Sequence = 1, Limit = 10, EvaluateAt = 10, IsSettled = true };
}
