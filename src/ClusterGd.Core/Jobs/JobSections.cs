using System.Collections.Immutable;
using ClusterGd.Core.Kernels;
using ClusterGd.Core.Options;

namespace ClusterGd.Core.Jobs;

/// <summary>The job file's sections, one table each: every key that is no option of a kind.</summary>
internal sealed class JobSections
{
    public JobSections(JobTables tables)
    {
        var nothing = Component.Of("");
        var schedule = new Section<Component>(new OptimizerSpec().Schedule)
            .Kind("kind", tables.Schedules, c => c, (_, c) => c);
        var model = new Section<Component>(nothing).Kind("kind", tables.Models, c => c, (_, c) => c);
        var criterion = new Section<Component>(nothing).Kind("on", tables.StopCriteria, c => c, (_, c) => c);
        var loss = new Section<LossSpec>(new LossSpec())
            .Kind("kind", tables.Losses, s => s.Kind, (s, c) => s with { Kind = c })
            .Number(Option.Number("l1", 0, 0, double.PositiveInfinity, "weight of ‖w‖₁ in the objective"),
                s => s.L1, (s, v) => s with { L1 = v })
            .Number(Option.Number("l2", 0, 0, double.PositiveInfinity, "weight of ‖w‖²/2 in the objective"),
                s => s.L2, (s, v) => s with { L2 = v })
            .Flag("penalizeBias", "whether biases are penalised like the rest",
                s => s.PenalizeBias, (s, v) => s with { PenalizeBias = v })
            .ClassWeights("classWeights", "what the loss of a class's rows is multiplied by",
                s => s.ClassWeights, (s, v) => s with { ClassWeights = v });
        var optimizer = new Section<OptimizerSpec>(new OptimizerSpec())
            .Kind("kind", tables.Optimizers, s => s.Kind, (s, c) => s with { Kind = c })
            .Number(Option.Above("learningRate", null, 0, "learning rate before warm-up and schedule"),
                s => s.LearningRate, (s, v) => s with { LearningRate = v })
            .Nested("schedule", schedule, "the learning rate's factor over time",
                s => s.Schedule, (s, v) => s with { Schedule = v })
            .Integer("warmupSteps", 0, int.MaxValue, "steps in which the learning rate rises to its value",
                s => s.WarmupSteps, (s, v) => s with { WarmupSteps = v })
            .Number(Option.Number("clipNorm", 0, 0, double.PositiveInfinity, "longest gradient; 0 for no limit"),
                s => s.ClipNorm, (s, v) => s with { ClipNorm = v })
            .Number(Option.Number("clipValue", 0, 0, double.PositiveInfinity, "largest element of it; 0 for no limit"),
                s => s.ClipValue, (s, v) => s with { ClipValue = v });

        Job = new Section<Job>(new Job { Data = DataSections.Data.Start, Model = nothing })
            .Text(Option.Text("name", null, "names the run's folder"), j => j.Name, (j, v) => j with { Name = v },
                "1 to 64 letters, digits, '-', '_' or '.', not beginning with '.'", IsName)
            .Unsigned("seed", "key of every random number", j => j.Seed, (j, v) => j with { Seed = v })
            .Nested("data", DataSections.Data, "a mapping with train, and test or split where there are test rows",
                j => j.Data, (j, v) => j with { Data = v }, isRequired: true)
            .Text(Option.Text("initialModel", null, "hash of the parameters to begin with, given by --from"),
                j => j.InitialModel, (j, v) => j with { InitialModel = v }, "64 digits from 0 to 9 and a to f", IsHash)
            .Nested("model", model, "for example 'model: { kind: linear }'",
                j => j.Model, (j, v) => j with { Model = v }, isRequired: true)
            .Nested("loss", loss, "the loss and its penalties", j => j.Loss, (j, v) => j with { Loss = v })
            .Nested("optimizer", optimizer, "how parameters are updated",
                j => j.Optimizer, (j, v) => j with { Optimizer = v })
            .Nested("training", Training(tables), "batch, shards and epochs",
                j => j.Training, (j, v) => j with { Training = v })
            .Nested("cluster", Cluster(), "what the run needs of its cluster",
                j => j.Cluster, (j, v) => j with { Cluster = v })
            .Nested("checkpoint", Checkpoint(), "when the state is saved",
                j => j.Checkpoint, (j, v) => j with { Checkpoint = v })
            .List("stop", criterion, "entries such as '{ on: relativeLoss }'",
                j => j.Stop, (j, v) => j with { Stop = v })
            .Check((root, job, _, problems) => UnusedSections.Check(root, job, tables, problems))
            .Check(StopChecks.Check)
            .Check(LossChecks.Check)
            .Check(TrainingChecks.Check);
    }

    public Section<Job> Job { get; }

    private static bool IsName(string name) => name.Length is > 0 and <= 64 && name[0] != '.'
        && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.');

    private static bool IsHash(string text) => text.Length == 64 && text.All(char.IsAsciiHexDigitLower);

    private static Section<ClusterSpec> Cluster() => new Section<ClusterSpec>(new ClusterSpec())
        .Integer("nodesMin", 1, 4096, "nodes to wait for before the first step",
            c => c.NodesMin, (c, v) => c with { NodesMin = v })
        .Integer("backups", 0, 16, "nodes that follow each slice beside its host: as many may die at once",
            c => c.Backups, (c, v) => c with { Backups = v });

    private static Section<CheckpointSpec> Checkpoint() => new Section<CheckpointSpec>(new CheckpointSpec())
        .Integer("everySteps", 0, int.MaxValue, "steps between checkpoints; 0 for none by steps",
            c => c.EverySteps, (c, v) => c with { EverySteps = v })
        .Number(Option.Number("everySeconds", 30, 0, 1e9, "seconds between checkpoints; 0 for none by time"),
            c => c.EverySeconds, (c, v) => c with { EverySeconds = v })
        .Integer("keep", 1, 1000, "newest checkpoints that are kept",
            c => c.Keep, (c, v) => c with { Keep = v });

    private static Section<TrainingSpec> Training(JobTables tables) => new Section<TrainingSpec>(new TrainingSpec())
        .Integer("batchSize", 1, int.MaxValue, "rows of a step over all shards",
            t => t.BatchSize, (t, v) => t with { BatchSize = v })
        .Integer("shards", 1, 4096, "logical shards of the rows", t => t.Shards, (t, v) => t with { Shards = v })
        .Integer("epochs", 1, int.MaxValue, "passes over the rows", t => t.Epochs, (t, v) => t with { Epochs = v })
        .Integer("evaluateEvery", 1, int.MaxValue, "epochs between evaluations",
            t => t.EvaluateEvery, (t, v) => t with { EvaluateEvery = v })
        .Nested("mode", Kinds(new TrainingSpec().Mode, tables.Modes), "consistency of the steps",
            t => t.Mode, (t, v) => t with { Mode = v })
        .Nested("aggregation", Kinds(new TrainingSpec().Aggregation, tables.Aggregations),
            "how the shards' gradients become one", t => t.Aggregation, (t, v) => t with { Aggregation = v })
        .Integer("sliceSize", 1024, int.MaxValue, "parameters of a slice",
            t => t.SliceSize, (t, v) => t with { SliceSize = v })
        .Text(Option.Text("wire", null, "what gradients and parameters travel as",
                [.. ElementTypes.Floats.Select(entry => entry.Name)]),
            t => t.Wire.Name(), (t, v) => t with { Wire = ElementTypes.Named(v) });

    private static Section<Component> Kinds(Component start, ImmutableArray<KindEntry> table) =>
        new Section<Component>(start).Kind("kind", table, c => c, (_, c) => c);
}
