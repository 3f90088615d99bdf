using System.Collections.Immutable;
using System.Runtime.Serialization;
using Akka.Actor;
using ClusterGd.Cluster.Wire;
using ClusterGd.Core.Convergence;
using ClusterGd.Core.Data;
using ClusterGd.Core.Events;
using ClusterGd.Core.Protocol;
using Xunit;

namespace ClusterGd.Cluster.Tests.Wire;

public sealed class WireTableTests : IDisposable
{
    private static readonly Layout s_layout = new(
        3, 1, ["a", "b"], ["c"], ["a:1", "b:1", "c:1"], ["a", "b", "b"], ["a"], [""],
        [[new SliceBackup("b", 2)]], "node c is gone");

    private static readonly ImmutableSortedDictionary<string, double> s_metrics =
        ImmutableSortedDictionary.Create<string, double>(StringComparer.Ordinal).Add("accuracy", 0.5).Add("auc", 0.75);

    private static readonly Evaluation s_evaluation = new()
    {
        Step = 32, Epoch = 1, TrainLoss = 0.5, Metrics = s_metrics, Elapsed = TimeSpan.FromSeconds(2),
        Counted = [new StepsCounted(32, 32561, 0xFEDC_BA98_7654_3210)],
    };

    private static readonly object[] s_examples =
    [
        new NodeStatus("a", 4, "a:1", "data 12", true, 3, 2, new SliceHoldings([0], [99L], [2L]), 3, true, 97, 98,
            99),
        new RunDirective(5, "a", s_layout, s_layout with { Term = 4 }, 1000, 2000, true, false, [1], [0, 2], true, 32,
            new RunEnding(RunEnd.Finished, "10 epochs done", true, 320, 64, 310), s_evaluation, 64, "a:2"),
        new Held("b", 3, 12),
        new SliceReached(1, 12, 2),
        new SliceReport(2, new SliceSummary(1, 2, true, 3.5, 4, 5.5, 6.5, 7.5, 8.5, 9.5, 10, 11.5, 12, 13)),
        new ResultReceived("c", 1),
        new CheckpointHeld("c", 1, 64, TimeSpan.FromSeconds(3)),
        new SliceSummary(1, 2, true, 3.5, 4, 5.5, 6.5, 7.5, 8.5, 9.5, 10, 11.5, 12, 13),
        new SliceGradient(1, 2, 3.5, 4, 5.5, 6.5),
        new Divergence(9, "the loss became NaN"),
        new GradientRequest(4, Pass.Full, [0, 3]),
        new AssignmentRequest(3),
        new OrderRequest("c", 12),
        new SliceRequest(2, "b"),
        new StateRequest(2, "b"),
        new BackupCounted(1, 3),
        new NormFor(1, new SliceNorm(0, 5, 1.25)),
        new NormRequest(1, 5),
        new InterruptRun(),
        new RunOver(new RunOutcome(RunEnd.Finished, true, "10 epochs done", 320, 10, 0.25, s_metrics, [], 64)),
        new StartRun(7, "name: a9a", new DataSummary(
            new DataSchema
            {
                FeatureCount = 123, TargetKind = TargetKind.BinaryClass, ClassNames = ["-1", "+1"],
                ClassTotals = [3.5, 4],
            },
            32561, null, "ab"), 3, "c", "c:1"),
        new RunRefused(7, "a", "it is busy", RefusalKind.Unusable),
        new RunNews("2 of 3 nodes", 1.5),
        new StepMade(12, 0.25),
        new StepTimes(
            1, "a", 12, 30, 1.5, 1.75, [new NodeTimes("b", 1.25, 1, 20)], new SlowStep(14, 41, "b", 2, 3, 39, 38),
            "the gradient of shard 3", 1234),
        new NodeCounts("a", 5, 3),
        new StandInRequest(12, [3, 4]),
        new NodeSlow("a", 9),
        new LinkReport("b", [new SilentLink("a", TimeSpan.FromSeconds(3.5), true, false)])
        {
            Lossy = [new LossyLink("c", 0.25)],
        },
        new EvaluationBytes([1, 2, 3]),
        new Pulse("a", true, ["b", "c"]),
        new TakeOverFrom("a"),
        new RunTaken(7, "a", true),
        new NodeFailed("a"),
        new MemberReport("a", -5, 7, 8, true, ["b", "c"]),
        new RecallRun("a", 64),
        new RunMemory("a", new RunDirective(
            5, "a", s_layout, null, 1000, 2000, true, false, [], [], true, 32, null, null), [s_evaluation],
            new SliceHoldings([1], [9L], [-1L]),
            new RunEnding(RunEnd.Interrupted, "interrupted", false, 16, 16, 16), 48, HasMore: true),
    ];

    private readonly ActorSystem _system = ActorSystem.Create("wire");

    public static TheoryData<int> Rows => [.. Enumerable.Range(0, WireTable.All.Length)];

    public void Dispose() => _system.Dispose();

    [Theory]
    [MemberData(nameof(Rows))]
    public void Message_WrittenAndRead_IsTheSame(int row)
    {
        object message = s_examples.Single(m => m.GetType() == WireTable.All[row].Type);
        var serializer = new WireSerializer((ExtendedActorSystem)_system);

        byte[] bytes = serializer.ToBinary(message);
        object read = serializer.FromBinary(bytes, serializer.Manifest(message));

        Assert.Equal(bytes, serializer.ToBinary(read));
        Assert.Equal(message.GetType(), read.GetType());
        Assert.Equal(message.ToString(), read.ToString());
    }

    [Theory]
    [MemberData(nameof(Rows))]
    public void Message_AnyTruncation_IsRefused(int row)
    {
        object message = s_examples.Single(m => m.GetType() == WireTable.All[row].Type);
        var serializer = new WireSerializer((ExtendedActorSystem)_system);
        byte[] bytes = serializer.ToBinary(message);

        for (int length = 0; length < bytes.Length; length++)
        {
            byte[] cut = bytes[..length];
            Assert.ThrowsAny<Exception>(() => serializer.FromBinary(cut, serializer.Manifest(message)));
        }
    }

    [Fact]
    public void FromBinary_UnknownManifest_NamesIt()
    {
        var error = Assert.Throws<SerializationException>(
            () => new WireSerializer((ExtendedActorSystem)_system).FromBinary([], "nonsense/9"));

        Assert.Contains("'nonsense/9' is unknown", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Fallback_AnyOtherType_IsRefused()
    {
        var serializer = new DenySerializer((ExtendedActorSystem)_system);

        Assert.Throws<SerializationException>(() => serializer.ToBinary(new Uri("http://localhost")));
        Assert.Throws<SerializationException>(() => serializer.FromBinary([], typeof(Uri)));
    }
}
