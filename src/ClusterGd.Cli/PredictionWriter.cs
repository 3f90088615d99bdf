using ClusterGd.Cluster.Storage;
using ClusterGd.Core.Data;
using ClusterGd.Core.Models;

namespace ClusterGd.Cli;

/// <summary>Predictions as CSV: a header and a line a row.</summary>
internal sealed class PredictionWriter(TrainedModel trained, Rows rows)
{
    private const int ChunkRows = 1024;
    private readonly DataSchema _schema = trained.Encoding.Schema;
    private readonly ModelWorker _worker = trained.Model.CreateWorker(ChunkRows);
    private readonly int _width = trained.Model.OutputCount;

    public void Write(TextWriter file)
    {
        file.WriteLine(string.Join(',', Header().Select(OutputFile.Field)));
        var outputs = new float[ChunkRows * _width];
        var clusters = new int[ChunkRows];
        for (int first = 0; first < rows.Count; first += ChunkRows)
        {
            int count = Math.Min(ChunkRows, rows.Count - first);
            _worker.Predict(trained.Parameters, rows, first, count, outputs.AsSpan(0, count * _width));
            (_worker as KMeansWorker)?.Assign(trained.Parameters, rows, first, clusters.AsSpan(0, count));
            for (int i = 0; i < count; i++) WriteRow(file, outputs.AsSpan(i * _width, _width), clusters[i]);
        }
    }

    private IEnumerable<string> Header()
    {
        if (_worker is KMeansWorker) return ["cluster", "squaredDistance"];
        if (_schema.ClassNames.IsEmpty) return Outputs.NamesOf(_schema, _width, "prediction");
        var what = Outputs.AreProbabilities(trained.Loss) ? "probability" : "score";
        var names = _width == 1 && !HasLabels
            ? [_schema.ClassNames[^1]] : Outputs.NamesOf(_schema, _width, _schema.ClassNames[0]);
        return names.Select(name => $"{what} {name}").Prepend("prediction");
    }

    private void WriteRow(TextWriter file, Span<float> outputs, int cluster)
    {
        string? word = null;
        if (_worker is KMeansWorker) word = $"{cluster}";
        else if (HasLabels) word = OutputFile.Field(LabelsOf(outputs));
        else if (!_schema.ClassNames.IsEmpty) word = OutputFile.Field(_schema.ClassNames[ClassOf(outputs)]);
        if (_worker is not KMeansWorker) trained.Loss.ToPredictions(outputs, _width);
        if (word is not null) file.Write(word + ",");
        for (int i = 0; i < outputs.Length; i++)
        {
            if (i > 0) file.Write(',');
            file.Write(Numbers.Exact(outputs[i]));
        }
        file.WriteLine();
    }

    private bool HasLabels => _schema.TargetKind == TargetKind.Labels;

    /// <summary>The labels that a row is likelier to have than not, as a LIBSVM file has them.</summary>
    private string LabelsOf(ReadOnlySpan<float> margins)
    {
        var labels = new List<string>();
        for (int i = 0; i < margins.Length; i++)
        {
            if (margins[i] > 0) labels.Add(_schema.ClassNames[i]);
        }
        return string.Join(',', labels);
    }

    // One output is the margin of class 1, several are a score a class, of which the first largest wins.
    private static int ClassOf(ReadOnlySpan<float> outputs)
    {
        if (outputs.Length == 1) return outputs[0] > 0 ? 1 : 0;
        int best = 0;
        for (int i = 1; i < outputs.Length; i++)
        {
            if (outputs[i] > outputs[best]) best = i;
        }
        return best;
    }
}
