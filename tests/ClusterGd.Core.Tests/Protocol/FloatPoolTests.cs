using ClusterGd.Core.Reduction;
using Xunit;

namespace ClusterGd.Core.Tests.Protocol;

public class FloatPoolTests
{
    [Fact]
    public void Rent_SeveralCameBack_GivesTheLastOfThemFirst()
    {
        var pool = new FloatPool(4);
        var buffers = Enumerable.Range(0, 20).Select(_ => pool.Rent()).ToList();
        foreach (var buffer in buffers) buffer.Release();

        for (int i = buffers.Count - 1; i >= 0; i--) Assert.Same(buffers[i], pool.Rent());

        Assert.False(pool.HasFree);
        Assert.Equal(20, pool.CreatedCount);
    }

    [Fact]
    public void Rent_FromManyThreads_GivesNoBufferTwice()
    {
        var pool = new FloatPool(1);
        Parallel.For(0, 8, thread =>
        {
            for (int i = 0; i < 20_000; i++)
            {
                var buffer = pool.Rent();
                buffer.Span[0] = thread;
                Thread.SpinWait(10);
                Assert.Equal(thread, buffer.Span[0]);
                buffer.Release();
            }
        });

        Assert.InRange(pool.CreatedCount, 1, 64);
    }
}
