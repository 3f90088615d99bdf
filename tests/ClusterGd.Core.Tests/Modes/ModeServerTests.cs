using ClusterGd.Core.Data;
using ClusterGd.Core.Jobs;
using ClusterGd.Core.Modes;
using ClusterGd.Core.Options;
using ClusterGd.Core.Protocol;
using ClusterGd.Core.Reduction;
using ClusterGd.Tests;
using Xunit;

namespace ClusterGd.Core.Tests.Modes;

/// <summary>Stops, and servers that go on from another's state or follow it line by line.</summary>
public class ModeServerTests
{
    private static readonly TrainingMode[] s_modes =
    [
        new BoundedStaleness(2), new Asynchronous(true, DelayCompensation.Adaptive, 2, 0.95), new KOfN(5),
        new LocalSteps(4, 0.7, 0.9),
    ];

    public static TheoryData<int> Modes() => [.. Enumerable.Range(0, s_modes.Length)];

    [Theory, MemberData(nameof(Modes))]
    public void StopAt_AStep_IsReachedWithNothingUnderWay(int mode)
    {
        var driver = new Driver(s_modes[mode]);
        driver.RunTo(5);

        Assert.True(driver.Server.IsStopped);
        Assert.Equal((5, driver.Server.VersionAt(5)), (driver.Server.Step, driver.Server.Version));
        Assert.Empty(driver.Server.Busy);
    }

    [Theory, MemberData(nameof(Modes))]
    public void NextStop_InTheMiddle_LosesNothingThatCounts(int mode)
    {
        var driver = new Driver(s_modes[mode]);
        driver.RunTo(8, resultsMax: 10);
        long stop = driver.Server.NextStop;
        driver.RunTo(stop);

        Assert.InRange(stop, 1, 8);
        Assert.Equal((stop, driver.Server.VersionAt(stop)), (driver.Server.Step, driver.Server.Version));
    }

    [Theory, MemberData(nameof(Modes))]
    public void Follow_EachLine_HasTheSameBitsAtEveryStop(int mode)
    {
        var driver = new Driver(s_modes[mode]);
        var backup = driver.NewServer();
        driver.Taken = (entry, push) => backup.Follow(entry, push?.Sum, push?.StateSince ?? 0, []);
        foreach (long stop in new[] { 3, 8, 11 })
        {
            driver.RunTo(stop);

            Assert.Equal(driver.Server.Parameters(), backup.Parameters());
            Assert.Equal(driver.Server.Log, backup.Log);
        }
    }

    [Fact]
    public void Handle_AResultTwiceOrOfAnotherTerm_CountsOnce()
    {
        var driver = new Driver(s_modes[1]);
        driver.RunTo(8, resultsMax: 9);
        int lines = driver.Server.Log.Count;
        driver.Server.Handle(Copy(driver.LastPush!), []);
        driver.Server.Handle(Copy(driver.LastPush!) with { Term = driver.Server.Term + 1 }, []);

        Assert.Equal(lines, driver.Server.Log.Count);
    }

    /// <summary>The learning rate is divided by the updates missed, and not at all for one that missed none.</summary>
    [Fact]
    public void Handle_ResultsThatMissedMoreAndMoreUpdates_MoveTheParametersByLess()
    {
        var (job, data) = TestJobs.Named("logistic");
        var plan = new TrainingPlan(job with
        {
            Loss = job.Loss with { L1 = 0, L2 = 0 },
            Optimizer = new OptimizerSpec { Kind = Component.Of("sgd"), LearningRate = 1 },
        }, data);
        float[] zeros = new float[plan.Model.ParameterCount];
        var server = ModeServer.Create(
            new Asynchronous(true, DelayCompensation.None, 0, 0), plan, zeros);
        List<Assignment> assignments = [];
        server.Start(assignments);
        List<float> moves = [];
        foreach (var due in assignments.Take(4).ToList())
        {
            float before = server.Parameters()[0];
            server.Handle(OnesFor(due), []);
            moves.Add(before - server.Parameters()[0]);
        }

        float[] expected = [1, 1, 1 / 2f, 1 / 3f];
        Assert.All(expected.Zip(moves), move => Assert.Equal(move.First, move.Second, 1e-5f));
    }

    /// <summary>v ← 0.9·v + Δ, w ← w − 0.7·(Δ + 0.9·v), where all workers changed by 1.</summary>
    [Fact]
    public void Handle_TwoRoundsOfLocalSteps_MoveByTheMeanChangeAndTheOuterMomentum()
    {
        var server = AtZero(new LocalSteps(4, 0.7, 0.9), out var due);
        foreach (float expected in (float[])[-1.33f, -3.227f])
        {
            List<Assignment> next = [];
            foreach (var assignment in due) Push(server, assignment, next);
            due = next;

            Assert.Equal(expected, server.Parameters()[0], 1e-5f);
        }
    }

    [Fact]
    public void Handle_ResultThatIsLateForItsStepOfKOfN_IsDropped()
    {
        var server = AtZero(new KOfN(2), out var due);
        foreach (var assignment in due.Take(3)) Push(server, assignment, []);

        Assert.Equal((1L, 2L, 1L), (server.Version, server.RowsCounted, server.DroppedCount));
    }

    /// <summary>Another server gave that assignment, and the workers may have begun with other state since.</summary>
    [Fact]
    public void Handle_ResultOfTheTermBefore_IsNotCountedButAnsweredWithTheAssignmentOfThisTerm()
    {
        var server = AtZero(new KOfN(2), out var due);
        server.BeginTerm(2, []);
        List<Assignment> next = [];
        Push(server, due[0], next);

        Assert.Equal(0, server.RowsCounted);
        Assert.Equal((0, 2L), (Assert.Single(next).Worker, next[0].Term));
    }

    private static ModeServer AtZero(TrainingMode mode, out List<Assignment> due)
    {
        var (job, data) = TestJobs.Named("logistic");
        var plan = new TrainingPlan(job, data);
        var server = ModeServer.Create(mode, plan, new float[plan.Model.ParameterCount]);
        server.Start(due = []);
        return server;
    }

    private static void Push(ModeServer server, Assignment due, List<Assignment> next) =>
        server.Handle(OnesFor(due), next);

    /// <summary>A gradient of one row, all ones.</summary>
    private static WorkerPush OnesFor(Assignment due)
    {
        var ones = new FloatPool(due.Model.Parameters.Length).Rent();
        ones.Span.Fill(1);
        return new WorkerPush(due.Term, due.Model.Step, new GradientSum(
            due.Sequence, Pass.MiniBatch, Subtree.Leaf(due.Worker), 1, 0, 0, 1, ones));
    }

    private static WorkerPush Copy(WorkerPush push)
    {
        var values = new FloatPool(push.Sum.Values.Length).Rent();
        push.Sum.Values.Span.CopyTo(values.Span);
        return push with { Sum = push.Sum with { Values = values } };
    }

    /// <summary>A server and its workers, one result after the other.</summary>
    private sealed class Driver
    {
        private readonly TrainingMode _mode;
        private readonly TrainingPlan _plan;
        private readonly ShardStore _store;
        private readonly ModeComputer _computer;
        private readonly Queue<Assignment> _due = [];
        private readonly List<Assignment> _news = [];

        public Driver(TrainingMode mode)
        {
            var (job, data) = TestJobs.Named("logistic");
            _mode = mode;
            _plan = new TrainingPlan(job, data);
            _store = new ShardStore(data, _plan.ShardCount);
            _computer = new ModeComputer(mode, _plan, _store);
            Server = NewServer();
        }

        public ModeServer Server { get; }

        public WorkerPush? LastPush { get; private set; }

        public Action<LogEntry, WorkerPush?> Taken { get; set; } = (_, _) => { };

        public ModeServer NewServer() => ModeServer.Create(_mode, _plan, _plan.InitialParameters(_store));

        public void RunTo(long stop, int resultsMax = int.MaxValue)
        {
            Server.StopAt(stop, _news);
            Taken(Server.Log[^1], null);
            for (int i = 0; i < resultsMax; i++)
            {
                foreach (var assignment in _news) _due.Enqueue(assignment);
                _news.Clear();
                if (!_due.TryDequeue(out var next)) return;
                var push = _computer.Compute(next, out var divergence)!;
                Assert.Null(divergence);
                var copy = Copy(push);
                LastPush = Copy(push);
                int lines = Server.Log.Count;
                Server.Handle(push, _news);
                if (Server.Log.Count > lines) Taken(Server.Log[lines], copy);
            }
        }
    }
}
