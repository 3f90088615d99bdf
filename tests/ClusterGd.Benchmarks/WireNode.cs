using Akka.Actor;
using Akka.Configuration;
using ClusterGd.Cluster.Transport;
using ClusterGd.Core.Kernels;
using ClusterGd.Core.Reduction;

namespace ClusterGd.Benchmarks;

/// <summary>
/// One of two processes that <see cref="WireBenchmark"/> joins in both ways: an actor system with Akka.Remote and a
/// tensor transport. Says that each tensor came, on the way it came, and answers what else its actor is told.
/// </summary>
internal sealed class WireNode : ITensorReceiver, IDisposable
{
    /// <summary>Of the program: what starts one of these in place of benchmarks.</summary>
    public const string Argument = "wire-node";

    private const string ActorName = "wire", Settings = """
        akka { loglevel = ERROR, stdout-loglevel = ERROR
          actor.provider = remote
          remote.dot-netty.tcp { hostname = 127.0.0.1, port = 0
            maximum-frame-size = 64m, send-buffer-size = 64m, receive-buffer-size = 64m } }
        """;

    private static readonly byte[] s_arrived = new byte[8];
    private readonly TensorListener _listener;
    private readonly TensorTransport _transport;
    private readonly ActorSystem _system = ActorSystem.Create("wire", ConfigurationFactory.ParseString(Settings));
    private readonly IActorRef _actor;

    public WireNode(string name, string? peerEndpoint)
    {
        var options = new TransportOptions { UsesLocalSockets = false };
        _listener = TensorListener.Start("127.0.0.1", 0, options);
        _transport = new TensorTransport(_listener, new Handshake(1, name, "job", "data", "1"), this, options);
        PeerEndpoint = peerEndpoint;
        _actor = _system.ActorOf(Props.Create(() => new WireActor(Arrived)), ActorName);
    }

    /// <summary>Counts the tensors of this side that arrived at the other.</summary>
    public SemaphoreSlim Arrived { get; } = new(0);

    public string Endpoint => $"127.0.0.1:{_listener.Port}";

    public string? PeerEndpoint { get; set; }

    private string Address => ((ExtendedActorSystem)_system).Provider.DefaultAddress.ToString();

    public static int Run(string[] arguments)
    {
        using var node = new WireNode("far", arguments[1]);
        Console.WriteLine($"{node.Address}/user/{ActorName} {node.Endpoint}");
        Console.In.ReadToEnd();
        return 0;
    }

    /// <summary>The other process's actor.</summary>
    public IActorRef Find(string path) => _system.ActorSelection(path).ResolveOne(TimeSpan.FromSeconds(10)).Result;

    public void Tell(IActorRef peer, byte[] tensor) => peer.Tell(tensor, _actor);

    public void Send(PooledFloats tensor)
    {
        var header = new FrameHeader { Kind = FrameKind.GradientPart, Element = ElementType.Float32 };
        _transport.Send(PeerEndpoint!, in header, tensor, 0, tensor.Length);
    }

    public long MaxBytes(in FrameHeader header) => 64 << 20;

    public void Receive(in FrameHeader header, string node, PooledFloats values)
    {
        values.Release();
        _transport.Send(PeerEndpoint!, new FrameHeader { Kind = FrameKind.EvaluationPart }, s_arrived);
    }

    public void Receive(in FrameHeader header, ReadOnlySpan<byte> payload) => Arrived.Release();

    public void PeerChanged(PeerEvent happened) { }

    public void Failed(Exception bug) { }

    public void Dispose()
    {
        _transport.Dispose();
        _listener.Dispose();
        _system.Terminate().Wait(TimeSpan.FromSeconds(10));
        Arrived.Dispose();
    }

    private sealed class WireActor(SemaphoreSlim arrived) : UntypedActor
    {
        protected override void OnReceive(object message)
        {
            if (message is byte[] { Length: 8 }) arrived.Release();
            else if (message is byte[]) Sender.Tell(s_arrived);
            else Sender.Tell(message);
        }
    }
}
