using System.Reflection;
using Akka.Actor;
using Akka.Remote;

namespace ClusterGd.Cluster.Hosting;

/// <summary>
/// What Akka keeps of the references that each thread has resolved in a system. It leads to the system, which leads to
/// it, and hangs on the thread: an ended system, half a megabyte, would stay as long as a thread of the pool does.
/// </summary>
internal static class ResolvedReferences
{
    private const string CacheName = "Akka.Remote.Serialization.ActorRefResolveThreadLocalCache";
    private static readonly Type? s_cache = typeof(RemoteActorRefProvider).Assembly.GetType(CacheName);
    private static readonly MethodInfo? s_of = s_cache?.GetMethod("For"), s_new = s_cache?.GetMethod("CreateExtension");
    private static readonly FieldInfo? s_current =
        s_cache?.GetField("_current", BindingFlags.Instance | BindingFlags.NonPublic);

    /// <summary>
    /// Has a system that has ended forget them. There is no public way; with another Akka that has no such cache this
    /// does nothing.
    /// </summary>
    public static void Forget(ActorSystem ended)
    {
        if (s_of?.Invoke(null, [ended]) is not { } cache || s_new?.Invoke(cache, [ended]) is not { } empty) return;
        if (s_current?.GetValue(cache) is not IDisposable old) return;
        // A thread that comes late finds an empty one, and not one that is disposed.
        s_current.SetValue(cache, s_current.GetValue(empty));
        old.Dispose();
    }
}
