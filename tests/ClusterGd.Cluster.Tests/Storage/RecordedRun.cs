using System.Collections.Immutable;
using ClusterGd.Cluster.Storage;
using ClusterGd.Core.Convergence;
using ClusterGd.Core.Data;
using ClusterGd.Core.Jobs;
using ClusterGd.Core.Models;
using ClusterGd.Core.Protocol;
using ClusterGd.Core.Simulation;
using ClusterGd.Tests;

namespace ClusterGd.Cluster.Tests.Storage;

/// <summary>
/// The folder that a run of the small logistic job leaves, 3 epochs of 16 steps, written by the product's own classes.
/// </summary>
internal sealed class RecordedRun : IDisposable
{
    private static readonly (Job Job, DataSet Data) s_job = TestJobs.Named("logistic");
    private static readonly TrainingPlan s_plan = new(s_job.Job, s_job.Data);
    private static readonly Lazy<GoldenRun> s_golden = new(
        () => GoldenRun.Record(s_plan, new ShardStore(s_job.Data, s_plan.ShardCount)));

    private readonly string _parent = Directory.CreateTempSubdirectory("clustergd-recorded-").FullName;
    private readonly IDisposable _claim;

    public RecordedRun()
    {
        Folder = RunFolder.CreateAt(Path.Combine(_parent, "run"));
        _claim = Folder.Claim();
        Record = new RunRecord(Folder) { Log = new ListLog(Told) };
        Journal = new RunJournal(Record);
    }

    public static TrainingPlan Plan => s_plan;

    public static ImmutableArray<Evaluation> History => s_golden.Value.Outcome.History;

    public List<string> Told { get; } = [];

    public RunFolder Folder { get; }

    public RunRecord Record { get; }

    public RunJournal Journal { get; }

    /// <summary>All of the run, and its model.</summary>
    public ModelManifest WriteAll(string note)
    {
        Begin();
        foreach (var evaluation in History)
        {
            Journal.Take(new Evaluated(evaluation));
            Journal.Take(new Note($"{note} at step {evaluation.Step}"));
        }
        return End(TrainingEnd.Finished, History);
    }

    public void Begin()
    {
        Record.Add(RunFolder.JobName, JobText.Write(Plan.Job, JobTables.All));
        Journal.Begin(Plan, null, false, null);
    }

    public ModelManifest End(TrainingEnd end, ImmutableArray<Evaluation> history)
    {
        var result = ResultOf(end, history);
        Journal.End(result);
        return WriteModel(Folder, result);
    }

    public static TrainingResult ResultOf(TrainingEnd end, ImmutableArray<Evaluation> history) => new()
    {
        End = end, StopReason = "done", Steps = history[^1].Step, Epochs = history[^1].Epoch,
        KeptStep = history[^1].Step, KeptEpoch = history[^1].Epoch,
        TrainLoss = history[^1].TrainLoss, Metrics = history[^1].Metrics, Parameters = s_golden.Value.Result,
        ModelSha256 = ModelHash.Of(s_golden.Value.Result), SamplesPerSecond = 1, WallSeconds = 1, History = history,
    };

    public static ModelManifest WriteModel(RunFolder folder, TrainingResult result) => folder.WriteModel(
        Plan.Job, JobTables.All, Plan.Model.Blocks, Plan.Data.ContentHash, result);

    public string[] Lines => File.ReadAllLines(Folder.EventsPath);

    public EventLines Read() => RunEventLog.Read(Folder.EventsPath, Told.Add);

    public void Dispose()
    {
        _claim.Dispose();
        Directory.Delete(_parent, recursive: true);
    }
}
