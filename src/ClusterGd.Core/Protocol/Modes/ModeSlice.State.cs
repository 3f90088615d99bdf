namespace ClusterGd.Core.Protocol;

/// <summary>What the slice of a mode knows beside what every slice does, and which event changes it.</summary>
public sealed partial class ModeSlice
{
    // Parameters, the order of application and who has which assignment: a push, a stop and a line of the host change
    // it. Pushes wait if a backup is too far behind; assignments are sent once the message is done.
    private readonly ModeServer _server;
    private readonly Queue<WorkerPush> _waiting = [];
    private readonly List<Assignment> _news = [];

    /// <summary>Lines of the order that no death can undo: all backups have them, where it stands.</summary>
    private int _committed;

    /// <summary>Lines with which it last did what is due at the limit.</summary>
    private int? _reachedWith;

    /// <summary>What it has answered to a hold.</summary>
    private long? _heldAt;
}
