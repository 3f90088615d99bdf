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
    private int _numbers, _codes, _targets, _targetCodes;
    private string? _problem;
    private bool _lacksValue;

    /// <summary>Good rows since the last <see cref="Take"/>.</summary>
    public int Count => _data.Count;

    public void BeginRow(long line)
    {
        _line = line;
        (_problem, _lacksValue) = (null, false);
        _numbers = _data.Numbers.Count;
        _codes = _data.Codes.Count;
        _targets = _data.Targets.Numbers.Count;
        _targetCodes = _data.Targets.Codes.Count;
    }

    /// <summary>A cell as text; blanks around it do not count.</summary>
    public void Add(PlannedColumn column, ReadOnlySpan<char> cell)
    {
        if (_problem is not null) return;
        cell = cell.Trim();
        bool isMissing = IsMissing(cell);
        switch (column.Role)
        {
            case ColumnRole.Number when isMissing:
                AddMissing(column);
                break;
            case ColumnRole.Number:
                if (!float.TryParse(cell, NumberStyles.Float, CultureInfo.InvariantCulture, out float number))
                {
                    _problem = $"column '{column.Name}' holds {NumberText.Show(cell)}, which is no number: add "
                        + $"categorical: [{column.Name}], or ignore it.";
                }
                else AddNumber(column, number);
                break;
            case ColumnRole.Category:
                AddCategory(column, cell, isMissing);
                break;
            case ColumnRole.Target when kind == TargetKind.None:
                break;
            case ColumnRole.Target when isMissing:
                Lacks($"the target '{column.Name}' is missing.");
                break;
            case ColumnRole.Target when kind != TargetKind.Number:
                _data.Targets.Codes.Add(_data.Targets.Labels.CodeOf(cell));
                break;
            case ColumnRole.Target:
                AddTarget(column, cell);
                break;
        }
    }

    /// <summary>A cell as a number; NaN for a missing one.</summary>
    public void Add(PlannedColumn column, double cell)
    {
        if (_problem is not null) return;
        if (column.Role == ColumnRole.Number && double.IsNaN(cell)) AddMissing(column);
        else if (column.Role == ColumnRole.Number) AddNumber(column, (float)cell);
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
        _data.Numbers.Count = _numbers;
        _data.Codes.Count = _codes;
        _data.Targets.Numbers.Count = _targets;
        _data.Targets.Codes.Count = _targetCodes;
        bad.Add(_line, 0, _problem, _lacksValue);
    }

    /// <summary>The good rows since the last call, perhaps none.</summary>
    public TableData Take()
    {
        var taken = _data;
        _data = Empty(path, plan, kind);
        return taken;
    }

    /// <exception cref="Core.Jobs.InputException">There is no good row, or a bad one.</exception>
    public TableData Finish()
    {
        bad.Finish();
        if (_data.Count > 0) return _data;
        throw new Core.Jobs.InputException(
            $"{path}: there is no {(plan.HasHeader ? "row after the header" : "row in it")}: it must hold at least " +
            "one.");
    }

    public static bool IsMissing(ReadOnlySpan<char> cell) =>
        cell is "" or "?" or "NA" || cell.Equals("nan", StringComparison.OrdinalIgnoreCase);

    private static TableData Empty(string path, TablePlan plan, TargetKind kind) =>
        new(path, plan, new RawTargets(path, kind, plan.Columns.Count(c => c.Role == ColumnRole.Target)));

    private void AddMissing(PlannedColumn column)
    {
        if (_allowsMissing) _data.Numbers.Add(float.NaN);
        else Lacks($"column '{column.Name}' has no value: state missing: mean or missing: 0, or ignore the column.");
    }

    private void Lacks(string problem) => (_problem, _lacksValue) = (problem, true);

    private void AddNumber(PlannedColumn column, float number)
    {
        if (float.IsFinite(number)) _data.Numbers.Add(number);
        else _problem = $"column '{column.Name}' holds a number beyond the 32-bit range or not finite: mend it.";
    }

    private void AddCategory(PlannedColumn column, ReadOnlySpan<char> cell, bool isMissing)
    {
        if (isMissing && !_allowsMissing)
        {
            Lacks($"column '{column.Name}' has no value: state missing: mean to make that a category of its own.");
            return;
        }
        var categories = _data.Categories[_data.Codes.Count - _codes];
        _data.Codes.Add(categories.CodeOf(isMissing ? "" : cell));
    }

    private void AddTarget(PlannedColumn column, ReadOnlySpan<char> cell)
    {
        if (float.TryParse(cell, NumberStyles.Float, CultureInfo.InvariantCulture, out float target)
            && float.IsFinite(target))
        {
            _data.Targets.Numbers.Add(target);
            return;
        }
        _problem = $"the target '{column.Name}' is {NumberText.Show(cell)}, which is no finite number: use a loss for "
            + "classes (logistic, softmax), or mend it.";
    }
}
