using ClusterGd.Core.Data;
using ClusterGd.Data.Input;

namespace ClusterGd.Data.Reading;

/// <summary>The targets of a file as read: numbers, or codes of labels that become classes when all are
/// known.</summary>
internal sealed class RawTargets(string path, TargetKind kind, int count)
{
    public TargetKind Kind { get; } = kind;

    /// <summary>Targets of a row; 0 where there are none.</summary>
    public int Count { get; } = kind == TargetKind.None ? 0 : count;

    /// <summary>Row-major; empty unless the target is a number.</summary>
    public Growable<float> Numbers { get; } = new();

    /// <summary>One a row; empty unless the target is a class.</summary>
    public Growable<int> Codes { get; } = new();

    public ClassLabels Labels { get; } = new(path);
}
