using System.Text.Json;
using ClusterGd.Cli.Terminal;
using ClusterGd.Core.Kernels;
using ClusterGd.Core.Models;

namespace ClusterGd.Cli.Inspecting;

/// <summary>What a replay has to say, for people and for programs.</summary>
internal static class ReplayText
{
    private const int LargestMax = 5;

    public static void Print(
        long step, long from, string hash, ReplayComparison comparison, Replay.Gradient? gradient)
    {
        string source = from > 0 ? $"the checkpoint of step {from}" : "step 0";
        Console.WriteLine($"parameters of step {step}, from {source}");
        if (comparison.What is not null) Console.WriteLine(comparison.What);
        if (gradient is not null)
        {
            Console.WriteLine($"gradient of shard {gradient.Shard} at step {gradient.Step}: " +
                $"{Numbers.Count(gradient.Rows, "row")}, mean loss {Numbers.Short(MeanLoss(gradient))}, " +
                $"norm of the mean gradient {Numbers.Short(Norm(gradient))}");
            foreach (var (name, value) in Largest(gradient)) Console.WriteLine($"  {name} {Numbers.Short(value)}");
        }
        Console.WriteLine($"model sha256: {hash}");
    }

    public static void PrintJson(
        long step, long from, string hash, ReplayComparison comparison, Replay.Gradient? gradient) =>
        Numbers.WriteObject(json =>
        {
            json.WriteNumber("step", step);
            json.WriteNumber("fromStep", from);
            json.WriteString("modelSha256", hash);
            json.WriteString("comparison", comparison.What);
            if (comparison.What is null) json.WriteNull("isSame");
            else json.WriteBoolean("isSame", comparison.IsSame);
            if (gradient is not null) Write(json, gradient);
        });

    private static void Write(Utf8JsonWriter json, Replay.Gradient gradient)
    {
        json.WriteStartObject("gradient");
        json.WriteNumber("shard", gradient.Shard);
        json.WriteNumber("rows", gradient.Rows);
        Numbers.Write(json, "meanLoss", MeanLoss(gradient));
        Numbers.Write(json, "norm", Norm(gradient));
        json.WriteStartArray("largest");
        foreach (var (name, value) in Largest(gradient))
        {
            json.WriteStartObject();
            json.WriteString("parameter", name);
            Numbers.Write(json, "value", value);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static double MeanLoss(Replay.Gradient gradient) => gradient.LossSum / Math.Max(1, gradient.Rows);

    private static double Norm(Replay.Gradient gradient) =>
        Math.Sqrt(VectorKernels.SquaredNorm(gradient.Sum)) / Math.Max(1, gradient.Rows);

    /// <summary>The components of the mean gradient that are largest in size.</summary>
    private static IEnumerable<(string Name, double Value)> Largest(Replay.Gradient gradient) =>
        Enumerable.Range(0, gradient.Sum.Length)
            .OrderByDescending(i => Math.Abs(gradient.Sum[i])).Take(LargestMax)
            .Select(i => (NameOf(gradient.Plan.Model, i), gradient.Sum[i] / (double)Math.Max(1, gradient.Rows)));

    /// <summary>Such as <c>layer1.weight[3, 17]</c>.</summary>
    private static string NameOf(Model model, int parameter)
    {
        var block = model.Blocks.First(b => parameter < b.Offset + b.Length);
        int rest = parameter - block.Offset;
        var indices = new int[block.Shape.Length];
        for (int axis = indices.Length - 1; axis >= 0; axis--)
        {
            indices[axis] = rest % block.Shape[axis];
            rest /= block.Shape[axis];
        }
        return $"{block.Name}[{string.Join(", ", indices)}]";
    }
}
