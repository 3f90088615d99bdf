using System.Diagnostics;
using System.Globalization;
using ClusterGd.Cluster.Hosting;
using ClusterGd.Tests;
using Xunit;
using Xunit.Abstractions;

namespace ClusterGd.Cluster.Tests.Training;

/// <summary>
/// One node that serves run after run, with its clients in the same process. <c>CLUSTERGD_RUNS=500</c> has it serve
/// that many.
/// </summary>
public class ManyRunsTests(ITestOutputHelper output)
{
    private const string Runs = "CLUSTERGD_RUNS";
    private const int KilobytesARunMax = 20;

    /// <summary>What a run had is given back some seconds after its end.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60), s_settles = TimeSpan.FromSeconds(6);

    [SkippableFact, Trait("Depth", "deep")]
    public async Task Node_RunAfterRun_KeepsNothingOfThem()
    {
        string? stated = Environment.GetEnvironmentVariable(Runs);
        Skip.If(stated is null, $"{Runs} is not set");
        int count = int.Parse(stated!, CultureInfo.InvariantCulture);
        var (job, data) = TestJobs.Named("logistic");
        var clock = Stopwatch.StartNew();
        await using var node = await ClusterNode.StartAsync(
            new NodeOptions { IsLocal = true, Threads = 1 }, new HealthState(), () => clock.Elapsed);
        Assert.True(await node.JoinAsync([], s_patience, CancellationToken.None));
        long first = 0, last = 0;
        int warmUp = count / 3;
        for (int i = 1; i <= count; i++)
        {
            await ClusterClient.RunAsync(
                job, data, "127.0.0.1", () => [node.Address], s_patience, _ => { }, CancellationToken.None);
            if (i == warmUp || i == count || i % 50 == 0) last = await LiveAsync(i);
            if (i == warmUp) first = last;
        }
        double grown = (last - first) / 1024.0 / (count - warmUp);
        Assert.True(grown < KilobytesARunMax, $"{grown:F0} KiB a run");
    }

    /// <summary>The least of some seconds.</summary>
    private async Task<long> LiveAsync(int run)
    {
        long least = long.MaxValue;
        for (var since = Stopwatch.StartNew(); since.Elapsed < s_settles;)
        {
            least = Math.Min(least, GC.GetTotalMemory(forceFullCollection: true));
            await Task.Delay(500);
        }
        long resident = Process.GetCurrentProcess().WorkingSet64 >> 20;
        output.WriteLine($"run {run}: {least >> 10} KiB live, {resident} MiB resident");
        return least;
    }
}
