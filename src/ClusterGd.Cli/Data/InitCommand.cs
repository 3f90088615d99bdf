using System.CommandLine;
using System.Text;
using ClusterGd.Cli.Terminal;
using ClusterGd.Core.Jobs;
using ClusterGd.Data;

namespace ClusterGd.Cli.Data;

/// <summary><c>clustergd init</c>: a first job for a file of rows, to be trained as it is or changed.</summary>
internal static class InitCommand
{
    public static Command Create()
    {
        var file = new Argument<string>("FILE") { Description = "The file of rows." };
        var target = new Option<string[]>("--target") { Description = "A target. Repeatable.", HelpName = "COLUMN" };
        var labels = new Option<string?>("--labels") { Description = "The labels' file, for idx.", HelpName = "FILE" };
        var format = RunOptions.NewFormat();
        var to = new Option<string>("--out")
        {
            Description = "The job file to write.",
            HelpName = "JOB.yaml",
            DefaultValueFactory = _ => "job.yaml",
        };
        var force = OutputFile.Force();
        var command = new VerbCommand("init", "Writes a first job for a file of rows.",
            ("clustergd init housing.csv", "writes job.yaml, with the reason for each key"),
            ("clustergd init housing.csv --target price --out price.yaml", "with another target and name"))
        {
            file, target, labels, format, to, force,
        };
        command.SetAction(parse => Write(
            new DataSource
            {
                Path = parse.GetRequiredValue(file),
                Format = parse.GetValue(format),
                Target = [.. parse.GetValue(target) ?? []],
                Labels = parse.GetValue(labels),
            },
            parse.GetValue(to)!, parse.GetValue(force)));
        return command;
    }

    private static int Write(DataSource source, string to, bool isForced)
    {
        source = source with { Labels = source.Labels ?? LabelsBeside(source.Path) };
        string[] inputs = source.Labels is null ? [source.Path] : [source.Path, source.Labels];
        using var output = new OutputFile(to, isForced, inputs);
        var data = DataInfo.Describe(source);
        string folder = Path.GetDirectoryName(Path.GetFullPath(to))!;
        string Relative(string path) => Path.GetRelativePath(folder, Path.GetFullPath(path));
        string text = StarterJob.Of(
            data, Relative(source.Path), source.Labels is null ? null : Relative(source.Labels));
        output.Write(file => file.Write(Encoding.UTF8.GetBytes(text)));
        foreach (var note in data.Notes) Console.Error.WriteLine(note);
        output.Sentences.WriteLine($"{to}: a job for {data.Rows} rows; train it with 'clustergd train {to}'");
        return ExitCodes.Finished;
    }

    /// <summary>MNIST and its kind name the labels as the images are named.</summary>
    private static string? LabelsBeside(string path)
    {
        string name = Path.GetFileName(path);
        if (!name.Contains("images-idx3", StringComparison.Ordinal)) return null;
        string labels = Path.Combine(
            Path.GetDirectoryName(path) ?? "", name.Replace("images-idx3", "labels-idx1", StringComparison.Ordinal));
        return File.Exists(labels) ? labels : null;
    }
}
