using System.Collections.Immutable;
using ClusterGd.Core.Convergence;
using ClusterGd.Core.Data;
using ClusterGd.Core.Kernels;
using ClusterGd.Core.Protocol;
using ClusterGd.Core.Reduction;
using ClusterGd.Tests;
using Xunit;

namespace ClusterGd.Core.Tests.Protocol;

/// <summary>
/// Slice 1 of a network with Adam and clipping: what its host at node a knows after three steps, of which the first was
/// evaluated and is the best, and what a backup knows that has followed each, or that got the whole state.
/// </summary>
public class HandOverTests
{
    private const int Index = 1, Generation = 0;
    private static readonly TimeSpan s_now = TimeSpan.FromSeconds(1), s_retry = TimeSpan.FromSeconds(10);
    private readonly TrainingPlan _plan;
    private readonly ShardComputer _computer;
    private readonly FloatPool _pool;
    private readonly float[] _initial;
    private readonly PooledFloats _parameters;
    private readonly ParameterSlice _host, _backup;
    private readonly Outbox _effects = new();
    private float[] _best = [];
    private long _term;

    public HandOverTests()
    {
        var (job, data) = TestJobs.Named("mlp");
        // An epoch is a step, so that the first step may be evaluated.
        job = job with { Training = job.Training with { BatchSize = data.Train.Count } };
        _plan = new TrainingPlan(job, data);
        var rows = new ShardStore(data, _plan.ShardCount);
        _computer = new ShardComputer(_plan, rows);
        _pool = new FloatPool(_plan.Model.ParameterCount);
        _initial = _plan.InitialParameters(rows);
        _parameters = _pool.Rent();
        _initial.CopyTo(_parameters.Span);
        (_host, _backup) = (NewSlice("a"), NewSlice("b"));
    }

    [Fact]
    public void Replicate_EachUpdate_GivesTheBackupTheWholeState()
    {
        MakeThreeSteps();

        AssertSame(StateOf(_host), StateOf(_backup));
    }

    [Fact]
    public void HandOver_AfterThreeSteps_HasTheBestTheMarkAndTheSumsSinceTheEvaluation()
    {
        MakeThreeSteps();
        var state = StateOf(_host);

        Assert.Equal(3, state.Step);
        Assert.Equal(_best, state.Best);
        Assert.Equal(_best, state.Marked);
        Assert.NotEqual(_best, state.Parameters);
        Assert.Equal(2, state.Statistics.StepCount);
        Assert.Contains(state.Slot0, value => value != 0);
        Assert.Contains(state.Slot1, value => value != 0);
    }

    [Fact]
    public void HandOver_ToANode_GoesOnWithTheSameBits()
    {
        MakeThreeSteps();
        var state = StateOf(_host);
        var successor = (ParameterSlice)Slice.Create(_plan, Index, "c", Generation, state, s_retry);
        AssertSame(state, StateOf(successor));
        successor.Handle(Directive("c", backup: null), s_now, new Outbox());
        _host.Handle(Directive("a", backup: null), s_now, new Outbox());
        foreach (var slice in (ParameterSlice[])[_host, successor]) MakeStep(slice, 3);

        Assert.Equal(4, successor.Step);
        AssertSame(StateOf(_host), StateOf(successor));
    }

    /// <summary>Another slice may be one update behind, and its host may have lost the norm with a message.</summary>
    [Fact]
    public void AnswerNorm_SliceThatGotTheWholeState_KnowsTheNormOfTheLastUpdate()
    {
        MakeThreeSteps();
        var successor = (ParameterSlice)Slice.Create(_plan, Index, "c", Generation, StateOf(_host), s_retry);
        Outbox mine = new(), its = new();
        successor.Handle(Directive("a", backup: null), s_now, new Outbox());
        _host.AnswerNorm(2, mine);
        successor.AnswerNorm(2, its);

        Assert.Equal(mine.OfType<NormFor>(), its.OfType<NormFor>());
        Assert.Equal(_plan.SliceCount - 1, its.Count);
        Assert.All(its.OfType<NormFor>(), norm => Assert.Equal(2, norm.Norm.Step));
    }

    /// <summary>What it says before may be the last that is heard of it.</summary>
    [Fact]
    public void Handle_UpdateForABackup_IsToldOnceItIsMade()
    {
        MakeStep(_host, 0, isFollowed: false);
        var update = _effects.OfType<SliceUpdate>().Last();
        Outbox told = new();
        _backup.Handle(update, s_now, told);

        Assert.Equal(1, Assert.Single(told.OfType<BackupStep>()).Step);
        Assert.True(Bits.AreEqual(_host.Parameters, _backup.Parameters));
    }

    [Fact]
    public void Restore_AnOlderStateThanItsOwn_ChangesNothing()
    {
        var old = StateOf(NewSlice("c"));
        MakeStep(_host, 0);
        _backup.Restore(old, new Outbox());

        Assert.Equal(1, _backup.Step);
    }

    [Fact]
    public void Handle_BackupTakesOver_PublishesWhatItHas()
    {
        MakeStep(_host, 0);
        Outbox effects = new();
        _backup.Handle(Directive("b", backup: null), s_now, effects);

        Assert.Equal([1L, 1, 1], effects.OfType<SlicePublished>().Select(published => published.Step));
    }

    [Fact]
    public void Tick_NormsAreMissingForLong_AreAskedForAgain()
    {
        _host.Handle(Directive("a", backup: null), s_now, new Outbox());
        AnswerAll(_host, 0);
        Outbox effects = new();
        _host.Tick(s_now + s_retry / 2, effects);
        Assert.Equal(0, effects.Count);
        _host.Tick(s_now + 2 * s_retry, effects);

        Assert.Equal(_plan.SliceCount - 1, effects.OfType<NormRequest>().Count(request => request.Step == 0));
    }

    private void MakeThreeSteps()
    {
        MakeStep(_host, 0);
        _best = _host.Parameters.ToArray();
        _host.Handle(Directive("a", "b") with
        {
            KeepBestStep = 1, Last = new Evaluation { Step = 1, Epoch = 0, TrainLoss = 1 },
        }, s_now, _effects);
        MakeStep(_host, 1);
        MakeStep(_host, 2);
    }

    private ParameterSlice NewSlice(string node)
    {
        var slice = new ParameterSlice(_plan, Index, node, Generation, _initial, s_retry);
        slice.Handle(Directive("a", "b"), s_now, new Outbox());
        if (node == "a") slice.Handle(new BackupStep(Index, "b", Generation, 0, IsCounted: true), _effects);
        return slice;
    }

    /// <summary>All shards' gradients and the other slices' norms come, so large that gradients are clipped.</summary>
    /// <param name="isFollowed">By the backup, which says so.</param>
    private void MakeStep(ParameterSlice slice, long step, bool isFollowed = true)
    {
        AnswerAll(slice, step);
        for (int other = 0; other < _plan.SliceCount; other++)
        {
            if (other != Index) slice.Handle(new SliceNorm(other, step, 100), _effects);
        }
        Assert.Equal(step + 1, slice.Step);
        if (!isFollowed || slice != _host) return;
        var update = _effects.OfType<SliceUpdate>().LastOrDefault();
        if (update?.Index != step) return;
        Outbox told = new();
        _backup.Handle(update, s_now, told);
        slice.Handle(told.OfType<BackupStep>().Last(), _effects);
    }

    private void AnswerAll(ParameterSlice slice, long step)
    {
        for (int shard = 0; shard < _plan.ShardCount; shard++)
        {
            var version = new ParameterVersion(step, false, 0, _parameters);
            var sum = _computer.Gradient(shard, Pass.MiniBatch, version, _pool, out _);
            slice.Handle(new GradientPart(Index, sum, "a"), s_now, _effects);
        }
    }

    /// <summary>Each holds over the one before.</summary>
    private RunDirective Directive(string host, string? backup)
    {
        ImmutableArray<string> hosts = [.. Enumerable.Repeat(host, _plan.SliceCount)];
        ImmutableArray<SliceBackup> backups = backup is null ? [] : [new SliceBackup(backup, 1)];
        return OneSlice.DirectiveOf(new Layout(
            ++_term, Generation, ["a", "b", "c"], ["z"], ["", "", "", ""],
            [.. Enumerable.Repeat("a", _plan.ShardCount)], hosts, hosts, [.. hosts.Select(_ => backups)]));
    }

    /// <summary>At a limit a state is handed over to whoever asks.</summary>
    private SliceState StateOf(ParameterSlice slice)
    {
        Outbox effects = new();
        slice.Handle(Directive("z", backup: null) with { Limit = slice.Step }, s_now, new Outbox());
        slice.HandOver("d", effects);
        return Assert.Single(effects.OfType<SliceState>());
    }

    private static void AssertSame(SliceState expected, SliceState actual)
    {
        Assert.Equal(
            (expected.Step, expected.StepLoss, expected.Statistics, expected.LastSummary, expected.LearningRate,
                expected.LastSquaredNorm),
            (actual.Step, actual.StepLoss, actual.Statistics, actual.LastSummary, actual.LearningRate,
                actual.LastSquaredNorm));
        Assert.Equal(expected.Parameters, actual.Parameters);
        Assert.Equal(expected.Slot0, actual.Slot0);
        Assert.Equal(expected.Slot1, actual.Slot1);
        Assert.Equal(expected.Marked, actual.Marked);
        Assert.Equal(expected.Best, actual.Best);
    }
}
