using System.Globalization;

namespace ClusterGd.EndToEnd.Tests.Clusters;

/// <summary>What Linux tells of processes and their ports.</summary>
internal static class ProcessTable
{
    private const string Listening = "0A";

    /// <summary>The processes that a process has started itself.</summary>
    public static List<int> ChildrenOf(int processId) =>
    [
        .. Directory.GetDirectories($"/proc/{processId}/task")
            .SelectMany(task => Words(Read($"{task}/children")))
            .Select(word => int.Parse(word, CultureInfo.InvariantCulture)),
    ];

    /// <summary>False for one that has ended and waits to be asked how, too.</summary>
    public static bool IsRunning(int processId)
    {
        string line = Read($"/proc/{processId}/stat");
        return line.Length > 0 && line[line.LastIndexOf(')') + 2] != 'Z';
    }

    /// <summary>The TCP ports that a process listens on.</summary>
    public static List<int> PortsOf(int processId)
    {
        var sockets = Directory.GetFiles($"/proc/{processId}/fd")
            .Select(path => new FileInfo(path).LinkTarget).Where(target => target is not null).ToHashSet();
        return [.. Listeners().Where(listener => sockets.Contains($"socket:[{listener.Socket}]")).Select(l => l.Port)];
    }

    /// <summary>Whether any process listens on the port.</summary>
    public static bool IsListenedOn(int port) => Listeners().Any(listener => listener.Port == port);

    private static IEnumerable<(int Port, string Socket)> Listeners() =>
        new[] { "/proc/net/tcp", "/proc/net/tcp6" }.SelectMany(table => Read(table).Split('\n').Skip(1))
            .Select(Words).Where(words => words.Length > 9 && words[3] == Listening)
            .Select(words => (Convert.ToInt32(words[1][(words[1].IndexOf(':') + 1)..], 16), words[9]));

    private static string[] Words(string line) => line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);

    private static string Read(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (IOException)
        {
            return "";   // it has just ended
        }
    }
}
