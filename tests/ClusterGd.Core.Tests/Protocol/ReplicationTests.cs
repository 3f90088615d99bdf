using ClusterGd.Core.Protocol;
using ClusterGd.Core.Reduction;
using Xunit;

namespace ClusterGd.Core.Tests.Protocol;

/// <summary>What a slice's host knows of its backup b; two updates may be under way.</summary>
public class ReplicationTests
{
    private readonly Replication _backups = new(window: 2);

    public ReplicationTests()
    {
        _backups.Follow([new SliceBackup("b", 1)]);
        _backups.Begin(0);
        Assert.True(Has(0));
    }

    [Fact]
    public void HaveAll_OneLineIsMissing_IsFalse()
    {
        Assert.True(_backups.HaveAll);
        Add(0);
        Assert.False(_backups.HaveAll);
        Has(1);

        Assert.True(_backups.HaveAll);
    }

    [Fact]
    public void IsFull_AsManyLinesUnderWayAsMayBe_IsTrue()
    {
        Add(0);
        Assert.False(_backups.IsFull);
        Add(1);

        Assert.True(_backups.IsFull);
    }

    [Fact]
    public void Acknowledge_OldWordAfterANewerOne_ChangesNothing()
    {
        Add(0);
        Add(1);
        Has(1);
        Has(0);

        Assert.False(_backups.IsFull);
        Assert.Equal(1, Assert.Single(_backups.MissingAt("b")).Index);
    }

    /// <summary>Its order is another: what it has of it says nothing.</summary>
    [Fact]
    public void Acknowledge_AsManyLinesOfAnotherTerm_WantsTheWholeState()
    {
        Assert.False(Has(0, orderTerm: 2));

        Assert.Equal(["b"], _backups.Wanting);
        Assert.False(_backups.HaveAll);
    }

    [Fact]
    public void Acknowledge_BehindAllThatIsKept_WantsTheWholeState()
    {
        Add(0);
        Has(1);
        Add(1);
        Has(2);
        Add(2);

        Assert.False(Has(0));
        Assert.Equal(["b"], _backups.Wanting);
    }

    [Fact]
    public void Acknowledge_WantsTheState_IsNotWhatItHas()
    {
        Assert.False(_backups.Acknowledge(new BackupStep(0, "b", 0, 0, false, 1, WantsState: true), orderTerm: 1));
        Assert.Null(_backups.StepOf("b"));
    }

    /// <summary>Whoever goes on in the host's place knows what it has published, from the first moment on.</summary>
    [Fact]
    public void HaveAll_BackupThatHasNotSaidAnything_IsFalse()
    {
        _backups.Follow([new SliceBackup("b", 1), new SliceBackup("c", 2)]);

        Assert.False(_backups.HaveAll);
        Assert.Equal(["c"], _backups.Behind);
    }

    [Fact]
    public void Add_UpdatesThatAllHave_GivesTheirBuffersBack()
    {
        var pool = new FloatPool(4);
        for (int i = 0; i < 10; i++)
        {
            _backups.Add(Update(i, pool.Rent()));
            Has(i + 1);
        }

        Assert.Equal(2, pool.CreatedCount);
    }

    [Fact]
    public void Add_NobodyIsABackup_GivesTheBufferBack()
    {
        var pool = new FloatPool(4);
        _backups.Follow([]);
        for (int i = 0; i < 3; i++) _backups.Add(Update(i, pool.Rent()));

        Assert.Equal(1, pool.CreatedCount);
        Assert.True(_backups.HaveAll);
    }

    private void Add(int index) => _backups.Add(Update(index, null));

    private static SliceUpdate Update(int index, PooledFloats? values)
    {
        var sum = values is null
            ? null : new GradientSum(index, Pass.MiniBatch, Subtree.Leaf(0), 1, 0, 0, 1, values);
        return new SliceUpdate(0, 0, sum, false, false)
        {
            Line = new OrderLine(1, index, new LogEntry(0, index, index, IsCounted: true)),
        };
    }

    private bool Has(int lines, long orderTerm = 1) =>
        _backups.Acknowledge(new BackupStep(0, "b", 0, lines, IsCounted: true, orderTerm), orderTerm: 1);
}
