using System.Globalization;

namespace ClusterGd.Core.Protocol;

/// <summary>Tensors of one sender do not reach one receiver.</summary>
/// <param name="IsOverdue">Long enough to act; else it only says whose links may be bad.</param>
/// <param name="Loss">The share of segments that are sent again, in either direction; 0 where that is few.</param>
public readonly record struct BadLink(
    string From, string To, TimeSpan Silence, bool IsLargeOnly, bool IsOverdue, double Loss = 0)
{
    public bool Touches(string node) => From == node || To == node;

    public string Other(string node) => From == node ? To : From;
}

/// <summary>Whose links are bad: a pure function of what receivers have told.</summary>
public static class BadLinks
{
    /// <summary>
    /// Nodes without which no bad link is left: again and again the one with most bad links, else the one that costs
    /// least. Of one pair it is one; of a node that reaches nobody it is that node and nobody else.
    /// </summary>
    /// <param name="links">Those that are not overdue yet count as well, once another one is: a node's links break
    /// together, and are noticed one after the other.</param>
    /// <param name="nodes">Only links among these count.</param>
    public static IReadOnlyList<string> Cover<TCost>(
        IReadOnlyCollection<BadLink> links, IReadOnlyCollection<string> nodes, Func<string, TCost> costOf)
        where TCost : IComparable<TCost>
    {
        var chosen = new List<string>();
        var judged = nodes.ToHashSet(StringComparer.Ordinal);
        while (true)
        {
            // Asked at every report; mostly nothing is.
            if (!links.Any(link => link.IsOverdue && IsLeft(link.From) && IsLeft(link.To))) return chosen;
            var left = links.Where(link => IsLeft(link.From) && IsLeft(link.To)).ToList();
            var ends = left.Where(link => link.IsOverdue).SelectMany(link => new[] { link.From, link.To })
                .Distinct(StringComparer.Ordinal).ToList();
            chosen.Add(ends
                .OrderByDescending(node => left.Where(link => link.Touches(node)).Select(link => link.Other(node))
                    .Distinct(StringComparer.Ordinal).Count())
                .ThenBy(costOf).ThenByDescending(node => node, StringComparer.Ordinal).First());
        }

        bool IsLeft(string node) => judged.Contains(node) && !chosen.Contains(node);
    }

    /// <summary>What is wrong with a node: the end of a sentence that begins with "node a is".</summary>
    public static string Describe(IReadOnlyCollection<BadLink> links, string node)
    {
        var own = links.Where(link => link.Touches(node)).ToList();
        string what = IsOfSize(own) ? "large packets" : "tensors";
        return $"out of reach for {what} ({Describe(own)})";
    }

    /// <summary>Which links, which plane, since when; null where there is none.</summary>
    public static string? Describe(IReadOnlyCollection<BadLink> links)
    {
        if (links.Count == 0) return null;
        string since = links.Max(link => link.Silence).TotalSeconds.ToString("0.0", CultureInfo.InvariantCulture);
        if (IsOfSize(links)) return $"large packets do not arrive: MTU? {Way(links)} since {since} s; small ones do";
        string why = links.Any(link => link.Loss > 0) ? $": {DescribeLoss(links)}" : "; control messages do";
        return $"tensors {Way(links)} do not arrive since {since} s{why}";
    }

    /// <summary>That tensors arrive late since packets are lost on the way.</summary>
    /// <param name="links">Each with its loss; at least one.</param>
    public static string DescribeSlow(IReadOnlyCollection<BadLink> links) =>
        $"tensors {Way(links)} are slow: {DescribeLoss(links)}";

    private static string DescribeLoss(IReadOnlyCollection<BadLink> links)
    {
        string share = (100 * links.Max(link => link.Loss)).ToString("F0", CultureInfo.InvariantCulture);
        string most = links.Count(link => link.Loss > 0) > 1 ? "up to " : "";
        return $"packet loss ({most}{share} % of segments sent again)";
    }

    /// <summary>Whether it is for their size that packets do not arrive: small ones are not lost.</summary>
    private static bool IsOfSize(IReadOnlyCollection<BadLink> links) =>
        links.All(link => link is { IsLargeOnly: true, Loss: 0 });

    /// <summary>From whom to whom, by the node that all of them have in common where there is one.</summary>
    private static string Way(IReadOnlyCollection<BadLink> links)
    {
        string senders = Names(links.Select(link => link.From)), receivers = Names(links.Select(link => link.To));
        var common = links.SelectMany(link => new[] { link.From, link.To }).Distinct(StringComparer.Ordinal)
            .Where(name => links.All(link => link.Touches(name))).Order(StringComparer.Ordinal).ToList();
        bool isOneWay = common.Count == 0
            || common.Any(name => links.All(link => link.From == name) || links.All(link => link.To == name));
        if (common.Count == 0 && senders == receivers) return $"among {senders}";
        return isOneWay ? $"from {senders} to {receivers}"
            : $"between {common[0]} and {Names(links.Select(link => link.Other(common[0])))}";
    }

    private static string Names(IEnumerable<string> names) =>
        string.Join(", ", names.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal));
}
