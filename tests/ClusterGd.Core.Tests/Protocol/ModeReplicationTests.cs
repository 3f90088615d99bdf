using ClusterGd.Core.Protocol;
using Xunit;

namespace ClusterGd.Core.Tests.Protocol;

/// <summary>What a mode's server knows of its backup b; two lines may be under way.</summary>
public class ModeReplicationTests
{
    private readonly ModeReplication _backups = new(window: 2);

    public ModeReplicationTests()
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
        Assert.False(_backups.Acknowledge("b", 0, term: 2, serverTerm: 1));

        Assert.Equal(["b"], _backups.Wanting);
        Assert.False(_backups.HaveAll);
    }

    private void Add(int index) =>
        _backups.Add(new ModeEntry(1, index, new LogEntry(0, index, index, IsCounted: true), null, false, false));

    private bool Has(int lines) => _backups.Acknowledge("b", lines, term: 1, serverTerm: 1);
}
