using System.Collections.Immutable;
using ClusterGd.Core.Attacks;
using ClusterGd.Core.Data;
using ClusterGd.Core.Kernels;
using ClusterGd.Core.Options;
using ClusterGd.Core.Protocol;
using ClusterGd.Core.Reduction;
using ClusterGd.Core.Simulation;
using ClusterGd.Tests;
using CsCheck;
using Xunit;

namespace ClusterGd.Core.Tests.Protocol;

/// <summary>A gradient computed, combined and pushed in segments has the bits of the whole.</summary>
public class SegmentTests
{
    private static readonly TimeSpan s_retry = TimeSpan.FromSeconds(100);

    [Fact]
    public void Cut_AnyNumberOfSlices_CoversEachOnceInFewRuns() =>
        Gen.Select(Gen.Int[1, 100], Gen.Int[1, 9]).Sample((slices, countMax) =>
        {
            var segments = Segment.Cut([.. Enumerable.Range(0, slices + 1).Select(i => i * 16)], countMax);
            int next = 0;
            foreach (var segment in segments)
            {
                Assert.Equal((next, next * 16), (segment.SliceFirst, segment.First));
                Assert.Equal((segment.SliceEnd - next) * 16, segment.Length);
                Assert.InRange(segment.SliceEnd - next, 1, slices / segments.Length + 1);
                next = segment.SliceEnd;
            }
            Assert.Equal((slices, Math.Min(slices, countMax)), (next, segments.Length));
        });

    [Theory]
    [InlineData("mlp", 3)]
    [InlineData("logistic", 1)]
    [InlineData("kmeans", 1)]
    public void Plan_JobOfThreeSlicesOrOne_HasSegmentsWhereTheModelHasParts(string name, int count) =>
        Assert.Equal(count, Plan(name).Plan.Segments.Length);

    [Fact]
    public void Plan_CriterionOfTheGradientNoise_HasOneSegment()
    {
        var (job, data) = TestJobs.Named("mlp");
        var plan = new TrainingPlan(job with { Stop = [Component.Of("gradientNoise")] }, data);

        Assert.Equal((3, 1), (plan.SliceCount, plan.Segments.Length));
    }

    [Theory]
    [InlineData("mlp")]
    [InlineData("mlp over bfloat16")]
    [InlineData("mlp over float16")]
    [InlineData("kmeans")]
    [InlineData("mlp", "signFlip:3")]
    public void Gradient_InSegments_HasTheBitsOfTheWholeLastFirst(string name, string? attack = null)
    {
        var (plan, store) = Plan(name);
        var liars = attack is null ? null : AttackPlan.Parse(attack, plan.ShardCount);
        var computer = new ShardComputer(plan, store, liars);
        var pool = new FloatPool(plan.Model.ParameterCount);
        var version = Initial(plan, store, pool);
        foreach (var pass in (Pass[])[Pass.MiniBatch, Pass.Full])
        {
            var whole = computer.Gradient(plan.ShardCount - 1, pass, version, pool, out _);
            var parts = new List<GradientSum>();

            Assert.Null(computer.Gradient(plan.ShardCount - 1, pass, version, pool, parts.Add));

            Assert.Equal(Enumerable.Range(0, plan.Segments.Length).Reverse(), parts.Select(part => part.Segment));
            foreach (var part in parts)
            {
                var segment = plan.Segments[part.Segment];
                Assert.True(Bits.AreEqual(segment.Of(whole), segment.Of(part)));
                Assert.Equal(whole with { Segment = part.Segment, Values = part.Values }, part);
                part.Values.Release();
            }
            whole.Values.Release();
        }
        Assert.Equal(3, pool.CreatedCount);
    }

    [Fact]
    public void Gradient_LossThatIsNoNumber_HandsOutNothingAndGivesTheBufferBack()
    {
        var (plan, store) = Plan("mlp");
        var pool = new FloatPool(plan.Model.ParameterCount);
        var version = Initial(plan, store, pool);
        version.Values.Span.Fill(float.MaxValue);
        var computer = new ShardComputer(plan, store);
        for (int i = 0; i < 3; i++)
        {
            var divergence = computer.Gradient(0, Pass.MiniBatch, version, pool, _ => Assert.Fail("handed out"));

            Assert.Contains("in shard 0", divergence!.What);
        }
        Assert.Equal(2, pool.CreatedCount);
    }

    /// <summary>What is computed and added comes back in any order, some of it twice, while it is asked for again.
    /// </summary>
    [Theory]
    [InlineData("mlp")]
    [InlineData("mlp over bfloat16")]
    [InlineData("mlp over float16")]
    public void Step_SegmentsInAnyOrder_PushesTheBitsOfTheWhole(string name)
    {
        var (plan, store) = Plan(name);
        var pool = new FloatPool(plan.Model.ParameterCount);
        var version = Initial(plan, store, pool);
        var computer = new ShardComputer(plan, store);
        var leaves = Enumerable.Range(0, plan.ShardCount)
            .Select(shard => computer.Gradient(shard, Pass.MiniBatch, version, pool, out _)).ToList();
        var root = Reduced(plan, leaves, pool);
        Gen.ULong.Sample(seed =>
        {
            var step = new Step(plan, version, leaves, pool, new SimulationRandom(seed));
            foreach (var push in step.Run())
            {
                Assert.Equal(root.Subtree, push.Sum.Subtree);
                Assert.Equal(
                    (root.Count, root.LossSum, root.Digest), (push.Sum.Count, push.Sum.LossSum, push.Sum.Digest));
                var segment = plan.Segments[push.Sum.Segment];
                Assert.True(Bits.AreEqual(segment.Of(root), segment.Of(push.Sum)));
                for (int slice = segment.SliceFirst; slice < segment.SliceEnd; slice++) push.Release();
            }
            Assert.Equal(plan.Segments, step.Pushed.OrderBy(segment => segment.First));
        }, iter: 200);
    }

    private static GradientSum Reduced(TrainingPlan plan, List<GradientSum> leaves, FloatPool pool)
    {
        var level = leaves.Select(leaf => leaf with { Values = Copy(leaf.Values, pool) }).ToList();
        while (level.Count > 1)
        {
            level = [.. level.Chunk(2).Select(pair => pair[0].Add(pair[1], plan.ElementOf(Pass.MiniBatch)))];
        }
        return level[0];
    }

    private static PooledFloats Copy(PooledFloats values, FloatPool pool)
    {
        var copy = pool.Rent();
        values.Span.CopyTo(copy.Span);
        return copy;
    }

    private static (TrainingPlan Plan, ShardStore Store) Plan(string name)
    {
        var (job, data) = TestJobs.Named(name);
        var plan = new TrainingPlan(job, data);
        return (plan, new ShardStore(data, plan.ShardCount));
    }

    private static ParameterVersion Initial(TrainingPlan plan, ShardStore store, FloatPool pool)
    {
        var values = pool.Rent();
        plan.InitialParameters(store).CopyTo(values.Span);
        return new ParameterVersion(0, false, double.NaN, values);
    }

    /// <summary>One node with all shards, at step 0, whose work is done in a random order.</summary>
    private sealed class Step
    {
        private readonly TrainingPlan _plan;
        private readonly SimulationRandom _random;
        private readonly NodeProtocol _node;
        private readonly Outbox _effects = new();
        private readonly List<Action> _due = [];
        private readonly List<GradientSum> _leaves;
        private readonly FloatPool _pool;

        public Step(
            TrainingPlan plan, ParameterVersion version, List<GradientSum> leaves, FloatPool pool,
            SimulationRandom random)
        {
            (_plan, _leaves, _pool, _random) = (plan, leaves, pool, random);
            _node = new NodeProtocol("a", plan, s_retry);
            var hosts = Enumerable.Repeat("a", plan.SliceCount).ToImmutableArray();
            var layout = new Layout(
                2, 0, ["a"], [], [""], [.. Enumerable.Repeat("a", plan.ShardCount)], hosts, hosts,
                [.. hosts.Select(_ => ImmutableArray<SliceBackup>.Empty)]);
            var directive = new RunDirective("a", layout) { Limit = 10, EvaluateAt = 10, IsSettled = true };
            _node.Handle(directive, default, _effects);
            for (int shard = 0; shard < plan.ShardCount; shard++) _node.Prepared(shard, _effects);
            for (int slice = 0; slice < plan.SliceCount; slice++)
            {
                int first = plan.SliceStarts[slice], length = plan.SliceStarts[slice + 1] - first;
                var values = new FloatPool(length).Rent();
                version.Values.Span.Slice(first, length).CopyTo(values.Span);
                _node.Handle(new SlicePublished(slice, 0, 2, 0, false, double.NaN, values), default, _effects);
            }
        }

        public List<Segment> Pushed { get; } = [];

        /// <summary>The gradient of each segment, once its first slice is sent its part.</summary>
        public IEnumerable<GradientPart> Run()
        {
            for (int i = 0; ;)
            {
                for (; i < _effects.Count; i++)
                {
                    if (_effects[i].What is GradientPart part)
                    {
                        var segment = _plan.Segments[part.Sum.Segment];
                        if (part.Slice != segment.SliceFirst) continue;
                        Pushed.Add(segment);
                        yield return part;
                    }
                    else Plan(_effects[i].What);
                }
                if (_due.Count == 0) yield break;
                int next = _random.UpTo(_due.Count) - 1;
                var action = _due[next];
                _due.RemoveAt(next);
                action();
                // Nothing is begun again while any segment is under way.
                bool isUnderWay = _effects.OfType<GradientPart>()
                    .Count(part => part.Slice == _plan.Segments[part.Sum.Segment].SliceFirst) < _plan.Segments.Length;
                if (isUnderWay && _random.Chance(0.1))
                {
                    _node.GradientRequested(0, Pass.MiniBatch, [_random.UpTo(_plan.ShardCount) - 1], default, _effects);
                }
            }
        }

        private void Plan(object effect)
        {
            switch (effect)
            {
                case NodeEffect.Compute compute:
                    compute.Version.Values.Release();
                    for (int segment = 0; segment < _plan.Segments.Length; segment++) Hand(compute.Shard, segment);
                    break;
                case NodeEffect.Merge merge:
                    _due.Add(() => _node.Merged(merge.Sum(), default, _effects));
                    break;
            }
        }

        private void Hand(int shard, int segment)
        {
            for (int times = _random.Chance(0.1) ? 2 : 1; times > 0; times--)
            {
                // What is not of the segment is another's, or not computed yet.
                var values = _pool.Rent();
                values.Span.Fill(float.NaN);
                var part = _leaves[shard] with { Segment = segment, Values = values };
                _plan.Segments[segment].Of(_leaves[shard]).CopyTo(_plan.Segments[segment].Of(part));
                _due.Add(() => _node.Computed(part, default, _effects));
            }
        }
    }
}
