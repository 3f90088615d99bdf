using ClusterGd.Core.Data;
using ClusterGd.Data.Input;

namespace ClusterGd.Data.Reading;

/// <summary>Reads the label of each line of a LIBSVM file: checks it, and adds it once the line is known to be
/// good.</summary>
internal sealed class LabelReader(RawTargets targets)
{
    private float _number;

    /// <param name="label">The first token of the line.</param>
    /// <param name="hasLabel">Whether it is a label, and no feature.</param>
    /// <returns>What is wrong with it; null for nothing.</returns>
    public string? Check(ReadOnlySpan<byte> label, bool hasLabel)
    {
        if (targets.Kind == TargetKind.None) return null;
        if (targets.Kind == TargetKind.Labels) return hasLabel ? ProblemOfLabels(label) : null;
        if (!hasLabel) return $"the row has no label: begin the line with it, before {NumberText.Show(label)}.";
        if (label.Contains((byte)','))
        {
            return $"{NumberText.Show(label)} is several labels a row: train one output a label with loss: " +
                "multiLabel, or keep one label a row; a decimal comma must be a point.";
        }
        return ProblemOfOne(label, out _number);
    }

    public void EndRow(ReadOnlySpan<byte> label)
    {
        switch (targets.Kind)
        {
            case TargetKind.None:
                break;
            case TargetKind.Number:
                targets.Numbers.Add(_number);
                break;
            case TargetKind.Labels:
                foreach (var part in label.Split((byte)','))
                {
                    var one = label[part];
                    if (!one.IsEmpty && ProblemOfOne(one, out _) is null) Add(one);
                }
                targets.Ends.Add(targets.Codes.Count);
                break;
            default:
                Add(label);
                break;
        }
    }

    private void Add(ReadOnlySpan<byte> label) => targets.Codes.Add(targets.Labels.CodeOf(label));

    private static string? ProblemOfLabels(ReadOnlySpan<byte> labels)
    {
        // A comma after the last label stands in public files.
        foreach (var part in labels.Split((byte)','))
        {
            if (!labels[part].IsEmpty && ProblemOfOne(labels[part], out _) is { } problem) return problem;
        }
        return null;
    }

    private static string? ProblemOfOne(ReadOnlySpan<byte> label, out float number)
    {
        if (!NumberText.TryParse(label, out number)) return $"the label {NumberText.Show(label)} is not a number.";
        return float.IsFinite(number) ? null : $"the label {NumberText.Show(label)} is not a finite number.";
    }
}
