using System.Diagnostics;
using ClusterGd.Cli.Terminal;
using ClusterGd.Cluster;
using ClusterGd.Cluster.Storage;
using ClusterGd.Core.Data;
using ClusterGd.Core.Models;
using ClusterGd.Core.Options;
using ClusterGd.Core.Protocol;

namespace ClusterGd.Cli.Inspecting;

/// <summary>A run whose steps are not synchronous, made once more in the order that it wrote down.</summary>
internal static class OrderReplay
{
    private static readonly TimeSpan s_progressInterval = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Rebuilds the last parameters, says whether they are the run's, and how many results they took.
    /// </summary>
    /// <param name="start">What the run began with; null for the model's own first parameters.</param>
    /// <returns>The exit code.</returns>
    public static int Run(PastRun past, Checkpoint? start, OutputFile? output, bool isJson)
    {
        var plan = past.Plan;
        var order = OrderLog.Read(past.Folder.OrderPath);
        var store = new ShardStore(past.Data, plan.ShardCount);
        long lastWord = Stopwatch.GetTimestamp();
        ModeServer server;
        try
        {
            server = ModeReplay.Run(
                plan.Mode, plan, store, start?.Parameters() ?? plan.InitialParameters(store), order, Tell);
        }
        catch (ArgumentException problem)
        {
            throw new InputException($"{past.Folder.OrderPath}: {problem.Message}.");
        }
        float[] parameters = server.Parameters();
        string hash = ModelHash.Of(parameters);
        output?.Write(stream => Safetensors.Write(stream, plan.Model.Blocks, parameters));
        if (output?.IsStandard == true) Console.SetOut(Console.Error);
        var comparison = ReplayComparison.Of(past, server.Step, hash);
        long? end = past.Folder.TryReadManifest() is { End: TrainingEnd.Finished } manifest ? manifest.Steps : null;
        if (comparison.What is null && end > server.Step)
        {
            comparison = new ReplayComparison(
                $"incomplete: {past.Folder.OrderPath} ends at step {server.Step}, the run at step {end}", false, true);
        }
        if (isJson) ReplayText.PrintJson(server.Step, 0, hash, comparison, null);
        else
        {
            Console.WriteLine($"{Numbers.Count(OrderAudit.CountOf(order), "result")} applied in the recorded order, " +
                $"{Numbers.Count(server.Version, "update")}, to step {server.Step}");
            if (comparison.What is not null) Console.WriteLine(comparison.What);
            Console.WriteLine($"model sha256: {hash}");
        }
        return comparison.IsWrong ? ExitCodes.Corrupted : ExitCodes.Finished;

        void Tell(int line)
        {
            if (Stopwatch.GetElapsedTime(lastWord) < s_progressInterval) return;
            lastWord = Stopwatch.GetTimestamp();
            Console.Error.WriteLine($"line {line} of {order.Count}");
        }
    }
}
