using System.Text.Json;

namespace ClusterGd.Core.Tests;

/// <summary>The numbers of other implementations, each file beside the script that wrote it.</summary>
internal static class Golden
{
    public static JsonElement Read(string name)
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder != null; folder = folder.Parent)
        {
            string path = Path.Combine(folder.FullName, "tests", "ClusterGd.Core.Tests", "golden", name);
            if (!File.Exists(path)) continue;
            using var document = JsonDocument.Parse(File.ReadAllBytes(path));
            return document.RootElement.Clone();
        }
        throw new FileNotFoundException(
            $"No tests/ClusterGd.Core.Tests/golden/{name} above {AppContext.BaseDirectory}.");
    }

    public static double[] Doubles(this JsonElement array) => [.. array.EnumerateArray().Select(e => e.GetDouble())];

    public static float[] Floats(this JsonElement array) => [.. array.EnumerateArray().Select(e => e.GetSingle())];
}
