using System.Text.Json;
using ClusterGd.Core.Jobs;

namespace ClusterGd.Cluster.Storage;

/// <summary>
/// <c>events.jsonl</c>: one JSON object a line, appended at once, so that whoever watches the file sees it. A process
/// that is killed leaves half a line at most, which the next one closes.
/// </summary>
public static class RunEventLog
{
    /// <exception cref="IOException">It cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">As above.</exception>
    public static void Append(string path, LoggedEvent happened)
    {
        using var line = new MemoryStream();
        JsonSerializer.Serialize(line, happened, EventJson.Default.LoggedEvent);
        line.WriteByte((byte)'\n');
        using var file = new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.ReadWrite);
        file.Write(line.GetBuffer(), 0, (int)line.Length);
    }

    /// <summary>Closes the line that a killed process has left half done.</summary>
    /// <exception cref="IOException">It cannot be written.</exception>
    public static void Close(string path)
    {
        using var file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite);
        if (file.Length == 0) return;
        file.Seek(-1, SeekOrigin.End);
        if (file.ReadByte() != '\n') file.WriteByte((byte)'\n');
    }

    /// <summary>All whole lines, in their order.</summary>
    /// <param name="damaged">Told, in a sentence, of each line that is none.</param>
    /// <exception cref="InputException">There is no such file.</exception>
    public static List<LoggedEvent> Read(string path, Action<string> damaged)
    {
        string[] lines;
        try
        {
            using var file = new StreamReader(
                new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
            lines = file.ReadToEnd().Split('\n');
        }
        catch (FileNotFoundException)
        {
            throw new InputException(
                $"{path} is not there: the run was made before there was an event log; train it again to have one.");
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{path} cannot be read: {problem.Message}");
        }
        var events = new List<LoggedEvent>();
        for (int i = 0; i < lines.Length; i++)
        {
            if (lines[i].Length == 0) continue;
            try
            {
                if (JsonSerializer.Deserialize(lines[i], EventJson.Default.LoggedEvent) is { } happened)
                {
                    events.Add(happened);
                }
            }
            catch (JsonException)
            {
                // The last line may be under way.
                if (i < lines.Length - 1) damaged($"{path}: line {i + 1} is damaged and left out");
            }
        }
        return events;
    }
}
