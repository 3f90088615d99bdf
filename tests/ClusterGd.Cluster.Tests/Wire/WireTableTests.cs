using System.Collections.Immutable;
using System.Runtime.Serialization;
using Akka.Actor;
using ClusterGd.Cluster.Wire;
using ClusterGd.Core.Convergence;
using ClusterGd.Core.Protocol;
using Xunit;

namespace ClusterGd.Cluster.Tests.Wire;

public sealed class WireTableTests : IDisposable
{
    private static readonly Layout s_layout = new(3, ["a", "b"], ["a", "b", "b"], ["a"]);

    private static readonly ImmutableSortedDictionary<string, double> s_metrics =
        ImmutableSortedDictionary.Create<string, double>(StringComparer.Ordinal).Add("accuracy", 0.5).Add("auc", 0.75);

    private static readonly object[] s_examples =
    [
        new HostEntity(EntityKind.Slice, 7),
        new NodeStatus("a", "data 12", [1, 2], [0], [99L]),
        new RunDirective(5, s_layout, 1000, true, [1], [0, 2], true, 32, false, true),
        new Held("b", 12),
        new SliceSummary(1, 2, true, 3.5, 4, 5.5, 6.5, 7.5, 8.5, 9.5, 10, 11.5, 12),
        new SliceGradient(1, 2, 3.5, 4, 5.5, 6.5),
        new Divergence(9, "the loss became NaN"),
        new GradientRequest(4, Pass.Full, [0, 3]),
        new SliceRequest(2),
        new NormFor(1, new SliceNorm(0, 5, 1.25)),
        new NormRequest(1, 5),
        new InterruptRun(),
        new RunOver(new RunOutcome(RunEnd.Finished, "10 epochs done", 320, 10, 0.25, s_metrics,
            [
                new Evaluation
                {
                    Step = 32, Epoch = 1, TrainLoss = 0.5, Metrics = s_metrics, Elapsed = TimeSpan.FromSeconds(2),
                },
            ])),
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
