using System.Buffers.Binary;
using ClusterGd.Core.Data;
using ClusterGd.Core.Jobs;
using ClusterGd.Core.Options;
using ClusterGd.Data.Input;

namespace ClusterGd.Data.Reading;

/// <summary>
/// Reads IDX files (two zero bytes, an element type, the number of dimensions, their sizes and the elements, all
/// big-endian): the first dimension is the row, the others are its features; labels have one dimension.
/// </summary>
internal static class IdxReader
{
    private const int UnsignedByte = 8, SignedByte = 9, Int16 = 0xB, Int32 = 0xC, Single = 0xD, Double = 0xE;

    public static GridData Read(DataSource source, TargetKind kind)
    {
        using var file = new IdxFile(source.Path);
        long features = FeaturesOf(source, file);
        using var labels = OpenLabels(source, kind, file.Sizes[0]);
        var targets = new RawTargets(source.Path, kind, 1);
        labels?.AddTo(targets, 0, file.Sizes[0]);
        labels?.CheckEnd();
        long length = file.Sizes[0] * features;
        if (length > Array.MaxLength)
        {
            throw new InputException(
                $"{source.Path}: {file.Shape} are {Sizes.Text(length)} values, and at most " +
                $"{Sizes.Text(Array.MaxLength)} can be held: use a part of it.");
        }
        file.CheckLength(length);
        var data = ReadRows(source, file, targets, 0, file.Sizes[0], (int)features);
        file.CheckEnd();
        if (source.Weights is null) return data;
        data.Weights = Growable<double>.Of(WeightsOf(source, data.Count));
        return data;
    }

    /// <summary>Gives the rows in parts of at most so many.</summary>
    /// <inheritdoc cref="Read"/>
    public static void ReadParts(DataSource source, TargetKind kind, int rowsMax, Action<GridData> take)
    {
        using var file = new IdxFile(source.Path);
        long features = FeaturesOf(source, file);
        using var labels = OpenLabels(source, kind, file.Sizes[0]);
        file.CheckLength(file.Sizes[0] * features);
        double[]? weights = source.Weights is null ? null : WeightsOf(source, file.Sizes[0]);
        for (int first = 0; first < file.Sizes[0]; first += rowsMax)
        {
            int count = Math.Min(rowsMax, file.Sizes[0] - first);
            var targets = new RawTargets(source.Path, kind, 1);
            labels?.AddTo(targets, first, count);
            var data = ReadRows(source, file, targets, first, count, (int)features);
            if (weights is not null) data.Weights = Growable<double>.Of(weights[first..(first + count)]);
            take(data);
        }
        file.CheckEnd();
        labels?.CheckEnd();
    }

    private static double[] WeightsOf(DataSource source, int rows)
    {
        double[] weights = RowWeights.Read(source.Weights!);
        RowWeights.CheckCount(source, weights.Length, rows);
        return weights;
    }

    private static long FeaturesOf(DataSource source, IdxFile file)
    {
        long features = 1;
        foreach (int size in file.Sizes.AsSpan(1)) features = Math.Min(features * size, long.MaxValue >> 32);
        if (features == 0 || file.Sizes[0] == 0)
        {
            throw new InputException(
                $"{source.Path}: there is no value in it ({file.Shape}): it must hold at least one row.");
        }
        Sizes.CheckFeatures(source.Path, features);
        return features;
    }

    private static GridData ReadRows(
        DataSource source, IdxFile file, RawTargets targets, int first, int count, int features)
    {
        bool isBytes = file.Type == UnsignedByte;
        byte[]? bytes = isBytes ? file.ReadBytes(count * features) : null;
        // A float has the digits of every type but these two, whose small differences a mean may bring out.
        bool isWide = file.Type is Int32 or Double && (source.Standardize || source.Scale != 1);
        double[]? doubles = isWide ? Finite(source.Path, file, first, count, features, x => x) : null;
        float[]? floats = isBytes || isWide ? null
            : Finite(source.Path, file, first, count, features, x => (float)x);
        return new GridData(source.Path, targets, count, features, bytes, floats, doubles, first);
    }

    /// <summary>Elements, in memory that grows as they come: the header of a compressed file may lie.</summary>
    private static T[] Finite<T>(
        string path, IdxFile file, int first, int count, int features, Func<double, T> convert)
    {
        int length = count * features;
        var numbers = new Growable<T>(Math.Min(length, 1 << 22));
        for (int i = 0; i < length; i++)
        {
            double number = file.ReadNumber();
            numbers.Add(convert(number));
            if (float.IsFinite((float)number)) continue;
            throw new InputException(
                $"{path}: record {first + i / features + 1}, value {i % features + 1} is not a finite 32-bit number: " +
                "mend the file.");
        }
        return numbers.Take();
    }

    /// <summary>The labels' file, which has as many as there are rows; null where no label is read.</summary>
    private static IdxFile? OpenLabels(DataSource source, TargetKind kind, int count)
    {
        if (kind == TargetKind.None) return null;
        if (source.Labels is not { } path)
        {
            throw new InputException($"{source.Path}: labels are needed and an idx file has none: state labels: FILE.");
        }
        if (kind == TargetKind.Labels)
        {
            throw new InputException(
                $"{source.Path}: several labels a row (loss multiLabel) are read from libsvm, csv and parquet files, " +
                "not from idx: convert it, or use softmax.");
        }
        var file = new IdxFile(path);
        if (file.Sizes.Length != 1)
        {
            throw new InputException(
                $"{path}: labels have one dimension, and this file is {file.Shape}: name the labels' file.");
        }
        if (file.Sizes[0] != count)
        {
            throw new InputException(
                $"{path} has {Sizes.Text(file.Sizes[0])} labels, but {source.Path} has {Sizes.Text(count)} rows: " +
                "give files that belong together.");
        }
        file.CheckLength(count);
        return file;
    }

    /// <summary>The header of a file and its elements one after the other.</summary>
    private sealed class IdxFile : IDisposable
    {
        private readonly string _path;
        private readonly Stream _stream;
        private readonly byte[] _buffer = new byte[64 * 1024];
        private int _first, _end;
        private long _read;

        public IdxFile(string path)
        {
            _path = path;
            _stream = InputFile.Open(path);
            var magic = Take(4);
            Type = magic[2];
            int dimensions = magic[3];
            if (magic[0] != 0 || magic[1] != 0 || WidthOf(Type) == 0 || dimensions is 0 or > 8)
            {
                throw new InputException(
                    $"{path} is no idx file: it begins with {Convert.ToHexStringLower(magic)}, not 00 00, a type " +
                    "(08, 09, 0b … 0e) and 1 to 8 dimensions.");
            }
            Sizes = new int[dimensions];
            for (int i = 0; i < dimensions; i++) Sizes[i] = BinaryPrimitives.ReadInt32BigEndian(Take(4));
            if (Sizes.Any(s => s < 0))
            {
                throw new InputException($"{path}: the header has a size beyond 2,147,483,647: mend it.");
            }
        }

        public int Type { get; }

        public int[] Sizes { get; }

        public string Shape => string.Join(" x ", Sizes.Select(s => Input.Sizes.Text(s)));

        /// <summary>Refuses a header that promises more than a plain file holds, before memory is taken.</summary>
        public void CheckLength(long elements)
        {
            if (!_stream.CanSeek) return;
            long needed = 4 + 4L * Sizes.Length + elements * WidthOf(Type);
            if (needed > _stream.Length) throw CutOff(_stream.Length);
        }

        /// <summary>All elements of a file of bytes. Grows as they come, so a header cannot ask for more
        /// than there is.</summary>
        public byte[] ReadBytes(int length)
        {
            var bytes = new Growable<byte>(Math.Min(length, 1 << 22));
            while (bytes.Count < length)
            {
                int count = Math.Min(length - bytes.Count, _end - _first);
                if (count > 0)
                {
                    _buffer.AsSpan(_first, count).CopyTo(bytes.Append(count));
                    _first += count;
                    _read += count;
                }
                else Refill(length - bytes.Count);
            }
            return bytes.Take();
        }

        /// <summary>Reads labels, the first of which is that of row <paramref name="first"/>.</summary>
        public void AddTo(RawTargets targets, int first, int count)
        {
            for (int i = 0; i < count; i++)
            {
                double label = ReadNumber();
                if (!float.IsFinite((float)label))
                {
                    throw new InputException($"{_path}: label {first + i + 1} is not finite: mend the file.");
                }
                if (targets.Kind == TargetKind.Number) targets.Numbers.Add((float)label);
                else targets.Codes.Add(targets.Labels.CodeOf(label));
            }
        }

        public double ReadNumber()
        {
            var bytes = Take(WidthOf(Type));
            return Type switch
            {
                UnsignedByte => bytes[0],
                SignedByte => (sbyte)bytes[0],
                Int16 => BinaryPrimitives.ReadInt16BigEndian(bytes),
                Int32 => BinaryPrimitives.ReadInt32BigEndian(bytes),
                Single => BinaryPrimitives.ReadSingleBigEndian(bytes),
                _ => BinaryPrimitives.ReadDoubleBigEndian(bytes),
            };
        }

        public void CheckEnd()
        {
            if (_first < _end || _stream.Read(_buffer, 0, 1) > 0)
            {
                throw new InputException(
                    $"{_path}: the file goes on after the {Shape} values that its header promises: use an unchanged " +
                    "file.");
            }
        }

        public void Dispose() => _stream.Dispose();

        private static int WidthOf(int type) => type switch
        {
            UnsignedByte or SignedByte => 1,
            Int16 => 2,
            Int32 or Single => 4,
            Double => 8,
            _ => 0,
        };

        private ReadOnlySpan<byte> Take(int count)
        {
            if (_end - _first < count) Refill(count);
            _first += count;
            _read += count;
            return _buffer.AsSpan(_first - count, count);
        }

        private void Refill(int wanted)
        {
            _buffer.AsSpan(_first, _end - _first).CopyTo(_buffer);
            _end -= _first;
            _first = 0;
            while (_end < Math.Min(wanted, _buffer.Length))
            {
                int count = _stream.Read(_buffer, _end, _buffer.Length - _end);
                if (count == 0) throw CutOff(_read + _end);
                _end += count;
            }
        }

        private InputException CutOff(long bytes) => new(Sizes is null || Sizes.Contains(0)
            ? $"{_path}: the file ends in its header: copy or download it again."
            : $"{_path}: the header promises {Shape} values, and the file ends after " +
                $"{Input.Sizes.Text(bytes)} bytes: copy or download it again.");
    }
}
