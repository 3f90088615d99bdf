using System.Runtime.CompilerServices;
using ClusterGd.Core.Data;
using ClusterGd.Core.Jobs;
using ClusterGd.Data.Input;

namespace ClusterGd.Data.Reading;

/// <summary>
/// Reads LIBSVM text: <c>label index:value index:value …</c> a line, indices from 1 and ascending, <c>#</c> begins a
/// comment, blank lines are skipped, a label alone is a row of zeros. Works on bytes, makes no string for a good row.
/// </summary>
internal sealed class LibSvmReader
{
    private readonly SparseData _data;
    private readonly BadRows _bad;
    private readonly int _largestIndexAllowed;
    private readonly string _indexLimit;

    private LibSvmReader(DataSource source, SparseData data, BadRows bad)
    {
        _data = data;
        _bad = bad;
        _largestIndexAllowed = source.Features > 0 ? source.Features : Sizes.FeaturesMax;
        _indexLimit = source.Features > 0 ? "features" : "the most allowed";
    }

    /// <param name="kind">How labels are read; <see cref="TargetKind.None"/> lets them be absent too.</param>
    /// <exception cref="InputException">The file cannot be used.</exception>
    public static SparseData Read(DataSource source, TargetKind kind, BadRows bad)
    {
        using var stream = InputFile.Open(source.Path);
        var reader = Begin(source, kind, bad);
        var data = reader._data;
        var lines = new LineReader(source.Path, stream);
        while (lines.TryRead(out var line)) reader.ReadLine(line, lines.Line);
        bad.Finish();
        if (data.Count > 0) return data;
        throw new InputException($"{source.Path}: there is no row in it: it must hold at least one.");
    }

    /// <summary>Gives the rows in parts, each of about so many rows, good and bad ones together.</summary>
    /// <inheritdoc cref="Read"/>
    public static void ReadParts(
        DataSource source, TargetKind kind, BadRows bad, int rowsMax, Action<SparseData> take)
    {
        using var stream = InputFile.Open(source.Path);
        var lines = new LineReader(source.Path, stream);
        var reader = Begin(source, kind, bad);
        while (lines.TryRead(out var line))
        {
            reader.ReadLine(line, lines.Line);
            if (reader._data.Count + bad.Waiting < rowsMax) continue;
            take(reader._data);
            reader = Begin(source, kind, bad);
        }
        take(reader._data);
    }

    private static LibSvmReader Begin(DataSource source, TargetKind kind, BadRows bad)
    {
        var data = new SparseData(source.Path, new RawTargets(source.Path, kind, 1));
        data.Starts.Add(0);
        return new LibSvmReader(source, data, bad);
    }

    private static bool IsSpace(byte b) => b is (byte)' ' or (byte)'\t';

    private static int SkipSpace(ReadOnlySpan<byte> line, int position)
    {
        while (position < line.Length && IsSpace(line[position])) position++;
        return position;
    }

    private static ReadOnlySpan<byte> Token(ReadOnlySpan<byte> line, int start)
    {
        int end = start;
        while (end < line.Length && !IsSpace(line[end])) end++;
        return line[start..end];
    }

    private void ReadLine(ReadOnlySpan<byte> line, long number)
    {
        int comment = line.IndexOf((byte)'#');
        if (comment >= 0) line = line[..comment];
        int position = SkipSpace(line, 0);
        if (position == line.Length) return;

        int before = _data.Values.Count;
        float target = 0;
        int code = 0;
        var label = Token(line, position);
        bool hasLabel = !label.Contains((byte)':');
        string? problem = ProblemOfLabel(label, hasLabel, ref target, ref code);
        if (problem is null)
        {
            if (hasLabel) position += label.Length;
            problem = ReadFeatures(line, ref position, number);
        }
        if (problem is not null)
        {
            _data.Columns.Count = _data.Values.Count = before;
            _bad.Add(number, position + 1, problem);
            return;
        }
        if (_data.Values.Count > before && _data.Columns[_data.Values.Count - 1] >= _data.LargestIndex)
        {
            _data.LargestIndex = _data.Columns[_data.Values.Count - 1] + 1;
            _data.LargestIndexLine = number;
        }
        _data.Lines.Add(number);
        _data.Starts.Add(_data.Values.Count);
        if (_data.Targets.Kind == TargetKind.Number) _data.Targets.Numbers.Add(target);
        else if (_data.Targets.Kind != TargetKind.None) _data.Targets.Codes.Add(code);
    }

    private string? ProblemOfLabel(ReadOnlySpan<byte> label, bool hasLabel, ref float target, ref int code)
    {
        var kind = _data.Targets.Kind;
        if (kind == TargetKind.None) return null;
        if (!hasLabel) return $"the row has no label: begin the line with it, before {NumberText.Show(label)}.";
        if (!NumberText.TryParse(label, out target)) return $"the label {NumberText.Show(label)} is not a number.";
        if (!float.IsFinite(target)) return $"the label {NumberText.Show(label)} is not a finite number.";
        if (kind != TargetKind.Number) code = _data.Targets.Labels.CodeOf(label);
        return null;
    }

    /// <summary>Appends the features of a line; on a problem, <paramref name="position"/> is where it lies.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)] // A file is read once: there is no time to warm up.
    private string? ReadFeatures(ReadOnlySpan<byte> line, ref int position, long number)
    {
        var columns = _data.Columns;
        var values = _data.Values;
        int previous = 0;
        while (true)
        {
            position = SkipSpace(line, position);
            if (position == line.Length) return null;
            int digit = position;
            long index = 0;
            for (; digit < line.Length && (uint)(line[digit] - '0') <= 9; digit++)
            {
                index = Math.Min(index * 10 + (line[digit] - '0'), int.MaxValue);
            }
            if (digit == position || digit == line.Length || line[digit] != (byte)':')
            {
                return $"{NumberText.Show(Token(line, position))} is not index:value.";
            }
            bool isInRange = index > previous && index <= _largestIndexAllowed;
            if (!isInRange) return ProblemOfIndex(line, position, index, previous);
            int start = digit + 1, end = start;
            while (end < line.Length && !IsSpace(line[end])) end++;
            if (!NumberText.TryParse(line[start..end], out float value) || !float.IsFinite(value))
            {
                position = start;
                return $"the value {NumberText.Show(line[start..end])} of feature {index} is not a finite 32-bit " +
                    "number.";
            }
            columns.Add((int)index - 1);
            values.Add(value);
            previous = (int)index;
            position = end;
        }
    }

    private string ProblemOfIndex(ReadOnlySpan<byte> line, int position, long index, int previous)
    {
        string shown = NumberText.Show(Token(line, position));
        if (index == 0) return $"index 0 in {shown}: indices begin at 1.";
        if (index == previous) return $"index {index} in {shown} is a duplicate: each may occur once a row.";
        if (index < previous) return $"index {index} in {shown} comes after {previous}: indices must ascend.";
        return $"index in {shown} is beyond {Sizes.Text(_largestIndexAllowed)}, {_indexLimit}.";
    }
}
