using System.Collections.Immutable;

namespace ClusterGd.Core.Protocol;

/// <summary>
/// Which members are removed from the cluster, as one member sees it. Pure: no clock. One owner.
/// <list type="number">
/// <item>A process that is known to be dead is removed at once, by the first member that knows it, and has no vote.
/// </item>
/// <item>A member is silent if neither this process nor a voter that it hears hears it. The side with the majority of
/// voters removes silent members; each process of the other side removes itself.</item>
/// <item>If two members that this one reaches do not hear each other, that is a quarrel and no silence. It costs a
/// member only if it lasts and both have work: clients and idle nodes are never removed by a quarrel.</item>
/// </list>
/// Each judges by what it hears itself and by fresh reports of voters that it hears. Akka's resolver counts old reports
/// too: a node whose link came and went told the others that it heard none of them, and all were removed.
/// </summary>
/// <param name="self">The member that judges.</param>
/// <param name="stableAfter">So long the silence of a member must last, and the set of silent ones stay the same; or
/// twice as long if that set does not come to rest.</param>
/// <param name="quarrelMax">So long members with work that this one reaches may fail to hear each other.</param>
public sealed class Downing(string self, TimeSpan stableAfter, TimeSpan quarrelMax)
{
    private readonly Dictionary<string, TimeSpan> _silentSince = new(StringComparer.Ordinal);
    private readonly Dictionary<string, TimeSpan> _doubtedSince = new(StringComparer.Ordinal);
    private TimeSpan _changedAt;

    /// <param name="members">Those that stay or are about to, in an order that all members share.</param>
    /// <returns>Whom to remove now; none if all is well or nothing is certain yet.</returns>
    public ImmutableArray<string> Decide(IReadOnlyList<MemberView> members, TimeSpan now)
    {
        if (members.All(member => member.Name != self)) return [];
        var dead = members.Where(member => member.IsDead && member.Name != self).Select(member => member.Name);
        if (dead.ToImmutableArray() is { IsEmpty: false } gone) return gone;

        var silent = members.Where(member => !IsHere(member)).ToList();
        if (Remember(_silentSince, silent, now)) _changedAt = now;
        bool hasWork = members.Any(member => member.Name == self && !member.IsIdle);
        var doubted = members.Where(member => member.Name != self && IsHere(member)
            && (member.IsDoubted || hasWork && !member.IsHeard)).ToList();
        Remember(_doubtedSince, doubted, now);

        if (silent.Count == 0) return EndQuarrel(members, doubted, now);
        bool isAtRest = now - _changedAt >= stableAfter;
        bool isOverdue = silent.Any(member => now - _silentSince[member.Name] >= 2 * stableAfter);
        if (!isAtRest && !isOverdue) return [];
        if (!HasMajority(members)) return [self];
        if (!IsFirstHere(members)) return [];
        return [.. silent.Select(member => member.Name).Where(name => now - _silentSince[name] >= stableAfter)];
    }

    /// <summary>
    /// With as many on both sides the one with the first voter goes on. A process without a vote belongs to any voter
    /// that it reaches.
    /// </summary>
    private bool HasMajority(IReadOnlyList<MemberView> members)
    {
        var voters = members.Where(member => member.IsVoter).ToList();
        int here = voters.Count(IsHere);
        if (voters.All(voter => voter.Name != self)) return here > 0;
        return 2 * here > voters.Count || 2 * here == voters.Count && IsHere(voters[0]);
    }

    /// <summary>One voter acts for all.</summary>
    private bool IsFirstHere(IReadOnlyList<MemberView> members) =>
        members.FirstOrDefault(member => member.IsVoter && IsHere(member)).Name == self;

    /// <summary>The member with most quarrels goes, the last of several, so that the others hear each other.</summary>
    private ImmutableArray<string> EndQuarrel(
        IReadOnlyList<MemberView> members, List<MemberView> doubted, TimeSpan now)
    {
        var lasting = doubted
            .Where(member => member.IsVoter && !member.IsIdle && now - _doubtedSince[member.Name] >= quarrelMax)
            .ToList();
        if (lasting.Count == 0 || !IsFirstHere(members)) return [];
        int most = lasting.Max(member => member.QuarrelCount);
        return [lasting.Last(member => member.QuarrelCount == most).Name];
    }

    private bool IsHere(MemberView member) => member.IsHeard || member.IsHeardByOthers || member.Name == self;

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
