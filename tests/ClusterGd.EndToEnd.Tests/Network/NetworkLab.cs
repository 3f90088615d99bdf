namespace ClusterGd.EndToEnd.Tests.Network;

/// <summary>
/// A network of its own for a test: hosts, each a Linux network namespace with one 10.x address, joined by a bridge
/// that lies in a namespace too. Nothing of it shows outside, so any number of labs may exist at once, with the same
/// addresses. Dispose ends what runs in it and removes it; what a crashed run left is removed by the next lab.
/// </summary>
public sealed class NetworkLab : IDisposable
{
    public const int HostsMax = 200;

    private readonly string _switch;
    private readonly List<LabHost> _hosts = [];

    private NetworkLab(string prefix) => _switch = prefix + "switch";

    public IReadOnlyList<LabHost> Hosts => _hosts;

    /// <param name="hostCount">1 to <see cref="HostsMax"/>.</param>
    /// <param name="reason">Why there is none, in a sentence for the skipped test; else empty.</param>
    /// <returns>Null where this machine or user may not make network namespaces.</returns>
    public static NetworkLab? TryCreate(int hostCount, out string reason)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(hostCount, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(hostCount, HostsMax);
        reason = Obstacle();
        if (reason.Length > 0) return null;
        foreach (var name in LabNames.Existing().Where(LabNames.IsLeftover)) LabNames.Remove(name);
        var prefix = LabNames.Next();
        var lab = new NetworkLab(prefix);
        try
        {
            lab.Build(prefix, hostCount);
            return lab;
        }
        catch (InvalidOperationException failure)
        {
            lab.Dispose();
            reason = $"Network namespaces cannot be set up here: {failure.Message}";
            return null;
        }
    }

    public void Dispose()
    {
        foreach (var host in _hosts) host.Dispose();
        LabNames.Remove(_switch);
    }

    private static string Obstacle()
    {
        if (!OperatingSystem.IsLinux()) return "Network namespaces exist on Linux only.";
        if (!Environment.IsPrivilegedProcess) return "Network namespaces need root.";
        if (!LabCommand.TryRun("ip -V").IsDone) return "The command ip is missing; install iproute2.";
        if (!LabCommand.TryRun("iptables -V").IsDone) return "The command iptables is missing; install iptables.";
        return "";
    }

    private void Build(string prefix, int hostCount)
    {
        LabCommand.Run($"ip netns add {_switch}");
        LabCommand.Run($"ip -n {_switch} link add bridge type bridge");
        LabCommand.Run($"ip -n {_switch} link set bridge up");
        for (int index = 0; index < hostCount; index++)
        {
            var host = new LabHost($"{prefix}host{index}", _switch, index);
            _hosts.Add(host);
            host.Build();
        }
    }
}
