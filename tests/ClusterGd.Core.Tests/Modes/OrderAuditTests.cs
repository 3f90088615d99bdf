using ClusterGd.Core.Jobs;
using ClusterGd.Core.Modes;
using ClusterGd.Core.Protocol;
using ClusterGd.Tests;
using Xunit;

namespace ClusterGd.Core.Tests.Modes;

public class OrderAuditTests
{
    private static readonly OrderAudit s_audit = NewAudit("asynchronous");

    private static LogEntry[] Right =>
    [
        new(LogEntry.TermBegins, 5, 0, false), new(LogEntry.StopSet, 1, 0, false),
        .. Enumerable.Range(0, 7).Select(worker => new LogEntry(worker, 0, 0, true)),
    ];

    [Fact]
    public void Check_EachResultOnce_FindsNothing() => Assert.Empty(Problems(Right, 1));

    [Fact]
    public void Check_AResultCountedTwice_NamesItsLineAndWorker() => Assert.Equal(
        ["line 9 counts result 0 of worker 3 once more"], Problems([.. Right, new(3, 0, 1, true)], 1));

    [Fact]
    public void Check_AResultLeftOut_NamesIt() => Assert.Equal(
        ["line 9 counts result 2 of worker 3 before result 1, which is missing"],
        Problems([.. Right, new(3, 2, 1, true)], 1));

    [Fact]
    public void Check_TooFewResults_SaysHowManyAreDue() => Assert.Equal(
        ["6 results are counted, 7 are due at step 1"], Problems(Right[..^1], 1));

    [Fact]
    public void Check_ALateResult_CountsForNothing() => Assert.Empty(
        NewAudit("kOfN", ("k", 7)).Check([.. Right, new LogEntry(2, 1, 0, false)], 1));

    [Fact]
    public void Check_AWorkerLeftOutWhereAllTakePart_NamesIt() => Assert.Equal(
        ["0 results of worker 6 are counted, 1 are due", "2 results of worker 0 are counted, 1 are due"],
        NewAudit("localSgd", ("every", 8)).Check([.. Right[..^1], new LogEntry(0, 1, 1, true)], 8).Order());

    private static IEnumerable<string> Problems(LogEntry[] lines, long step) => s_audit.Check(lines, step);

    private static OrderAudit NewAudit(string mode, params (string, object)[] options)
    {
        var (job, data) = TestJobs.Named("logistic");
        job = job with { Training = job.Training with { Mode = Component.Of(mode, options) } };
        return new OrderAudit(new TrainingPlan(job, data));
    }
}
