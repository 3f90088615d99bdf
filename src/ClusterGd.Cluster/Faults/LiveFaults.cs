using System.Collections.Concurrent;
using ClusterGd.Core.Faults;
using ClusterGd.Core.Reduction;

namespace ClusterGd.Cluster.Faults;

/// <summary>
/// What goes wrong on purpose in this process: with the messages that it sends, on both planes, and with its gradients.
/// Only a process that <c>clustergd chaos</c> started, and chaos's own client, has one. Each process strikes what it
/// sends itself, so both ends of a link must know of a fault. Thread-safe.
/// </summary>
/// <param name="seed">Draws which messages are struck.</param>
/// <param name="struck">Told the number of a fault that is over, and what it has struck; from any thread.</param>
public sealed class LiveFaults(ulong seed, Action<int, long> struck)
{
    private readonly LinkFaults<string> _links = new();
    private readonly ConcurrentDictionary<int, Lasting> _lasting = new();
    private readonly PhiloxDraws _draws = new(seed);
    private readonly List<Spoiler> _spoilers = [];
    private volatile bool _hasSpoilers;

    private sealed record Lasting(LinkFault<string> Link, Timer? Flapping);

    /// <summary>Gives one gradient wrong bits.</summary>
    private sealed record Spoiler(int Number, Fault Fault);

    /// <summary>host:port of this process's actor system, once it has one.</summary>
    public string Self { get; set; } = "";

    /// <summary>host:port of a client's data plane, once it has one.</summary>
    public string Endpoint { get; set; } = "";

    /// <summary>A fault begins.</summary>
    /// <param name="number">Its own, of the run.</param>
    /// <param name="fault">Of messages; or of one gradient, the first of its step or later: such a one may be told any
    /// time before.</param>
    /// <param name="nodes">host:port of those struck, of actor system and data plane, in the fault's order; null for
    /// all.</param>
    public void Begin(int number, Fault fault, IEnumerable<string>? nodes)
    {
        if (fault.Kind is FaultKind.NanGradient or FaultKind.FlippedBit)
        {
            lock (_spoilers)
            {
                if (!_spoilers.Exists(spoiler => spoiler.Number == number)) _spoilers.Add(new Spoiler(number, fault));
                _hasSpoilers = true;
            }
            return;
        }
        var link = new LinkFault<string>(fault, nodes?.ToList());
        var flapping = fault.Flap == TimeSpan.Zero
            ? null : new Timer(_ => link.IsOpen = !link.IsOpen, null, fault.Flap, fault.Flap);
        if (_lasting.TryAdd(number, new Lasting(link, flapping))) _links.Begin(link);
        else flapping?.Dispose();
    }

    /// <summary>It is over: nothing is struck any more.</summary>
    public void End(int number)
    {
        if (!_lasting.TryRemove(number, out var over)) return;
        _links.End(over.Link);
        over.Flapping?.Dispose();
        struck(number, over.Link.StruckCount);
    }

    /// <summary>What becomes of a message that this process sends.</summary>
    /// <param name="peer">host:port of the receiver, of its actor system or its data plane.</param>
    internal MessageFate FateTo(string peer, Traffic traffic) =>
        _links.FateOf(Self, peer, traffic, isObservers: false, _draws, struck: null);

    /// <summary>A number to choose a bit by.</summary>
    internal uint NextDraw() => _draws.Next();

    /// <summary>Gives a gradient wrong bits where a fault asks for them: once.</summary>
    /// <param name="values">Those of its numbers that are the caller's.</param>
    internal void Spoil(GradientSum sum, Span<float> values)
    {
        if (!_hasSpoilers || sum.Count == 0 || sum.Pass != Pass.MiniBatch) return;
        Spoiler? due;
        lock (_spoilers)
        {
            due = _spoilers.Find(spoiler => sum.Step >= spoiler.Fault.At.Step);
            if (due is null) return;
            WrongGradient.Spoil(due.Fault.Kind, values, _draws);
            _spoilers.Remove(due);
            _hasSpoilers = _spoilers.Count > 0;
        }
        struck(due.Number, 1);
    }
}
