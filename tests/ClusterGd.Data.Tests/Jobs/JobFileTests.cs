using ClusterGd.Core.Jobs;
using ClusterGd.Core.Options;
using ClusterGd.Data.Jobs;
using Xunit;

namespace ClusterGd.Data.Tests.Jobs;

public class JobFileTests
{
    private const string Full = """
        name: a9a
        seed: 18446744073709551615
        data:
          train: { path: a9a.gz, format: libsvm, features: 123 }
          test: { path: a9a.t.gz }
          onBadRow: quarantine
          badRowsMax: 5
        model: { kind: mlp, hidden: [256, 128], dropout: 0.5 }
        loss: { kind: huber, l2: 3.0712e-5, penalizeBias: true, delta: 2 }
        optimizer: { kind: adam, beta1: 0.8, learningRate: 2, schedule: { kind: step, epochs: 3 }, clipNorm: 5 }
        training: { batchSize: 1024, shards: 4, epochs: 150, mode: synchronous }
        stop:
          - { on: relativeLoss, tolerance: 1e-6, patience: 5 }
          - { on: target, metric: auc, value: 0.9 }
        """;

    [Fact]
    public void Read_EveryKeyOfEverySection_ReachesTheJob()
    {
        var job = JobTexts.Read(Full);

        Assert.Equal("a9a", job.Name);
        Assert.Equal(ulong.MaxValue, job.Seed);
        Assert.Equal(123, job.Data.Train.Features);
        Assert.Equal("quarantine", job.Data.OnBadRow);
        Assert.Equal(5, job.Data.BadRowsMax);
        Assert.Equal([256, 128], (int[])job.Model.Options["hidden"]);
        Assert.Equal(0.5, job.Model.Options["dropout"]);
        Assert.Equal(2.0, job.Loss.Kind.Options["delta"]);
        Assert.Equal((3.0712e-5, true), (job.Loss.L2, job.Loss.PenalizeBias));
        Assert.Equal((2.0, 5.0), (job.Optimizer.LearningRate, job.Optimizer.ClipNorm));
        Assert.Equal(3.0, job.Optimizer.Schedule.Options["epochs"]);
        Assert.Equal((1024, 4, 150), (job.Training.BatchSize, job.Training.Shards, job.Training.Epochs));
        Assert.Equal(["relativeLoss", "target"], job.Stop.Select(s => s.Kind));
    }

    [Fact]
    public void Read_RelativePaths_AreRelativeToTheJobFile()
    {
        Assert.Equal("/data/a9a.gz", JobTexts.Read(Full).Data.Train.Path);
    }

    [Fact]
    public void Read_TestWithoutFormat_HasThatOfTrain()
    {
        var test = JobTexts.Read(Full).Data.Test!;
        Assert.Equal(("libsvm", 123), (test.Format, test.Features));
    }

    [Theory]
    [InlineData("a.csv", "csv")]
    [InlineData("a.tsv.gz", "csv")]
    [InlineData("a.svm", "libsvm")]
    [InlineData("train-images-idx3-ubyte.gz", "idx")]
    [InlineData("a.parquet", "parquet")]
    public void Read_FormatLeftOut_IsGuessedFromTheName(string path, string format)
    {
        Assert.Equal(format, JobTexts.Read(JobTexts.Smallest.Replace("a.csv", path)).Data.Train.Format);
    }

    [Fact]
    public void Read_KindAsAWord_IsThatKindWithDefaults()
    {
        var job = JobTexts.Read(JobTexts.Smallest + "\nloss: logistic\noptimizer: adam\nstop: [relativeLoss]");
        Assert.Equal(("linear", "logistic", "adam"), (job.Model.Kind, job.Loss.Kind.Kind, job.Optimizer.Kind.Kind));
        Assert.Equal("relativeLoss", job.Stop.Single().Kind);
    }

    [Fact]
    public void Read_OneTargetAsAWord_IsAListOfOne()
    {
        var job = JobTexts.Read(JobTexts.Smallest.Replace("a.csv", "a.csv, target: price"));
        Assert.Equal("price", Assert.Single(job.Data.Train.Target));
    }

    [Theory]
    [InlineData("training.epochs=20", "20")]
    [InlineData("training={epochs: 20}", "20")]
    public void Set_Value_ReplacesWhatTheFileSays(string edit, string epochs)
    {
        Assert.Equal(epochs, $"{JobTexts.Read(JobTexts.Smallest, edit).Training.Epochs}");
    }

    [Fact]
    public void Set_KeyBelowAKindAsAWord_KeepsTheKind()
    {
        var job = JobTexts.Read(JobTexts.Smallest + "\nloss: huber\nstop: [relativeLoss]",
            "loss.delta=3", "stop.0.patience=7", "stop.1={on: target, metric: auc, value: 1}");
        Assert.Equal(("huber", 3.0), (job.Loss.Kind.Kind, (double)job.Loss.Kind.Options["delta"]));
        Assert.Equal(7.0, job.Stop[0].Options["patience"]);
        Assert.Equal("target", job.Stop[1].Kind);
    }

    [Fact]
    public void Read_EmptyPath_AsksForAFile()
    {
        var refused = Assert.Throws<InputException>(() => JobFile.Read("", [], JobTexts.Tables));
        Assert.Equal("The path of the job file is empty; name a file.", refused.Problems.Single());
    }

    [SkippableFact]
    public void Read_DeviceWithoutEnd_IsRefusedAtTheLimit()
    {
        Skip.IfNot(File.Exists("/dev/zero"), "this system has no endless device");
        var refused = Assert.Throws<InputException>(() => JobFile.Read("/dev/zero", [], JobTexts.Tables));
        Assert.Contains("more than 1048576 bytes", refused.Problems.Single(), StringComparison.Ordinal);
    }

    [Fact]
    public void Set_LongValue_IsCutInTheMessage() => Assert.InRange(
        Assert.Single(JobTexts.ProblemsOf(JobTexts.Smallest, "name=" + new string('x', 5000))).Length, 120, 400);

    [Fact]
    public void Read_MissingFile_SaysWhich()
    {
        var refused = Assert.Throws<InputException>(() => JobFile.Read("/nowhere/job.yaml", [], JobTexts.Tables));
        Assert.Equal("The job file /nowhere/job.yaml is not there; check the path.", refused.Problems.Single());
    }

    [Theory]
    [InlineData(Full)]
    [InlineData(JobTexts.Smallest, "data.split.every=5", "data.split.offset=4")]
    [InlineData(JobTexts.Smallest, "data.split.fraction=0.25")]
    [InlineData(JobTexts.Smallest, "data.train.weight=w", "data.train.group=query id", "loss.classWeights=balanced",
        "loss.kind=logistic")]
    [InlineData(JobTexts.Smallest, "data.train.path=a.svm", "data.train.indexBase=auto", "data.train.group=ignore",
        "data.train.weights=w.txt", "data.test.path=b", "data.test.weights=v.txt", "loss.kind=logistic",
        "loss.classWeights={ '+1': 2, a b: 0.5, 'true': 1, 'é\"': 3, on: 4 }")]
    [InlineData(JobTexts.Smallest, "data.train.path=a.svm", "data.train.hashBuckets=1024")]
    [InlineData(JobTexts.Smallest, "data.train.path=a", "data.train.hashBuckets=1024", "data.train.weights=w")]
    [InlineData(
        JobTexts.Smallest, "data.split.fraction=0.25", "data.split.validation=0.1", "data.split.stratified=true")]
    [InlineData(JobTexts.Smallest, "data.split.folds=5", "data.split.fold=3")]
    [InlineData(JobTexts.Smallest, "data.validation.path=v.csv", "data.test.path=t.csv")]
    [InlineData(JobTexts.Smallest, "data.train.target=[a b, 'true', '12', \"x\\\"y\\\\z\", 'é😀']",
        "data.train.delimiter=\"\\t\"")]
    public void Canonical_ReadAgain_IsTheSameText(string written, params string[] edits)
    {
        var job = JobTexts.Read(written, edits);
        var text = JobText.Write(job, JobTexts.Tables);
        Assert.Equal(text, JobText.Write(JobTexts.Read(text), JobTexts.Tables));
    }

    /// <summary>A model's folder is refused where its job has another hash: new keys must not change old
    /// jobs.</summary>
    [Fact]
    public void Canonical_KeysOfLater_AreNotWrittenWhereTheyAreNotStated()
    {
        var text = JobText.Write(JobTexts.Read(JobTexts.Smallest.Replace("a.csv", "a.svm")), JobTexts.Tables);
        Assert.DoesNotMatch("hashBuckets|indexBase|group|weight|classWeights", text);
    }

    [Theory]
    [InlineData("loss.classWeights=3", "loss.classWeights is 3, allowed is balanced, or a mapping of classes to")]
    [InlineData("loss.classWeights={ a: -1 }", "loss.classWeights.a is -1, allowed is a number of at least 0")]
    [InlineData("loss.kind=squared", "loss.classWeights means nothing for loss squared, which has no classes")]
    public void ClassWeights_Wrong_AreRefused(string edit, string problem)
    {
        string[] edits = ["loss.kind=logistic", "loss.classWeights=balanced", edit];
        var told = Assert.Single(JobTexts.ProblemsOf(JobTexts.Smallest, edits));
        Assert.Contains(problem, told, StringComparison.Ordinal);
    }

    [Fact]
    public void Canonical_Text_SpellsDefaultsOut()
    {
        var text = JobText.Write(JobTexts.Read(JobTexts.Smallest + "\nstop: [relativeLoss]"), JobTexts.Tables);
        Assert.Equal("""
            name: job
            seed: 1
            data:
              train:
                path: /data/a.csv
                format: csv
                hashBuckets: 0
                missing: error
                standardize: false
                scale: 1
              onBadRow: fail
              badRowsMax: 100
            model:
              kind: linear
              bias: true
            loss:
              kind: squared
              l1: 0
              l2: 0
              penalizeBias: false
            optimizer:
              kind: momentum
              momentum: 0.9
              nesterov: false
              learningRate: 0.01
              schedule:
                kind: constant
              warmupSteps: 0
              clipNorm: 0
              clipValue: 0
            training:
              batchSize: 256
              shards: 8
              epochs: 10
              evaluateEvery: 1
              mode:
                kind: synchronous
              aggregation:
                kind: mean
              sliceSize: 262144
              wire: float32
            cluster:
              nodesMin: 1
              backups: 1
            checkpoint:
              everySteps: 0
              everySeconds: 30
              keep: 3
            stop:
              - on: relativeLoss
                tolerance: 0.0001
                patience: 3

            """.ReplaceLineEndings("\n"), text);
    }

    [Theory]
    [InlineData("name=other", true)]
    [InlineData("checkpoint.everySteps=5", true)]
    [InlineData("data.train.path=/elsewhere/b.csv", true)]
    [InlineData("model.bias=true", true)]
    [InlineData("model.bias=false", false)]
    [InlineData("seed=2", false)]
    [InlineData("training.shards=9", false)]
    [InlineData("training.mode=synchronous", true)]
    [InlineData("training.mode=asynchronous", false)]
    [InlineData("training.aggregation={ kind: median, faulty: 1 }", false)]
    [InlineData("training.wire=float32", true)]
    [InlineData("training.wire=bfloat16", false)]
    [InlineData("training.wire=float16", false)]
    [InlineData("data.train.standardize=true", false)]
    public void Hash_OneChange_DiffersWhereTheBitsMay(string edit, bool isSame)
    {
        string HashOf(params string[] edits) => JobText.Hash(JobTexts.Read(JobTexts.Smallest, edits), JobTexts.Tables);
        Assert.Equal(isSame, HashOf() == HashOf(edit));
    }
}
