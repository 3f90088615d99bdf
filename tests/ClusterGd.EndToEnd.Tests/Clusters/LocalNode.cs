using System.Globalization;
using System.Net.Sockets;
using System.Text.Json;
using System.Text.RegularExpressions;
using ClusterGd.EndToEnd.Tests.Network;
using ClusterGd.Tests;

namespace ClusterGd.EndToEnd.Tests.Clusters;

/// <summary><c>clustergd node</c> on loopback, with any free ports. Dispose ends it.</summary>
internal sealed partial class LocalNode : IDisposable
{
    private static readonly TimeSpan s_patience = Limits.Hang;
    private static readonly HttpClient s_http = new() { Timeout = Limits.Hang };
    private readonly int _healthPort = FreePort.Find();
    private string? _address;

    /// <param name="seeds">None: it begins a cluster.</param>
    public LocalNode(params string[] seeds) : this(0, seeds)
    {
    }

    private LocalNode(int port, string[] seeds) => Process = new LabProcess("dotnet",
    [
        Cli.Program, "node", "--host", "127.0.0.1", "--port", $"{port}", "--data-port", "0", "--threads", "1",
        "--health-port", $"{_healthPort}", .. seeds.SelectMany(seed => new[] { "--seed", seed }),
    ]);

    /// <summary>A node whose control port is known before it starts, as that of one that is started again.</summary>
    public static LocalNode At(int port, params string[] seeds) => new(port, seeds);

    public LabProcess Process { get; }

    /// <summary>host:port; waits for the node to print it.</summary>
    public string Address => _address ??= Printed("node ", s_patience).Split(' ')[1].TrimEnd(',');

    public bool IsUp => Process.Output.Contains("is up");

    public bool IsLeaving { get; private set; }

    public string Printed(string text, TimeSpan patience) => Process.WaitForLine(text, patience);

    public void WaitUntilUp() => Printed("is up", s_patience);

    public void Leave()
    {
        IsLeaving = true;
        Process.Terminate();
    }

    /// <summary>The step that the node's run is at; -1 where none is on, or the node does not answer.</summary>
    public async Task<long> StepAsync()
    {
        try
        {
            var answer = await s_http.GetAsync($"http://127.0.0.1:{_healthPort}/training");
            using var json = JsonDocument.Parse(await answer.Content.ReadAsStringAsync());
            return json.RootElement.TryGetProperty("step", out var step) ? step.GetInt64() : -1;
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException or SocketException)
        {
            return -1;
        }
    }

    /// <param name="run">Which of the node's runs: 1 for the first.</param>
    /// <returns>Seconds between the two successive steps that were furthest apart; waits for the run's end.</returns>
    public double LongestStep(int run)
    {
        string line = Process.WaitForLine("; longest step ", s_patience, run);
        return double.Parse(LongestStepLine().Match(line).Groups[1].Value, CultureInfo.InvariantCulture);
    }

    public void Dispose() => Process.Dispose();

    [GeneratedRegex(@"; longest step ([\d.]+) s$")]
    private static partial Regex LongestStepLine();
}
