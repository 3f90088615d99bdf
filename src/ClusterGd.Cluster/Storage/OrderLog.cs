using System.Text.Json;
using System.Text.Json.Serialization;
using ClusterGd.Core.Options;
using ClusterGd.Core.Protocol;

namespace ClusterGd.Cluster.Storage;

/// <summary>
/// <c>order.jsonl</c>: the order in which the server of a mode applied what its workers sent, one JSON object a line.
/// Written at stops of the training; a run that goes back, or is resumed, starts the file again.
/// </summary>
public static class OrderLog
{
    internal static byte[] LineOf(LogEntry entry) =>
        [.. JsonSerializer.SerializeToUtf8Bytes(OrderLine.Of(entry), OrderJson.Default.OrderLine), (byte)'\n'];

    /// <exception cref="InputException">There is no such file, or a line is damaged.</exception>
    public static List<LogEntry> Read(string path)
    {
        string[] lines;
        bool isCut;
        try
        {
            lines = File.ReadAllLines(path);
            isCut = !EndsWithLineFeed(path);
        }
        catch (FileNotFoundException)
        {
            throw new InputException(
                $"{path} is not there: the run has not come to its first stop; wait for it, or resume the run.");
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{path} cannot be read: {problem.Message}");
        }
        var entries = new List<LogEntry>(lines.Length);
        for (int i = 0; i < lines.Length; i++)
        {
            try
            {
                entries.Add(JsonSerializer.Deserialize(lines[i], OrderJson.Default.OrderLine)!.ToEntry());
            }
            catch (Exception problem) when (problem is JsonException or NullReferenceException)
            {
                // A process that was killed may leave half a line; whether one is missing shows by the counts.
                if (isCut && i == lines.Length - 1) break;
                throw new InputException(
                    $"{path}: line {i + 1} is damaged; all that follows depends on it, so train the job again.");
            }
        }
        return entries;
    }

    private static bool EndsWithLineFeed(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        if (file.Length == 0) return true;
        file.Position = file.Length - 1;
        return file.ReadByte() == '\n';
    }
}

/// <summary>See <see cref="LogEntry"/>. What is null or false is left out.</summary>
/// <param name="Term">Where a term of the server begins.</param>
/// <param name="Stop">Where a stop is set: its step.</param>
/// <param name="Late">It came too late for its step.</param>
internal sealed record OrderLine(
    int? Worker, long? Sequence, long? Term, long? Stop, long Version, bool Late, bool Fresh)
{
    public static OrderLine Of(LogEntry entry) => entry.Worker switch
    {
        LogEntry.TermBegins => new(null, null, entry.Sequence, null, entry.Version, false, false),
        LogEntry.StopSet => new(null, null, null, entry.Sequence, entry.Version, false, false),
        _ => new(entry.Worker, entry.Sequence, null, null, entry.Version, !entry.IsCounted, entry.IsFresh),
    };

    public LogEntry ToEntry() => this switch
    {
        { Term: { } term } => new(LogEntry.TermBegins, term, Version, IsCounted: false),
        { Stop: { } stop } => new(LogEntry.StopSet, stop, Version, IsCounted: false),
        { Worker: >= 0 and var worker, Sequence: { } sequence } => new(worker, sequence, Version, !Late, Fresh),
        _ => throw new JsonException("a line is of no worker, term or stop"),
    };
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, MaxDepth = 4,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault)]
[JsonSerializable(typeof(OrderLine))]
internal sealed partial class OrderJson : JsonSerializerContext;
