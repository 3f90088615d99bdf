using System.CommandLine;
using ClusterGd.Cluster.Storage;
using ClusterGd.Core.Data;
using ClusterGd.Data;

namespace ClusterGd.Cli;

/// <summary><c>clustergd predict</c>: a line of predictions for each row of a file.</summary>
internal static class PredictCommand
{
    public static Command Create()
    {
        var options = new RunOptions();
        var to = new Option<string>("--out")
        {
            Description = "The CSV file to write.",
            HelpName = "FILE.csv",
            Required = true,
        };
        var command = new VerbCommand("predict",
            "Writes a prediction for each row of a file: the class and its probabilities, the value, or the cluster.",
            ("clustergd predict runs/a9a-20260102-030405 --data new.svm --out predictions.csv", "a line a row"))
        {
            options.Run, options.Data, options.Labels, options.Format, to,
        };
        command.SetAction(parse =>
        {
            var trained = TrainedModel.Load(RunFolder.Open(parse.GetRequiredValue(options.Run)));
            // Lines of input and output must match, so a row that cannot be read is refused whatever the job says.
            var source = options.Source(parse, trained.Job);
            var (rows, _) = DataSets.LoadLike(source, trained.Encoding, needTargets: false, "fail", badRowsMax: 0);
            return Predict(trained, rows, parse.GetRequiredValue(to));
        });
        return command;
    }

    private static int Predict(TrainedModel trained, Rows rows, string to)
    {
        OutputFile.Write(to, path =>
        {
            using var file = new StreamWriter(path) { NewLine = "\n" };
            new PredictionWriter(trained, rows).Write(file);
        });
        Console.WriteLine($"{to}: {rows.Count} rows");
        return ExitCodes.Finished;
    }
}
