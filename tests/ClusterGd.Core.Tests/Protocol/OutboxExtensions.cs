using ClusterGd.Core.Protocol;

namespace ClusterGd.Core.Tests.Protocol;

internal static class OutboxExtensions
{
    /// <summary>The messages of one type with the nodes that they are for, in their order.</summary>
    public static IEnumerable<(string Node, T Message)> Sent<T>(this Outbox outbox) =>
        from i in Enumerable.Range(0, outbox.Count)
        where outbox[i].What is T
        select (outbox[i].To.Node, (T)outbox[i].What);
}
