using CsCheck;
using Xunit;

namespace ClusterGd.Data.Tests.Jobs;

public class JobMistakeTests
{
    [Theory]
    [InlineData("training: { batchsize: 5 }", "training.batchsize is no key of training; did you mean 'batchSize'?")]
    [InlineData("training: { batch_size: 5 }", "training.batch_size is no key of training; did you mean 'batchSize'?")]
    [InlineData("optimizer: { lr: 5 }", "optimizer.lr is no key of optimizer of kind momentum; did you mean")]
    [InlineData("loss: { colour: 5 }", "loss.colour is no key of loss of kind squared; allowed are kind, l1, l2,")]
    [InlineData("optmizer: adam", "optmizer is no key of the job; did you mean 'optimizer'?")]
    [InlineData("training: { batchSize: 0 }", "training.batchSize is 0, allowed is a whole number of at least 1;")]
    [InlineData("training: { batchSize: 1.5 }", "training.batchSize is 1.5, allowed is a whole number of at least 1;")]
    [InlineData("training: { batchSize: -3 }", "training.batchSize is -3, allowed")]
    [InlineData("training: { batchSize: '8' }", "training.batchSize is '8', allowed")]
    [InlineData("training: { batchSize: [8] }", "training.batchSize is a list, allowed")]
    [InlineData("training: { batchSize: }", "training.batchSize is empty, allowed")]
    [InlineData("training: { batchSize: 2147483648 }", "training.batchSize is 2147483648, allowed is a whole number " +
        "of at least 1 and at most 2147483647; change it, or")]
    [InlineData("training: { shards: 4097 }", "training.shards is 4097, allowed is a whole number from 1 to 4096;")]
    [InlineData("training: { mode: synchronus }", "training.mode.kind is 'synchronus', allowed is synchronous,")]
    [InlineData("training: { mode: kOfN }", "training.mode.k is missing; add it: a whole number from 1 to 4096,")]
    [InlineData("training: { mode: { kind: kOfN, k: 9 } }", "training.mode.k is 9, allowed is a whole number from 1 " +
        "to training.shards, which is 8; change")]
    [InlineData("training: { mode: localSgd, aggregation: { kind: median, faulty: 1 } }", "training.mode is localSgd," +
        " allowed with training.aggregation median is synchronous; change")]
    [InlineData("training: { aggregation: krum }", "training.aggregation.faulty is missing; add it: a whole number")]
    [InlineData("training: { aggregation: { kind: krum, faulty: 3 } }", "training.aggregation.faulty is 3, allowed" +
        " is a whole number from 0 to 2: krum is sound only with shards ≥ 2·faulty + 3, and training.shards is 8;")]
    [InlineData("training: { shards: 2, aggregation: { kind: krum, faulty: 0 } }", "training.aggregation.faulty is 0," +
        " allowed is no number with 2 shards: krum")]
    [InlineData("training: { shards: 4, aggregation: { kind: median, faulty: 2 } }", "training.aggregation.faulty is" +
        " 2, allowed is a whole number from 0 to 1: median is sound only with shards ≥ 2·faulty + 1,")]
    [InlineData("training: 8", "training is 8, allowed is a mapping with batchSize,")]
    [InlineData("optimizer: { learningRate: 0 }", "optimizer.learningRate is 0, allowed is a number above 0; change")]
    [InlineData("optimizer: { learningRate: .nan }", "optimizer.learningRate is '.nan', allowed is a number above 0;")]
    [InlineData("optimizer: { learningRate: NaN }", "optimizer.learningRate is 'NaN', allowed is a number above 0;")]
    [InlineData("optimizer: { learningRate: 1e999 }", "optimizer.learningRate is '1e999', allowed is a number above")]
    [InlineData("optimizer: { momentum: 1 }", "optimizer.momentum is 1, allowed is a number of at least 0 and below")]
    [InlineData("optimizer: { momentum: 0, nesterov: true }", "optimizer: nesterov needs a momentum above 0.")]
    [InlineData("optimizer: { nesterov: yes }", "optimizer.nesterov is 'yes', allowed is true or false;")]
    [InlineData("optimizer: { schedule: step }", "optimizer.schedule.epochs is missing; add it: a whole number from")]
    [InlineData("loss: logstic", "loss.kind is 'logstic', allowed is squared, logistic or huber; did you mean")]
    [InlineData("loss: { kind: zzz, delta: 5 }", "loss.kind is 'zzz', allowed is squared, logistic or huber; use one")]
    [InlineData("loss: { l2: -1e-3 }", "loss.l2 is -1e-3, allowed is a number of at least 0; change it, or remove")]
    [InlineData("stop: { on: target }", "stop is a mapping, allowed is a list")]
    [InlineData("stop: [{ on: relativLoss }]", "stop.0.on is 'relativLoss', allowed is relativeLoss or target; did")]
    [InlineData("stop: [{ patience: 3 }]", "stop.0.on is missing; add it: relativeLoss or target.")]
    [InlineData("stop: [{ on: target, metric: acuracy, value: 1 }]", "stop.0.metric is 'acuracy', allowed is")]
    [InlineData("stop: [{ on: target, metric: auc }]", "stop.0.value is missing; add it: a number, how much of it.")]
    [InlineData("seed: -1", "seed is -1, allowed is a whole number from 0 to 18446744073709551615; change it, or")]
    [InlineData("name: a/b", "name is 'a/b', allowed is 1 to 64 letters, digits,")]
    [InlineData("name: a\nname: b", "'name' is already stated at job.yaml:4:1; remove one of the two.")]
    [InlineData("seed: &x 3", "anchors and aliases (& and *) are not allowed; write the value out.")]
    [InlineData("seed: !!int 3", "tags (!) are not allowed; write the plain value.")]
    public void Read_OneMistake_IsNamedWithTheNextStep(string line, string expected)
    {
        var problem = Assert.Single(JobTexts.ProblemsOf(JobTexts.Smallest + "\n" + line));
        Assert.StartsWith("job.yaml:", problem);
        Assert.StartsWith(expected, problem[(problem.IndexOf(": ", StringComparison.Ordinal) + 2)..]);
    }

    [Theory]
    [InlineData("[0]", "model.hidden.0 is 0")]
    [InlineData("[256, [128]]", "model.hidden.1 is a list")]
    [InlineData("[256, 3.5, 0]", "model.hidden.1 is 3.5")]
    public void Read_ListWithAWrongItem_NamesTheItem(string hidden, string expected)
    {
        var problem = Assert.Single(JobTexts.ProblemsOf(JobTexts.Smallest, $"model={{ kind: mlp, hidden: {hidden} }}"));
        Assert.Contains(
            $"{expected}, allowed is a whole number from 1 to 65536;", problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("path: a.csv, features: 3", "data.train.features means nothing for format csv, whose keys are path,")]
    [InlineData("path: a.svm, target: y", "data.train.target means nothing for format libsvm, whose keys are path,")]
    [InlineData("path: a.parquet, delimiter: ;", "data.train.delimiter means nothing for format parquet")]
    [InlineData("path: a.csv, delimiter: abc",
        "data.train.delimiter is 'abc', allowed is one character, blanks or tab;")]
    [InlineData("path: a.csv, missing: median", "data.train.missing is 'median', allowed is error, mean or a number;")]
    [InlineData("path: a.csv, scale: 0", "data.train.scale is 0, allowed is a number above 0;")]
    [InlineData("path: a.csv, format: cvs", "data.train.format is 'cvs', allowed is csv, libsvm, idx or parquet; did")]
    [InlineData("format: csv", "data.train.path is missing; add it: the file of the rows, relative to the job file.")]
    public void Read_WrongSource_IsNamed(string source, string expected)
    {
        var problem = Assert.Single(JobTexts.ProblemsOf($"data: {{ train: {{ {source} }} }}\nmodel: linear"));
        Assert.Contains(": " + expected, problem);
    }

    [Theory]
    [InlineData("test: { path: b.csv }, split: { fraction: 0.2 }", "data has both test and split, allowed beside test")]
    [InlineData("split: { fraction: 1 }", "data.split.fraction is 1, allowed is a number above 0 and below 1;")]
    [InlineData("split: { fraction: 0.5, every: 5 }", "data.split has both fraction and every, allowed is one of")]
    [InlineData("split: { }", "data.split has none of fraction, every, folds and validation,")]
    [InlineData("split: { folds: 5, fold: 5 }", "data.split.fold is 5, allowed is a whole number from 0 to 4;")]
    [InlineData("split: { fold: 1, fraction: 0.5 }", "data.split.fold needs data.split.folds;")]
    [InlineData("split: { fraction: 0.6, validation: 0.4 }", "data.split holds out fraction 0.6 and validation 0.4,")]
    [InlineData("split: { every: 2, stratified: true }", "data.split.stratified is true, allowed with data.split.ev")]
    [InlineData("validation: { path: v.csv }, split: { validation: 0.1 }", "data has both validation and split.vali")]
    [InlineData("split: { every: 5, offset: 5 }", "data.split.offset is 5, allowed is a whole number from 0 to 4;")]
    [InlineData("split: { fraction: 0.5, offset: 1 }", "data.split.offset needs data.split.every;")]
    public void Read_TestAndSplit_AreCheckedTogether(string more, string expected)
    {
        var problem = Assert.Single(
            JobTexts.ProblemsOf($"data: {{ train: {{ path: a.csv }}, {more} }}\nmodel: linear"));
        Assert.Contains(": " + expected, problem);
    }

    [Fact]
    public void Read_SeveralMistakes_AreAllToldInTheOrderOfTheFile()
    {
        var problems = JobTexts.ProblemsOf("""
            sed: 1
            data:
              trian: { path: a.csv }
            loss: { kind: huber, delta: -1 }
            training: { epochs: 0, shards: none }
            """, "optimizer.learningRate=-1");

        Assert.Equal(
        [
            "job.yaml:1:1: model is missing; add it: for example 'model: { kind: linear }'.",
            "job.yaml:1:1: sed is no key of the job; did you mean 'seed'?",
            "job.yaml:3:3: data.train is missing; add it: a mapping with the path of the training rows.",
            "job.yaml:3:3: data.trian is no key of data; did you mean 'train'?",
            "job.yaml:4:29: loss.delta is -1, allowed is a number above 0; " +
                "change it, or remove the key for the default 1.",
            "job.yaml:5:21: training.epochs is 0, allowed is a whole number of at least 1; " +
                "change it, or remove the key for the default 10.",
            "job.yaml:5:32: training.shards is 'none', allowed is a whole number from 1 to 4096; " +
                "change it, or remove the key for the default 8.",
            "--set optimizer.learningRate=-1: optimizer.learningRate is -1, allowed is a number above 0; " +
                "change it, or remove the key for the default 0.01.",
        ], problems.ToArray());
    }

    [Theory]
    [InlineData("epochs", "--set epochs: there is no path before an equals sign, allowed is path=value;")]
    [InlineData("training..epochs=3", "--set training..epochs=3: 'training..epochs' is no path,")]
    [InlineData("stop.3=relativeLoss", "--set stop.3=relativeLoss: stop is a mapping")]
    [InlineData("training.epochs=[", "--set training.epochs=[: this is no YAML:")]
    [InlineData("training.epochs=", "--set training.epochs=: training.epochs is empty, allowed")]
    public void Set_Mistake_NamesTheOption(string edit, string expected)
    {
        Assert.StartsWith(expected, JobTexts.ProblemsOf(JobTexts.Smallest, edit)[0]);
    }

    [Theory]
    [InlineData("", "job.yaml:1:1: the file is empty;")]
    [InlineData("just words", "job.yaml:1:1: the job is 'just words', allowed is a mapping with name, seed,")]
    [InlineData("a: [1, 2", "job.yaml:1:4: this is no YAML: this '[' is not closed; add a ']'.")]
    [InlineData("model: linear\n---\nmodel: linear", "job.yaml:2:1: a second document begins; keep one job a file.")]
    public void Read_NoJobAtAll_SaysSo(string text, string expected)
    {
        Assert.Contains(JobTexts.ProblemsOf(text), problem => problem.StartsWith(expected, StringComparison.Ordinal));
    }

    [Fact]
    public void Read_DeepNesting_IsRefused()
    {
        var problem = Assert.Single(JobTexts.ProblemsOf("a: " + new string('[', 100_000)));
        Assert.Contains("nested deeper than 32 levels", problem);
    }

    [Fact]
    public void Read_TextLikeYaml_GivesAJobOrMistakes()
    {
        string[] pieces =
        [
            "data", "train", "test", "path", "model", "linear", "mlp", "hidden", "loss", "kind", "optimizer", "stop",
            "on", "target", "training", "epochs", ": ", ":", "\n", "\n  ", "\n    ", "- ", "{", "}", "[", "]", ",", "1",
            "-1e999", "0x1F", "'", "\"", "\\", "&a", "*a", "!t", "|", ">", "%", "@", "`", "#", "?", "~", "\t", "\0",
            "\u2028", "\ud83d", "a.csv", "---", "...", "<<", "=", "é", "\"\\ud83d\"", "\"\\U00110000\"", "%YAML 9.9\n",
            "? ", "|+9", "&", "*", "!<", "!!",
        ];
        var piece = Gen.OneOf(Gen.Int[0, pieces.Length - 1].Select(i => pieces[i]), Gen.Char.Select(c => $"{c}"));
        var texts = piece.Array[0, 40].Select(parts => string.Concat(parts));
        Gen.Select(texts, Gen.Bool).Sample(
            (text, isAfterJob) =>
            {
                // Any exception but InputException fails the sample, which prints the seed that replays it.
                var problems = JobTexts.ProblemsOf(isAfterJob ? JobTexts.Smallest + "\n" + text : text);
                return problems.All(p => p.Length > 0);
            },
            iter: 20_000);
    }

    [Fact]
    public void Set_AnyText_GivesAJobOrMistakes()
    {
        string[] words = ["stop", "0", "1", "loss", "training", "epochs", ".", "=", "{", "}", "[", "on: target", ""];
        Gen.Int[0, words.Length - 1].Select(i => words[i]).Array[0, 12].Select(parts => string.Concat(parts)).Sample(
            edit => JobTexts.ProblemsOf(JobTexts.Smallest + "\nstop: [relativeLoss]", edit).All(p => p.Length > 0),
            iter: 5_000);
    }
}
