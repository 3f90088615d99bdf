namespace ClusterGd.Core.Kernels;

/// <summary>Which arithmetic this build does: nodes that differ in it would not compute the same bits.</summary>
public static class KernelVersion
{
    /// <summary>Raised by every change that can change a bit of a result.</summary>
    public const string Current = "2";
}
