using System.CommandLine;
using System.Globalization;
using ClusterGd.Cluster.Storage;
using ClusterGd.Core.Jobs;
using ClusterGd.Core.Options;

namespace ClusterGd.Cli;

/// <summary>What every verb that works on a trained model and a file of rows asks for.</summary>
internal sealed class RunOptions
{
    private static readonly string[] s_formats = ["csv", "libsvm", "idx", "parquet"];

    public Argument<string> Run { get; } = new("RUN") { Description = "The folder that 'clustergd train' made." };

    public Option<string> Data { get; } = new("--data")
    {
        Description = "The file of the rows, read as the training rows were; - for the standard input.",
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

    public Option<string?> Missing { get; } = new("--missing")
    {
        Description = "A missing value: error (its row is bad), mean (of the training rows), skip (its row is left " +
            "out), or a number. [default: as in training]",
        HelpName = "error|mean|skip|NUMBER",
    };

    /// <summary>The file of the options, read like the training rows but for its place and format.</summary>
    /// <param name="path">Where <see cref="Data"/> is to be read.</param>
    public DataSource Source(ParseResult parse, Job job, string path)
    {
        var train = job.Data.Train;
        var labels = parse.GetValue(Labels);
        var weights = parse.GetValue(Weights);
        var like = train with
        {
            Path = path,
            Labels = labels is null ? null : Path.GetFullPath(labels),
            Weights = weights is null ? null : Path.GetFullPath(weights),
        };
        var format = parse.GetValue(Format) ?? JobFormat.GuessName(like.Path) ?? train.Format;
        return format == train.Format
            ? like
            : new DataSource { Path = like.Path, Labels = like.Labels, Weights = like.Weights, Format = format };
    }

    /// <exception cref="InputException">It is none of the rules.</exception>
    public string? MissingRule(ParseResult parse)
    {
        var rule = parse.GetValue(Missing);
        bool isRule = rule is null or "error" or "mean" or "skip"
            || (double.TryParse(rule, NumberStyles.Float, CultureInfo.InvariantCulture, out double number)
                && double.IsFinite(number));
        return isRule ? rule : throw new InputException(
            $"--missing is '{rule}', allowed is error, mean, skip or a number; change it.");
    }

    /// <summary>The option that says what a row that cannot be read does.</summary>
    public static Option<string?> NewOnBadRow(string description, params string[] rules)
    {
        var option = new Option<string?>("--on-bad-row")
        {
            Description = description, HelpName = string.Join('|', rules),
        };
        option.AcceptOnlyFromAmong(rules);
        return option;
    }

    /// <summary>The files of a run and of its data, none of which an output may replace.</summary>
    public static IEnumerable<string> FilesOf(RunFolder run, Job job, params IEnumerable<string?> more)
    {
        DataSource?[] sources = [job.Data.Train, job.Data.Test, job.Data.Validation];
        var data = sources.SelectMany(source => new[] { source?.Path, source?.Labels, source?.Weights });
        var files = Directory.EnumerateFiles(run.Path, "*", SearchOption.AllDirectories);
        return [.. files, .. data.Concat(more).OfType<string>()];
    }
}
