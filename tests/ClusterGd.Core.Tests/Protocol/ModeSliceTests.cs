using ClusterGd.Core.Jobs;
using ClusterGd.Core.Protocol;
using ClusterGd.Tests;
using Xunit;

namespace ClusterGd.Core.Tests.Protocol;

/// <summary>A backup of a mode's server, whose host died after the last step.</summary>
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
        var effects = new List<SliceEffect>();
        backup.Handle(line, s_retry, effects);

        Assert.Equal(-1, effects.OfType<SliceEffect.ReportBackup>().Single().Message.Step);
    }

    /// <summary>What it said may have come before the host knew that it is one.</summary>
    [Fact]
    public void Tick_BackupIsFinal_SaysAgainWhatItHas()
    {
        var backup = Final(out _);
        var effects = new List<SliceEffect>();
        backup.Tick(2 * s_retry, effects);

        Assert.Single(effects.OfType<SliceEffect.ReportBackup>());
    }

    [Fact]
    public void Handle_TheEndRestoresTheBest_PublishesItsParameters()
    {
        var effects = new List<SliceEffect>();
        var fresh = new ModeSlice(_plan, "a", 0, new float[_plan.Model.ParameterCount], s_retry);
        fresh.HandOver("b", effects);
        var state = effects.OfType<SliceEffect.SendState>().Single().State;
        float[] best = [.. state.Parameters.Select((_, i) => i + 0.5f)];
        var slice = new ModeSlice(_plan, "a", 0, state with { Best = best }, s_retry);
        var layout = new Layout(
            1, 0, ["a"], [], [""], [.. Enumerable.Repeat("a", _plan.ShardCount)], ["a"], ["a"], [[]]);
        effects.Clear();
        slice.Handle(
            OneSlice.DirectiveOf(layout) with { Ending = new RunEnding(RunEnd.Diverged, "NaN", true, 8, 4, 9) },
            TimeSpan.Zero, effects);

        var published = effects.OfType<SliceEffect.Publish>().Single().Message;
        Assert.True(published.IsFinal);
        Assert.Equal(best, published.Values.Span.ToArray());
    }

    private ModeSlice Final(out ModeEntry line)
    {
        var effects = new List<SliceEffect>();
        var host = new ModeSlice(_plan, "a", 0, new float[_plan.Model.ParameterCount], s_retry);
        host.HandOver("b", effects);
        var state = effects.OfType<SliceEffect.SendState>().Single().State;
        var layout = new Layout(
            1, 0, ["a", "b"], [], ["", ""], [.. Enumerable.Repeat("a", _plan.ShardCount)], ["a"], ["a"],
            [[new SliceBackup("b", 1)]]);
        var directive = OneSlice.DirectiveOf(layout);
        var backup = new ModeSlice(_plan, "b", 0, state with { IsFinal = true }, s_retry);
        backup.Handle(directive, TimeSpan.Zero, []);
        host.Handle(directive, TimeSpan.Zero, effects);
        line = new ModeEntry(1, host.Log.Count - 1, host.Log[^1], null, false, false);
        return backup;
    }
}
