using System.Collections.Immutable;
using ClusterGd.Core.Aggregation;
using ClusterGd.Core.Data;
using ClusterGd.Core.Faults;
using ClusterGd.Core.Jobs;
using ClusterGd.Core.Kernels;
using ClusterGd.Core.Options;
using ClusterGd.Core.Protocol;
using ClusterGd.Core.Randomness;
using ClusterGd.Core.Simulation;

namespace ClusterGd.Tests;

/// <summary>
/// A job, a cluster and its faults, all drawn by one seed: the shape of a run is where a protocol's mistakes hide.
/// </summary>
public sealed class RandomRun
{
    private readonly GoldenRun? _golden;
    private readonly ulong _seed;

    /// <param name="isSynchronous">Null lets the seed decide on the mode.</param>
    public RandomRun(ulong seed, bool? isSynchronous = null)
    {
        _seed = seed;
        var draws = new Draws(seed);
        var (job, data) = TestJobs.Named(draws.Of("logistic", "mlp", "mlp", "kmeans"));
        bool hasTest = draws.OneIn(3) && job.Name != "kmeans";
        data = data with { Test = hasTest ? data.Train : null };
        job = Draw(job, data, draws, isSynchronous ?? !draws.OneIn(3));
        Plan = new TrainingPlan(job, data);
        Rows = new ShardStore(data, Plan.ShardCount);
        Options = new SimulationOptions { Nodes = 1 + draws.Below(8), Backups = draws.Of(0, 1, 1, 1, 2, 3) }
            .WithTimesOf(seed);
        Faults = FaultPlan.Random(seed, new FaultRange
        {
            Nodes = Options.Nodes, Steps = Plan.StepsTotal,
            Time = TimeSpan.FromSeconds(1) + Options.TimeOf(Plan.StepsTotal),
        });
        _golden = Plan.Mode.IsSynchronous ? GoldenRun.Record(Plan, Rows) : null;
    }

    public TrainingPlan Plan { get; }

    public ShardStore Rows { get; }

    public SimulationOptions Options { get; set; }

    public FaultPlan Faults { get; init; }

    public SimulationResult Run(bool isTraced = false) =>
        new SimulatedCluster(Plan, Rows, Faults, _seed, Options with { IsTraced = isTraced }, _golden).Run();

    /// <summary>The promise that a result breaks; null if it keeps all.</summary>
    public string? ProblemOf(SimulationResult result) =>
        _golden is null ? OrderCheck.ProblemOf(Plan, Rows, result) : result.Problem;

    public override string ToString()
    {
        var (job, training) = (Plan.Job, Plan.Job.Training);
        return $"seed {_seed}: {job.Name}, {training.Mode.Kind}, {training.Aggregation.Kind}, {training.Wire}, " +
            $"{Plan.ShardCount} shards, {Plan.SliceCount} slices in {Plan.Segments.Length} segments, " +
            $"{Plan.StepsTotal} steps, {Options.Nodes} nodes, {Options.Backups} backups, " +
            $"clip {job.Optimizer.ClipNorm}, stop [{string.Join(", ", job.Stop.Select(stop => stop.Kind))}], " +
            $"checkpoint {job.Checkpoint.EverySteps} steps {job.Checkpoint.EverySeconds} s";
    }

    private static Job Draw(Job job, DataSet data, Draws draws, bool isSynchronous)
    {
        bool isKMeans = job.Name == "kmeans";
        int shards = draws.Of(1, 1, 2, 3, 4, 5, 7, 8, 12);
        var training = job.Training with
        {
            Shards = shards, SliceSize = draws.Of(128, 512, 1024, 1 << 18), Epochs = 1 + draws.Below(3),
            BatchSize = data.Train.Count / (1 + draws.Below(6)), EvaluateEvery = 1 + draws.Below(2),
            Wire = draws.Of(ElementType.Float32, ElementType.Float32, ElementType.BFloat16),
            Mode = isSynchronous || isKMeans ? Component.Of("synchronous") : Mode(shards, draws),
        };
        bool isSynchronousNow = training.Mode.Kind == "synchronous";
        if (isSynchronousNow && !isKMeans && draws.OneIn(4))
        {
            training = training with { Aggregation = Rule(shards, draws) };
        }
        var optimizer = job.Optimizer with { ClipNorm = isKMeans ? 0 : draws.Of(0, 0, 0.5) };
        if (job.Name == "logistic") optimizer = optimizer with { LearningRate = 0.1 };
        return job with
        {
            Training = training,
            Optimizer = optimizer,
            Stop = isSynchronousNow ? Stops(isKMeans, data.Test is not null, draws) : [],
            Checkpoint = draws.Below(3) switch
            {
                0 => CheckpointSpec.Off,
                1 => CheckpointSpec.Off with { EverySteps = 1 + draws.Below(5) },
                _ => CheckpointSpec.Off with { EverySeconds = 0.2 + 2 * draws.Unit() },
            },
        };
    }

    private static Component Mode(int shards, Draws draws) => draws.Below(6) switch
    {
        0 => Component.Of("boundedStaleness", ("bound", draws.Below(4))),
        1 => Component.Of("asynchronous", ("stalenessAware", true)),
        2 => Component.Of("asynchronous", ("compensation", draws.Of("constant", "adaptive"))),
        3 => Component.Of("kOfN", ("k", 1 + draws.Below(shards))),
        4 => Component.Of("localSgd", ("every", 1 + draws.Below(5))),
        _ => Component.Of("diloco", ("every", 1 + draws.Below(5))),
    };

    private static Component Rule(int shards, Draws draws)
    {
        string kind = Aggregations.All[1 + draws.Below(Aggregations.All.Length - 1)].Name;
        var rule = Component.Of(kind, ("faulty", 0)).Create(Aggregations.All)!;
        int faulty = 0;
        while (rule.CountMin(faulty + 1) <= shards) faulty++;
        return rule.CountMin(0) <= shards
            ? Component.Of(kind, ("faulty", draws.Below(faulty + 1))) : Component.Of("mean");
    }

    /// <summary>Criteria that look at everything that is measured; most runs reach none of them.</summary>
    private static ImmutableArray<Component> Stops(bool isKMeans, bool hasTest, Draws draws)
    {
        Component[] all =
        [
            Component.Of("relativeLoss", ("tolerance", 1e-3), ("patience", 2), ("full", draws.OneIn(2))),
            Component.Of("parameterChange", ("tolerance", 1e-3)),
            Component.Of("gradientNorm", ("tolerance", 1e-3)),
            Component.Of("gradientNoise", ("factor", 0.5)),
            draws.OneIn(2)
                ? Component.Of("plateau", ("metric", "loss"), ("patience", 1))
                : Component.Of("generalizationLoss", ("alpha", 1)),
        ];
        return [.. all.Take(isKMeans ? 2 : hasTest ? 5 : 4).Where(_ => draws.OneIn(6))];
    }

    /// <summary>Random choices in the order they are asked for.</summary>
    private sealed class Draws(ulong seed)
    {
        private uint _index;

        public int Below(int max) => (int)(Next() % (uint)max);

        public bool OneIn(uint count) => Next() % count == 0;

        public double Unit() => Philox.Uniform(Next());

        public T Of<T>(params ReadOnlySpan<T> values) => values[Below(values.Length)];

        private uint Next() => Core.Randomness.Draw.Block(seed, DrawPurpose.Faults, 6, 0, 0, _index++).A;
    }
}
