using System.Globalization;
using ClusterGd.Core.Data;
using ClusterGd.Data.Input;

namespace ClusterGd.Data.Reading;

/// <summary>
/// Takes the cells of a table row by row and keeps the good rows: what a number, a category, a target and a missing
/// value is does not depend on the format.
/// </summary>
internal sealed class TableBuilder(string path, TablePlan plan, TargetKind kind, BadRows bad)
{
    private TableData _data = Empty(path, plan, kind);
    private readonly bool _allowsMissing = plan.Missing != "error";
    private long _line;
    private int _number, _codes, _target, _targets, _targetCodes, _weights;
    private string? _problem;
    private bool _lacksValue;

    /// <summary>Good rows since the last <see cref="Take"/>.</summary>
    public int Count => _data.Count;

    /// <summary>Whether a cell was refused because it is no number: the columns may be other than planned.</summary>
    public bool HasWords { get; private set; }

    public void BeginRow(long line)
    {
        _line = line;
        (_problem, _lacksValue) = (null, false);
        _number = _target = 0;
        _codes = _data.Codes.Count;
        _targets = _data.Targets.Numbers.Count;
        _targetCodes = _data.Targets.Codes.Count;
        _weights = _data.Weights?.Count ?? 0;
    }

    /// <summary>A cell as text; blanks around it do not count.</summary>
    public void Add(PlannedColumn column, ReadOnlySpan<char> cell)
    {
        if (_problem is not null) return;
        cell = cell.Trim();
        switch (column.Role)
        {
            case ColumnRole.Number when plan.Cells.IsMissingNumber(cell):
                AddMissing(column);
                break;
            case ColumnRole.Number:
                if (!plan.Cells.TryParse(cell, out double number, out float rounded)) Refuse(column, cell);
                else AddNumber(column, number, rounded);
                break;
            case ColumnRole.Category:
                AddCategory(column, cell);
                break;
            case ColumnRole.Weight when RowWeights.TryParse(cell, out double weight):
                _data.Weights!.Add(weight);
                break;
            case ColumnRole.Weight:
                _problem = $"the weight '{column.Name}' is {NumberText.Show(cell)}, which is not "
                    + $"{RowWeights.Allowed}: mend it.";
                break;
            case ColumnRole.Target when kind == TargetKind.None:
                break;
            case ColumnRole.Target when kind == TargetKind.Number:
                AddTarget(column, cell);
                break;
            case ColumnRole.Target when plan.Cells.IsMissingWord(cell):
                Lacks($"the target '{column.Name}' is missing.");
                break;
            case ColumnRole.Target when kind == TargetKind.Labels:
                AddLabel(column, cell);
                break;
            case ColumnRole.Target:
                _data.Targets.Codes.Add(_data.Targets.Labels.CodeOf(cell));
                break;
        }
    }

    /// <summary>A cell as a number; NaN for a missing one.</summary>
    public void Add(PlannedColumn column, double cell)
    {
        if (_problem is not null) return;
        if (column.Role == ColumnRole.Number && plan.Cells.IsMissing(cell)) AddMissing(column);
        else if (column.Role == ColumnRole.Number) AddNumber(column, cell, (float)cell);
        else if (column.Role == ColumnRole.Target && kind == TargetKind.Number) AddTarget(column, cell, (float)cell);
        else Add(column, double.IsNaN(cell) ? "" : cell.ToString("R", CultureInfo.InvariantCulture));
    }

    public void Fail(string problem) => _problem ??= problem;

    public void EndRow()
    {
        if (_problem is null)
        {
            _data.Lines.Add(_line);
            return;
        }
        while (_number > 0) _data.Numbers[--_number].RemoveLast();
        _data.Codes.Count = _codes;
        _data.Targets.Numbers.Count = _targets;
        _data.Targets.Codes.Count = _targetCodes;
        if (_data.Weights is { } weights) weights.Count = _weights;
        bad.Add(_line, 0, _problem, _lacksValue);
    }

    /// <summary>The good rows since the last call, perhaps none.</summary>
    public TableData Take()
    {
        var taken = _data;
        _data = Empty(path, plan, kind);
        return taken;
    }

    /// <exception cref="Core.Options.InputException">There is no good row, or a bad one.</exception>
    public TableData Finish()
    {
        bad.Finish();
        if (_data.Count > 0) return _data;
        throw new Core.Options.InputException(
            $"{path}: there is no {(plan.HasHeader ? "row after the header" : "row in it")}: it must hold at least " +
            "one.");
    }

    private void Refuse(PlannedColumn column, ReadOnlySpan<char> cell)
    {
        HasWords = true;
        _problem = $"column '{column.Name}' holds {NumberText.Show(cell)}, which is no number: mend it, or list it in "
            + "missingTokens if it stands for a missing value.";
    }

    private static TableData Empty(string path, TablePlan plan, TargetKind kind) =>
        new(path, plan, TargetsOf(path, plan, kind))
        {
            Weights = plan.Columns.Any(c => c is { Role: ColumnRole.Weight, Index: >= 0 })
                ? new Growable<double>() : null,
        };

    private void AddMissing(PlannedColumn column)
    {
        if (_allowsMissing) _data.Numbers[_number++].AddMissing();
        else Lacks($"column '{column.Name}' has no value: state missing: mean or missing: 0, or ignore the column.");
    }

    private void Lacks(string problem) => (_problem, _lacksValue) = (problem, true);

    private void AddNumber(PlannedColumn column, double number, float rounded)
    {
        if (plan.Cells.IsMissing(number)) AddMissing(column);
        else if (float.IsFinite(rounded)) _data.Numbers[_number++].Add(number, rounded);
        else _problem = $"column '{column.Name}' holds a number beyond the 32-bit range or not finite: mend it.";
    }

    private void AddCategory(PlannedColumn column, ReadOnlySpan<char> cell)
    {
        bool isMissing = plan.Cells.IsMissingWord(cell);
        if (isMissing && !_allowsMissing)
        {
            Lacks($"column '{column.Name}' has no value: state missing: mean to make that a category of its own.");
            return;
        }
        var categories = _data.Categories[_data.Codes.Count - _codes];
        _data.Codes.Add(categories.CodeOf(isMissing ? "" : cell));
    }

    private static RawTargets TargetsOf(string path, TablePlan plan, TargetKind kind)
    {
        string[] names = [.. plan.Columns.Where(c => c.Role == ColumnRole.Target).Select(c => c.Name)];
        return new RawTargets(path, kind, names.Length) { ColumnLabels = kind == TargetKind.Labels ? [.. names] : [] };
    }

    /// <summary>Whether the row has the label that the column is for.</summary>
    private void AddLabel(PlannedColumn column, ReadOnlySpan<char> cell)
    {
        if (float.TryParse(cell, NumberStyles.Float, CultureInfo.InvariantCulture, out float has) && has is 0 or 1)
        {
            _data.Targets.Numbers.Add(has);
            return;
        }
        _problem = $"the label '{column.Name}' is {NumberText.Show(cell)}, but with several labels a row (loss "
            + "multiLabel) each is a column of 0 and 1: mend it, or use softmax for one label of several.";
    }

    private void AddTarget(PlannedColumn column, ReadOnlySpan<char> cell)
    {
        if (plan.Cells.IsMissingNumber(cell)) Lacks($"the target '{column.Name}' is missing.");
        else if (plan.Cells.TryParse(cell, out double target, out float rounded)) AddTarget(column, target, rounded);
        else
        {
            HasWords = true;
            _problem = NoTarget(column, NumberText.Show(cell));
        }
    }

    private void AddTarget(PlannedColumn column, double target, float rounded)
    {
        if (plan.Cells.IsMissing(target)) Lacks($"the target '{column.Name}' is missing.");
        else if (float.IsFinite(rounded)) _data.AddTarget(_target++, target, rounded);
        else _problem = NoTarget(column, $"'{target.ToString("R", CultureInfo.InvariantCulture)}'");
    }

    private static string NoTarget(PlannedColumn column, string shown) =>
        $"the target '{column.Name}' is {shown}, which is no finite number: use a loss for classes (logistic, " +
        "softmax), or mend it.";
}
