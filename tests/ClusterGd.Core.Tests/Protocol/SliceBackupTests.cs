using System.Collections.Immutable;
using ClusterGd.Core.Protocol;
using ClusterGd.Tests;
using Xunit;

namespace ClusterGd.Core.Tests.Protocol;

/// <summary>A slice's host at node a, and its backup at node b.</summary>
public class SliceBackupTests
{
    private static readonly TimeSpan s_retry = TimeSpan.FromSeconds(100);
    private readonly OneSlice _one = new(s_retry);

    [Fact]
    public void Handle_AllGradientsAndTheBackupAtTheSameStep_Updates()
    {
        Start();
        AnswerAll(0);
        Assert.Equal(0, _one.Slice.Step);
        BackupIsAt(0);

        Assert.Equal(1, _one.Slice.Step);
    }

    /// <summary>It could not be given the update before any more.</summary>
    [Fact]
    public void Handle_AllGradientsWhileABackupWouldBeTwoBehind_Waits()
    {
        Start();
        BackupIsAt(0);
        AnswerAll(0);
        AnswerAll(1);
        Assert.Equal(1, _one.Slice.Step);
        BackupIsAt(1);

        Assert.Equal(2, _one.Slice.Step);
    }

    [Fact]
    public void Handle_OldWordOfABackupAfterANewerOne_ChangesNothing()
    {
        Start();
        BackupIsAt(0);
        AnswerAll(0);
        BackupIsAt(1);
        BackupIsAt(0);
        AnswerAll(1);

        Assert.Equal(2, _one.Slice.Step);
    }

    /// <summary>What other slices told the host before has died with it.</summary>
    [Fact]
    public void Handle_BackupTakesOverWhereGradientsAreClipped_AsksForTheOtherSlicesNorms()
    {
        var (job, data) = TestJobs.Named("mlp");
        var plan = new TrainingPlan(job, data);
        var slice = new ParameterSlice(plan, 1, "b", 0, new float[plan.Model.ParameterCount], s_retry);
        Outbox effects = new();
        slice.Handle(LayoutOf(plan, 2, "a", "b"), _one.Now, effects);
        Assert.Empty(effects.OfType<NormRequest>());
        slice.Handle(LayoutOf(plan, 3, "b", "a"), _one.Now, effects);

        Assert.Equal(
            [.. new[] { 0, 2 }.Select(other => new NormRequest(other, 0))], effects.OfType<NormRequest>());
        Assert.Equal([0L, 0], effects.OfType<GradientRequest>().Select(request => request.Step));
    }

    private void Start() => _one.Follow(LayoutOf(_one.Plan, 2, "a", "b"));

    private static RunDirective LayoutOf(TrainingPlan plan, long term, string host, string backup)
    {
        ImmutableArray<string> slices = [.. Enumerable.Repeat(host, plan.SliceCount)];
        ImmutableArray<SliceBackup> backups = [new SliceBackup(backup, 2)];
        return OneSlice.DirectiveOf(new Layout(
            term, 0, ["a", "b"], [], ["", ""], [.. Enumerable.Repeat("a", plan.ShardCount)], slices, slices,
            [.. slices.Select(_ => backups)]));
    }

    private void AnswerAll(long step)
    {
        for (int shard = 0; shard < _one.Plan.ShardCount; shard++) _one.Answer("a", shard, step: step);
    }

    private void BackupIsAt(long step) =>
        _one.Slice.Handle(new BackupStep(0, "b", 0, step, IsCounted: true), _one.Effects);
}
