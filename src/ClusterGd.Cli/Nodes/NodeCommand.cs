using System.CommandLine;
using System.Net;
using ClusterGd.Cli.Chaos;
using ClusterGd.Cli.Logging;
using ClusterGd.Cli.Terminal;
using ClusterGd.Cluster;
using ClusterGd.Cluster.Faults;
using ClusterGd.Cluster.Hosting;
using ClusterGd.Data;

namespace ClusterGd.Cli.Nodes;

/// <summary><c>clustergd node</c>: a member of a cluster, until it is told to go.</summary>
internal static class NodeCommand
{
    private const int PortMax = 65535, ThreadsMax = 4096, SecondsMax = 86_400;

    public static Command Create()
    {
        var host = new Option<string?>("--host")
        {
            Description = "The address by which others reach this node, or its name. [default: the machine's first]",
            HelpName = "ADDR",
        };
        var port = Number("--port", "P", "The port for control messages; 0 for any free one.", 0, PortMax, 4053);
        var dataPort = Number("--data-port", "P", "The port for tensors. [default: port + 1]", 0, PortMax);
        var healthPort = Number(
            "--health-port", "P", "Answers /alive, /ready and /training there; 0 for any free one.", 0, PortMax);
        var threads = Number("--threads", "N", "Compute threads; 0 for one a core.", 0, ThreadsMax, 0);
        var timeout = Number(
            "--join-timeout", "SECONDS", "Gives up with exit code 4 where no seed answers.", 1, SecondsMax, 60);
        var seeds = new Option<string[]>("--seed")
        {
            Description = "A node of the cluster to join. Repeatable; every node takes the same list in one order.",
            HelpName = "host:port",
        };
        var seedDns = new Option<string?>("--seed-dns")
        {
            Description = "A name that resolves to the addresses of all nodes; their port, where it is another.",
            HelpName = "NAME[:PORT]",
        };
        var seedFile = new Option<string?>("--seed-file")
        {
            Description = "A file in a shared folder: the first node writes its address there, the others read it.",
            HelpName = "PATH",
        };
        var cacheDir = new Option<string?>("--cache-dir")
        {
            Description = "Where rows fetched from other nodes are kept. [default: clustergd in the user's cache]",
            HelpName = "DIR",
        };
        var withParent = new Option<bool>("--end-with-input")
        {
            Description = "End at once when the standard input ends: as the child of a process that may die.",
            Hidden = true,
        };
        var heedFaults = new Option<ulong?>("--heed-faults")
        {
            Description = "Suffer what lines of the standard input order, as drawn by this seed: as a child of chaos.",
            Hidden = true,
        };
        var command = new VerbCommand("node", "Runs a member of a cluster; without a seed it begins a new one.",
            ("clustergd node --host 10.0.0.1", "begins a cluster"),
            ("clustergd node --host 10.0.0.2 --seed 10.0.0.1:4053", "joins it"),
            ("clustergd node --log-level debug --log-format json 2> node.log", "logs more, for a program to read"),
            ("clustergd train job.yaml --cluster 10.0.0.1:4053", "trains on it"))
        {
            host, port, dataPort, healthPort, seeds, seedDns, seedFile, threads, timeout, cacheDir,
            withParent, heedFaults,
        };
        command.AddLog("information");
        command.SetAction(async parse =>
        {
            int control = parse.GetValue(port)!.Value;
            string address = parse.GetValue(host) is { } name
                ? await MachineAddress.OfAsync(name) : MachineAddress.First();
            var options = new NodeOptions
            {
                Host = address, Port = control, DataPort = parse.GetValue(dataPort) ?? (control == 0 ? 0 : control + 1),
                Threads = parse.GetValue(threads)!.Value, IsLocal = address == "127.0.0.1",
                CacheFolder = parse.GetValue(cacheDir) ?? ShardCache.DefaultFolder, Loggers = ProgramLog.Loggers,
                Faults = parse.GetValue(heedFaults) is { } seed
                    ? new LiveFaults(seed, (fault, count) => Console.WriteLine($"fault {fault} struck {count}")) : null,
            };
            var found = new Seeds(
                parse.GetValue(seeds) ?? [], parse.GetValue(seedDns), parse.GetValue(seedFile), control);
            return await RunAsync(options, found, parse.GetValue(healthPort),
                TimeSpan.FromSeconds(parse.GetValue(timeout)!.Value), parse.GetValue(withParent));
        });
        return command;
    }

    private static Option<int?> Number(
        string name, string unit, string description, int min, int max, int? byDefault = null)
    {
        var option = new Option<int?>(name)
        {
            Description = description, HelpName = unit,
        };
        if (byDefault is { } value) option.DefaultValueFactory = _ => value;
        option.AddRange(min, max);
        return option;
    }

    private static async Task<int> RunAsync(
        NodeOptions options, Seeds seeds, int? healthPort, TimeSpan joinTime, bool endsWithInput)
    {
        if (endsWithInput) EndWithInput(options.Faults);
        // Ctrl-C reaches all processes of a terminal: the parent, which gets it too, says what is to be done.
        using var stop = new StopSignals(
            Console.WriteLine, "leaving the cluster", heedsInterrupt: !endsWithInput);
        ProgramLog.Source = $"{options.Host}:{options.Port}";
        var health = new HealthState();
        var start = TimeProvider.System.GetTimestamp();
        TimeSpan Now() => TimeProvider.System.GetElapsedTime(start);
        await using var server = healthPort is not { } listenAt
            ? null
            : await HealthServer.StartAsync(
                options.IsLocal ? IPAddress.Loopback : IPAddress.Any, listenAt, health, Now);
        string healthAt = server is null ? "" : $", health at port {server.Port}";
        Func<ClusterNode, Task<bool>> join = node => JoinAsync(node, seeds, joinTime, stop.Token);
        while (true)
        {
            await using var node = await ClusterNode.StartAsync(options, health, Now);
            ProgramLog.Source = node.Address;
            Console.WriteLine($"node {node.Address}, tensors at port {node.DataPort}{healthAt}");
            try
            {
                if (!await join(node)) return ExitCodes.ClusterLost;
            }
            catch (OperationCanceledException)
            {
                Console.WriteLine("has joined nothing");
                return ExitCodes.Finished;
            }
            Console.WriteLine("is up");
            var stopped = new TaskCompletionSource();
            await using var registration = stop.Token.Register(stopped.SetResult);
            if (await Task.WhenAny(stopped.Task, node.Removed) != node.Removed)
            {
                await node.LeaveAsync();
                Console.WriteLine("has left");
                return ExitCodes.Finished;
            }
            if (health.IsRunOn)
            {
                Warn(
                    "the other nodes have given this one up, since they could not reach it; start it again to join " +
                    "anew");
                return ExitCodes.ClusterLost;
            }
            // It has nothing to guard: it may come back as a new member, at the same ports.
            var former = node.KnownNodes;
            options = options with { Port = node.Port, DataPort = node.DataPort };
            join = again => RejoinAsync(again, former, stop.Token);
        }
    }

    private static async Task<bool> RejoinAsync(
        ClusterNode node, IReadOnlyList<string> former, CancellationToken cancelled)
    {
        string others = string.Join(", ", former.Where(other => other != node.Address));
        Warn(
            "the other nodes could not reach this one and have removed it; it has no work, and joins again by " +
            others);
        await node.RejoinAsync(former, Tell(), cancelled);
        return true;
    }

    /// <summary>What tells of one wait.</summary>
    private static Action<Waiting> Tell()
    {
        Waiting? last = null;
        return waiting =>
        {
            if (!Waits.IsNews(waiting, last)) return;
            last = waiting;
            Console.WriteLine($"waiting for {waiting.What} since {Numbers.Duration(waiting.Since)}");
        };
    }

    private static async Task<bool> JoinAsync(
        ClusterNode node, Seeds seeds, TimeSpan joinTime, CancellationToken cancelled)
    {
        var finding = seeds.FindAsync(node.Address, joinTime, cancelled);
        await Waits.TellAsync(finding, () => "a seed's name to resolve", Tell());
        var addresses = await finding;
        Console.WriteLine(addresses.Count == 0 || addresses is [var only] && only == node.Address
            ? "begins a cluster"
            : $"joins by {string.Join(", ", addresses)}, for {joinTime.TotalSeconds:F0} s at most");
        var joining = node.JoinAsync(addresses, joinTime, cancelled);
        await Waits.TellAsync(joining, () => $"a node to answer at {string.Join(", ", addresses)}", Tell());
        if (await joining) return true;
        Warn($"no seed answered in {joinTime.TotalSeconds:F0} s: {string.Join(", ", addresses)}; " +
            "start a node there, or check address and port");
        return false;
    }

    /// <summary>A log for programs says it in its own way, and nothing else is there.</summary>
    private static void Warn(string sentence)
    {
        if (ProgramLog.Settings is not { IsOn: true, IsJson: true }) Console.Error.WriteLine(sentence);
    }

    private static void EndWithInput(LiveFaults? faults) => _ = Task.Run(() =>
    {
        using var input = new StreamReader(Console.OpenStandardInput());
        while (input.ReadLine() is { } line)
        {
            if (faults is not null) FaultOrder.Parse(line).Apply(faults);
        }
        ProgramLog.Close();
        Environment.Exit(ExitCodes.ClusterLost);
    });
}
