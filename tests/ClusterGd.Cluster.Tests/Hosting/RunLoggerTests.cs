using ClusterGd.Cluster.Hosting;
using ClusterGd.Cluster.Logging;
using ClusterGd.Cluster.Transport;
using ClusterGd.Core.Data;
using ClusterGd.Core.Protocol;
using ClusterGd.Tests;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace ClusterGd.Cluster.Tests.Hosting;

public class RunLoggerTests
{
    private const ulong RunId = 7;
    private readonly List<string> _messages = [];

    [Fact]
    public void Directives_OnceEach_AreLoggedWithWhatIsNew()
    {
        var logger = new RunLogger(new ListLog(_messages), RunId);
        var first = new Directed(DirectiveOf(1, "a", "b"));
        var second = new Directed(DirectiveOf(2, "b"));

        foreach (var directed in new[] { first, first, second, first }) logger.Take(directed, 5);

        Assert.Equal(
        [
            "run 0000000000000007 step 5: a is coordinator",
            "run 0000000000000007 step 5: a takes part: why 1",
            "run 0000000000000007 step 5: b takes part: why 1",
            "run 0000000000000007 step 5: layout: why 1: a: nothing; b: nothing",
            "run 0000000000000007 step 5: a takes no part any more: why 2",
            "run 0000000000000007 step 5: layout: why 2: b: nothing",
        ], _messages);
    }

    [Fact]
    public void Waits_OfOneThing_AreLoggedEachTimeTheyHaveDoubled()
    {
        var logger = new RunLogger(new ListLog(_messages), RunId);
        for (int i = 0; i <= 5; i++) logger.Take(new Waiting("a node", TimeSpan.FromSeconds(i)), 0);

        Assert.Equal(
        [
            "run 0000000000000007 waits for a node since 1.0 s", "run 0000000000000007 waits for a node since 2.0 s",
            "run 0000000000000007 waits for a node since 4.0 s",
        ], _messages);
    }

    [Fact]
    public void Events_WithoutALog_AllocateNothing()
    {
        var logger = new RunLogger(NullLogger.Instance, RunId);
        TrainingEvent[] events =
        [
            new Progress(1, 2, 1, 1, 0.5, 1, TimeSpan.Zero, 0), new Waiting("a node", TimeSpan.FromSeconds(3)),
            new Note("something"), new Directed(DirectiveOf(1, "a")),
        ];
        foreach (var e in events) logger.Take(e, 1);

        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 1000; i++)
        {
            foreach (var e in events) logger.Take(e, i);
        }
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void Fail_OfAPart_IsAnErrorWithItsTraceOnce()
    {
        var (job, data) = TestJobs.Named("logistic");
        var plan = new TrainingPlan(job, data);
        var log = new Levels();
        var run = new RunContext(plan, new ShardStore(data, plan.ShardCount))
        {
            RunId = RunId, DataPlane = new InProcessDataPlane(), Report = _ => { }, Log = log,
        };
        var bug = new InvalidOperationException("first");

        run.Fail("SomeActor on Some", bug);
        run.Fail("OtherActor on Some", new InvalidOperationException("second"));

        Assert.Equal([(LogLevel.Error, bug)], log.Of(LogLevel.Error));
        Assert.Single(log.Of(LogLevel.Debug));
    }

    [Fact]
    public void ShownWarnings_ForAPerson_AreTheWarningsAloneWhateverTheLevel()
    {
        var shown = new ShownWarnings(NullLogger.Instance, _messages.Add);

        shown.CheckpointSaved(3);
        shown.RecordMoved("/runs/b");
        shown.PartFailed(new IOException(), "7", 3, "SomeActor");

        Assert.Equal(["The run folder was moved to /runs/b; the run goes on there."], _messages);
    }

    private static RunDirective DirectiveOf(int term, params string[] nodes)
    {
        var layout = new Layout(term, 0, [.. nodes], [], [], [], [], [], []) { Why = $"why {term}" };
        return new RunDirective("a", layout) { Sequence = 1, IsSettled = true };
    }

    private sealed class Levels : ILogger
    {
        private readonly List<(LogLevel, Exception?)> _all = [];

        public List<(LogLevel Level, Exception? Failure)> Of(LogLevel level) => _all.FindAll(e => e.Item1 == level);

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel level) => true;

        public void Log<TState>(
            LogLevel level, EventId id, TState state, Exception? exception,
            Func<TState, Exception?, string> formatter) => _all.Add((level, exception));
    }
}
