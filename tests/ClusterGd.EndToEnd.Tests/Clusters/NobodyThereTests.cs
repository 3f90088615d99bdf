using System.Net;
using System.Net.Sockets;
using ClusterGd.Cli.Logging;
using ClusterGd.EndToEnd.Tests.Network;
using ClusterGd.Tests;
using Xunit;

namespace ClusterGd.EndToEnd.Tests.Clusters;

/// <summary>
/// What keeps a node or a run from a cluster is one sentence and an exit code. Beside other tests: they mostly wait.
/// </summary>
public sealed class NobodyThereTests : IClassFixture<ThreeJobs>, IDisposable
{
    private static readonly TimeSpan s_patience = Limits.Hang;
    private readonly ThreeJobs _jobs;
    private readonly Cli _cli = new();
    private readonly TcpListener _taken = new(IPAddress.Loopback, 0);

    public NobodyThereTests(ThreeJobs jobs)
    {
        _jobs = jobs;
        _taken.Start();
    }

    private int TakenPort => ((IPEndPoint)_taken.LocalEndpoint).Port;

    public void Dispose()
    {
        _taken.Dispose();
        _cli.Dispose();
    }

    [Theory]
    [InlineData("--port")]
    [InlineData("--data-port")]
    [InlineData("--health-port")]
    public void Node_PortInUse_IsASentenceAndExitCode2(string option)
    {
        string[] others = option == "--port" ? ["--data-port", "0"] : ["--port", "0"];
        var result = _cli.Run(["node", "--host", "127.0.0.1", option, $"{TakenPort}", .. others]);
        AssertLine(2, $"{TakenPort}", result);
        Assert.Contains("is in use", result.Error);
    }

    [Theory]
    [InlineData("node --seed nobody", "--seed is nobody, allowed is host:port with a port from 1 to 65535; change it")]
    [InlineData("node --seed a:1 --seed-dns b", "--seed, --seed-dns and --seed-file exclude each other")]
    [InlineData("node --seed-file no/such/folder", "The seed file no/such/folder cannot be used: ")]
    [InlineData("node --seed a.invalid:1 --join-timeout 1", "--seed: a.invalid:1 resolved to no address in 1 s; check")]
    public void Node_SeedsWrong_IsASentenceAndExitCode2(string line, string sentence) =>
        AssertLine(2, sentence, _cli.Run([.. line.Split(' '), "--host", "127.0.0.1", "--port", "0"]));

    /// <summary>Its health port is open before the rest of it: a signal of that moment once went unheard.</summary>
    [Fact]
    public async Task Node_ToldToGoWhileItStarts_Goes()
    {
        int port = FreePort.Find();
        using var node = new LabProcess("dotnet",
            [Cli.Program, "node", "--host", "127.0.0.1", "--port", "0", "--health-port", $"{port}"]);
        using var patience = new CancellationTokenSource(s_patience);
        while (!await IsOpenAsync(port)) await Task.Delay(1, patience.Token);
        node.Terminate();
        int code = node.WaitForExit(s_patience);
        Assert.True(code == 0, node.Output);
        Assert.Contains("leaving the cluster", node.Output);
    }

    [Theory]
    [InlineData("--cluster a", "--cluster is a, allowed is host:port")]
    [InlineData("--cluster a:1 --cluster b:1", "Option '--cluster' expects a single argument but 2 were provided")]
    [InlineData("--cluster a:1 --processes 2", "--nodes, --processes and --cluster exclude each other")]
    [InlineData("--processes 0", "--processes is 0, allowed is a whole number from 1 to 64")]
    public void Train_PlaceWrong_IsRefusedWithExitCode2(string options, string sentence)
    {
        var result = _jobs.Train("kmeans", options.Split(' '));
        Assert.Equal(2, result.ExitCode);
        Assert.Contains(sentence, result.Error);
        Assert.True(result.IsForPeople);
    }

    [Fact]
    public void Node_SeedThatIsNotThere_GivesUpWithExitCode4() => AssertLine(
        4, "no seed answered in 3 s: 127.0.0.1:", _cli.Run(Join(FreePort.Find())));

    /// <summary>The port is open, and nobody ever says a word there.</summary>
    [Fact]
    public void Node_SeedThatNeverAnswers_GivesUpWithExitCode4() => AssertLine(
        4, $"no seed answered in 3 s: 127.0.0.1:{TakenPort}", _cli.Run(Join(TakenPort)));

    [SkippableFact]
    public void Node_ToldToGoWhileItJoins_Goes()
    {
        Skip.If(OperatingSystem.IsWindows(), "there is no kill command");
        using var node = new LocalNode($"127.0.0.1:{TakenPort}");
        node.Printed("joins by", s_patience);
        node.Leave();
        Assert.Equal(0, node.Process.WaitForExit(s_patience));
        node.Printed("has joined nothing", s_patience);
    }

    [Fact, Trait("Depth", "deep")]
    public void Train_OnAClusterThatIsNotThere_GivesUpWithExitCode4()
    {
        var result = _jobs.Train("kmeans", "--cluster", $"127.0.0.1:{FreePort.Find()}");
        string[] lines = result.Error.Trim().Split('\n');
        Assert.All(lines[..^1], line => Assert.StartsWith("waiting for a node to answer at 127.0.0.1:", line));
        AssertLine(4, "no node answered at 127.0.0.1:", result with { Error = lines[^1] });
    }

    private static string[] Join(int port) =>
        ["node", "--host", "127.0.0.1", "--port", "0", "--seed", $"127.0.0.1:{port}", "--join-timeout", "3"];

    private static void AssertLine(int exitCode, string sentence, CliResult result)
    {
        Assert.True(result.IsForPeople, result.Error);
        Assert.Equal(exitCode, result.ExitCode);
        // A node logs as well.
        Assert.Contains(sentence, Assert.Single(result.Error.Trim().Split('\n'), line => !LogLine.Is(line)));
    }

    private static async Task<bool> IsOpenAsync(int port)
    {
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await socket.ConnectAsync(IPAddress.Loopback, port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
