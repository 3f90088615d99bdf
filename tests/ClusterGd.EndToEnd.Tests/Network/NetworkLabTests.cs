using System.Net;
using System.Net.Sockets;
using ClusterGd.Tests;
using Xunit;

namespace ClusterGd.EndToEnd.Tests.Network;

public sealed class NetworkLabTests : IDisposable
{
    private const int Port = 5000;
    private static readonly TimeSpan s_patience = Limits.Hang;

    /// <summary>Far above the round trip in the lab (0.1 ms) and below TCP's second repetition.</summary>
    private static readonly TimeSpan s_silence = TimeSpan.FromMilliseconds(300);

    private readonly List<Socket> _sockets = [];
    private NetworkLab? _lab;

    public void Dispose()
    {
        foreach (var socket in _sockets) socket.Dispose();
        _lab?.Dispose();
    }

    [SkippableFact]
    public async Task Hosts_OfALab_ExchangeBytesFromTheirOwnAddresses()
    {
        var (a, b) = await Connected();
        Assert.Equal("10.77.0.1", ((IPEndPoint)b.RemoteEndPoint!).Address.ToString());
        Assert.Equal("10.77.0.2", ((IPEndPoint)a.RemoteEndPoint!).Address.ToString());
        a.Send([17]);
        Assert.Equal(17, await Receive(b));
        b.Send([18]);
        Assert.Equal(18, await Receive(a));
    }

    [SkippableFact]
    public async Task Unplug_ThenHeal_StopsBytesAndLetsThemGoOn()
    {
        var (a, b) = await Connected();
        Host(1).Unplug();
        a.Send([17]);
        b.Send([18]);
        Assert.Null(await ReceiveOrSilence(a));
        Assert.Null(await ReceiveOrSilence(b));
        Host(1).Heal();
        Assert.Equal(17, await Receive(b));
        Assert.Equal(18, await Receive(a));
    }

    [SkippableFact]
    public async Task Drop_In_StopsWhatComesAndNotWhatGoes()
    {
        var (a, b) = await Connected();
        Host(1).Drop(LinkDirection.In);
        a.Send([17]);
        b.Send([18]);
        Assert.Equal(18, await Receive(a));
        Assert.Null(await ReceiveOrSilence(b));
        Host(1).Heal();
        Assert.Equal(17, await Receive(b));
    }

    [SkippableFact]
    public async Task Drop_OutToOnePeer_LeavesTheOther()
    {
        Create(3);
        var (toCut, atCut) = await Connect(Host(0), Host(1));
        var (toOther, atOther) = await Connect(Host(0), Host(2));
        Host(0).Drop(LinkDirection.Out, Host(1));
        toCut.Send([17]);
        toOther.Send([18]);
        Assert.Equal(18, await Receive(atOther));
        Assert.Null(await ReceiveOrSilence(atCut));
    }

    [SkippableFact]
    public async Task Reset_OfAHost_BreaksItsConnectionAtBothEnds()
    {
        var (a, b) = await Connected();
        Host(1).Reset();
        a.Send([17]);
        b.Send([18]);
        var broken = await Assert.ThrowsAsync<SocketException>(() => Receive(a));
        Assert.Equal(SocketError.ConnectionReset, broken.SocketErrorCode);
        broken = await Assert.ThrowsAsync<SocketException>(() => Receive(b));
        Assert.Equal(SocketError.ConnectionReset, broken.SocketErrorCode);
    }

    [SkippableFact]
    public void Process_InAHost_SeesOnlyItsOwnInterfacesAndIsCollected()
    {
        Create(1);
        var process = Host(0).Start("sh", "-c", "ip -o -4 address show; echo trouble >&2; exit 3");
        Assert.Equal(3, process.WaitForExit(s_patience));
        Assert.Contains("10.77.0.1/24", process.WaitForLine("eth0", s_patience));
        Assert.Contains("trouble", process.Output);
        Assert.Equal(3, process.Output.Split('\n').Length);
        var none = Assert.Throws<TimeoutException>(() => process.WaitForLine("silence", s_patience));
        Assert.Contains("10.77.0.1/24", none.Message);
    }

    [SkippableFact]
    public void Process_Signalled_PausesGoesOnAndEnds()
    {
        Create(1);
        const string Script = "trap 'echo bye; exit 7' TERM; echo ready; while true; do sleep 0.05; done";
        var process = Host(0).Start("sh", "-c", Script);
        process.WaitForLine("ready", s_patience);
        process.Pause();
        var status = $"/proc/{process.Id}/status";
        Assert.True(SpinWait.SpinUntil(() => File.ReadAllText(status).Contains("T (stopped)"), s_patience));
        process.Terminate();
        Assert.False(process.HasExited);
        process.Continue();
        Assert.Equal(7, process.WaitForExit(s_patience));
        Assert.Equal("bye", process.WaitForLine("bye", s_patience));
        var killed = Host(0).Start("sleep", "1000");
        killed.Kill();
        Assert.Equal(128 + 9, killed.WaitForExit(s_patience));
    }

    [SkippableFact]
    public void Dispose_WithProcessesPausedUnpluggedAndHalfGone_LeavesNothing()
    {
        var lab = Create(3);
        var names = LabNames.Existing().Where(name => name.StartsWith(Prefix(lab))).ToArray();
        Assert.Equal(4, names.Length);   // three hosts and the bridge
        var paused = lab.Hosts[0].Start("sleep", "1000");
        paused.Pause();
        var parent = lab.Hosts[1].Start("sh", "-c", "sleep 1000 & echo $!; wait");
        int child = int.Parse(parent.WaitForLine("", s_patience));
        lab.Hosts[2].Unplug();
        lab.Hosts[2].Drop(LinkDirection.Both);
        LabCommand.Run($"ip netns delete {lab.Hosts[2].Name}");
        int pausedId = paused.Id;
        lab.Dispose();
        Assert.DoesNotContain(LabNames.Existing(), names.Contains);
        Assert.All(names, name => Assert.False(File.Exists($"/run/netns/{name}")));
        Assert.False(IsRunning(pausedId));
        Assert.False(IsRunning(child));
    }

    [SkippableFact]
    public void Lab_OfACrashedRun_IsRemovedByTheNextOneAndLivingOnesAreNot()
    {
        var own = Create(1);
        var ended = own.Hosts[0].Start("true");
        int deadId = ended.Id;
        ended.WaitForExit(s_patience);
        var leftover = LabNames.Of(deadId) + "1-host0";
        LabCommand.Run($"ip netns add {leftover}");
        using (NetworkLab.TryCreate(1, out _))
        {
            Assert.DoesNotContain(leftover, LabNames.Existing());
            Assert.Contains(own.Hosts[0].Name, LabNames.Existing());
        }
        Assert.Contains(own.Hosts[0].Name, LabNames.Existing());
    }

    private static string Prefix(NetworkLab lab) => lab.Hosts[0].Name[..^"host0".Length];

    private static bool IsRunning(int processId) =>
        File.Exists($"/proc/{processId}/status")
        && !File.ReadAllText($"/proc/{processId}/status").Contains("Z (zombie)");

    private NetworkLab Create(int hostCount)
    {
        _lab = NetworkLab.TryCreate(hostCount, out var reason);
        Skip.If(_lab is null, reason);
        return _lab;
    }

    private LabHost Host(int index) => _lab!.Hosts[index];

    private async Task<(Socket A, Socket B)> Connected()
    {
        Create(2);
        return await Connect(Host(0), Host(1));
    }

    private async Task<(Socket A, Socket B)> Connect(LabHost from, LabHost to)
    {
        using var listener = to.CreateSocket();
        listener.Bind(new IPEndPoint(IPAddress.Parse(to.Address), Port));
        listener.Listen();
        var socket = from.CreateSocket();
        await socket.ConnectAsync(IPAddress.Parse(to.Address), Port).WaitAsync(s_patience);
        var accepted = await listener.AcceptAsync().WaitAsync(s_patience);
        _sockets.AddRange(socket, accepted);
        return (socket, accepted);
    }

    private static async Task<int> Receive(Socket socket) =>
        await ReceiveWithin(socket, s_patience) ?? throw new TimeoutException($"No byte came in {s_patience}.");

    private static Task<int?> ReceiveOrSilence(Socket socket) => ReceiveWithin(socket, s_silence);

    private static async Task<int?> ReceiveWithin(Socket socket, TimeSpan patience)
    {
        using var limit = new CancellationTokenSource(patience);
        var bytes = new byte[1];
        try
        {
            await socket.ReceiveAsync(bytes, limit.Token);
            return bytes[0];
        }
        catch (OperationCanceledException)
        {
            return null;
        }
    }
}
