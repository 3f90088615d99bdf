using Akka.Actor;
using Akka.TestKit.Xunit2;
using ClusterGd.Cluster.Actors;
using ClusterGd.Cluster.Hosting;
using ClusterGd.Cluster.Transport;
using ClusterGd.Cluster.Wire;
using ClusterGd.Core.Data;
using ClusterGd.Core.Metrics;
using ClusterGd.Core.Protocol;
using ClusterGd.Core.Reduction;
using ClusterGd.Tests;
using Xunit;

namespace ClusterGd.Cluster.Tests.Actors;

/// <summary>A role's mailbox and its router, with a role that does what the test says.</summary>
public class RoleActorTests : TestKit
{
    private const string Config =
        "akka { actor.provider = cluster, remote.dot-netty.tcp { hostname = localhost, port = 0 } }";

    private readonly InProcessDataPlane _plane = new();
    private readonly RunContext _run;
    private readonly string _here;

    public RoleActorTests() : base(Config)
    {
        var (job, data) = TestJobs.Named("logistic");
        var plan = new TrainingPlan(job, data);
        _run = new RunContext(plan, new ShardStore(data, plan.ShardCount))
        {
            RunId = RunIds.New(), DataPlane = _plane, Report = _ => { },
        };
        _here = NodeActor.NameOf(Sys);
    }

    private sealed record Told(string What) : Effect;

    private sealed class ScriptedRole(Action<object, Outbox> handle) : IRole
    {
        public void Handle(object message, TimeSpan now, Outbox outbox) => handle(message, outbox);

        public void Tick(TimeSpan now, Outbox outbox) => outbox.Do(new Told("tick"));
    }

    /// <summary>Hands effects to the test.</summary>
    private sealed class ScriptedActor(RunContext run, IActorRef home, IActorRef test, IRole role)
        : RoleActor(run, home)
    {
        protected override IRole Role => role;

        protected override void Do(Effect effect)
        {
            if (effect is Told { What: "again" }) Answer("answer");
            else test.Tell(effect);
        }
    }

    [Fact]
    public void Tick_Arrives_IsTheRolesTick()
    {
        Start((_, _) => { }).Tell(ProtocolTick.Instance);

        ExpectMsg(new Told("tick"), Limits.Hang);
    }

    [Fact]
    public void Effect_ThatIsAnsweredAtOnce_IsFollowedByWhatTheAnswerBrings()
    {
        var actor = Start((message, outbox) =>
        {
            if (message is "answer") outbox.Do(new Told("answered"));
            else
            {
                outbox.Do(new Told("again"));
                outbox.Do(new Told("last"));
            }
        });
        actor.Tell("go");

        ExpectMsg(new Told("last"), Limits.Hang);
        ExpectMsg(new Told("answered"), Limits.Hang);
    }

    [Fact]
    public void Send_ToARoleOfThisProcess_HandsItOverByReference()
    {
        var request = new GradientRequest(3, Pass.MiniBatch, [1]);
        _plane.Here.Attach(RoleAddress.OfNode(_here), TestActor);
        Start((_, outbox) => outbox.Send(RoleAddress.OfNode(_here), request)).Tell("go");

        Assert.Same(request, ExpectMsg<GradientRequest>(Limits.Hang));
    }

    [Fact]
    public void Send_ToTheCoordinator_GoesByTheNodesWayToIt()
    {
        var held = new Held(_here, 2, 5);
        Start((_, outbox) => outbox.Send(RoleAddress.Coordinator, held)).Tell("go");

        Assert.Same(held, ExpectMsg<Held>(Limits.Hang));
    }

    /// <summary>The node passes on what is for its slice.</summary>
    [Fact]
    public void Send_ToASliceElsewhere_GoesToTheActorOfItsNode()
    {
        var elsewhere = CreateTestProbe();
        Sys.ActorOf(Props.Create(() => new Forwarder(elsewhere)), _run.NodeActorName);
        string address = $"akka://{Sys.Name}";
        Start((_, outbox) => outbox.Send(RoleAddress.OfSlice(2, address), new SliceRequest(2, _here))).Tell("go");

        elsewhere.ExpectMsg(new SliceRequest(2, _here), Limits.Hang);
    }

    [Fact]
    public void Send_TensorToARoleThatIsNotThere_GivesItsBufferBack()
    {
        var pool = new FloatPool(4);
        var published = new SlicePublished(0, 0, 2, 1, false, 0.5, pool.Rent());
        Start((_, outbox) =>
        {
            outbox.Send(RoleAddress.OfNode("nowhere"), published);
            outbox.Do(new Told("sent"));
        }).Tell("go");
        ExpectMsg(new Told("sent"), Limits.Hang);

        Assert.True(pool.HasFree);
    }

    [Fact]
    public async Task Role_Throws_EndsTheRunAndTheActor()
    {
        var actor = Start((_, _) => throw new InvalidOperationException("on purpose"));
        Watch(actor);
        actor.Tell("go");

        ExpectTerminated(actor, Limits.Hang);
        var failure = await Assert.ThrowsAsync<RoleFailedException>(() => _run.Ended.Task.WaitAsync(Limits.Hang));
        Assert.Contains("on purpose", failure.Message, StringComparison.Ordinal);
    }

    /// <summary>An evaluation that the tensor plane leaves to the control plane goes as bytes.</summary>
    [Fact]
    public void Send_EvaluationThatThePlaneDoesNotTake_GoesByControl()
    {
        var run = new RunContext(_run.Plan, _run.Store)
        {
            RunId = RunIds.New(), DataPlane = new RefusingPlane(), Report = _ => { },
        };
        var part = new EvaluationPart(3, false, RowSet.Test, 1, new MetricSums { Count = 5 });
        Start((_, outbox) => outbox.Send(RoleAddress.Coordinator, part), run).Tell("go");

        Assert.Equal(part.Shard, Blobs.ReadEvaluation(ExpectMsg<EvaluationBytes>(Limits.Hang).Bytes, run.Plan).Shard);
    }

    private IActorRef Start(Action<object, Outbox> handle, RunContext? run = null)
    {
        var test = TestActor;
        return Sys.ActorOf(
            RunActor.Once(run ?? _run, () => new ScriptedActor(run ?? _run, test, test, new ScriptedRole(handle))));
    }

    private sealed class Forwarder(IActorRef to) : UntypedActor
    {
        protected override void OnReceive(object message) => to.Forward(message);
    }

    private sealed class RefusingPlane : IDataPlane
    {
        public Receivers Here { get; } = new();

        public void Follow(RunDirective directive) { }

        public bool Send(RoleAddress to, ITensorMessage message) => false;
    }
}
