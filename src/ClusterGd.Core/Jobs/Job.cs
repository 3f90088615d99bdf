using System.Collections.Immutable;
using ClusterGd.Core.Kernels;
using ClusterGd.Core.Options;

namespace ClusterGd.Core.Jobs;

/// <summary>
/// What to train, on what, and when to stop: with the data, all that the final parameters depend on. Immutable; the
/// job file of DESIGN as a record.
/// </summary>
public sealed record Job
{
    public string Name { get; init; } = "job";

    /// <summary>Key of every random number of the run. Default 1.</summary>
    public ulong Seed { get; init; } = 1;

    public required DataSpec Data { get; init; }

    /// <summary>
    /// SHA-256 of the parameters that the run begins with, where they are another run's; null for the model's own.
    /// </summary>
    public string? InitialModel { get; init; }

    public required Component Model { get; init; }

    /// <summary>Ignored by k-means, whose loss is the squared distance.</summary>
    public LossSpec Loss { get; init; } = new();

    public OptimizerSpec Optimizer { get; init; } = new();

    public TrainingSpec Training { get; init; } = new();

    public ClusterSpec Cluster { get; init; } = new();

    public CheckpointSpec Checkpoint { get; init; } = new();

    /// <summary>Any of these stops the run; the epochs of <see cref="TrainingSpec.Epochs"/> do so anyway.</summary>
    public ImmutableArray<Component> Stop { get; init; } = [];
}

/// <summary>
/// The loss and the penalties on parameters: objective = mean loss + l2/2·‖w‖² + l1·‖w‖₁, where the mean goes by the
/// weights of rows and classes.
/// </summary>
public sealed record LossSpec
{
    public Component Kind { get; init; } = Component.Of("squared");

    /// <summary>≥ 0. Default 0.</summary>
    public double L1 { get; init; }

    /// <summary>≥ 0. Default 0.</summary>
    public double L2 { get; init; }

    /// <summary>Whether biases are penalised like the rest. Default false.</summary>
    public bool PenalizeBias { get; init; }

    /// <summary>Of losses of classes; null where all weigh the same. Metrics do not go by them.</summary>
    public ClassWeights? ClassWeights { get; init; }
}

public sealed record OptimizerSpec
{
    public Component Kind { get; init; } = Component.Of("momentum");

    /// <summary>Learning rate before warm-up and schedule; &gt; 0. Default 0.01.</summary>
    public double LearningRate { get; init; } = 0.01;

    public Component Schedule { get; init; } = Component.Of("constant");

    /// <summary>Steps in which the learning rate rises linearly from 1/n to 1 of its value; 0 for none.</summary>
    public int WarmupSteps { get; init; }

    /// <summary>The averaged gradient is scaled down to this norm where it is longer; 0 for no limit.</summary>
    public double ClipNorm { get; init; }

    /// <summary>Each element of the averaged gradient is clipped to ± this; 0 for no limit.</summary>
    public double ClipValue { get; init; }

    /// <inheritdoc cref="Optimizers.LearningRates(double, int, Component, int, long)"/>
    public Optimizers.LearningRates RatesOver(int stepsPerEpoch, long stepsTotal) =>
        new(LearningRate, WarmupSteps, Schedule, stepsPerEpoch, stepsTotal);
}

public sealed record TrainingSpec
{
    /// <summary>Rows of a step over all shards; ≥ 1. Default 256. More than there are rows means all of them.</summary>
    public int BatchSize { get; init; } = 256;

    /// <summary>Logical shards, 1 … 4096: the unit of work. Part of the result, unlike the number of nodes.</summary>
    public int Shards { get; init; } = 8;

    /// <summary>≥ 1. Default 10.</summary>
    public int Epochs { get; init; } = 10;

    /// <summary>Epochs between evaluations, at which the criteria are checked; ≥ 1. Default 1.</summary>
    public int EvaluateEvery { get; init; } = 1;

    /// <summary>
    /// Consistency of the steps. Default <c>synchronous</c>, the only one whose result depends on job and data alone.
    /// </summary>
    public Component Mode { get; init; } = Component.Of("synchronous");

    /// <summary>How the shards' gradients of a step become one. Default <c>mean</c>.</summary>
    public Component Aggregation { get; init; } = Component.Of("mean");

    /// <summary>Parameters of a slice, at least 1,024. Default 262,144 (1 MiB).</summary>
    public int SliceSize { get; init; } = 262_144;

    /// <summary>
    /// What gradients and parameters travel as: <c>float32</c> (default), <c>bfloat16</c> or <c>float16</c>, which
    /// halve the bytes. Part of the result, unlike what does travel: each shard's gradient, each sum of two siblings
    /// of the reduction tree, and the parameters that a step works with are rounded to it, wherever they are computed
    /// and wherever they go. The slices update float32 parameters, which alone are the result of the run and are what
    /// it is measured on at the end; evaluations on the way measure the rounded ones. Gradients of a full pass
    /// (<c>gradientNorm</c>) stay float32. Beyond float16's largest number, 65,504, the run ends as diverged: its
    /// gradients are sums over the rows of a step.
    /// </summary>
    public ElementType Wire { get; init; } = ElementType.Float32;
}

/// <summary>
/// What the run needs of a cluster of processes; the nodes of one process come and go together. Changes no bit of the
/// result.
/// </summary>
public sealed record ClusterSpec
{
    /// <summary>Nodes to wait for before the first step; ≥ 1. Default 1.</summary>
    public int NodesMin { get; init; } = 1;

    /// <summary>
    /// Nodes that follow each slice of the parameters beside its host, where there are so many: as many may die at
    /// once, and no step is lost; 0 … 16. Default 1.
    /// </summary>
    public int Backups { get; init; } = 1;
}

/// <summary>
/// When the whole state of a run is saved, so that the run can be resumed. Changes no bit of the result. Whichever of
/// the two comes first; with neither there is none, not even when the run is interrupted.
/// </summary>
public sealed record CheckpointSpec
{
    public static readonly CheckpointSpec Off = new() { EverySeconds = 0 };

    /// <summary>At every step that is a multiple of it; 0 for none by steps. Default 0.</summary>
    public int EverySteps { get; init; }

    /// <summary>After so much time, at the next step at which all can stop; 0 for none by time. Default 30.</summary>
    public double EverySeconds { get; init; } = 30;

    /// <summary>Newest ones that are kept; ≥ 1. Default 3.</summary>
    public int Keep { get; init; } = 3;

    public bool IsOn => EverySteps > 0 || EverySeconds > 0;
}

public sealed record DataSpec
{
    public required DataSource Train { get; init; }

    /// <summary>
    /// Read with the encoding fitted on the training rows. Not where <see cref="Split"/> holds test rows out.
    /// </summary>
    public DataSource? Test { get; init; }

    /// <summary>
    /// Rows for stop criteria to look at, read as the test rows are. Not where <see cref="Split"/> holds such out.
    /// </summary>
    public DataSource? Validation { get; init; }

    public SplitSpec? Split { get; init; }

    /// <summary>Whether there are rows of a set beside the training rows.</summary>
    public bool HasTest => Test is not null || Split?.HoldsOutTest == true;

    public bool HasValidation => Validation is not null || Split?.Validation > 0;

    /// <summary><c>fail</c> or <c>quarantine</c>.</summary>
    public string OnBadRow { get; init; } = "fail";

    /// <summary>Most rows that may be quarantined before the load fails. Default 100.</summary>
    public int BadRowsMax { get; init; } = 100;
}

/// <summary>
/// Which training rows are held out: as test rows at random, by a rule on the zero-based row number or as one of
/// several folds; and as validation rows at random.
/// </summary>
public sealed record SplitSpec
{
    /// <summary>Fraction in (0, 1) held out as test rows, drawn by the seed; or 0.</summary>
    public double Fraction { get; init; }

    /// <summary>Row i is held out where i % Every == Offset; 0 where the fraction is used.</summary>
    public int Every { get; init; }

    public int Offset { get; init; }

    /// <summary>Fold number <see cref="Fold"/> of so many is held out as test rows, drawn by the seed; or 0.</summary>
    public int Folds { get; init; }

    /// <summary>0 … <see cref="Folds"/> − 1.</summary>
    public int Fold { get; init; }

    /// <summary>
    /// Fraction in [0, 1) of the file's rows that is held out as validation rows, drawn by the seed from those that are
    /// no test rows. Default 0.
    /// </summary>
    public double Validation { get; init; }

    /// <summary>Whether what is drawn has each class in its share of the rows. Default false.</summary>
    public bool Stratified { get; init; }

    public bool HoldsOutTest => Fraction > 0 || Every > 0 || Folds > 0;
}

/// <summary>A file of rows and how to read it. Keys that its format does not know are refused.</summary>
public sealed record DataSource
{
    /// <summary>Relative to the job file until resolved.</summary>
    public required string Path { get; init; }

    /// <summary><c>csv</c>, <c>libsvm</c>, <c>idx</c> or <c>parquet</c>; null to guess from the name.</summary>
    public string? Format { get; init; }

    /// <summary>
    /// csv, parquet: target columns by name, or by number from 0 where there is no header; default the last.
    /// </summary>
    public ImmutableArray<string> Target { get; init; } = [];

    /// <summary>csv, parquet: columns turned into one feature a value (one-hot).</summary>
    public ImmutableArray<string> Categorical { get; init; } = [];

    /// <summary>csv, parquet: columns not used.</summary>
    public ImmutableArray<string> Ignore { get; init; } = [];

    /// <summary>
    /// csv, parquet: categorical columns are hashed into this many features instead; 0 for one-hot. libsvm: indices
    /// are; 0 for a feature each.
    /// </summary>
    public int HashBuckets { get; init; }

    /// <summary>csv: whether the first line has names; null to guess.</summary>
    public bool? Header { get; init; }

    /// <summary>csv: one character, <c>tab</c>, or <c>blanks</c> for runs of spaces and tabs; null to guess.</summary>
    public string? Delimiter { get; init; }

    /// <summary>csv, parquet: <c>error</c>, <c>mean</c>, or a number to put in place of a missing value.</summary>
    public string Missing { get; init; } = "error";

    /// <summary>csv, parquet: the decimal mark of numbers in text, a point or a comma; null for a point.</summary>
    public string? Decimal { get; init; }

    /// <summary>csv, parquet: the mark between the thousands of numbers in text; null for none.</summary>
    public string? Thousands { get; init; }

    /// <summary>
    /// csv, parquet: words that stand for a missing value in any column, beside those that are known in numeric ones.
    /// </summary>
    public ImmutableArray<string> MissingTokens { get; init; } = [];

    /// <summary>Features to mean 0 and deviation 1, fitted on the training rows. Not for sparse formats.</summary>
    public bool Standardize { get; init; }

    /// <summary>All features are divided by this; 1 for none (255 turns pixels into 0 … 1).</summary>
    public double Scale { get; init; } = 1;

    /// <summary>idx: the file of the labels.</summary>
    public string? Labels { get; init; }

    /// <summary>libsvm: the number of features where the file does not show it; 0 for the largest index.</summary>
    public int Features { get; init; }

    /// <summary>
    /// libsvm: what the file counts features from, <c>0</c>, <c>1</c>, or <c>auto</c> for 0 where a training row has
    /// the index 0. Null for 1.
    /// </summary>
    public string? IndexBase { get; init; }

    /// <summary>
    /// libsvm: <c>ignore</c> reads over the group of a row (<c>qid:n</c>), which is refused otherwise. csv, parquet:
    /// the column of it, which is no feature.
    /// </summary>
    public string? Group { get; init; }

    /// <summary>csv, parquet: the column with the weight of each row; null where all weigh the same.</summary>
    public string? Weight { get; init; }

    /// <summary>libsvm, idx: the file with the weight of each row, one a line; null where all weigh the same.</summary>
    public string? Weights { get; init; }

    /// <summary>Whether a word may be <see cref="Thousands"/>.</summary>
    public static bool IsThousandsMark(string word) =>
        word is [',' or '.' or '\'' or '’' or '_' or ' ' or '\u00A0' or '\u202F'];
}
