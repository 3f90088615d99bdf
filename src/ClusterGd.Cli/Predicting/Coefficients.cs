using ClusterGd.Cli.Terminal;
using ClusterGd.Cluster.Storage;
using ClusterGd.Core.Models;
using ClusterGd.Core.Options;
using ClusterGd.Data;

namespace ClusterGd.Cli.Predicting;

/// <summary>A linear model as a table: a line a feature, a column an output; the bias last.</summary>
internal static class Coefficients
{
    public static void Write(Stream stream, TrainedModel trained)
    {
        if (trained.Model is not LinearModel model)
        {
            throw new InputException(
                $"--format csv is for linear models, this one is {trained.Job.Model.Kind}; use --format safetensors.");
        }
        var schema = trained.Encoding.Schema;
        int outputs = model.OutputCount;
        using var file = new StreamWriter(stream, leaveOpen: true) { NewLine = "\n" };
        var names = Outputs.NamesOf(schema, outputs, "coefficient").Prepend("feature");
        file.WriteLine(string.Join(',', names.Select(OutputFile.Field)));
        foreach (var block in model.Blocks)
        {
            for (int i = 0; i < block.Length; i += outputs)
            {
                var name = block.Name == "bias" ? "(bias)" : NameOf(trained.Encoding, i / outputs);
                var row = trained.Parameters.AsSpan(block.Offset + i, outputs).ToArray();
                file.WriteLine($"{OutputFile.Field(name)},{string.Join(',', row.Select(Numbers.Exact))}");
            }
        }
    }

    // Features of LIBSVM files are called as the file counts them; those of hashed indices have no index of their own.
    private static string NameOf(DataEncoding encoding, int feature) => encoding switch
    {
        { Schema.FeatureNames.IsEmpty: false } => encoding.Schema.FeatureNames[feature],
        { Format: DataFormat.LibSvm, HashBuckets: > 0 } => $"hash[{feature}]",
        { Format: DataFormat.LibSvm } => $"{feature + encoding.IndexBase}",
        _ => $"{feature}",
    };
}
