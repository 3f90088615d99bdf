using System.CommandLine;
using ClusterGd.Cli.Terminal;
using ClusterGd.Data;

namespace ClusterGd.Cli.Data;

/// <summary><c>clustergd data generate</c>: a file of made-up rows, of any size.</summary>
internal static class DataGenerateCommand
{
    public static Command Create()
    {
        var kind = new Argument<string>("KIND") { Description = "What the rows are made for." };
        kind.AcceptOnlyFromAmong([.. SyntheticSpec.Kinds]);
        var path = new Option<string>("--out")
        {
            Description = "The file to write: .csv or .libsvm, with .gz behind it to compress; - for CSV to the " +
                "standard output.",
            HelpName = "FILE",
            Required = true,
        };
        var rows = New("--rows", "N", "Rows.", 10_000L);
        var features = New("--features", "N", "Features.", 100);
        var classes = New("--classes", "N", "Classes of softmax and clusters.", 10);
        var noise = New("--noise", "X", "Deviation of the noise, where the signal's is 1.", 0.1);
        var density = New("--density", "X", "Fraction of the features that a row has, above 0 and at most 1.", 1.0);
        var force = OutputFile.Force();
        var seed = New("--seed", "N", "The same seed gives the same rows everywhere.", 1UL);
        var command = new VerbCommand("generate", "Writes a file of made-up rows, to try things out or measure speed.",
            ("clustergd data generate logistic --rows 100000 --out rows.csv.gz", "a table with a label"),
            ("clustergd data generate linear --features 10000 --density 0.01 --out rows.libsvm", "sparse rows"))
        {
            kind, path, rows, features, classes, noise, density, seed, force,
        };
        command.SetAction(parse =>
        {
            var to = parse.GetRequiredValue(path);
            var spec = new SyntheticSpec
            {
                Kind = parse.GetRequiredValue(kind),
                Rows = parse.GetValue(rows),
                Features = parse.GetValue(features),
                Classes = parse.GetValue(classes),
                Noise = parse.GetValue(noise),
                Density = parse.GetValue(density),
                Seed = parse.GetValue(seed),
            };
            SyntheticData.Check(spec, to);
            using var output = new OutputFile(to, parse.GetValue(force), []);
            output.Write(stream => SyntheticData.Write(spec, to, stream));
            var length = output.IsStandard ? "" : $", {new FileInfo(to).Length} bytes";
            output.Sentences.WriteLine($"{to}: {spec.Rows} rows of {spec.Features} features{length}");
        });
        return command;
    }

    private static Option<T> New<T>(string name, string placeholder, string summary, T value) =>
        new(name) { Description = summary, HelpName = placeholder, DefaultValueFactory = _ => value };
}
