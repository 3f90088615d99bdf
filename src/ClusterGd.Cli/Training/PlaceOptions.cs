using System.CommandLine;
using System.CommandLine.Parsing;
using ClusterGd.Cli.Logging;
using ClusterGd.Cli.Nodes;
using ClusterGd.Cluster;

namespace ClusterGd.Cli.Training;

/// <summary>Where a run is trained and how it is shown: what <c>train</c> and <c>resume</c> have in common.</summary>
internal sealed class PlaceOptions
{
    private const int NodesMax = 64, ThreadsMax = 4096;

    private readonly Option<int> _nodes = new("--nodes")
    {
        Description = $"Nodes of the cluster in this process, 1 to {NodesMax}. Changes no bit of the result.",
        HelpName = "N",
        DefaultValueFactory = _ => 1,
    };

    private readonly Option<int> _threads = new("--threads")
    {
        Description = "Compute threads of all nodes together; 0 for one a core. Changes no bit of the result.",
        HelpName = "N",
        DefaultValueFactory = _ => 0,
    };

    private readonly Option<int> _processes = new("--processes")
    {
        Description = $"Node processes on this machine instead, 1 to {NodesMax}. Changes no bit of the result.",
        HelpName = "N",
    };

    private readonly Option<string?> _cluster = new("--cluster")
    {
        Description = "A node of a running cluster to train on instead. Changes no bit of the result.",
        HelpName = "host:port",
    };

    private readonly Option<int?> _nodesMin = new("--nodes-min")
    {
        Description = "With --cluster: nodes to wait for before the first step. [default: the job's, else 1]",
        HelpName = "N",
    };

    private readonly Option<string[]> _edits;

    private readonly Option<bool> _json = new("--json")
    {
        Description = "Print the result as one JSON object; all else goes to standard error.",
    };

    private readonly Option<bool> _quiet = new("--quiet") { Description = "Print no progress, only the result." };

    /// <param name="edits">What <c>--set</c> is for.</param>
    public PlaceOptions(string edits)
    {
        _edits = new Option<string[]>("--set") { Description = edits, HelpName = "path=value" };
        _nodes.AddRange(1, NodesMax);
        _threads.AddRange(0, ThreadsMax);
        _processes.AddRange(1, NodesMax);
        _nodesMin.AddRange(1, NodesMax);
        _cluster.Validators.Add(result =>
        {
            if (result.Tokens is [var only] && Seeds.Mistake(only.Value, "--cluster") is { } mistake)
            {
                result.AddError(mistake);
            }
        });
    }

    /// <summary>Whether other processes than this one train.</summary>
    public bool IsElsewhere(CommandResult result) =>
        (result.GetResult(_processes) ?? result.GetResult(_cluster)) is { Implicit: false };

    public void AddTo(Command command)
    {
        Option[] all = [_nodes, _processes, _cluster, _nodesMin, _threads, _edits, _json, _quiet];
        foreach (var option in all) command.Options.Add(option);
        command.AddLog("none");
        command.Validators.Add(result =>
        {
            Option[] places = [_nodes, _processes, _cluster];
            if (places.Count(place => result.GetResult(place) is { Implicit: false }) > 1)
            {
                result.AddError("--nodes, --processes and --cluster exclude each other; name one of them");
            }
        });
    }

    public TrainPlace Place(ParseResult parse) => new(
        new TrainingOptions
        {
            Nodes = parse.GetValue(_nodes), Threads = parse.GetValue(_threads), Loggers = ProgramLog.Loggers,
        },
        parse.GetValue(_processes), parse.GetValue(_cluster), parse.GetValue(_nodesMin));

    public string[] Edits(ParseResult parse) => parse.GetValue(_edits) ?? [];

    public bool IsJson(ParseResult parse) => parse.GetValue(_json);

    public Screen Screen(ParseResult parse) => new(parse.GetValue(_json), parse.GetValue(_quiet));
}
