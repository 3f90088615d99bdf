using ClusterGd.Core.Protocol;
using Xunit;

namespace ClusterGd.Core.Tests.Protocol;

public class LayoutTests
{
    /// <summary>More nodes take part than there are shards, slices and backups to host.</summary>
    [Fact]
    public void Working_FewerShardsThanNodes_LeavesOutThoseWithoutAny()
    {
        var layout = new Layout(
            1, 0, ["a", "b", "c", "d"], ["z"], ["", "", "", "", ""], ["a", "a"], ["b"], [""],
            [[new SliceBackup("c", 1)]]);

        Assert.Equal(["a", "b", "c"], layout.Working.Order());
    }

    [Fact]
    public void Working_BeforeTheFirstLayout_IsNobody()
    {
        var layout = new Layout(0, 0, [], ["z"], [""], [""], [""], [""], [[]]);

        Assert.Empty(layout.Working);
    }
}
