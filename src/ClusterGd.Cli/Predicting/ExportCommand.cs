using System.CommandLine;
using ClusterGd.Cli.Terminal;
using ClusterGd.Cluster.Storage;

namespace ClusterGd.Cli.Predicting;

/// <summary><c>clustergd export</c>: a run's model as a file for other programs.</summary>
internal static class ExportCommand
{
    private const string Safe = "safetensors", Csv = "csv";

    public static Command Create()
    {
        var run = new RunOptions().Run;
        var format = new Option<string>("--format")
        {
            Description = "safetensors: every tensor; csv: the coefficients of a linear model, a line a feature.",
            Required = true,
        };
        format.AcceptOnlyFromAmong(Safe, Csv);
        var to = new Option<string>("--out")
        {
            Description = "The file to write; - for the standard output.", HelpName = "FILE", Required = true,
        };
        var force = OutputFile.Force();
        var command = new VerbCommand("export", "Writes a run's model for other programs.",
            ("clustergd export runs/a9a-20260102-030405 --format csv --out a9a.csv", "coefficients for a spreadsheet"),
            ("clustergd export runs/a9a-20260102-030405 --format safetensors --out a9a.safetensors", "for NumPy"))
        {
            run, format, to, force,
        };
        command.SetAction(parse => Export(
            RunFolder.Open(parse.GetRequiredValue(run)), parse.GetRequiredValue(format), parse.GetRequiredValue(to),
            parse.GetValue(force)));
        return command;
    }

    private static int Export(RunFolder folder, string format, string to, bool isForced)
    {
        var trained = TrainedModel.Load(folder);
        using var output = new OutputFile(to, isForced, RunOptions.FilesOf(folder, trained.Job));
        output.Write(stream =>
        {
            if (format == Safe) Safetensors.Write(stream, trained.Model.Blocks, trained.Parameters);
            else Coefficients.Write(stream, trained);
        });
        if (format == Csv && (!trained.Encoding.Means.IsEmpty || trained.Encoding.Scale != 1))
        {
            Console.Error.WriteLine("The coefficients are those of the standardised or scaled features, as trained; " +
                $"{Path.GetRelativePath(".", folder.Path)}/encoding.json has the means and deviations.");
        }
        output.Sentences.WriteLine(
            $"{to}: {trained.Parameters.Length} parameters, sha256 {trained.Manifest.ModelSha256}");
        return ExitCodes.Finished;
    }
}
