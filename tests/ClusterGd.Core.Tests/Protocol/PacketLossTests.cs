using ClusterGd.Core.Protocol;
using Xunit;

namespace ClusterGd.Core.Tests.Protocol;

public class PacketLossTests
{
    private readonly PacketLoss _loss = new();
    private long _sent, _repeated;

    [Fact]
    public void Look_OneInFiveIsSentAgain_IsLossyWithThatShare()
    {
        Pass(looks: 20, sent: 10, repeated: 2);

        Assert.Equal([new LossyLink("b", 0.2)], _loss.Lossy);
    }

    [Fact]
    public void Look_OneInAHundredIsSentAgain_IsNoLoss()
    {
        Pass(looks: 40, sent: 100, repeated: 1);

        Assert.Empty(_loss.Lossy);
    }

    [Theory]
    [InlineData(3, false)]
    [InlineData(4, true)]
    public void Look_LossAtFewMoments_IsLossyFromTheFourthOn(int looks, bool isLossy)
    {
        Pass(looks: 8, sent: 10, repeated: 0);
        Pass(looks, sent: 20, repeated: 10);

        Assert.Equal(isLossy, _loss.Lossy.Any());
    }

    [Theory]
    [InlineData(4, false)]
    [InlineData(5, true)]
    public void Look_FewSegments_AreNoLossUpToNineteen(int sentEach, bool isLossy)
    {
        Pass(looks: 4, sentEach, repeated: 1);

        Assert.Equal(isLossy, _loss.Lossy.Any());
    }

    /// <summary>A dead link, or packets too large for the way: repeated until the connection is made again.</summary>
    [Fact]
    public void Look_ConnectionNeverCatchesUp_IsNoLoss()
    {
        for (int connection = 1; connection <= 10; connection++)
        {
            for (int look = 0; look < 6; look++)
            {
                _loss.Saw("b", 0, new SegmentCounters(connection, IsSettled: look == 0, 10 + 5 * look, 5 * look));
                _loss.Look(["b"]);
            }
        }

        Assert.Empty(_loss.Lossy);
    }

    [Fact]
    public void Saw_ConnectionCatchesUpLater_CountsWhatWasHeldBack()
    {
        Pass(looks: 3, sent: 10, repeated: 2);
        Pass(looks: 3, sent: 10, repeated: 2, isSettled: false);
        Assert.Empty(_loss.Lossy);
        Pass(looks: 1, sent: 10, repeated: 2);

        Assert.Equal([new LossyLink("b", 0.2)], _loss.Lossy);
    }

    [Fact]
    public void Saw_AnotherConnection_CountsFromItsBeginning()
    {
        Pass(looks: 4, sent: 10, repeated: 2);
        _loss.Saw("b", 0, new SegmentCounters(2, true, 10, 2));
        _loss.Look(["b"]);

        Assert.Equal([new LossyLink("b", 0.2)], _loss.Lossy);
    }

    [Fact]
    public void Look_LossIsOver_IsGoodAgainAfterTheWindow()
    {
        Pass(looks: 16, sent: 10, repeated: 2);
        Pass(looks: 13, sent: 10, repeated: 0);
        Assert.NotEmpty(_loss.Lossy);
        Pass(looks: 3, sent: 10, repeated: 0);

        Assert.Empty(_loss.Lossy);
    }

    [Fact]
    public void Look_PeerIsGone_IsForgotten()
    {
        Pass(looks: 16, sent: 10, repeated: 2);
        _loss.Look(["c"]);

        Assert.Empty(_loss.Lossy);
    }

    private void Pass(int looks, int sent, int repeated, bool isSettled = true)
    {
        for (int i = 0; i < looks; i++)
        {
            (_sent, _repeated) = (_sent + sent, _repeated + repeated);
            _loss.Saw("b", 0, new SegmentCounters(1, isSettled, _sent, _repeated));
            _loss.Look(["b"]);
        }
    }
}
