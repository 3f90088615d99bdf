using System.Collections.Immutable;

namespace ClusterGd.Core.Protocol;

/// <summary>A member of the cluster, as one of them sees it.</summary>
/// <param name="IsVoter">Counts for the majority: a node, but no client.</param>
/// <param name="IsHeard">By this process itself.</param>
/// <param name="IsDoubted">Some member does not hear it.</param>
public readonly record struct MemberView(string Name, bool IsVoter, bool IsHeard, bool IsDoubted);

/// <summary>
/// Who is to be taken out of the cluster, as one member sees it: the side of most goes on, and every process of the
/// other side takes out itself. Each judges by what it hears itself. What others say that they do not hear counts only
/// after long, and costs one member: a node whose link comes and goes tells the others, whenever it is open, that it
/// hears none of them, and Akka's resolver then takes all of them out. Pure: no clock. One owner.
/// </summary>
/// <param name="self">The member that judges.</param>
/// <param name="stableAfter">So long the silence of a member must last, and the set of silent ones stay the same; or
/// twice as long where that set does not come to rest.</param>
/// <param name="quarrelMax">So long members that this one hears may fail to hear each other.</param>
public sealed class Downing(string self, TimeSpan stableAfter, TimeSpan quarrelMax)
{
    private readonly Dictionary<string, TimeSpan> _silentSince = new(StringComparer.Ordinal);
    private readonly Dictionary<string, TimeSpan> _doubtedSince = new(StringComparer.Ordinal);
    private TimeSpan _changedAt;

    /// <param name="members">Those that stay or are about to, in an order that all members share.</param>
    /// <returns>Whom to take out now; none where all is well or nothing is certain yet.</returns>
    public ImmutableArray<string> Decide(IReadOnlyList<MemberView> members, TimeSpan now)
    {
        var silent = members.Where(member => member.Name != self && !member.IsHeard).ToList();
        if (Remember(_silentSince, silent, now)) _changedAt = now;
        var doubted = members.Where(member => member.Name != self && member.IsHeard && member.IsDoubted).ToList();
        Remember(_doubtedSince, doubted, now);
        if (members.All(member => member.Name != self)) return [];

        if (silent.Count == 0) return EndQuarrel(members, doubted, now);
        bool isAtRest = now - _changedAt >= stableAfter;
        bool isOverdue = silent.Any(member => now - _silentSince[member.Name] >= 2 * stableAfter);
        if (!isAtRest && !isOverdue) return [];
        if (!HasMajority(members)) return [self];
        if (!IsFirstHeard(members)) return [];
        return [.. silent.Select(member => member.Name).Where(name => now - _silentSince[name] >= stableAfter)];
    }

    /// <summary>With as many on both sides the one with the first voter goes on.</summary>
    private bool HasMajority(IReadOnlyList<MemberView> members)
    {
        var voters = members.Where(member => member.IsVoter).ToList();
        int heard = voters.Count(IsHere);
        return 2 * heard > voters.Count || 2 * heard == voters.Count && heard > 0 && IsHere(voters[0]);
    }

    /// <summary>One voter acts for all.</summary>
    private bool IsFirstHeard(IReadOnlyList<MemberView> members) =>
        members.FirstOrDefault(member => member.IsVoter && IsHere(member)).Name == self;

    /// <summary>The last of them goes, so that the rest is one again.</summary>
    private ImmutableArray<string> EndQuarrel(
        IReadOnlyList<MemberView> members, List<MemberView> doubted, TimeSpan now)
    {
        var lasting = doubted.Where(member => now - _doubtedSince[member.Name] >= quarrelMax).ToList();
        return lasting.Count == 0 || !IsFirstHeard(members) ? [] : [lasting[^1].Name];
    }

    private bool IsHere(MemberView member) => member.IsHeard || member.Name == self;

    /// <returns>Whether they are others than before.</returns>
    private static bool Remember(Dictionary<string, TimeSpan> since, List<MemberView> members, TimeSpan now)
    {
        bool isNew = false;
        foreach (var member in members) isNew |= since.TryAdd(member.Name, now);
        var names = members.Select(member => member.Name).ToHashSet(StringComparer.Ordinal);
        var gone = since.Keys.Where(name => !names.Contains(name)).ToList();
        foreach (string name in gone) since.Remove(name);
        return isNew || gone.Count > 0;
    }
}
