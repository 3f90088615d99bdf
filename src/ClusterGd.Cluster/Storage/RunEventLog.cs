using System.Text.Json;
using ClusterGd.Core.Options;

namespace ClusterGd.Cluster.Storage;

/// <summary>
/// <c>events.jsonl</c>: one JSON object a line, written at once, so that a reader can follow the file. A process that
/// is killed leaves half a line at most, which the next one closes.
/// </summary>
public static class RunEventLog
{
    /// <summary>One line with its line feed, without its checksum.</summary>
    internal static byte[] LineOf(LoggedEvent happened)
    {
        using var line = new MemoryStream();
        JsonSerializer.Serialize(line, happened, EventJson.Default.LoggedEvent);
        line.WriteByte((byte)'\n');
        return line.ToArray();
    }

    /// <summary>Ends the line that a killed process has left unfinished.</summary>
    /// <exception cref="IOException">It cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">As above.</exception>
    internal static void Close(string path)
    {
        using var file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite);
        if (file.Length == 0) return;
        file.Seek(-1, SeekOrigin.End);
        if (file.ReadByte() != '\n') file.WriteByte((byte)'\n');
    }

    /// <summary>All whole lines, in their order.</summary>
    /// <param name="damaged">Told, in a sentence, of each line that is none.</param>
    /// <exception cref="InputException">There is no such file.</exception>
    public static EventLines Read(string path, Action<string> damaged)
    {
        string[] lines;
        try
        {
            using var file = new StreamReader(
                new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete));
            lines = file.ReadToEnd().Split('\n');
        }
        catch (FileNotFoundException)
        {
            throw new InputException($"{path} is not there: the run has no event log; train it again to have one.");
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{path} cannot be read: {problem.Message}");
        }
        var events = new List<LoggedEvent>();
        var breaks = new List<string>();
        ulong last = 0;
        bool isSealed = false;
        for (int i = 0; i < lines.Length; i++)
        {
            if (lines[i].Length == 0) continue;
            if (Parse(lines[i]) is { } happened)
            {
                events.Add(happened);
                bool? follows = LineChain.Follows(lines[i], ref last);
                if (follows ?? !isSealed) isSealed |= follows is true;
                else breaks.Add($"line {i + 1} does not follow from the one before it");
            }
            // The last line may be under way.
            else if (i < lines.Length - 1) damaged($"{path}: line {i + 1} is damaged and left out");
        }
        return new EventLines(events, breaks, last);
    }

    private static LoggedEvent? Parse(string line)
    {
        try
        {
            var happened = JsonSerializer.Deserialize(line, EventJson.Default.LoggedEvent);
            return happened?.IsWhole == true ? happened : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

/// <summary>What an event log holds.</summary>
/// <param name="Breaks">Places at which lines are missing, doubled, edited or of another log.</param>
/// <param name="Sum">The checksum of the last line; 0 for none.</param>
public sealed record EventLines(List<LoggedEvent> Events, List<string> Breaks, ulong Sum);
