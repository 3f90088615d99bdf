using ClusterGd.Cli.Terminal;
using ClusterGd.Data;

namespace ClusterGd.Cli.Predicting;

/// <summary>Counts the rows that could not be used, and tells of the first of them.</summary>
internal sealed class LeftOut(int toldMax)
{
    private readonly List<BadRow> _first = [];

    public long Count { get; private set; }

    public IReadOnlyList<BadRow> First => _first;

    public void Add(BadRow row)
    {
        if (Count++ < toldMax) _first.Add(row);
    }

    /// <param name="how">What became of them.</param>
    public void Tell(string how)
    {
        foreach (var row in _first) Console.Error.WriteLine($"{how}: {row}");
        if (Count > _first.Count)
        {
            Console.Error.WriteLine($"{how}: {Numbers.Count(Count - _first.Count, "more row")}");
        }
    }
}
