using System.Globalization;
using ClusterGd.Core.Data;
using ClusterGd.Core.Jobs;
using ClusterGd.Core.Options;
using ClusterGd.Data.Describing;
using ClusterGd.Data.Input;
using Parquet;
using Parquet.Schema;

namespace ClusterGd.Data.Reading;

/// <summary>
/// Reads Parquet files of plain columns: numbers, booleans (0 and 1) and strings, which are treated as those of CSV.
/// Columns of other types must be ignored. A null is a missing value.
/// </summary>
internal sealed class ParquetTable : IDisposable
{
    // A page of equal values takes some bytes whatever their number is; pages have some 20,000 rows.
    private const long RowsPerByteMax = 1 << 16;

    private readonly DataSource _source;
    private readonly Stream _stream;
    private readonly ParquetReader _reader;
    private readonly DataField[] _fields;

    public ParquetTable(DataSource source)
    {
        _source = source;
        // The format is read from its end, and compressed within: a gzip file around it is unpacked into memory.
        var content = InputFile.Open(source.Path);
        _stream = new ParquetStream(content.CanSeek ? content : Unpack(content));
        (_reader, _fields) = Guard(Open);
        TablePlan.CheckColumns(source.Path, _fields.Length);
        Names = [.. _fields.Select(f => f.Path.ToString())];
    }

    public string[] Names { get; }

    // The schema is read when it is asked for, and may be what is damaged.
    private (ParquetReader Reader, DataField[] Fields) Open()
    {
        ParquetFooter.Check(_stream);
        var reader = Wait(ParquetReader.CreateAsync(_stream));
        return (reader, reader.Schema.GetDataFields());
    }

    public bool IsReadable(int column) => CanRead(_fields[column]);

    public bool IsTextAt(int column) => IsText(_fields[column]);

    /// <exception cref="InputException">The file cannot be used.</exception>
    public TableData Read(TablePlan plan, TargetKind kind, BadRows bad)
    {
        var builder = new TableBuilder(_source.Path, plan, kind, bad);
        TableData? data = null;
        Read(plan, kind, builder, () => { }, () => data = builder.Finish());
        return data!;
    }

    /// <summary>Gives the rows in parts, each of about so many rows, good and bad ones together.</summary>
    public void ReadParts(TablePlan plan, TargetKind kind, BadRows bad, int rowsMax, Action<TableData> take)
    {
        var builder = new TableBuilder(_source.Path, plan, kind, bad);
        Read(plan, kind, builder, () =>
        {
            if (builder.Count + bad.Waiting >= rowsMax) take(builder.Take());
        }, () => take(builder.Take()));
    }

    private void Read(TablePlan plan, TargetKind kind, TableBuilder builder, Action rowIsOver, Action finish)
    {
        using (this)
        {
            PlannedColumn[] columns = [.. plan.Columns.Where(c => c.Role != ColumnRole.Ignored && c.Index >= 0)];
            CheckTypes(columns);
            try
            {
                ReadRows(columns, kind, builder, rowIsOver);
                finish();
            }
            catch (InputException refused) when (builder.HasWords && plan.IsTraining)
            {
                var profiles = new ParquetTable(_source).Profile();
                throw WordAdvice.Explain(refused, _source, plan, profiles, kind, isCommaBetween: false);
            }
        }
    }

    /// <summary>What each column holds; nothing is counted of those that cannot be read.</summary>
    public ColumnProfile[] Profile()
    {
        using (this)
        {
            var columns = ColumnProfile.New(Names);
            for (int group = 0; group < _reader.RowGroupCount; group++)
            {
                int index = group;
                for (int c = 0; c < columns.Length; c++)
                {
                    if (!CanRead(_fields[c])) continue;
                    var field = _fields[c];
                    foreach (string? cell in Guard(() => ReadWords(index, field))) columns[c].Add(cell.AsSpan().Trim());
                }
            }
            return columns;
        }
    }

    public void Dispose()
    {
        Wait(_reader.DisposeAsync());
        _stream.Dispose();
    }

    private void CheckTypes(PlannedColumn[] columns)
    {
        string[] problems =
        [
            .. columns.Where(c => !CanRead(_fields[c.Index])).Select(c =>
                $"{_source.Path}: column '{c.Name}' is of type {_fields[c.Index].ClrType.Name}"
                + $"{(IsNested(_fields[c.Index]) ? " inside a list or group" : "")}, and only numbers, booleans and " +
                    "strings "
                + $"can be read: add ignore: [{c.Name}]."),
        ];
        if (problems.Length > 0) throw new InputException([.. problems]);
    }

    private static bool IsNested(DataField field) => field.MaxRepetitionLevel > 0 || field.Path.Length > 1;

    private static bool CanRead(DataField field) => !IsNested(field) && (IsText(field)
        || field.ClrType == typeof(bool) || field.ClrType == typeof(decimal) || field.ClrType.IsPrimitive);

    private static bool IsText(DataField field) =>
        field.ClrType == typeof(string) || field.ClrType == typeof(ReadOnlyMemory<char>);

    private void ReadRows(PlannedColumn[] columns, TargetKind kind, TableBuilder builder, Action rowIsOver)
    {
        long record = 0;
        for (int group = 0; group < _reader.RowGroupCount; group++)
        {
            int index = group;
            var (rows, cells) = Guard(() => ReadGroup(index, columns, kind));
            for (int row = 0; row < rows; row++)
            {
                builder.BeginRow(++record);
                for (int c = 0; c < columns.Length; c++)
                {
                    if (cells[c] is string?[] texts) builder.Add(columns[c], texts[row].AsSpan());
                    else builder.Add(columns[c], ((double[])cells[c])[row]);
                }
                builder.EndRow();
                rowIsOver();
            }
        }
    }

    private (int Rows, Array[] Cells) ReadGroup(int group, PlannedColumn[] columns, TargetKind kind)
    {
        using var reader = _reader.OpenRowGroupReader(group);
        int rows = Rows(reader, columns.Select(c => _fields[c.Index]));
        var cells = new Array[columns.Length];
        for (int c = 0; c < columns.Length; c++)
        {
            // A double has too few digits for long ids: what is a word to training stays as the file has it.
            bool isWord = columns[c].Role == ColumnRole.Category
                || (columns[c].Role == ColumnRole.Target && kind is TargetKind.BinaryClass or TargetKind.Class);
            var field = _fields[columns[c].Index];
            cells[c] = IsText(field) ? Strings(reader, field, rows)
                : isWord ? Words(reader, field, rows) : Numbers(reader, field, rows);
        }
        return (rows, cells);
    }

    private string?[] ReadWords(int group, DataField field)
    {
        using var reader = _reader.OpenRowGroupReader(group);
        int rows = Rows(reader, [field]);
        return IsText(field) ? Strings(reader, field, rows) : Words(reader, field, rows);
    }

    /// <summary>
    /// The rows of a group. A footer of a few bytes may promise any number of them, for which memory would be taken;
    /// and where a column has fewer, the library gives back what lay in the memory before.
    /// </summary>
    private int Rows(ParquetRowGroupReader group, IEnumerable<DataField> fields)
    {
        long rows = group.RowCount;
        if (rows > RowsPerByteMax * _stream.Length)
        {
            throw new InvalidDataException(
                $"{Sizes.Text(rows)} rows in {Sizes.Text(_stream.Length)} bytes cannot be true");
        }
        foreach (var field in fields)
        {
            long? values = group.GetMetadata(field)?.MetaData?.NumValues;
            if (values != rows)
            {
                throw new InvalidDataException(
                    $"column '{field.Path}' has {values ?? 0} values where there are {rows} rows");
            }
        }
        return checked((int)rows);
    }

    private static string?[] Strings(ParquetRowGroupReader reader, DataField field, int rows)
    {
        var texts = new string?[rows];
        Wait(reader.ReadAsync(field, texts.AsMemory()!));
        return texts;
    }

    private static string?[] Words(ParquetRowGroupReader reader, DataField field, int rows)
    {
        var type = field.ClrType;
        if (type == typeof(bool)) return Convert<bool, string?>(reader, field, rows, x => x ? "1" : "0", null);
        if (type == typeof(float)) return Words<float>(reader, field, rows);
        if (type == typeof(double)) return Words<double>(reader, field, rows);
        if (type == typeof(decimal)) return Words<decimal>(reader, field, rows);
        if (type == typeof(byte)) return Words<byte>(reader, field, rows);
        if (type == typeof(sbyte)) return Words<sbyte>(reader, field, rows);
        if (type == typeof(short)) return Words<short>(reader, field, rows);
        if (type == typeof(ushort)) return Words<ushort>(reader, field, rows);
        if (type == typeof(int)) return Words<int>(reader, field, rows);
        if (type == typeof(uint)) return Words<uint>(reader, field, rows);
        if (type == typeof(long)) return Words<long>(reader, field, rows);
        if (type == typeof(ulong)) return Words<ulong>(reader, field, rows);
        throw new InvalidDataException($"column '{field.Name}' of type {type.Name}");
    }

    private static string?[] Words<T>(ParquetRowGroupReader reader, DataField field, int rows)
        where T : struct, IFormattable =>
        Convert<T, string?>(reader, field, rows, x =>
        {
            string text = x.ToString(null, CultureInfo.InvariantCulture);
            return text is "NaN" ? null : text;
        }, null);

    private static Array Numbers(ParquetRowGroupReader reader, DataField field, int rows)
    {
        var type = field.ClrType;
        if (type == typeof(bool)) return Numbers<bool>(reader, field, rows, x => x ? 1 : 0);
        if (type == typeof(float)) return Numbers<float>(reader, field, rows, x => x);
        if (type == typeof(double)) return Numbers<double>(reader, field, rows, x => x);
        if (type == typeof(decimal)) return Numbers<decimal>(reader, field, rows, x => (double)x);
        if (type == typeof(byte)) return Numbers<byte>(reader, field, rows, x => x);
        if (type == typeof(sbyte)) return Numbers<sbyte>(reader, field, rows, x => x);
        if (type == typeof(short)) return Numbers<short>(reader, field, rows, x => x);
        if (type == typeof(ushort)) return Numbers<ushort>(reader, field, rows, x => x);
        if (type == typeof(int)) return Numbers<int>(reader, field, rows, x => x);
        if (type == typeof(uint)) return Numbers<uint>(reader, field, rows, x => x);
        if (type == typeof(long)) return Numbers<long>(reader, field, rows, x => x);
        if (type == typeof(ulong)) return Numbers<ulong>(reader, field, rows, x => x);
        throw new InvalidDataException($"column '{field.Name}' of type {type.Name}");
    }

    private static double[] Numbers<T>(ParquetRowGroupReader reader, DataField field, int rows, Func<T, double> convert)
        where T : struct =>
        Convert(reader, field, rows, convert, double.NaN);

    private static TCell[] Convert<T, TCell>(
        ParquetRowGroupReader reader, DataField field, int rows, Func<T, TCell> convert, TCell missing)
        where T : struct
    {
        var cells = new TCell[rows];
        if (!field.IsNullable)
        {
            var plain = new T[rows];
            Wait(reader.ReadAsync(field, plain.AsMemory()));
            for (int i = 0; i < rows; i++) cells[i] = convert(plain[i]);
            return cells;
        }
        var values = new T?[rows];
        Wait(reader.ReadAsync(field, values.AsMemory()));
        for (int i = 0; i < rows; i++) cells[i] = values[i] is { } value ? convert(value) : missing;
        return cells;
    }

    private static MemoryStream Unpack(Stream stream)
    {
        using (stream)
        {
            var memory = new MemoryStream();
            stream.CopyTo(memory);
            memory.Position = 0;
            return memory;
        }
    }

    /// <summary>
    /// The reader throws what its parts throw where bytes are damaged (index, format, overflow …), also that there is
    /// no memory for a length that was never true: every one of them means the same to a user.
    /// </summary>
    private T Guard<T>(Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception e) when (e is not InputException)
        {
            throw new InputException(
                $"{_source.Path} is no whole parquet file ({e.Message.TrimEnd('.')}): write or download it again.");
        }
    }

    // The file is local and the caller is synchronous: the tasks of the library complete without another thread.
    private static T Wait<T>(Task<T> task) => task.GetAwaiter().GetResult();

    private static void Wait(ValueTask task) => task.AsTask().GetAwaiter().GetResult();
}
