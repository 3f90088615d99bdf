using System.CommandLine;
using ClusterGd.Cluster;
using ClusterGd.Cluster.Storage;
using ClusterGd.Core.Attacks;
using ClusterGd.Core.Jobs;
using ClusterGd.Core.Protocol;
using ClusterGd.Data;
using ClusterGd.Data.Jobs;

namespace ClusterGd.Cli;

/// <summary><c>clustergd train</c>: trains in an embedded cluster and leaves a run folder.</summary>
internal static class TrainCommand
{
    private const int NodesMax = 64, ThreadsMax = 4096;

    public static Command Create()
    {
        var jobFile = new Argument<string>("JOB.yaml") { Description = "The job file." };
        var nodes = new Option<int>("--nodes")
        {
            Description = $"Nodes of the cluster in this process, 1 to {NodesMax}. Changes no bit of the result.",
            HelpName = "N",
            DefaultValueFactory = _ => 1,
        };
        nodes.AddRange(1, NodesMax);
        var threads = new Option<int>("--threads")
        {
            Description = "Compute threads of all nodes together; 0 for one a core. Changes no bit of the result.",
            HelpName = "N",
            DefaultValueFactory = _ => 0,
        };
        threads.AddRange(0, ThreadsMax);
        var processes = new Option<int>("--processes")
        {
            Description = $"Node processes on this machine instead, 1 to {NodesMax}. Changes no bit of the result.",
            HelpName = "N",
        };
        processes.AddRange(1, NodesMax);
        var cluster = new Option<string?>("--cluster")
        {
            Description = "A node of a running cluster to train on instead. Changes no bit of the result.",
            HelpName = "host:port",
        };
        cluster.Validators.Add(result =>
        {
            if (result.Tokens is [var only] && Seeds.Mistake(only.Value, "--cluster") is { } mistake)
            {
                result.AddError(mistake);
            }
        });
        var nodesMin = new Option<int?>("--nodes-min")
        {
            Description = "With --cluster: nodes to wait for before the first step. [default: the job's, else 1]",
            HelpName = "N",
        };
        nodesMin.AddRange(1, NodesMax);
        var edits = new Option<string[]>("--set")
        {
            Description = "Changes a value of the job, such as training.epochs=20 or stop.0.patience=5. Repeatable.",
            HelpName = "path=value",
        };
        var runDir = new Option<string?>("--run-dir")
        {
            Description = "The folder of this run. [default: runs/<name>-<date>-<time>]",
            HelpName = "DIR",
        };
        var attack = new Option<string?>("--attack")
        {
            Description = "Has the job's last shards send something else than their gradients, to try " +
                $"training.aggregation: {string.Join(", ", AttackKinds.All.Select(k => k.Name))}. Not with " +
                "--processes or --cluster.",
            HelpName = "kind:shards[:number]",
        };
        var json = new Option<bool>("--json")
        {
            Description = "Print the result as one JSON object; all else goes to standard error.",
        };
        var quiet = new Option<bool>("--quiet") { Description = "Print no progress, only the result." };
        var command = new VerbCommand("train", "Trains the model of a job file.",
            ("clustergd train a9a.yaml", "on one node, a worker a core"),
            ("clustergd train a9a.yaml --nodes 4", "on four nodes in this process: the same model, bit for bit"),
            ("clustergd train a9a.yaml --processes 2", "in two processes of this machine"),
            ("clustergd train a9a.yaml --cluster 10.0.0.1:4053", "on the nodes of a cluster"),
            ("clustergd train a9a.yaml --set loss=hinge --set training.epochs=20", "with two values changed"),
            ("clustergd train a9a.yaml --attack signFlip:2", "with two shards that lie"),
            ("clustergd train a9a.yaml --json > result.json", "for a script"))
        {
            jobFile, nodes, processes, cluster, nodesMin, threads, edits, attack, runDir, json, quiet,
        };
        command.Validators.Add(result =>
        {
            System.CommandLine.Option[] places = [nodes, processes, cluster];
            if (places.Count(place => result.GetResult(place) is { Implicit: false }) > 1)
            {
                result.AddError("--nodes, --processes and --cluster exclude each other; name one of them");
            }
            if (result.GetResult(attack) is not null
                && (result.GetResult(processes) ?? result.GetResult(cluster)) is not null)
            {
                result.AddError("--attack works in this process only; leave --processes and --cluster out");
            }
        });
        command.SetAction(parse =>
        {
            var where = new TrainPlace(
                new TrainingOptions { Nodes = parse.GetValue(nodes), Threads = parse.GetValue(threads) },
                parse.GetValue(processes), parse.GetValue(cluster), parse.GetValue(nodesMin));
            return RunAsync(
                parse.GetRequiredValue(jobFile), parse.GetValue(edits) ?? [], where, parse.GetValue(attack),
                parse.GetValue(runDir), parse.GetValue(json), parse.GetValue(quiet));
        });
        return command;
    }

    private static async Task<int> RunAsync(
        string jobFile, string[] edits, TrainPlace where, string? attackText, string? runDir, bool isJson,
        bool isQuiet)
    {
        var job = JobFile.Read(jobFile, edits, JobTables.All);
        LiveModes.Require(job);
        var attack = attackText is null ? null : AttackPlan.Parse(attackText, job.Training.Shards);
        where = where with { Embedded = where.Embedded with { Attack = attack } };
        if (runDir is not null) RunFolder.RefuseTaken(runDir);
        var screen = new Screen(isJson, isQuiet);
        var loaded = DataSets.Load(job.Data, JobTargets.KindOf(job), job.Seed);
        job = WithFormat(job, loaded.Encoding.Format);
        screen.ShowData(job, loaded);
        var model = new TrainingPlan(job, loaded.DataSet).Model;

        var folder = runDir is null ? RunFolder.Create("runs", job.Name, DateTime.Now) : RunFolder.CreateAt(runDir);
        FailureLog.WriteTo(folder.ErrorLogPath);
        folder.WriteJob(JobText.Write(job, JobTables.All));
        folder.WriteEncoding(loaded.Encoding.ToJson());

        TrainingResult result;
        await using (var feed = new ProgressFeed(folder, screen))
        {
            using var stop = new StopSignals(sentence => feed.Report(new Note(sentence)));
            result = await where.TrainAsync(job, loaded.DataSet, feed.Report, stop.Token);
        }
        var manifest = folder.WriteModel(
            job, JobTables.All, model.Blocks, loaded.DataSet.ContentHash, result,
            attack?.Describe(job.Training.Shards));
        if (isJson) TrainSummary.PrintJson(result, manifest, folder);
        else TrainSummary.PrintLines(job, result, manifest, folder, loaded.DataSet.Test is not null);
        if (TrainSummary.Advice(result.End, folder) is { } advice) Console.Error.WriteLine(advice);
        return ExitCodes.Of(result.End);
    }

    private static Job WithFormat(Job job, string format) =>
        job with { Data = job.Data with { Train = job.Data.Train with { Format = format } } };
}
