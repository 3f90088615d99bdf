using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using ClusterGd.Core.Options;

namespace ClusterGd.Cli.Nodes;

/// <summary>
/// Finds the nodes that a node joins by, from whichever of the three ways the command line names. Nodes are known by
/// their addresses alone, never by names: two associations with one node, by its name and by its address, would each
/// take messages that never arrive.
/// </summary>
internal sealed class Seeds(string[] addresses, string? dnsName, string? file, int port)
{
    private static readonly TimeSpan s_lookInterval = TimeSpan.FromMilliseconds(500);
    private const int SameAnswers = 3;

    /// <summary>How long those names are waited for that do not resolve while others do.</summary>
    private static readonly TimeSpan s_restTime = TimeSpan.FromSeconds(5);

    /// <summary>host:port each, in the order that all nodes see; empty where a new cluster begins.</summary>
    /// <param name="self">This node's own address.</param>
    /// <param name="timeMax">How long to look names up.</param>
    /// <exception cref="InputException">What the command line says cannot be used.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public async Task<IReadOnlyList<string>> FindAsync(string self, TimeSpan timeMax, CancellationToken cancelled)
    {
        if (new[] { addresses.Length > 0, dnsName is not null, file is not null }.Count(given => given) > 1)
        {
            throw new InputException("--seed, --seed-dns and --seed-file exclude each other; name one of them");
        }
        foreach (string address in addresses) Check(address, "--seed");
        if (file is not null) return [FromFile(file, self)];
        return dnsName is null
            ? await ResolveAsync(addresses, "--seed", timeMax, cancelled)
            : await FromDnsAsync(timeMax, cancelled);
    }

    /// <summary>The addresses behind names, in the names' order, each once; a name may stand for several.</summary>
    /// <param name="named">host:port each.</param>
    /// <param name="option">Where they are from.</param>
    /// <param name="timeMax">How long to wait for the first that resolves.</param>
    /// <exception cref="InputException">None of them resolves.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static async Task<IReadOnlyList<string>> ResolveAsync(
        IReadOnlyList<string> named, string option, TimeSpan timeMax, CancellationToken cancelled)
    {
        var clock = Stopwatch.StartNew();
        while (true)
        {
            var found = new List<string>();
            bool isWhole = true;
            foreach (string address in named)
            {
                int colon = address.LastIndexOf(':');
                var behind = await LookUpAsync(address[..colon]);
                isWhole &= behind.Length > 0;
                found.AddRange(behind.Select(ip => $"{ip}{address[colon..]}"));
            }
            if (isWhole || (found.Count > 0 && clock.Elapsed > s_restTime)) return [.. found.Distinct()];
            if (clock.Elapsed >= timeMax)
            {
                throw new InputException($"{option}: {string.Join(", ", named)} resolved to no address in " +
                    $"{timeMax.TotalSeconds:F0} s; check the name");
            }
            await Task.Delay(s_lookInterval, cancelled);
        }
    }

    /// <summary>A sentence, where the address is no host:port.</summary>
    public static string? Mistake(string address, string option)
    {
        int colon = address.LastIndexOf(':');
        return colon > 0 && ushort.TryParse(address.AsSpan(colon + 1), out ushort number) && number > 0
            ? null : $"{option} is {address}, allowed is host:port with a port from 1 to 65535; change it";
    }

    private static void Check(string address, string option)
    {
        if (Mistake(address, option) is { } mistake) throw new InputException(mistake);
    }

    /// <summary>The first node makes the file, which only one can.</summary>
    private static string FromFile(string path, string self)
    {
        try
        {
            try
            {
                using var writer = new StreamWriter(new FileStream(path, FileMode.CreateNew));
                writer.Write(self);
                return self;
            }
            catch (IOException) when (File.Exists(path))
            {
                string seed = File.ReadAllText(path).Trim();
                if (seed.Length == 0)
                {
                    throw new InputException($"{path} is empty; remove it, so that a node can write it");
                }
                Check(seed, $"The address in {path}");
                return seed;
            }
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"The seed file {path} cannot be used: {problem.Message}");
        }
    }

    /// <summary>Nodes that start together must see one list: it counts once it has stayed the same.</summary>
    private async Task<IReadOnlyList<string>> FromDnsAsync(TimeSpan timeMax, CancellationToken cancelled)
    {
        int colon = dnsName!.LastIndexOf(':');
        string name = colon < 0 ? dnsName : dnsName[..colon], seedPort = colon < 0 ? $"{port}" : dnsName[(colon + 1)..];
        Check($"{name}:{seedPort}", "--seed-dns");
        var clock = Stopwatch.StartNew();
        string[] last = [];
        int same = 0;
        while (clock.Elapsed < timeMax)
        {
            var now = await LookUpAsync(name);
            same = now.SequenceEqual(last) && now.Length > 0 ? same + 1 : 0;
            last = now;
            if (same == SameAnswers) return [.. last.Select(ip => $"{ip}:{seedPort}")];
            await Task.Delay(s_lookInterval, cancelled);
        }
        throw new InputException($"--seed-dns: {name} resolved to no lasting list of addresses in " +
            $"{timeMax.TotalSeconds:F0} s; check the name");
    }

    private static async Task<string[]> LookUpAsync(string name)
    {
        try
        {
            var found = await Dns.GetHostAddressesAsync(name, AddressFamily.InterNetwork);
            return [.. found.Select(ip => ip.ToString()).Order(StringComparer.Ordinal)];
        }
        catch (SocketException)
        {
            return [];
        }
    }
}
