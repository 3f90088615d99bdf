using ClusterGd.Core.Protocol;
using ClusterGd.Core.Reduction;
using Xunit;

namespace ClusterGd.Core.Tests.Protocol;

/// <summary>Wrong bits that no checksum knows of: two answers that differ, and a step that goes back.</summary>
public class DataCorruptionTests
{
    private static readonly TimeSpan s_retry = TimeSpan.FromMilliseconds(100);
    private readonly OneSlice _one = new(s_retry);

    public DataCorruptionTests() => _one.Follow(Directive());

    [Fact]
    public void Handle_SecondAnswerWithTheSameBits_IsNoAlarm()
    {
        _one.Answer("a", shard: 2);
        AskAgain();
        _one.Answer("b", shard: 2);

        Assert.Null(Alarm);
        Assert.Equal(1, _one.Slice.ComparedCount);
    }

    [Fact]
    public void Handle_SecondAnswerWithOtherBits_EndsTheRunAndNamesBothNodes()
    {
        _one.Answer("a", shard: 2);
        AskAgain();
        _one.Answer("b", shard: 2, values => values[7] = MathF.BitIncrement(values[7]));

        Assert.Equal(
            (RunEnd.Corrupted, "data corruption: nodes a and b computed different bits for shard 2 of step 0, slice " +
                "0; one of them is broken: train without it"),
            (Alarm!.End, Alarm.What));
    }

    [Fact]
    public void Handle_SecondAnswerAfterTheStepWasMade_IsComparedAllTheSame()
    {
        AskAgain();
        for (int shard = 0; shard < _one.Plan.ShardCount; shard++) _one.Answer("a", shard);
        Assert.Equal(1, _one.Slice.Step);
        _one.Answer("b", shard: 3);
        Assert.Null(Alarm);
        _one.Answer("c", shard: 3, values => values[0] = -values[0]);

        Assert.Contains("nodes a and c computed different bits for shard 3 of step 0", Alarm!.What);
    }

    /// <summary>It was begun once more after its evaluation, by a node that a shard had come to.</summary>
    [Fact]
    public void Handle_FullPassOfAnEarlierStep_IsNotCountedForTheNext()
    {
        _one.Answer("b", shard: 2, pass: Pass.Full);
        for (int shard = 0; shard < _one.Plan.ShardCount; shard++) _one.Answer("a", shard);
        _one.Follow(Directive() with { Sequence = 2, Limit = 1, EvaluateAt = 1, HasFullPass = true });
        for (int shard = 0; shard < _one.Plan.ShardCount; shard++)
        {
            if (shard != 2) _one.Answer("a", shard, pass: Pass.Full, step: 1);
        }
        Assert.Empty(_one.Effects.OfType<SliceGradient>());
        _one.Answer("a", shard: 2, pass: Pass.Full, step: 1);

        Assert.Single(_one.Effects.OfType<SliceGradient>());
    }

    [Fact]
    public void Handle_TwoAnswersThatAreNoNumbers_MayDiffer()
    {
        AskAgain();
        _one.Answer("a", shard: 2, values => values[7] = float.NaN);
        _one.Answer("b", shard: 2, values =>
            (values[7], values[8]) = (BitConverter.UInt32BitsToSingle(0x7FC00001), float.PositiveInfinity));

        Assert.Null(Alarm);
    }

    [Fact]
    public void Tick_AfterAnAlarm_SaysItAgain()
    {
        _one.Answer("a", shard: 2);
        AskAgain();
        _one.Answer("b", shard: 2, values => values[7] += 1);
        _one.Effects.Clear();
        _one.Slice.Tick(_one.Now += s_retry, _one.Effects);

        Assert.NotNull(Alarm);
    }

    [Theory]
    [InlineData(2, 3, null)]
    [InlineData(3, 8, null)]
    [InlineData(3, 7, "slice 0 went back from step 9, published in term 2, to step 7 in term 3, as node a saw: a " +
        "state was lost or is of another run")]
    public void Handle_SliceOfAnEarlierStep_IsBrokenWhereItsTermIsHigher(long term, long step, string? sentence)
    {
        var node = new NodeProtocol("a", _one.Plan, s_retry);
        var effects = new Outbox();
        node.Handle(new SlicePublished(0, 0, 2, 9, false, 0, _one.Initial.Retain()), _one.Now, effects);
        node.Handle(new SlicePublished(0, 0, term, step, false, 0, _one.Initial.Retain()), _one.Now, effects);

        Assert.Equal(sentence, effects.OfType<Divergence>().SingleOrDefault()?.What);
    }

    /// <summary>A coordinator that was cut off went on with this node, the others without it.</summary>
    [Fact]
    public void Handle_SliceOfAnEarlierStepUnderALaterCoordinator_IsGoneOnWith()
    {
        var node = new NodeProtocol("a", _one.Plan, s_retry);
        var effects = new Outbox();
        long first = Terms.First("a"), second = Terms.Block(first, "b");
        node.Handle(new SlicePublished(0, 0, first + 1, 9, false, 0, _one.Initial.Retain()), _one.Now, effects);
        node.Handle(new SlicePublished(0, 0, second + 1, 4, false, 0, _one.Initial.Retain()), _one.Now, effects);
        node.Handle(new SlicePublished(0, 0, second + 1, 5, false, 0, _one.Initial.Retain()), _one.Now, effects);

        Assert.Empty(effects.OfType<Divergence>());
        Assert.Equal([9L, 4, 5], effects.OfType<NodeEffect.Advanced>().Select(advanced => advanced.Version.Step));
        Assert.Equal(5, node.Current!.Step);
    }

    /// <summary>
    /// It comes back, hears the directive of the one that took over, and publishes what it has under that one's term.
    /// </summary>
    [Fact]
    public void Handle_SliceBeyondWhatItsCoordinatorAllowed_IsOfAnotherOneAndGoneBackFrom()
    {
        var node = new NodeProtocol("a", _one.Plan, s_retry);
        var effects = new Outbox();
        node.Handle(Directive() with { Limit = 24, EvaluateAt = 24 }, _one.Now, effects);
        node.Handle(new SlicePublished(0, 0, 2, 7489, false, 0, _one.Initial.Retain()), _one.Now, effects);
        node.Handle(new SlicePublished(0, 0, 3, 18, false, 0, _one.Initial.Retain()), _one.Now, effects);

        Assert.Empty(effects.OfType<Divergence>());
        Assert.Equal(18, node.Current!.Step);
    }

    private Divergence? Alarm => _one.Effects.OfType<Divergence>().SingleOrDefault();

    private void AskAgain()
    {
        _one.Slice.Tick(_one.Now += s_retry, _one.Effects);
        Assert.NotEmpty(_one.Effects.OfType<GradientRequest>());
    }

    private RunDirective Directive() => OneSlice.DirectiveOf(new Layout(
        2, 0, ["a", "b"], [], ["", ""], [.. Enumerable.Repeat("a", _one.Plan.ShardCount)], ["a"], ["a"], [[]]));
}
