using System.Collections.Concurrent;
using System.Diagnostics;
using ClusterGd.Core.Attacks;
using ClusterGd.Core.Data;
using ClusterGd.Core.Protocol;
using ClusterGd.Core.Reduction;

namespace ClusterGd.Cli.Inspecting;

/// <summary>A run's updates made once more, with a thread a core.</summary>
internal sealed class Replay
{
    private static readonly TimeSpan s_progressInterval = TimeSpan.FromSeconds(5);

    private readonly TrainingPlan _plan;
    private readonly ShardStore _store;
    private readonly StepReplay _steps;
    private readonly AttackPlan? _attack;
    private readonly ConcurrentBag<ShardComputer> _computers = [];
    private readonly FloatPool _gradients;

    /// <param name="start">Null for step 0.</param>
    public Replay(TrainingPlan plan, DataSet data, Checkpoint? start, AttackPlan? attack)
    {
        (_plan, _attack) = (plan, attack);
        _store = new ShardStore(data, plan.ShardCount);
        _steps = start is null
            ? new StepReplay(plan, plan.InitialParameters(_store)) : new StepReplay(plan, start);
        _gradients = new FloatPool(plan.Model.ParameterCount);
    }

    public long Step => _steps.Step;

    public float[] Parameters() => _steps.Parameters();

    /// <summary>One shard's gradient at the present step.</summary>
    /// <param name="Sum">Over its rows, by parameter.</param>
    public sealed record Gradient(int Shard, long Step, int Rows, double LossSum, float[] Sum, TrainingPlan Plan);

    /// <returns>A sentence where the run diverges on the way; else null.</returns>
    public string? RunTo(long step)
    {
        var sums = new GradientSum[_plan.ShardCount];
        long lastWord = Stopwatch.GetTimestamp();
        while (_steps.Step < step)
        {
            var version = _steps.Publish();
            string? divergence = null;
            Parallel.For(0, sums.Length, shard =>
            {
                sums[shard] = Compute(shard, version, out var problem);
                if (problem is not null) divergence = problem.What;
            });
            version.Values.Release();
            if (divergence is not null) return divergence;
            _steps.Update(sums);
            if (Stopwatch.GetElapsedTime(lastWord) < s_progressInterval) continue;
            lastWord = Stopwatch.GetTimestamp();
            Console.Error.WriteLine($"step {_steps.Step} of {step}");
        }
        return null;
    }

    public Gradient GradientOf(int shard)
    {
        var version = _steps.Publish();
        var sum = Compute(shard, version, out _);
        version.Values.Release();
        return new Gradient(shard, Step, sum.Count, sum.LossSum, sum.Values.Span.ToArray(), _plan);
    }

    private GradientSum Compute(int shard, ParameterVersion version, out Divergence? divergence)
    {
        var computer = _computers.TryTake(out var free) ? free : new ShardComputer(_plan, _store, _attack);
        var sum = computer.Gradient(shard, Pass.MiniBatch, version, _gradients, out divergence);
        _computers.Add(computer);
        return sum;
    }
}
