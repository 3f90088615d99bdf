namespace ClusterGd.Tests;

/// <summary>The one limit of the tests for things that must come at all, however busy the machine is.</summary>
internal static class Limits
{
    /// <summary>
    /// What has not come by then never will. Not a statement about speed: a machine with a load of fifty keeps it.
    /// </summary>
    public static readonly TimeSpan Hang = TimeSpan.FromMinutes(5);
}
