using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;
using ClusterGd.Core.Data;
using ClusterGd.Core.Options;

namespace ClusterGd.Data;

/// <summary>
/// How the columns of a file become features and targets, as fitted on the training rows: what is needed to read
/// other rows for the same model. A feature is (x / Scale - mean) / deviation, of a number; categories are 0 or 1.
/// </summary>
public sealed record DataEncoding
{
    /// <summary><c>libsvm</c>, <c>csv</c>, <c>parquet</c> or <c>idx</c>: the format of the training file.</summary>
    public required string Format { get; init; }

    public required DataSchema Schema { get; init; }

    /// <summary>
    /// Whether rows are made sparse: where the training rows store less than half of their values, since a stored
    /// value takes 8 bytes there and 4 in dense rows, whose kernels are faster. All rows of a model have one form.
    /// </summary>
    public required bool IsSparse { get; init; }

    /// <summary>Numbers are divided by this before anything else; 1 for none.</summary>
    public double Scale { get; init; } = 1;

    /// <summary>Tables: the columns of the training file in order.</summary>
    public ImmutableArray<ColumnEncoding> Columns { get; init; } = [];

    /// <summary>Tables: whether the training file named its columns, so that others are matched by name.</summary>
    public bool HasHeader { get; init; }

    /// <summary>Tables: <c>error</c>, <c>mean</c> or a number, as the job has it.</summary>
    public string Missing { get; init; } = "error";

    /// <summary>Tables: the decimal mark of numbers in text; null for a point.</summary>
    public string? Decimal { get; init; }

    /// <summary>Tables: the mark between thousands of numbers in text; null for none.</summary>
    public string? Thousands { get; init; }

    /// <summary>Tables: words for a missing value in any column.</summary>
    public ImmutableArray<string> MissingTokens { get; init; } = [];

    /// <summary>
    /// Tables: features of the hashed categories, after all others; 0 where they are one-hot. LIBSVM: features that
    /// indices are hashed into; 0 where each has its own.
    /// </summary>
    public int HashBuckets { get; init; }

    /// <summary>LIBSVM: whether features are counted from 0, as stated or as the training rows show it.</summary>
    public bool CountsFromZero { get; init; }

    /// <summary>LIBSVM: the index of the first feature.</summary>
    [JsonIgnore]
    public int IndexBase => CountsFromZero ? 0 : 1;

    /// <summary>LIBSVM: <c>ignore</c> where the group of a row is read over; else null.</summary>
    public string? Group { get; init; }

    /// <summary>Means to subtract, one a feature; empty where features are not standardised.</summary>
    public ImmutableArray<double> Means { get; init; } = [];

    /// <summary>Deviations to divide by, one a feature, 1 for a constant one; empty as the means are.</summary>
    public ImmutableArray<double> Deviations { get; init; } = [];

    internal static bool IsBetterSparse(long stored, long values) => stored * 2 < values;

    public string ToJson() => JsonSerializer.Serialize(this, DataEncodingJson.Default.DataEncoding);

    /// <exception cref="InputException">The text is no encoding that rows could be read with.</exception>
    public static DataEncoding FromJson(string json)
    {
        DataEncoding? encoding;
        try
        {
            encoding = JsonSerializer.Deserialize(json, DataEncodingJson.Default.DataEncoding);
        }
        catch (Exception e) when (e is JsonException or NotSupportedException or InvalidOperationException)
        {
            throw new InputException($"The data encoding cannot be read ({e.Message}): take it from a run folder.");
        }
        if (encoding is null) throw new InputException("The data encoding is null: take it from a run folder.");
        encoding = EncodingChecks.Complete(encoding);
        string[] problems = [.. EncodingChecks.Problems(encoding)];
        if (problems.Length == 0) return encoding;
        throw new InputException(
            [.. problems.Select(p => $"The data encoding is damaged: {p}: take it from its run folder, unchanged.")]);
    }
}
