using System.Net.Sockets;

namespace ClusterGd.EndToEnd.Tests.Network;

/// <summary>A machine of a <see cref="NetworkLab"/>: a network namespace with one cable to the lab's bridge.</summary>
public sealed class LabHost : IDisposable
{
    private readonly List<LabProcess> _processes = [];
    private readonly string _switch;
    private readonly string _cable;

    internal LabHost(string name, string @switch, int index)
    {
        Name = name;
        Address = $"10.77.0.{index + 1}";
        _switch = @switch;
        _cable = $"host{index}";
    }

    /// <summary>The name of the namespace, for <c>ip netns exec</c>.</summary>
    public string Name { get; }

    /// <summary>The address by which the lab's other hosts reach this one.</summary>
    public string Address { get; }

    /// <summary>Starts a program here; the lab ends it.</summary>
    public LabProcess Start(string program, params string[] arguments)
    {
        var process = new LabProcess("ip", ["netns", "exec", Name, program, .. arguments]);
        _processes.Add(process);
        return process;
    }

    /// <summary>Starts <c>clustergd</c> here; the lab ends it.</summary>
    public LabProcess StartCli(params string[] arguments) => Start("dotnet", [Cli.Program, .. arguments]);

    /// <summary>A TCP socket of this host, for the test's own process; the caller disposes of it.</summary>
    public Socket CreateSocket() => NamespaceSocket.Create(Name);

    /// <summary>Pulls the cable: packets vanish in both directions, nobody is told.</summary>
    public void Unplug() => LabCommand.Run($"ip -n {_switch} link set {_cable} down");

    /// <summary>Packets vanish in one direction or both, nobody is told.</summary>
    /// <param name="peer">The one host that it is about; null means all.</param>
    public void Drop(LinkDirection direction, LabHost? peer = null) => AddRules(direction, peer, "-j DROP");

    /// <summary>TCP packets of the connections of one port, here or at the other end, vanish.</summary>
    /// <param name="peer">The one host that it is about; null means all.</param>
    /// <param name="isReceiversPort">Of those only the packets to the port, and not those from it.</param>
    public void DropPort(
        int port, LinkDirection direction = LinkDirection.Both, LabHost? peer = null, bool isReceiversPort = false)
    {
        AddRules(direction, peer, $"-p tcp --dport {port} -j DROP");
        if (!isReceiversPort) AddRules(direction, peer, $"-p tcp --sport {port} -j DROP");
    }

    /// <summary>Packets of more than 1400 bytes vanish, as where a tunnel takes less than the interface says.</summary>
    /// <param name="port">Only those of the TCP connections of one port, here or at the other end.</param>
    public void DropLarge(LinkDirection direction, int? port = null)
    {
        const string Large = "-m length --length 1401:65535 -j DROP";
        string[] which = port is null ? [""] : [$"-p tcp --dport {port} ", $"-p tcp --sport {port} "];
        foreach (string packets in which) AddRules(direction, null, packets + Large);
    }

    /// <summary>A share of the packets to this host vanishes.</summary>
    public void Lose(double share) => AddRules(
        LinkDirection.In, null, FormattableString.Invariant(
            $"-m statistic --mode random --probability {share} -j DROP"));

    /// <summary>The text of a file as this host sees it.</summary>
    public string Read(string path) => LabCommand.Run($"ip netns exec {Name} cat {path}");

    /// <summary>Every TCP packet but a reset is answered with a reset, so that connections break at once.</summary>
    /// <param name="peer">The one host that it is about; null means all.</param>
    public void Reset(LabHost? peer = null) =>
        AddRules(LinkDirection.Both, peer, "-p tcp ! --tcp-flags RST RST -j REJECT --reject-with tcp-reset");

    /// <summary>Takes back all of the above.</summary>
    public void Heal()
    {
        InHost("iptables -w -F");
        LabCommand.Run($"ip -n {_switch} link set {_cable} up");
    }

    /// <summary>This host sends at most so much; what waits for longer than 400 ms is dropped. For good.</summary>
    /// <param name="rate">As tc has it: <c>10mbit</c>.</param>
    /// <param name="reason">Why this machine cannot, for the skipped test; else empty.</param>
    public bool TryLimit(string rate, out string reason)
    {
        var (isDone, text) = LabCommand.TryRun(
            $"tc -n {Name} qdisc add dev eth0 root tbf rate {rate} burst 32kbit latency 400ms");
        reason = isDone ? "" : $"tc cannot limit a rate here: {text}";
        return isDone;
    }

    public void Dispose()
    {
        foreach (var process in _processes) process.Dispose();
        LabNames.Remove(Name);
    }

    internal void Build()
    {
        LabCommand.Run($"ip netns add {Name}");
        LabCommand.Run($"ip -n {_switch} link add {_cable} type veth peer name eth0 netns {Name}");
        LabCommand.Run($"ip -n {_switch} link set {_cable} master bridge up");
        LabCommand.Run($"ip -n {Name} address add {Address}/24 dev eth0");
        LabCommand.Run($"ip -n {Name} link set lo up");
        // Rules see packets as a cable would, and not the kernel's bundles of many.
        LabCommand.Run($"ip -n {Name} link set eth0 gso_max_segs 1 up");
        InHost("iptables -w -F");   // shows now, not in the middle of a test, that rules may be set
    }

    private void AddRules(LinkDirection direction, LabHost? peer, string rule)
    {
        var (from, to) = peer is null ? ("", "") : ($" -s {peer.Address}", $" -d {peer.Address}");
        if (direction.HasFlag(LinkDirection.In)) InHost($"iptables -w -A INPUT -i eth0{from} {rule}");
        if (direction.HasFlag(LinkDirection.Out)) InHost($"iptables -w -A OUTPUT -o eth0{to} {rule}");
    }

    private void InHost(string line) => LabCommand.Run($"ip netns exec {Name} {line}");
}
