using ClusterGd.Core.Protocol;

namespace ClusterGd.Cluster.Transport;

/// <summary>Limits of the data plane.</summary>
public sealed record TransportOptions
{
    public static TransportOptions Default { get; } = new();

    /// <summary>
    /// The defaults, or more where two steps of a plan are more: what does not fit would be dropped, or not be read,
    /// again and again, and the step would wait for it for ever.
    /// </summary>
    public static TransportOptions For(TrainingPlan plan)
    {
        // At most the gradient of every shard, and the parameters that come of them.
        long step = sizeof(float) * (long)plan.Model.ParameterCount * (plan.ShardCount + 1);
        // Parameters, two of the optimizer, the best, those at the last evaluation, and a mode's own, in double.
        long state = 8 * sizeof(float) * (long)plan.Model.ParameterCount;
        return new()
        {
            QueueBytesMax = Math.Max(Default.QueueBytesMax, 2 * step + state),
            ReceiveBytesMax = Math.Max(Default.ReceiveBytesMax, 2 * step),
        };
    }

    /// <summary>
    /// Bytes that may wait for one peer in one stream, frames being written included. Beyond it the oldest frame of the
    /// same kind is dropped, or else the oldest of any. At least twice what a step sends to one peer. Default 256 MiB.
    /// </summary>
    public long QueueBytesMax { get; init; } = 256 << 20;

    /// <summary>
    /// Bytes of buffers for what is received and not yet released. Beyond it connections are not read until some are
    /// released. Default 1 GiB.
    /// </summary>
    public long ReceiveBytesMax { get; init; } = 1 << 30;

    /// <summary>From connecting to the end of the handshake. Default 5 s.</summary>
    public TimeSpan HelloDeadline { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Without any byte within a frame. Default 20 s.</summary>
    public TimeSpan IdleInFrameDeadline { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>Without any byte taken by the peer while a frame is being written. Default 60 s.</summary>
    public TimeSpan SendStallDeadline { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>
    /// The first wait before connecting again; it doubles up to <see cref="BackoffMax"/>. Default 50 ms.
    /// </summary>
    public TimeSpan BackoffMin { get; init; } = TimeSpan.FromMilliseconds(50);

    /// <summary>Default 2 s.</summary>
    public TimeSpan BackoffMax { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>How often an idle connection is looked at for its end. Default 200 ms.</summary>
    public TimeSpan IdleCheckInterval { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>Connections that peers may hold to one run. Default 1024.</summary>
    public int IncomingMax { get; init; } = 1024;

    /// <summary>
    /// Whether processes of one machine use Unix domain sockets in place of TCP, where the system is Linux. Default
    /// true.
    /// </summary>
    public bool UsesLocalSockets { get; init; } = true;
}
