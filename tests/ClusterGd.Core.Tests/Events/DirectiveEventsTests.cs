using ClusterGd.Core.Events;
using ClusterGd.Core.Protocol;
using Xunit;

namespace ClusterGd.Core.Tests.Events;

public class DirectiveEventsTests
{
    private static readonly Layout s_two = new(
        1, 0, ["a", "b"], [], ["", ""], ["a", "a", "b", "b"], ["a", "b"], ["", ""],
        [[new SliceBackup("b", 1)], [new SliceBackup("a", 1)]], "2 nodes are there");

    private static readonly RunDirective s_first =
        new("a", s_two) { Sequence = 1, Limit = 16, EvaluateAt = 16, IsSettled = true };

    private static readonly RunDirective s_afterADeath = s_first with
    {
        Coordinator = "b",
        Layout = new Layout(
            2, 0, ["b"], [], [""], ["b", "b", "b", "b"], ["b", "b"], ["b", "b"], [[], []], "node a is gone"),
    };

    private readonly DirectiveEvents _events = new();

    [Fact]
    public void Follow_TheFirst_SaysWhoHostsWhatAndWhy()
    {
        var events = _events.Follow(s_first, 0);

        Assert.Equal(
            [EventKind.Coordinator, EventKind.Joined, EventKind.Joined, EventKind.Placed],
            events.Select(happened => happened.Kind));
        Assert.Equal(
            "2 nodes are there: a: shards 0, 1, slice 0, backup of slice 1; b: shards 2, 3, slice 1, backup of slice 0",
            events[^1].Why);
    }

    [Fact]
    public void Follow_AHostGone_NamesWhoGoesOnInItsPlace()
    {
        _events.Follow(s_first, 0);

        var events = _events.Follow(s_afterADeath, 7);

        Assert.Equal(
            new RunEvent(
                EventKind.TakenOver, 7, "b", "b, the backup, goes on with slice 0 in place of a: node a is gone"),
            events.Single(happened => happened.Kind == EventKind.TakenOver));
        Assert.Equal(
            new RunEvent(EventKind.Left, 7, "a", "a takes no part any more: node a is gone"),
            events.Single(happened => happened.Kind == EventKind.Left));
        Assert.Equal(
            "b is coordinator, and a is no more",
            events.Single(happened => happened.Kind == EventKind.Coordinator).Why);
    }

    [Fact]
    public void Follow_LateOrAgain_SaysNothing()
    {
        _events.Follow(s_afterADeath, 7);

        Assert.Empty(_events.Follow(s_first, 7));
        Assert.Empty(_events.Follow(s_afterADeath with { Sequence = 2 }, 7));
    }

    [Fact]
    public void Follow_AnEnding_SaysItOnceWithItsReason()
    {
        _events.Follow(s_first, 16);
        var ending = s_first with
        {
            Sequence = 2, Ending = new RunEnding(RunEnd.Finished, "loss fell no more", true, 16, 8, 16),
        };

        Assert.Equal(
            [new RunEvent(EventKind.Stopped, 16, "", "loss fell no more; the parameters of step 8 are kept, the best")],
            _events.Follow(ending, 16));
        Assert.Empty(_events.Follow(ending with { Sequence = 3 }, 16));
    }
}
