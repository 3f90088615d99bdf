using ClusterGd.Core.Data;
using ClusterGd.Core.Protocol;
using ClusterGd.Tests;
using Xunit;

namespace ClusterGd.Core.Tests.Protocol;

/// <summary>Wrong bits that no checksum knows of: two answers that differ, and a step that goes back.</summary>
public class DataCorruptionTests
{
    private static readonly TimeSpan s_retry = TimeSpan.FromMilliseconds(100);
    private readonly TrainingPlan _plan;
    private readonly ShardComputer _computer;
    private readonly FloatPool _pool;
    private readonly PooledFloats _initial;
    private readonly ParameterSlice _slice;
    private readonly List<SliceEffect> _effects = [];
    private TimeSpan _now = TimeSpan.FromSeconds(1);

    public DataCorruptionTests()
    {
        var (job, data) = TestJobs.Named("logistic");
        _plan = new TrainingPlan(job, data);
        var rows = new ShardStore(data, _plan.ShardCount);
        _computer = new ShardComputer(_plan, rows);
        _pool = new FloatPool(_plan.Model.ParameterCount);
        _initial = _pool.Rent();
        _plan.InitialParameters(rows).CopyTo(_initial.Span);
        _slice = new ParameterSlice(_plan, 0, "a", 0, _initial.Span, s_retry);
        _slice.Handle(Directive(), _now, _effects);
    }

    [Fact]
    public void Handle_SecondAnswerWithTheSameBits_IsNoAlarm()
    {
        Answer("a", shard: 2);
        AskAgain();
        Answer("b", shard: 2);

        Assert.Null(Alarm);
        Assert.Equal(1, _slice.ComparedCount);
    }

    [Fact]
    public void Handle_SecondAnswerWithOtherBits_EndsTheRunAndNamesBothNodes()
    {
        Answer("a", shard: 2);
        AskAgain();
        Answer("b", shard: 2, values => values[7] = MathF.BitIncrement(values[7]));

        Assert.Equal(
            (RunEnd.Corrupted, "data corruption: nodes a and b computed different bits for shard 2 of step 0, slice " +
                "0; one of them is broken: train without it"),
            (Alarm!.End, Alarm.What));
    }

    [Fact]
    public void Handle_SecondAnswerAfterTheStepWasMade_IsComparedAllTheSame()
    {
        AskAgain();
        for (int shard = 0; shard < _plan.ShardCount; shard++) Answer("a", shard);
        Assert.Equal(1, _slice.Step);
        Answer("b", shard: 3);
        Assert.Null(Alarm);
        Answer("c", shard: 3, values => values[0] = -values[0]);

        Assert.Contains("nodes a and c computed different bits for shard 3 of step 0", Alarm!.What);
    }

    /// <summary>It was begun once more after its evaluation, by a node that a shard had come to.</summary>
    [Fact]
    public void Handle_FullPassOfAnEarlierStep_IsNotCountedForTheNext()
    {
        Answer("b", shard: 2, pass: Pass.Full);
        for (int shard = 0; shard < _plan.ShardCount; shard++) Answer("a", shard);
        _slice.Handle(
            Directive() with { Sequence = 2, Limit = 1, EvaluateAt = 1, HasFullPass = true }, _now, _effects);
        for (int shard = 0; shard < _plan.ShardCount; shard++)
        {
            if (shard != 2) Answer("a", shard, pass: Pass.Full, step: 1);
        }
        Assert.Empty(_effects.OfType<SliceEffect.ReportGradient>());
        Answer("a", shard: 2, pass: Pass.Full, step: 1);

        Assert.Single(_effects.OfType<SliceEffect.ReportGradient>());
    }

    [Fact]
    public void Handle_TwoAnswersThatAreNoNumbers_MayDiffer()
    {
        AskAgain();
        Answer("a", shard: 2, values => values[7] = float.NaN);
        Answer("b", shard: 2, values => values[7] = BitConverter.UInt32BitsToSingle(0x7FC00001));

        Assert.Null(Alarm);
    }

    [Fact]
    public void Tick_AfterAnAlarm_SaysItAgain()
    {
        Answer("a", shard: 2);
        AskAgain();
        Answer("b", shard: 2, values => values[7] += 1);
        _effects.Clear();
        _slice.Tick(_now += s_retry, _effects);

        Assert.NotNull(Alarm);
    }

    [Theory]
    [InlineData(2, 3, null)]
    [InlineData(3, 8, null)]
    [InlineData(3, 7, "slice 0 went back from step 9, published in term 2, to step 7 in term 3, as node a saw: a " +
        "state was lost or is of another run")]
    public void Handle_SliceOfAnEarlierStep_IsBrokenWhereItsTermIsHigher(long term, long step, string? sentence)
    {
        var node = new NodeProtocol("a", _plan, s_retry);
        var effects = new List<NodeEffect>();
        node.Handle(new SlicePublished(0, 0, 2, 9, false, 0, _initial.Retain()), _now, effects);
        node.Handle(new SlicePublished(0, 0, term, step, false, 0, _initial.Retain()), _now, effects);

        Assert.Equal(sentence, effects.OfType<NodeEffect.Broken>().SingleOrDefault()?.Message.What);
    }

    private Divergence? Alarm => _effects.OfType<SliceEffect.Diverged>().SingleOrDefault()?.Message;

    private void Answer(
        string node, int shard, Spoiler? spoil = null, Pass pass = Pass.MiniBatch, long step = 0)
    {
        var sum = _computer.Gradient(shard, pass, new ParameterVersion(step, false, 0, _initial), _pool, out _);
        spoil?.Invoke(sum.Values.Span);
        _slice.Handle(new GradientPart(0, sum, node), _now, _effects);
    }

    private delegate void Spoiler(Span<float> values);

    private void AskAgain()
    {
        _slice.Tick(_now += s_retry, _effects);
        Assert.NotEmpty(_effects.OfType<SliceEffect.RequestGradient>());
    }

    private RunDirective Directive()
    {
        var layout = new Layout(
            2, 0, ["a", "b"], [], ["", ""], [.. Enumerable.Repeat("a", _plan.ShardCount)], ["a"], ["a"], [[]]);
        return new RunDirective(1, "a", layout, null, 10, 10, false, true, [], [], false, -1, null, null);
    }
}
