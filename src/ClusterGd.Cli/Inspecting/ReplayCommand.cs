using System.CommandLine;
using ClusterGd.Cli.Terminal;
using ClusterGd.Cluster.Storage;
using ClusterGd.Core.Attacks;
using ClusterGd.Core.Kernels;
using ClusterGd.Core.Models;
using ClusterGd.Core.Options;
using ClusterGd.Core.Protocol;

namespace ClusterGd.Cli.Inspecting;

/// <summary><c>clustergd replay</c>: the parameters of any step of a run, and one shard's gradient there.</summary>
internal static class ReplayCommand
{
    public static Command Create()
    {
        var run = new Argument<string>("RUN") { Description = "The folder that 'clustergd train' made." };
        var to = new Option<long?>("--to")
        {
            Description = "Updates made: 0 for the first parameters. [default: the run's last step]", HelpName = "STEP",
        };
        var shard = new Option<int?>("--shard")
        {
            Description = "Shows the gradient that this shard gives there, which the next update uses.", HelpName = "S",
        };
        var fromStart = new Option<bool>("--from-start") { Description = "Begin at step 0 and use no checkpoint." };
        var attack = new Option<string?>("--attack")
        {
            Description = "For a run that was trained under it.", HelpName = "kind:shards[:number]",
        };
        var outFile = new Option<string?>("--out")
        {
            Description = "Write the parameters to this file, as safetensors; - for the standard output.",
            HelpName = "FILE",
        };
        var force = OutputFile.Force();
        var outGradient = new Option<string?>("--out-gradient")
        {
            Description = "Write the shard's gradient, summed over its rows, to this file, as safetensors.",
            HelpName = "FILE",
        };
        var json = new Option<bool>("--json") { Description = "Print one JSON object." };
        var command = new VerbCommand("replay", "Rebuilds the parameters of any step of a run, bit for bit.",
            ("clustergd replay runs/a9a-20260102-030405", "the last ones, with their sha256"),
            ("clustergd replay runs/a9a-20260102-030405 --to 320", "those of step 320"),
            ("clustergd replay runs/a9a-20260102-030405 --to 320 --out step-320.safetensors", "and they themselves"),
            ("clustergd replay runs/a9a-20260102-030405 --to 320 --shard 3", "and what shard 3 makes of them"))
        {
            run, to, shard, fromStart, attack, outFile, outGradient, force, json,
        };
        command.Validators.Add(result =>
        {
            if (result.GetResult(outGradient) is not null && result.GetResult(shard) is null)
            {
                result.AddError("--out-gradient needs --shard: say whose gradient");
            }
        });
        command.SetAction(parse =>
        {
            var past = PastRun.Load(parse.GetRequiredValue(run));
            using var output = Open(past, parse.GetValue(outFile), parse.GetValue(force), "--out");
            using var gradientOutput = Open(past, parse.GetValue(outGradient), parse.GetValue(force), "--out-gradient");
            if (!past.Plan.Mode.IsSynchronous)
            {
                bool isOther = parse.GetValue(to) is not null || parse.GetValue(shard) is not null;
                if (isOther) throw NoSteps(past);
                return OrderReplay.Run(past, Start(past, 0, true), output, parse.GetValue(json));
            }
            long step = parse.GetValue(to) ?? past.Folder.TryReadManifest()?.Steps ?? throw new InputException(
                $"{parse.GetRequiredValue(run)} is not over: say with --to which step's parameters to rebuild.");
            var replay = Prepare(
                past, step, parse.GetValue(shard), parse.GetValue(fromStart), parse.GetValue(attack));
            return Run(past, replay, step, parse.GetValue(shard), output, gradientOutput, parse.GetValue(json));
        });
        return command;
    }

    private static OutputFile? Open(PastRun past, string? path, bool isForced, string option) => path is null
        ? null : new OutputFile(path, isForced, RunOptions.FilesOf(past.Folder, past.Plan.Job), option);

    private static InputException NoSteps(PastRun past) => new(
        $"The run's mode is {past.Plan.Job.Training.Mode.Kind}: its steps are not synchronous, so that only its last " +
        "parameters can be rebuilt, from the order of application. Leave --to and --shard out.");

    private static Replay Prepare(PastRun past, long to, int? shard, bool fromStart, string? attackText)
    {
        var plan = past.Plan;
        if (to < 0 || to > plan.StepsTotal)
        {
            throw new InputException($"--to is {to}, allowed is 0 to {plan.StepsTotal}: the steps of the job.");
        }
        if (shard < 0 || shard >= plan.ShardCount)
        {
            throw new InputException($"--shard is {shard}, allowed is 0 to {plan.ShardCount - 1}: the job's shards.");
        }
        if (shard is not null && to == plan.StepsTotal)
        {
            throw new InputException($"--to {to} is the job's last step, where no gradient is taken any more; " +
                $"--to {to - 1} has the last ones.");
        }
        var attack = attackText is null ? null : AttackPlan.Parse(attackText, plan.ShardCount);
        string? described = attack?.Describe(plan.ShardCount);
        if (described != past.Attack)
        {
            throw new InputException($"The run was trained under attack: {past.Attack ?? "none"}; here it is " +
                $"{described ?? "none"}. Give --attack as it was given to 'clustergd train'.");
        }
        return new Replay(plan, past.Data, Start(past, to, fromStart), attack);
    }

    private static Checkpoint? Start(PastRun past, long to, bool fromStart)
    {
        bool isGiven = past.Plan.Job.InitialModel is not null;
        if (past.Folder.Checkpoints.FindNewest(Console.Error.WriteLine, fromStart ? 0 : to) is not var (file, header))
        {
            if (!isGiven) return null;
            throw new InputException("The run began with another run's parameters, and the checkpoint that had them " +
                "is gone: only steps from its oldest checkpoint on can be rebuilt.");
        }
        if (fromStart && !isGiven) return null;
        if (header.KernelVersion == KernelVersion.Current) return CheckpointFolder.Read(file, past.Plan);
        throw new InputException($"{file} was made with kernel version {header.KernelVersion}, here it is " +
            $"{KernelVersion.Current}; use the version of clustergd that it was made by.");
    }

    private static int Run(
        PastRun past, Replay replay, long to, int? shard, OutputFile? output, OutputFile? gradientOutput, bool isJson)
    {
        long from = replay.Step;
        if (replay.RunTo(to) is { } divergence)
        {
            Console.Error.WriteLine(divergence);
            return ExitCodes.Diverged;
        }
        float[] parameters = replay.Parameters();
        string hash = ModelHash.Of(parameters);
        var blocks = past.Plan.Model.Blocks;
        output?.Write(stream => Safetensors.Write(stream, blocks, parameters));
        var gradient = shard is { } s ? replay.GradientOf(s) : null;
        gradientOutput?.Write(stream => Safetensors.Write(stream, blocks, gradient!.Sum));
        var comparison = ReplayComparison.Of(past, to, hash);
        // The standard output holds the parameters alone where they go there.
        if (output?.IsStandard == true || gradientOutput?.IsStandard == true) Console.SetOut(Console.Error);
        if (isJson) ReplayText.PrintJson(to, from, hash, comparison, gradient);
        else ReplayText.Print(to, from, hash, comparison, gradient);
        return comparison.IsWrong ? ExitCodes.Corrupted : ExitCodes.Finished;
    }
}
