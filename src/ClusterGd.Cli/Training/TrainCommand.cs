using System.CommandLine;
using ClusterGd.Cli.Data;
using ClusterGd.Cluster;
using ClusterGd.Cluster.Storage;
using ClusterGd.Core.Attacks;
using ClusterGd.Core.Jobs;
using ClusterGd.Core.Options;
using ClusterGd.Core.Protocol;
using ClusterGd.Data.Jobs;

namespace ClusterGd.Cli.Training;

/// <summary><c>clustergd train</c>: trains in an embedded cluster and leaves a run folder.</summary>
internal static class TrainCommand
{
    public static Command Create()
    {
        var jobFile = new Argument<string>("JOB.yaml") { Description = "The job file." };
        var place = new PlaceOptions(
            "Changes a value of the job, such as training.epochs=20 or stop.0.patience=5. Repeatable.");
        var from = new Option<string?>("--from")
        {
            Description = "The folder of a run whose parameters are this one's first: part of the new run's result.",
            HelpName = "RUN",
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
        var command = new VerbCommand("train", "Trains the model of a job file.",
            ("clustergd train a9a.yaml", "on one node, a worker a core"),
            ("clustergd train a9a.yaml --nodes 4", "on four nodes in this process: the same model, bit for bit"),
            ("clustergd train a9a.yaml --processes 2", "in two processes of this machine"),
            ("clustergd train a9a.yaml --cluster 10.0.0.1:4053", "on the nodes of a cluster"),
            ("clustergd train a9a.yaml --set loss=hinge --set training.epochs=20", "with two values changed"),
            ("clustergd train a9a.yaml --from runs/a9a-20260102-030405", "from the parameters of another run"),
            ("clustergd train a9a.yaml --attack signFlip:2", "with two shards that lie"),
            ("clustergd train a9a.yaml --json > result.json", "for a script"))
        {
            jobFile,
        };
        place.AddTo(command);
        command.Options.Add(attack);
        command.Options.Add(from);
        command.Options.Add(runDir);
        command.Validators.Add(result =>
        {
            if (result.GetResult(attack) is not null && place.IsElsewhere(result))
            {
                result.AddError("--attack works in this process only; leave --processes and --cluster out");
            }
        });
        command.SetAction(parse => RunAsync(
            parse.GetRequiredValue(jobFile), place.Edits(parse), place.Place(parse), parse.GetValue(attack),
            parse.GetValue(from), parse.GetValue(runDir), place.Screen(parse), place.IsJson(parse)));
        return command;
    }

    /// <summary>Tells what is wrong with the folder before the data is read.</summary>
    public static void RequirePlace(string? runDir)
    {
        if (runDir is not null) RunPlace.Require(runDir);
        else RunPlace.RequireWritable("runs");
    }

    private static async Task<int> RunAsync(
        string jobFile, string[] edits, TrainPlace where, string? attackText, string? from, string? runDir,
        Screen screen, bool isJson)
    {
        var job = JobFile.Read(jobFile, edits, JobTables.All);
        LiveModes.Require(job, attackText is not null);
        var attack = attackText is null ? null : AttackPlan.Parse(attackText, job.Training.Shards);
        where = where with { Embedded = where.Embedded with { Attack = attack } };
        // A resumed run would go on without the attack.
        if (attack is not null) job = job with { Checkpoint = CheckpointSpec.Off };
        where.RequireFiles();
        var given = from is null ? null : InitialModel.Of(from);
        job = InitialModel.For(job, given, from);
        RequirePlace(runDir);
        (job, var loaded) = JobData.Load(job, screen.IsQuiet);
        screen.ShowData(job, loaded);
        var plan = new TrainingPlan(job, loaded.DataSet);
        if (ModelMemory.Problem(plan, GC.GetGCMemoryInfo().TotalAvailableMemoryBytes) is { } tooLarge)
        {
            throw new InputException(tooLarge);
        }
        var start = given is null ? null : InitialModel.Fit(given, plan, from!);

        var folder = runDir is null ? RunFolder.Create("runs", job.Name, DateTime.Now) : RunFolder.CreateAt(runDir);
        using var claim = folder.Claim();
        FailureLog.WriteTo(folder.ErrorLogPath);
        ulong runId = RunIds.New();
        if (start is not null) InitialModel.Keep(folder, plan, runId, start);
        return await new TrainingRun(plan, loaded, folder, screen, isJson).RunAsync(where, runId, start);
    }
}
