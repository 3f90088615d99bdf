using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Runtime.CompilerServices;
using ClusterGd.Core.Data;
using ClusterGd.Core.Jobs;
using ClusterGd.Core.Options;
using ClusterGd.Data.Input;

namespace ClusterGd.Data.Reading;

/// <summary>
/// Reads LIBSVM text: <c>label qid:group index:value index:value …</c> a line, indices ascending, <c>#</c> begins a
/// comment, blank lines are skipped, a label alone is a row of zeros. Works on bytes, makes no string for a good row.
/// </summary>
internal sealed class LibSvmReader
{
    private const int TextHeadBytes = 4096, BadRowsShown = 5;

    private readonly string _path;
    private readonly TargetKind _kind;
    private readonly BadRows _bad;
    private readonly IndexPlan _plan;
    private readonly HashedRow? _hashed;
    private readonly ulong _first, _last;
    private readonly string _limit;
    private readonly double[]? _weights;

    private SparseData _data;
    private LabelReader _labels;

    // Lines that are rows, good or bad, so far.
    private int _row;

    private LibSvmReader(DataSource source, IndexPlan plan, TargetKind kind, BadRows bad)
    {
        (_path, _plan, _kind, _bad) = (source.Path, plan, kind, bad);
        _weights = source.Weights is null ? null : RowWeights.Read(source.Weights);
        Begin();
        _hashed = plan.HashBuckets > 0 ? new HashedRow(plan.HashBuckets) : null;
        int most = source.Features > 0 ? source.Features : plan.FeaturesMax;
        _first = _hashed is not null ? 0 : (ulong)(plan.Base ?? 0);
        _last = _hashed is not null ? ulong.MaxValue : (ulong)(most - 1 + (plan.Base ?? 1));
        _limit = source.Features > 0
            ? $"features is {Sizes.Text(source.Features)}"
            : $"at most {Sizes.Text(Sizes.FeaturesMax)} features are allowed, so hash the indices into fewer, for " +
                "example hashBuckets: 1048576";
    }

    /// <param name="kind">How labels are read; <see cref="TargetKind.None"/> lets them be absent too.</param>
    /// <exception cref="InputException">The file cannot be used.</exception>
    public static SparseData Read(DataSource source, IndexPlan plan, TargetKind kind, BadRows bad)
    {
        using var stream = new PeekedInput(InputFile.Open(source.Path), TextHeadBytes);
        RefuseBinary(source.Path, stream.Head);
        var reader = new LibSvmReader(source, plan, kind, bad);
        var data = reader._data;
        var lines = new LineReader(source.Path, stream);
        while (lines.TryRead(out var line)) reader.ReadLine(line, lines.Line);
        bad.Finish();
        if (reader._weights is { } weights) RowWeights.CheckCount(source, weights.Length, reader._row);
        if (data.Count > 0) return data;
        throw new InputException(
        [
            $"{source.Path}: there is no {(bad.Rows.Count > 0 ? "good row" : "row")} in it: it must hold at least one.",
            .. bad.Rows.Take(BadRowsShown).Select(row => row.ToString()),
        ]);
    }

    /// <summary>Whether a line begins with several labels.</summary>
    public static bool HasSeveralLabels(string path)
    {
        using var stream = InputFile.Open(path);
        var lines = new LineReader(path, stream);
        while (lines.TryRead(out var line))
        {
            var label = Token(line, SkipSpace(line, 0));
            if (label.Contains((byte)',') && !label.Contains((byte)':') && !label.Contains((byte)'#')) return true;
        }
        return false;
    }

    private static void RefuseBinary(string path, ReadOnlySpan<byte> head)
    {
        int control = 0;
        foreach (byte b in head) control += b < 32 && b is not ((byte)'\t' or (byte)'\n' or (byte)'\r') ? 1 : 0;
        if (control == 0) return;
        throw new InputException(
            $"{path} is no text ({Sizes.Text(control)} control characters in its first {Sizes.Text(head.Length)} " +
            "bytes): name a libsvm file, or state the format of this one (format).");
    }

    /// <summary>Gives the rows in parts, each of about so many rows, good and bad ones together.</summary>
    /// <inheritdoc cref="Read"/>
    public static void ReadParts(
        DataSource source, IndexPlan plan, TargetKind kind, BadRows bad, int rowsMax, Action<SparseData> take)
    {
        using var stream = new PeekedInput(InputFile.Open(source.Path), TextHeadBytes);
        RefuseBinary(source.Path, stream.Head);
        var lines = new LineReader(source.Path, stream);
        var reader = new LibSvmReader(source, plan, kind, bad);
        while (lines.TryRead(out var line))
        {
            reader.ReadLine(line, lines.Line);
            if (reader._data.Count + bad.Waiting < rowsMax) continue;
            take(reader._data);
            reader.Begin();
        }
        if (reader._weights is { } weights) RowWeights.CheckCount(source, weights.Length, reader._row);
        take(reader._data);
    }

    /// <summary>What is read from now on goes to rows of their own.</summary>
    [MemberNotNull(nameof(_data), nameof(_labels))]
    private void Begin()
    {
        _data = new SparseData(_path, new RawTargets(_path, _kind, 1), _plan.Base ?? 0);
        _data.Starts.Add(0);
        _labels = new LabelReader(_data.Targets);
        if (_weights is not null) _data.Weights = new Growable<double>();
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
        int position = number == 1 && line.StartsWith("\uFEFF"u8) ? 3 : 0;
        int comment = line.IndexOf((byte)'#');
        if (comment >= 0) line = line[..comment];
        position = SkipSpace(line, Math.Min(position, line.Length));
        if (position == line.Length) return;

        int before = _data.Values.Count;
        _row++;
        var label = Token(line, position);
        bool hasLabel = !label.Contains((byte)':'), hasGroup = false;
        string? problem = _labels.Check(label, hasLabel);
        if (problem is null)
        {
            if (hasLabel) position += label.Length;
            problem = ReadGroup(line, ref position, out hasGroup) ?? ReadFeatures(line, ref position);
        }
        if (problem is not null)
        {
            _data.Columns.Count = _data.Values.Count = before;
            _hashed?.Clear();
            _bad.Add(number, position + 1, problem);
            return;
        }
        _hashed?.MoveTo(_data.Columns, _data.Values);
        _data.EndRow(before, number);
        _labels.EndRow(hasLabel ? label : default);
        if (hasGroup) _data.GroupRows++;
        if (_weights is not null) _data.Weights!.Add(_row <= _weights.Length ? _weights[_row - 1] : 0);
    }

    /// <summary>Reads over a query of a ranking file, which stands before the features.</summary>
    private string? ReadGroup(ReadOnlySpan<byte> line, ref int position, out bool hasGroup)
    {
        int start = SkipSpace(line, position);
        var token = Token(line, start);
        hasGroup = token.StartsWith("qid:"u8);
        if (!hasGroup) return null;
        if (!_plan.IgnoresGroups)
        {
            position = start;
            return $"{NumberText.Show(token)} is the query that a row of a ranking file belongs to, and no ranking " +
                "loss is there to use it: leave it out with group: ignore, or remove it.";
        }
        position = start + token.Length;
        return null;
    }

    /// <summary>Appends the features of a line; on a problem, <paramref name="position"/> is where it lies.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)] // A file is read once: there is no time to warm up.
    private string? ReadFeatures(ReadOnlySpan<byte> line, ref int position)
    {
        var columns = _data.Columns;
        var values = _data.Values;
        ulong next = _first, shift = (ulong)_data.IndexBase;
        while (true)
        {
            position = SkipSpace(line, position);
            if (position == line.Length) return null;
            int digit = position;
            ulong index = 0;
            for (; digit < line.Length && (uint)(line[digit] - '0') <= 9; digit++)
            {
                index = index * 10 + (uint)(line[digit] - '0');
            }
            if (digit == position || digit == line.Length || line[digit] != (byte)':')
            {
                return $"{NumberText.Show(Token(line, position))} is not index:value.";
            }
            // Twenty digits may pass 64 bits.
            bool isBeyond = digit - position > 19 && !ulong.TryParse(
                line[position..digit], NumberStyles.None, CultureInfo.InvariantCulture, out index);
            if (isBeyond || index < next || index > _last) return ProblemOfIndex(line, position, index, isBeyond, next);
            int start = digit + 1, end = start;
            while (end < line.Length && !IsSpace(line[end])) end++;
            if (!NumberText.TryParse(line[start..end], out float value) || !float.IsFinite(value))
            {
                position = start;
                return $"the value {NumberText.Show(line[start..end])} of feature {index} is not a finite 32-bit " +
                    "number.";
            }
            if (_hashed is not null) _hashed.Add(index, value);
            else
            {
                columns.Add((int)(index - shift));
                values.Add(value);
            }
            // Of the largest index nothing comes after: then the next must exceed it, which none can.
            next = index + 1;
            if (next == 0) return SkipSpace(line, end) == line.Length ? null : "no index comes after the largest.";
            position = end;
        }
    }

    private string ProblemOfIndex(ReadOnlySpan<byte> line, int position, ulong index, bool isBeyond, ulong next)
    {
        string shown = NumberText.Show(Token(line, position));
        if (isBeyond) return $"index in {shown} is beyond {ulong.MaxValue}, the largest that can be read.";
        if (index == 0 && _first == 1)
        {
            return $"index 0 in {shown}: indices begin at 1. Where the file counts from 0, state indexBase: 0 (or " +
                "auto) for the training file.";
        }
        if (index > _last) return $"index in {shown} is beyond {Sizes.Text((long)_last)}: {_limit}.";
        if (index + 1 == next) return $"index {index} in {shown} is a duplicate: each may occur once a row.";
        return $"index {index} in {shown} comes after {next - 1}: indices must ascend.";
    }
}
