using System.CommandLine;
using ClusterGd.Cli.Data;
using ClusterGd.Cluster;
using ClusterGd.Core.Data;
using ClusterGd.Core.Faults;
using ClusterGd.Core.Jobs;
using ClusterGd.Core.Options;
using ClusterGd.Core.Protocol;
using ClusterGd.Data.Jobs;

namespace ClusterGd.Cli.Simulating;

/// <summary><c>clustergd simulate</c>: a job's protocol under seeded faults, in virtual time.</summary>
internal static class SimulateCommand
{
    private const int NodesMax = 4096, StepsMax = 1_000_000, NodesDefault = 16, StepsDefault = 50;

    public static Command Create()
    {
        var jobFile = new Argument<string>("JOB.yaml") { Description = "The job file." };
        var nodes = new Option<int?>("--nodes")
        {
            Description = $"Virtual nodes, 1 to {NodesMax}. [default: the plan's, else {NodesDefault}]", HelpName = "N",
        };
        nodes.AddRange(1, NodesMax);
        var seeds = new Option<int>("--seeds")
        {
            Description = "Schedules to try: one a seed, from 1.", HelpName = "N", DefaultValueFactory = _ => 1000,
        };
        seeds.AddRange(1, int.MaxValue);
        var seed = new Option<ulong?>("--seed")
        {
            Description = "Try this one alone; print all that happens in it, and why it failed.", HelpName = "N",
        };
        var faults = new Option<string?>("--faults")
        {
            Description = "A plan of faults, for every seed the same. [default: drawn by the seed]",
            HelpName = "PLAN.yaml",
        };
        var steps = new Option<int>("--steps")
        {
            Description = $"Steps to train, 1 to {StepsMax}.", HelpName = "N", DefaultValueFactory = _ => StepsDefault,
        };
        steps.AddRange(1, StepsMax);
        var json = new Option<bool>("--json")
        {
            Description = "Print the summary as one JSON object; all else goes to standard error.",
        };
        var command = new VerbCommand("simulate",
            "Tries a job under faults in virtual time, thousands of times, and holds every bit against a run without.",
            ("clustergd simulate a9a.yaml", $"{NodesDefault} nodes, a thousand seeds"),
            ("clustergd simulate a9a.yaml --nodes 200 --seeds 10000", "more of both"),
            ("clustergd simulate a9a.yaml --seed 17", "one seed again, with everything that happens"),
            ("clustergd simulate a9a.yaml --faults chaos/kill-coordinator.yaml", "faults of your own"))
        {
            jobFile, nodes, seeds, seed, faults, steps, json,
        };
        command.SetAction(parse =>
        {
            var scenario = parse.GetValue(faults) is { } path ? ScenarioFile.Read(path) : null;
            if (scenario is not null) FaultKinds.Require(scenario.Plan, FaultInterpreter.Simulator);
            int nodeCount = parse.GetValue(nodes) ?? scenario?.Nodes ?? NodesDefault;
            var batch = Load(parse.GetRequiredValue(jobFile), parse.GetValue(steps), nodeCount, scenario?.Plan);
            string replay = $"clustergd simulate {parse.GetRequiredValue(jobFile)} --nodes {nodeCount} " +
                $"--steps {parse.GetValue(steps)}{(parse.GetValue(faults) is { } plan ? $" --faults {plan}" : "")}";
            var report = new SimulationReport(batch, parse.GetValue(json), replay);
            return parse.GetValue(seed) is { } one ? report.Replay(one) : report.RunAll(parse.GetValue(seeds));
        });
        return command;
    }

    private static SimulationBatch Load(string jobFile, int steps, int nodes, FaultPlan? faults)
    {
        var job = JobFile.Read(jobFile, [], JobTables.All);
        LiveModes.Require(job);
        (job, var loaded) = JobData.Load(job);
        var shards = new ShardPlan(loaded.DataSet.Train.Count, job.Training.Shards, job.Training.BatchSize);
        job = job with
        {
            Training = job.Training with { Epochs = (steps + shards.StepsPerEpoch - 1) / shards.StepsPerEpoch },
            Stop =
            [
                .. job.Stop.Where(criterion => criterion.Kind != "wallTime"), Component.Of("steps", ("count", steps)),
            ],
        };
        var plan = new TrainingPlan(job, loaded.DataSet);
        return new SimulationBatch(plan, new ShardStore(loaded.DataSet, plan.ShardCount), nodes, faults);
    }
}
