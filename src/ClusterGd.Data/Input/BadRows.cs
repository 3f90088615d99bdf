using System.Collections.Immutable;
using ClusterGd.Core.Options;

namespace ClusterGd.Data.Input;

/// <summary>
/// Collects the bad rows of one file. Under <c>fail</c> the load ends with the first of them, listed together; under
/// <c>quarantine</c> it goes on until there are too many. One owner, one thread.
/// </summary>
internal sealed class BadRows(string path, string onBadRow, int max)
{
    public const string Fail = "fail", Quarantine = "quarantine";

    private const int ListedMax = 10;
    private readonly List<BadRow> _rows = [];

    /// <summary>Rows that lack a value and are left out for it, under any policy.</summary>
    private readonly List<BadRow> _skipped = [];

    public IReadOnlyList<BadRow> Rows => _rows;

    /// <summary>Whether a row that lacks a value is left out rather than bad.</summary>
    public bool SkipsMissing { get; init; }

    /// <summary>Rows that are told next, by <see cref="Take"/>.</summary>
    public int Waiting => _rows.Count + _skipped.Count;

    /// <param name="lacksValue">Whether a missing value is all that is wrong.</param>
    /// <exception cref="InputException">Enough has been seen.</exception>
    public void Add(long line, int column, string reason, bool lacksValue = false)
    {
        var row = new BadRow(path, line, column, reason);
        if (lacksValue && SkipsMissing)
        {
            _skipped.Add(row with { LacksValue = true });
            return;
        }
        _rows.Add(row);
        if (onBadRow == Fail && _rows.Count == ListedMax) Finish();
        if (onBadRow == Quarantine && _rows.Count > max) ThrowTooMany(_rows, max);
    }

    /// <exception cref="InputException">There is a bad row and the job does not allow any.</exception>
    public void Finish()
    {
        if (onBadRow != Fail || _rows.Count == 0) return;
        string which = _rows.Count switch
        {
            1 => "the row",
            ListedMax => $"these first {ListedMax} rows and those after them",
            _ => "these rows",
        };
        throw new InputException(
        [
            .. _rows.Select(r => r.ToString()),
            $"Mend {which}, or let train and evaluate leave out up to data.badRowsMax: data.onBadRow: quarantine.",
        ]);
    }

    /// <summary>The rows since the last call, in the order of the file, which are forgotten here.</summary>
    /// <exception cref="InputException">There is a bad row and the policy does not allow any.</exception>
    public ImmutableArray<BadRow> Take()
    {
        Finish();
        ImmutableArray<BadRow> taken = [.. _rows.Concat(_skipped).OrderBy(row => row.Line)];
        _rows.Clear();
        _skipped.Clear();
        return taken;
    }

    /// <summary>The rows of all files of a load, whose number together may not pass the limit.</summary>
    public static ImmutableArray<BadRow> Join(int max, params ReadOnlySpan<BadRows?> files)
    {
        var all = new List<BadRow>();
        foreach (var file in files)
        {
            if (file is not null) all.AddRange(file.Rows);
        }
        if (all.Count > max) ThrowTooMany(all, max);
        return [.. all];
    }

    private static void ThrowTooMany(List<BadRow> rows, int max) => throw new InputException(
    [
        $"More than {max} bad rows: raise data.badRowsMax if so many may be left out, or mend the file; the first are:",
        .. rows.Take(ListedMax).Select(r => r.ToString()),
    ]);
}
