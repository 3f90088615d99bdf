using System.Collections.Immutable;

namespace ClusterGd.Core.Protocol;

/// <summary>
/// What one process knows of the members of its cluster: what it hears itself, and what voters that it hears report.
/// What clients hear does not count. Pure.
/// </summary>
public static class MemberViews
{
    /// <summary>Completes the views with what others report.</summary>
    /// <param name="own">Of each member, this process included: name, vote, whether it is heard here, or dead.</param>
    /// <param name="reports">Fresh ones, by member: the names that it does not hear.</param>
    /// <param name="working">The members that a run has given work.</param>
    public static ImmutableArray<MemberView> With(
        string self, ImmutableArray<MemberView> own, IReadOnlyDictionary<string, ImmutableArray<string>> reports,
        ImmutableArray<string> working)
    {
        var unheard = own.Where(member => member.IsVoter && member.IsHeard && reports.ContainsKey(member.Name))
            .ToDictionary(member => member.Name, member => reports[member.Name], StringComparer.Ordinal);
        unheard[self] = [.. own.Where(member => !member.IsHeard).Select(member => member.Name)];
        return [.. own.Select(member => member with
        {
            IsDoubted = QuarrelsOf(member.Name) > 0, QuarrelCount = QuarrelsOf(member.Name),
            IsIdle = !working.Contains(member.Name), IsHeardByOthers = IsHeardByOthers(member.Name),
        })];

        int QuarrelsOf(string name) => unheard.Count(other => other.Key != name && working.Contains(other.Key)
            && (other.Value.Contains(name) || unheard.GetValueOrDefault(name, []).Contains(other.Key)));

        bool IsHeardByOthers(string name) =>
            unheard.Any(other => other.Key != name && other.Key != self && !other.Value.Contains(name));
    }
}
