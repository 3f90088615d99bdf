using System.CommandLine;
using ClusterGd.Cli.Data;
using ClusterGd.Cli.Terminal;
using ClusterGd.Cluster.Storage;
using ClusterGd.Core.Jobs;
using ClusterGd.Data;

namespace ClusterGd.Cli.Predicting;

/// <summary><c>clustergd predict</c>: a line of predictions for each row of a file of any size.</summary>
internal static class PredictCommand
{
    private const int ToldMax = 5;

    public static Command Create()
    {
        var options = new RunOptions();
        var to = new Option<string>("--out")
        {
            Description = "The CSV file to write; - for the standard output.",
            HelpName = "FILE.csv",
            Required = true,
        };
        var onBadRow = RunOptions.NewOnBadRow(
            "A row that cannot be read: fail, skip (it has no line, and a column 'row' counts the rows of the file), " +
            "empty (a line without a prediction). [default: fail]", "fail", "skip", "empty");
        var force = OutputFile.Force();
        var command = new VerbCommand("predict",
            "Writes a prediction for each row of a file: the class and its probabilities, the value, or the cluster.",
            ("clustergd predict runs/a9a-20260102-030405 --data new.svm --out predictions.csv", "a line a row"),
            ("zcat new.csv.gz | clustergd predict runs/adult-20260102-030405 --data - --out - | head", "in a pipe"),
            ("clustergd predict runs/adult-20260102-030405 --data new.csv --out p.csv --missing 0 --on-bad-row empty",
                "a line a row, whatever the rows hold"))
        {
            options.Run, options.Data, options.Labels, options.Format, options.Missing, onBadRow, to, force,
        };
        command.SetAction(parse =>
        {
            var run = RunFolder.Open(parse.GetRequiredValue(options.Run));
            var trained = TrainedModel.Load(run);
            string? missing = options.MissingRule(parse), rule = parse.GetValue(onBadRow);
            using var data = new DataArgument(parse.GetRequiredValue(options.Data));
            var source = options.Source(parse, trained.Job, data.Path);
            using var output = new OutputFile(
                parse.GetRequiredValue(to), parse.GetValue(force),
                RunOptions.FilesOf(run, trained.Job, source.Path, source.Labels));
            var rules = new RowRules { Missing = missing, OnBadRow = rule is null or "fail" ? "fail" : "quarantine" };
            return Predict(trained, source, rules, isEmpty: rule == "empty", output, parse.GetRequiredValue(to));
        });
        return command;
    }

    private static int Predict(
        TrainedModel trained, DataSource source, RowRules rules, bool isEmpty, OutputFile output, string to)
    {
        bool isAnySkipped = rules.Missing == "skip" || (rules.OnBadRow != "fail" && !isEmpty);
        PredictionWriter? writer = null;
        var told = new LeftOut(ToldMax);
        output.Write(stream =>
        {
            using var file = new StreamWriter(stream, leaveOpen: true) { NewLine = "\n" };
            writer = new PredictionWriter(trained, file, isAnySkipped);
            LoadScreen.Show(
                () => RowParts.Read(source, trained.Encoding, rules, part =>
                {
                    foreach (var row in part.Bad) told.Add(row);
                    writer.Write(part, row => isEmpty && !row.LacksValue);
                }));
        });
        told.Tell(isEmpty ? "without a prediction" : "left out");
        output.Sentences.WriteLine($"{to}: {writer!.Lines} rows");
        return ExitCodes.Finished;
    }
}
