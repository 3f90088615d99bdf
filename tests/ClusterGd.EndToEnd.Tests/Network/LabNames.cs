using System.Globalization;

namespace ClusterGd.EndToEnd.Tests.Network;

/// <summary>
/// Names of network namespaces that say which process they belong to, so that a later run can tell those of a crashed
/// one from those in use: <c>clustergd-{pid}-{lab}-{part}</c>.
/// </summary>
internal static class LabNames
{
    private const string Prefix = "clustergd-";
    private static int s_labCount;

    /// <summary>What the names of a new lab of this process begin with.</summary>
    public static string Next() => Of(Environment.ProcessId) + Interlocked.Increment(ref s_labCount) + "-";

    /// <summary>What the names of all labs of a process begin with.</summary>
    public static string Of(int processId) => $"{Prefix}{processId}-";

    public static string[] Existing() =>
    [
        .. LabCommand.Run("ip netns list").Split('\n')
            .Select(line => line.Split(' ')[0]).Where(name => name.StartsWith(Prefix)),
    ];

    /// <summary>Whether the namespace belongs to a process that is no more.</summary>
    public static bool IsLeftover(string name) =>
        int.TryParse(
            name[Prefix.Length..].Split('-')[0], NumberStyles.None, CultureInfo.InvariantCulture, out int owner)
        && !Directory.Exists($"/proc/{owner}");

    /// <summary>Ends what runs in the namespace and removes it; its interfaces go with it. Never throws.</summary>
    public static void Remove(string name)
    {
        var (isThere, processes) = LabCommand.TryRun($"ip netns pids {name}");
        if (!isThere) return;
        foreach (var id in processes.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            LabCommand.TryRun($"kill -s KILL {id}");
        }
        LabCommand.TryRun($"ip netns delete {name}");
    }
}
