using System.CommandLine;
using ClusterGd.Core.Jobs;

namespace ClusterGd.Cli;

/// <summary>What every verb that works on a trained model and a file of rows asks for.</summary>
internal sealed class RunOptions
{
    private static readonly string[] s_formats = ["csv", "libsvm", "idx", "parquet"];

    public Argument<string> Run { get; } = new("RUN") { Description = "The folder that 'clustergd train' made." };

    public Option<string> Data { get; } = new("--data")
    {
        Description = "The file of the rows, read as the training rows were.",
        HelpName = "FILE",
        Required = true,
    };

    public Option<string?> Labels { get; } = new("--labels")
    {
        Description = "The file of the labels, for format idx.",
        HelpName = "FILE",
    };

    public Option<string?> Weights { get; } = new("--weights")
    {
        Description = "The file of the rows' weights, for formats libsvm and idx.",
        HelpName = "FILE",
    };

    public Option<string?> Format { get; } = NewFormat();

    public static Option<string?> NewFormat()
    {
        var format = new Option<string?>("--format") { Description = "The format, where the name does not show it." };
        format.AcceptOnlyFromAmong(s_formats);
        return format;
    }

    /// <summary>The file of the options, read like the training rows but for its place and format.</summary>
    public DataSource Source(ParseResult parse, Job job)
    {
        var train = job.Data.Train;
        var labels = parse.GetValue(Labels);
        var weights = parse.GetValue(Weights);
        var like = train with
        {
            Path = Path.GetFullPath(parse.GetRequiredValue(Data)),
            Labels = labels is null ? null : Path.GetFullPath(labels),
            Weights = weights is null ? null : Path.GetFullPath(weights),
        };
        var format = parse.GetValue(Format) ?? JobFormat.GuessName(like.Path) ?? train.Format;
        return format == train.Format
            ? like
            : new DataSource { Path = like.Path, Labels = like.Labels, Weights = like.Weights, Format = format };
    }
}
