using System.Text;
using ClusterGd.Cluster.Faults;
using ClusterGd.Cluster.Logging;
using ClusterGd.Cluster.Rows;
using ClusterGd.Cluster.Wire;
using ClusterGd.Core.Data;
using ClusterGd.Core.Kernels;
using ClusterGd.Core.Protocol;
using ClusterGd.Core.Reduction;
using MessagePack;
using Microsoft.Extensions.Logging;

namespace ClusterGd.Cluster.Transport;

/// <summary>
/// Between the nodes of several processes: what is for this process is handed over by reference, the rest goes by
/// <see cref="TensorTransport"/> to where the layout says the receiver listens.
/// </summary>
public sealed class TcpDataPlane : IDataPlane, ITensorReceiver, IDisposable
{
    private const int EndpointBytesMax = 300, NodeBytesMax = 400;

    /// <summary>Scores of millions of rows would hold up, or not fit, what travels by the control plane.</summary>
    private const int EvaluationMaxByControl = 1 << 20;

    private readonly TensorTransport _transport;
    private readonly TrainingPlan _plan;
    private readonly StepFrames _steps;
    private readonly ModeFrames _modes;
    private readonly string _node, _endpoint;
    private readonly ILogger _log;
    private readonly DeathProbe _probe;
    private readonly LinkWatch _links;
    private readonly HashSet<(long, bool, RowSet, int)> _evaluationsSent = [];
    private readonly BlobPieces _pieces = new();
    private RunDirective? _directive;

    /// <param name="node">The name of the one node of this process.</param>
    /// <param name="endpoint">Where others reach this process's listener.</param>
    /// <param name="log">Warned of peers.</param>
    /// <param name="died">Told the name of a node whose process is gone; from any thread, perhaps repeatedly.</param>
    /// <param name="faults">What goes wrong on purpose; null for nothing.</param>
    public TcpDataPlane(
        TensorListener listener, Handshake handshake, TrainingPlan plan, string node, string endpoint,
        ILogger log, Action<string> died, LiveFaults? faults = null)
    {
        (_plan, _node, _endpoint, _log) = (plan, node, endpoint, log);
        _probe = new DeathProbe(died);
        _transport = new TensorTransport(listener, handshake, this, TransportOptions.For(plan), faults);
        _steps = new StepFrames(_transport, plan, node);
        _modes = new ModeFrames(_transport, plan);
        _links = new LinkWatch(node, endpoint, _transport, ReportBug);
    }

    /// <summary>Told of a bug in one of its threads; null for nobody.</summary>
    internal Action<Exception>? Failed { get; set; }

    /// <summary>What answers other nodes' requests for rows; null where nothing does.</summary>
    internal RowServer? Server { get; set; }

    /// <summary>What waits for rows; null where nothing does.</summary>
    internal RowFetcher? Fetcher { get; set; }

    public Receivers Here { get; } = new();

    public TransportCounters Counters => _transport.Counters;

    public void Follow(RunDirective directive)
    {
        _links.Follow(directive);
        var layout = directive.Layout;
        var before = Interlocked.Exchange(ref _directive, directive)?.Layout;
        if (before is null || before.Term == layout.Term) return;
        foreach (string endpoint in before.Endpoints.Except(layout.Endpoints)) _transport.Disconnect(endpoint);
    }

    public bool Send(RoleAddress to, ITensorMessage message)
    {
        if (message is EvaluationPart part) return Send(part);
        if (to.Node == _node) Here.Tell(to, message);
        else if (EndpointOf(to.Node) is not { } endpoint) message.Release();
        else
        {
            switch (message)
            {
                case SliceState state:
                    SendBlob(endpoint, FrameKind.SliceState, state.Slice, Blobs.Write(state));
                    break;
                case OrderPart order:
                    SendBlob(endpoint, FrameKind.OrderPart, 0, Blobs.Write(order));
                    break;
                default:
                    if (!_steps.Send(endpoint, message) && !_modes.Send(endpoint, message))
                    {
                        throw new InvalidOperationException($"no frame for {message}");
                    }
                    break;
            }
        }
        return true;
    }

    /// <summary>By the directive's word for where the coordinator is.</summary>
    private bool Send(EvaluationPart part)
    {
        if (Volatile.Read(ref _directive) is not { } directive) return true;
        if (directive.Coordinator == _node)
        {
            Here.Tell(RoleAddress.Coordinator, part);
            return true;
        }
        byte[] bytes = Blobs.Write(part);
        if (!IsFirst(part) && bytes.Length <= EvaluationMaxByControl) return false;
        if (EndpointOf(directive.Coordinator) is { } endpoint)
        {
            SendBlob(endpoint, FrameKind.EvaluationPart, 0, bytes);
        }
        return true;
    }

    /// <summary>
    /// Whether a part of an evaluation has not been sent before: where it is asked for again, it is the tensor plane
    /// that may not reach the coordinator.
    /// </summary>
    private bool IsFirst(EvaluationPart part)
    {
        lock (_evaluationsSent)
        {
            _evaluationsSent.RemoveWhere(sent => sent.Item1 != part.Step);
            return _evaluationsSent.Add((part.Step, part.IsFinal, part.Set, part.Shard));
        }
    }

    public LinkReport? SilentLinks() => _links.Report();

    public void RunIsOver() => _links.Stop();

    /// <summary>Asks a process for part of what it has of the rows.</summary>
    internal void AskForRows(string endpoint, RowItem item, long offset) => _transport.Send(
        endpoint, Header(FrameKind.RowsRequest, item, offset, 0), Encoding.UTF8.GetBytes(_endpoint));

    long ITensorReceiver.MaxBytes(in FrameHeader header) => header.Kind switch
    {
        FrameKind.GradientPart or FrameKind.SlicePublished or FrameKind.SliceUpdate
            when header.Slice < _plan.SliceCount =>
            (long)(_plan.SliceStarts[header.Slice + 1] - _plan.SliceStarts[header.Slice]) * sizeof(float),
        FrameKind.Assignment or FrameKind.WorkerPush or FrameKind.OrderLine when ModeFrames.Fits(header, _plan) =>
            (long)_plan.Model.ParameterCount * sizeof(float),
        FrameKind.SliceState or FrameKind.EvaluationPart or FrameKind.OrderPart => BlobPieces.PieceBytes,
        FrameKind.BackupStep => NodeBytesMax,
        FrameKind.Probe => NodeBytesMax + EndpointBytesMax,
        FrameKind.LargeProbe => LinkHealth.LargeBytes,
        FrameKind.RowsRequest when Server is not null => EndpointBytesMax,
        FrameKind.RowsChunk when Fetcher is not null => RowServer.ChunkBytes,
        _ => -1,
    };

    void ITensorReceiver.Receive(in FrameHeader header, string node, PooledFloats values)
    {
        int first = _plan.SliceStarts[header.Slice];
        if (values.Length != _plan.SliceStarts[header.Slice + 1] - first) values.Release();
        else Deliver(header, StepFrames.Read(header, node, values, first) ?? ModeFrames.Read(header, values));
    }

    private void Deliver(in FrameHeader header, ITensorMessage message) => Here.Tell(
        header.Kind is FrameKind.Assignment or FrameKind.SlicePublished
            ? RoleAddress.OfNode(_node) : RoleAddress.OfSlice(header.Slice, _node), message);

    void ITensorReceiver.Receive(in FrameHeader header, ReadOnlySpan<byte> payload)
    {
        try
        {
            switch (header.Kind)
            {
                case FrameKind.SliceState or FrameKind.OrderPart or FrameKind.EvaluationPart:
                    if (_pieces.Add(header, payload) is { } whole) Receive(header.Kind, whole);
                    break;
                case FrameKind.BackupStep:
                    Deliver(header, StepFrames.Backup(header, payload));
                    break;
                case FrameKind.Probe:
                    _links.Receive(payload);
                    break;
                case FrameKind.OrderLine:
                    Deliver(header, ModeFrames.Line(header, null));
                    break;
                case FrameKind.RowsRequest:
                    Answer(Encoding.UTF8.GetString(payload), ItemOf(header), header.Step);
                    break;
                case FrameKind.RowsChunk:
                    Fetcher!.Receive(new RowChunk(ItemOf(header), header.Step, header.Term, payload.ToArray()));
                    break;
            }
        }
        catch (Exception e) when (e is MessagePackSerializationException or EndOfStreamException
            or InvalidDataException)
        {
            _log.BytesDropped(header.Kind, e.Message);
        }
    }

    private void Receive(FrameKind kind, byte[] blob)
    {
        if (kind == FrameKind.SliceState) Here.Tell(RoleAddress.OfNode(_node), Blobs.ReadState(blob, _plan));
        else if (kind == FrameKind.OrderPart) Here.Tell(RoleAddress.OfNode(_node), Blobs.ReadOrder(blob, _plan));
        else Here.Tell(RoleAddress.Coordinator, Blobs.ReadEvaluation(blob, _plan));
    }

    void ITensorReceiver.PeerChanged(PeerEvent happened)
    {
        if (happened.Kind == PeerEventKind.Refused)
        {
            // A node that was started again hears of the run in a moment.
            if (TensorListener.IsByOneWithoutRun(happened.Reason)) return;
            _log.PeerRefused(happened.Endpoint, happened.Reason);
        }
        else if (happened.Kind == PeerEventKind.Up) _log.PeerUp(happened.Endpoint, happened.Node);
        else if (EndpointOf(happened.Node) is { } endpoint)
        {
            _log.PeerDown(endpoint, happened.Node, happened.Reason);
            _probe.Look(happened.Node, endpoint);
        }
    }

    void ITensorReceiver.Failed(Exception bug) => ReportBug(bug);

    private void ReportBug(Exception bug) => Failed?.Invoke(bug);

    public void Dispose()
    {
        _links.Dispose();
        _transport.Dispose();
    }

    /// <summary>Not on the connection's thread: making an archive takes a while.</summary>
    private void Answer(string endpoint, RowItem item, long offset) => Task.Run(() =>
    {
        try
        {
            if (Server!.Answer(item, offset) is { } chunk)
            {
                _transport.Send(endpoint, Header(FrameKind.RowsChunk, item, offset, chunk.Total), chunk.Bytes);
            }
        }
        catch (Exception e) when (e is ArgumentException or OverflowException or OutOfMemoryException)
        {
            _log.RowsNotSent(endpoint, e.Message);
        }
        catch (Exception bug)
        {
            ReportBug(bug);
        }
    });

    private static RowItem ItemOf(in FrameHeader header) => new((RowItemKind)header.Count, header.Slice);

    private static FrameHeader Header(FrameKind kind, RowItem item, long offset, long total) => new()
    {
        Kind = kind, Element = ElementType.Byte, Count = (int)item.Kind, Slice = item.Shard, Step = offset,
        Term = total,
    };

    private void SendBlob(string endpoint, FrameKind kind, int slice, byte[] bytes)
    {
        // Asked for again while it is under way: the same once more would push out of the queue what waits there.
        bool isLong = bytes.Length > BlobPieces.PieceBytes;
        if (isLong && _transport.QueuedBytes(endpoint, kind) >= BlobPieces.PieceBytes) return;
        foreach (var (header, piece) in BlobPieces.Cut(kind, slice, bytes)) _transport.Send(endpoint, header, piece);
    }

    private string? EndpointOf(string node)
    {
        if (Volatile.Read(ref _directive) is not { } directive) return null;
        // The layout need not have the coordinator's node: it may have come late, or be relieved of its work.
        return directive.Layout.EndpointOf(node)
            ?? (node == directive.Coordinator ? directive.CoordinatorEndpoint : null);
    }
}
