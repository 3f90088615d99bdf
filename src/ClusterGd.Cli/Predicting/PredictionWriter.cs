using System.Globalization;
using ClusterGd.Cli.Terminal;
using ClusterGd.Cluster.Storage;
using ClusterGd.Core.Data;
using ClusterGd.Core.Models;
using ClusterGd.Data;

namespace ClusterGd.Cli.Predicting;

/// <summary>Predictions as CSV: a header and a line a row.</summary>
internal sealed class PredictionWriter
{
    private const int ChunkRows = 1024;
    private readonly TrainedModel _trained;
    private readonly TextWriter _file;
    private readonly bool _hasNumbers;
    private readonly DataSchema _schema;
    private readonly ModelWorker _worker;
    private readonly int _width;
    private readonly float[] _outputs;
    private readonly int[] _clusters = new int[ChunkRows];
    private readonly string _emptyLine;
    private long _row;

    /// <summary>Writes the header.</summary>
    /// <param name="hasNumbers">Whether the first column is the row's number in its file, from 1: for files of which
    /// rows are left out.</param>
    public PredictionWriter(TrainedModel trained, TextWriter file, bool hasNumbers)
    {
        (_trained, _file, _hasNumbers) = (trained, file, hasNumbers);
        _schema = trained.Encoding.Schema;
        _worker = trained.Model.CreateWorker(ChunkRows);
        _width = trained.Model.OutputCount;
        _outputs = new float[ChunkRows * _width];
        string[] header = [.. Header()];
        _emptyLine = new string(',', header.Length - 1);
        file.WriteLine((hasNumbers ? "row," : "") + string.Join(',', header.Select(OutputFile.Field)));
    }

    /// <summary>Lines written beside the header.</summary>
    public long Lines { get; private set; }

    /// <summary>Writes the predictions of the good rows, in the order of the file.</summary>
    /// <param name="hasLine">Whether a row that could not be used has an empty line.</param>
    public void Write(RowPart part, Func<BadRow, bool> hasLine)
    {
        int bad = 0;
        for (int first = 0; first < part.Rows?.Count; first += ChunkRows)
        {
            int count = Math.Min(ChunkRows, part.Rows.Count - first);
            _worker.Predict(_trained.Parameters, part.Rows, first, count, _outputs.AsSpan(0, count * _width));
            (_worker as KMeansWorker)?.Assign(_trained.Parameters, part.Rows, first, _clusters.AsSpan(0, count));
            for (int i = 0; i < count; i++)
            {
                long line = part.Lines[first + i];
                while (bad < part.Bad.Length && part.Bad[bad].Line < line) Pass(hasLine(part.Bad[bad++]));
                Begin();
                WriteRow(_outputs.AsSpan(i * _width, _width), _clusters[i]);
            }
        }
        while (bad < part.Bad.Length) Pass(hasLine(part.Bad[bad++]));
    }

    private void Begin()
    {
        _row++;
        Lines++;
        if (_hasNumbers) _file.Write(string.Create(CultureInfo.InvariantCulture, $"{_row},"));
    }

    private void Pass(bool hasLine)
    {
        if (!hasLine)
        {
            _row++;
            return;
        }
        Begin();
        _file.WriteLine(_emptyLine);
    }

    private IEnumerable<string> Header()
    {
        if (_worker is KMeansWorker) return ["cluster", "squaredDistance"];
        if (_schema.ClassNames.IsEmpty) return Outputs.NamesOf(_schema, _width, "prediction");
        var what = Outputs.AreProbabilities(_trained.Loss) ? "probability" : "score";
        var names = _width == 1 && !HasLabels
            ? [_schema.ClassNames[^1]] : Outputs.NamesOf(_schema, _width, _schema.ClassNames[0]);
        return names.Select(name => $"{what} {name}").Prepend("prediction");
    }

    private void WriteRow(Span<float> outputs, int cluster)
    {
        string? word = null;
        if (_worker is KMeansWorker) word = $"{cluster}";
        else if (HasLabels) word = OutputFile.Field(LabelsOf(outputs));
        else if (!_schema.ClassNames.IsEmpty) word = OutputFile.Field(_schema.ClassNames[ClassOf(outputs)]);
        if (_worker is not KMeansWorker) _trained.Loss.ToPredictions(outputs, _width);
        if (word is not null) _file.Write(word + ",");
        for (int i = 0; i < outputs.Length; i++)
        {
            if (i > 0) _file.Write(',');
            _file.Write(Numbers.Exact(outputs[i]));
        }
        _file.WriteLine();
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
