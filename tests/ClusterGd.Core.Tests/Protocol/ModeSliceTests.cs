using System.Collections.Immutable;
using ClusterGd.Core.Options;
using ClusterGd.Core.Protocol;
using ClusterGd.Tests;
using Xunit;

namespace ClusterGd.Core.Tests.Protocol;

/// <summary>A mode's server, and its backup at node b, whose host may have died after the last step.</summary>
public class ModeSliceTests
{
    private static readonly TimeSpan s_retry = TimeSpan.FromSeconds(1);
    private readonly TrainingPlan _plan;

    public ModeSliceTests()
    {
        var (job, data) = TestJobs.Named("logistic");
        _plan = new TrainingPlan(
            job with { Training = job.Training with { Mode = Component.Of("asynchronous") } }, data);
    }

    /// <summary>The new host has not heard of the end, and goes on from before it.</summary>
    [Fact]
    public void Handle_LineForABackupThatIsFinal_AsksForTheWholeState()
    {
        var backup = Final(out var line);
        var effects = new Outbox();
        backup.Handle(line, s_retry, effects);

        Assert.True(effects.OfType<BackupStep>().Single().WantsState);
    }

    /// <summary>What it said may have come before the host knew that it is one.</summary>
    [Fact]
    public void Tick_BackupIsFinal_SaysAgainWhatItHas()
    {
        var backup = Final(out _);
        var effects = new Outbox();
        backup.Tick(2 * s_retry, effects);

        Assert.Single(effects.OfType<BackupStep>());
    }

    [Fact]
    public void Handle_TheEndRestoresTheBest_PublishesItsParameters()
    {
        var effects = new Outbox();
        var fresh = new ModeSlice(_plan, "a", 0, new float[_plan.Model.ParameterCount], s_retry);
        fresh.HandOver("b", effects);
        var state = effects.OfType<SliceState>().Single();
        float[] best = [.. state.Parameters.Select((_, i) => i + 0.5f)];
        var slice = (ModeSlice)Slice.Create(_plan, 0, "a", 0, state with { Best = best }, s_retry);
        var layout = new Layout(
            1, 0, ["a"], [], [""], [.. Enumerable.Repeat("a", _plan.ShardCount)], ["a"], ["a"], [[]]);
        effects.Clear();
        slice.Handle(
            OneSlice.DirectiveOf(layout) with { Ending = new RunEnding(RunEnd.Diverged, "NaN", true, 8, 4, 9) },
            TimeSpan.Zero, effects);

        var published = effects.OfType<SlicePublished>().First();
        Assert.True(published.IsFinal);
        Assert.Equal(best, published.Values.Span.ToArray());
    }

    /// <summary>Which evaluation was the best, the coordinator tells the host alone.</summary>
    [Fact]
    public void Handle_LineThatFollowsTheBest_LetsABackupKeepItsParameters()
    {
        float[] before = new float[_plan.Model.ParameterCount], best = [.. before.Select((_, i) => i + 0.5f)];
        var backup = Backup(state => state with { Parameters = best, Best = before }, out var host);
        foreach (var line in LinesOf(host)) backup.Handle(line with { FollowsBest = true }, s_retry, new Outbox());
        var effects = new Outbox();
        backup.Handle(
            DirectiveOf(2, "b", []) with { Ending = new RunEnding(RunEnd.Diverged, "NaN", true, 8, 4, 9) },
            TimeSpan.Zero, effects);

        Assert.Equal(best, effects.OfType<SlicePublished>().First().Values.Span.ToArray());
    }

    /// <summary>A state may be on the way for long, and the lines after it come first.</summary>
    [Fact]
    public void Restore_AnOlderStateThanItsOwn_ChangesNothing()
    {
        SliceState? old = null;
        var backup = Backup(state => old = state, out var host);
        foreach (var line in LinesOf(host)) backup.Handle(line, s_retry, new Outbox());
        var effects = new Outbox();
        backup.Restore(old!, effects);

        Assert.Equal(2, host.Log.Count);
        Assert.Equal(host.Log, backup.Log);
        Assert.Equal(2, effects.OfType<BackupStep>().Single().Step);
    }

    private ModeSlice Final(out SliceUpdate line)
    {
        var backup = Backup(state => state with { IsFinal = true }, out var host);
        line = LinesOf(host)[^1];
        return backup;
    }

    /// <summary>A backup at node b with a state before the first line, and a host at node a that has begun.</summary>
    private ModeSlice Backup(Func<SliceState, SliceState> change, out ModeSlice host)
    {
        var effects = new Outbox();
        host = new ModeSlice(_plan, "a", 0, new float[_plan.Model.ParameterCount], s_retry);
        host.HandOver("b", effects);
        var state = effects.OfType<SliceState>().Single();
        var directive = DirectiveOf(1, "a", [new SliceBackup("b", 1)]);
        var backup = (ModeSlice)Slice.Create(_plan, 0, "b", 0, change(state), s_retry);
        backup.Handle(directive, TimeSpan.Zero, new Outbox());
        host.Handle(directive, TimeSpan.Zero, effects);
        return backup;
    }

    private static List<SliceUpdate> LinesOf(ModeSlice host) =>
    [
        .. host.Log.Select((line, i) => new SliceUpdate(0, 0, null, false, false) { Line = new OrderLine(1, i, line) }),
    ];

    private RunDirective DirectiveOf(long term, string host, ImmutableArray<SliceBackup> backups) =>
        OneSlice.DirectiveOf(new Layout(
            term, 0, ["a", "b"], [], ["", ""], [.. Enumerable.Repeat("a", _plan.ShardCount)], [host], [host],
            [backups]));
}
