using System.Net;
using System.Net.Sockets;
using ClusterGd.Cluster.Hosting;
using Xunit;

namespace ClusterGd.EndToEnd.Tests;

public sealed class HealthCommandTests : IDisposable
{
    private readonly Cli _cli = new();

    public void Dispose() => _cli.Dispose();

    [Fact]
    public async Task Health_OfANode_IsItsAnswerAndAnExitCode()
    {
        var state = new HealthState { IsAlive = true };
        await using var server = await HealthServer.StartAsync(IPAddress.Loopback, 0, state, () => TimeSpan.Zero);
        var alive = _cli.Run("health", $"http://127.0.0.1:{server.Port}/alive");
        Assert.Equal((0, "{\"status\":\"alive\"}\n", ""), (alive.ExitCode, alive.Output, alive.Error));
        state.WaitFor("seed node-0:4053", TimeSpan.Zero);
        var joining = _cli.Run("health", $"http://127.0.0.1:{server.Port}/ready");
        Assert.Equal(4, joining.ExitCode);
        Assert.Contains("waits for seed node-0:4053", joining.Output);
    }

    [Fact]
    public void Health_OfNobody_IsASentenceAndExitCode4()
    {
        int port = FreePort.Find();
        var result = _cli.Run("health", $"http://127.0.0.1:{port}/alive");
        Assert.Equal(4, result.ExitCode);
        Assert.StartsWith($"http://127.0.0.1:{port}/alive cannot be asked (Connection refused", result.Error);
        Assert.True(result.IsForPeople);
    }

    [Fact]
    public void Health_OfWhoDoesNotAnswer_EndsByItself()
    {
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        var result = _cli.Run("health", $"http://127.0.0.1:{((IPEndPoint)silent.LocalEndpoint).Port}/alive");
        Assert.Equal(4, result.ExitCode);
        Assert.Contains("did not answer in 5 s; does the node run?", result.Error);
        Assert.True(result.IsForPeople);
    }
}
