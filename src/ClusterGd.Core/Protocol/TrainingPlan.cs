using System.Collections.Immutable;
using ClusterGd.Core.Aggregation;
using ClusterGd.Core.Convergence;
using ClusterGd.Core.Data;
using ClusterGd.Core.Jobs;
using ClusterGd.Core.Kernels;
using ClusterGd.Core.Losses;
using ClusterGd.Core.Models;
using ClusterGd.Core.Modes;
using ClusterGd.Core.Optimizers;
using ClusterGd.Core.Options;
using ClusterGd.Core.Reduction;

namespace ClusterGd.Core.Protocol;

/// <summary>
/// A job compiled against its data: every object and number that the protocol needs, the same on every node, whether it
/// has the rows or not. Immutable and thread-safe.
/// </summary>
public sealed class TrainingPlan
{
    /// <summary>
    /// The plan where the rows are: what a run is submitted with, since only here are the targets looked at.
    /// </summary>
    /// <exception cref="InputException">The loss cannot be used with the data's targets.</exception>
    public TrainingPlan(Job job, DataSet data) : this(job, DataSummary.Of(data))
    {
        List<string> problems = [];
        foreach (var set in Data.Sets)
        {
            if (Loss.ProblemOf(data.Of(set)!.Targets) is { } problem) problems.Add($"loss: {set.Name()} {problem}.");
        }
        if (problems.Count > 0) throw new InputException([.. problems]);
    }

    /// <summary>The plan on a node that may not have the rows: the submitter has found the targets usable.</summary>
    public TrainingPlan(Job job, DataSummary data)
    {
        Job = job;
        Data = data;
        Loss = job.Loss.Kind.Create(Losses.Losses.All);
        Objective = ClassWeightedLoss.Of(Loss, job.Loss.ClassWeights, data.Schema);
        Model = job.Model.Create(Models.Models.All)(data.Schema, Objective);
        UpdateRule = Model.OwnUpdateRule ?? job.Optimizer.Kind.Create(Optimizers.Optimizers.All);
        Shards = new ShardPlan(data.TrainCount, job.Training.Shards, job.Training.BatchSize);
        StepsTotal = (long)job.Training.Epochs * Shards.StepsPerEpoch;
        LearningRates = job.Optimizer.RatesOver(Shards.StepsPerEpoch, StepsTotal);
        Aggregation = job.Training.Aggregation.Create(Aggregations.All);
        Mode = job.Training.Mode.Create(TrainingModes.All);
        UpdateStarts = Cut(Model.ParameterCount, job.Training.SliceSize, Model.SliceAlignment);
        bool isCut = Aggregation is null && Mode.IsSynchronous;
        SliceStarts = isCut ? UpdateStarts : [0, Model.ParameterCount];
        Rules = NewStopRules();
        // The gradient noise is of whole gradients, and goes with each part.
        bool isWhole = !Model.HasGradientInParts || Rules.Needs.HasFlag(EvaluationNeeds.GradientNoise);
        Segments = Segment.Cut(SliceStarts, isWhole ? 1 : Segment.CountMax);
    }

    public Job Job { get; }

    public DataSummary Data { get; }

    /// <summary>Whether there are test rows to measure on.</summary>
    public bool HasTest => Data.TestCount is not null;

    /// <summary>The sets of rows that are measured at every evaluation: all that are held out, and what is needed.
    /// </summary>
    public ImmutableArray<RowSet> MeasuredSets
    {
        get
        {
            var held = Data.Sets.Remove(RowSet.Train);
            bool needsTrain = (Rules.Needs & (EvaluationNeeds.FullLoss | EvaluationNeeds.TrainMetrics)) != 0
                || Rules.Needs.HasFlag(EvaluationNeeds.Metrics) && held.IsEmpty;
            return needsTrain ? held.Insert(0, RowSet.Train) : held;
        }
    }

    /// <summary>The rows by whose metrics the run is stopped or its parameters are chosen; null for none.</summary>
    public RowSet? ChoosingSet
    {
        get
        {
            var sets = Rules.MetricRows.Select(rows => rows switch
            {
                MeasuredRows.Validation => RowSet.Validation,
                MeasuredRows.Test => RowSet.Test,
                MeasuredRows.Train => RowSet.Train,
                MeasuredRows.Auto => Data.ValidationCount is not null ? RowSet.Validation
                    : HasTest ? RowSet.Test : RowSet.Train,
            }).ToList();
            // Test rows matter most: what they say later is no longer of unseen rows.
            return sets.Contains(RowSet.Test) ? RowSet.Test : sets.Count > 0 ? sets[0] : null;
        }
    }

    /// <summary>What metrics are measured with.</summary>
    public Loss Loss { get; }

    /// <summary>What is minimised: the loss, with its class weights where the job has any.</summary>
    public Loss Objective { get; }

    public Model Model { get; }

    public UpdateRule UpdateRule { get; }

    public ShardPlan Shards { get; }

    public LearningRates LearningRates { get; }

    /// <summary>Steps after which the run ends at the latest.</summary>
    public long StepsTotal { get; }

    /// <summary>First parameter of each slice, and the parameter count as the last element.</summary>
    public ImmutableArray<int> SliceStarts { get; }

    /// <summary>
    /// The same where all parameters are in one slice only because something looks at whole gradients: sums over parts,
    /// such as a norm, are taken by these, so that they have one result.
    /// </summary>
    public ImmutableArray<int> UpdateStarts { get; }

    public int SliceCount => SliceStarts.Length - 1;

    /// <summary>
    /// In which parts nodes combine and push gradients; one where the model's gradient is there all at once.
    /// </summary>
    public ImmutableArray<Segment> Segments { get; }

    public int ShardCount => Shards.ShardCount;

    /// <summary>
    /// The rule that makes one gradient of the shards', which needs all of each: one slice then. Null for the mean.
    /// </summary>
    public RobustRule? Aggregation { get; }

    /// <summary>What else than all shards' gradients of a step an update may be made of: one slice then.</summary>
    public TrainingMode Mode { get; }

    /// <summary>
    /// What the criteria need to know; the rules themselves have a history, so each owner makes its own.
    /// </summary>
    public StopRules Rules { get; }

    public StopRules NewStopRules() => new([.. Job.Stop.Select(c => c.Create(StopCriteria.All))]);

    /// <summary>
    /// What gradients of a pass and their sums are rounded to: a full pass is for measuring, and rare.
    /// </summary>
    public ElementType ElementOf(Pass pass) => pass == Pass.MiniBatch ? Job.Training.Wire : ElementType.Float32;

    /// <summary>What published parameters are rounded to: not the result of the run.</summary>
    public ElementType ElementOf(bool isFinal) => isFinal ? ElementType.Float32 : Job.Training.Wire;

    /// <summary>The next step after which an evaluation takes place: a function of the job, never of time.</summary>
    public long NextEvaluation(long step)
    {
        long interval = (long)Job.Training.EvaluateEvery * Shards.StepsPerEpoch;
        long next = Math.Min((step / interval + 1) * interval, StepsTotal);
        foreach (long at in Rules.AtSteps)
        {
            if (at > step) next = Math.Min(next, at);
        }
        return next;
    }

    /// <summary>Whether the job has an evaluation after this step: an interrupted run has one more, at any.</summary>
    public bool IsEvaluation(long step) => step > 0 && NextEvaluation(step - 1) == step;

    /// <summary>Whether a process with these rows can compute the first parameters, or must be sent them.</summary>
    public bool CanInitialize(ShardStore store) =>
        HasOwnInitial && (!Model.StartsFromRows || store.AllTrain is not null);

    /// <summary>Whether the first parameters follow from the job; else an observer has them, as a checkpoint.</summary>
    public bool HasOwnInitial => Job.InitialModel is null;

    /// <summary>The parameters at step 0: the same bits wherever they can be computed.</summary>
    /// <exception cref="InvalidOperationException"><see cref="CanInitialize"/> is false.</exception>
    public float[] InitialParameters(ShardStore store)
    {
        if (!HasOwnInitial)
        {
            throw new InvalidOperationException("The first parameters are another run's: an observer has them.");
        }
        if (!CanInitialize(store))
        {
            throw new InvalidOperationException(
                $"The first parameters of the model '{Job.Model.Kind}' are computed from all training rows, of which " +
                "this node has a part: take them from a node that has all.");
        }
        var parameters = new float[Model.ParameterCount];
        Model.Initialize(Job.Seed, store.AllTrain, parameters);
        return parameters;
    }

    /// <summary>The runs of parameters first … end-1 that are penalised or not, in order.</summary>
    public IEnumerable<(int First, int End, bool IsPenalised)> PenaltyRuns(int first, int end)
    {
        foreach (var block in Model.Blocks)
        {
            int from = Math.Max(first, block.Offset), to = Math.Min(end, block.Offset + block.Length);
            if (from < to) yield return (from, to, block.IsPenalised || Job.Loss.PenalizeBias);
        }
    }

    private static ImmutableArray<int> Cut(int parameterCount, int sliceSize, int alignment)
    {
        int size = Math.Max(1, sliceSize / alignment) * alignment;
        var starts = ImmutableArray.CreateBuilder<int>();
        for (long start = 0; start < parameterCount; start += size) starts.Add((int)start);
        starts.Add(parameterCount);
        return starts.ToImmutable();
    }
}
