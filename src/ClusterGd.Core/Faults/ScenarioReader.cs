using System.Collections.Immutable;
using ClusterGd.Core.Jobs;
using ClusterGd.Core.Options;

namespace ClusterGd.Core.Faults;

/// <summary>Turns a scenario as written into a <see cref="Scenario"/>, or into all of its mistakes at once.</summary>
public static class ScenarioReader
{
    // Where a fault begins to be read: of no kind yet.
    private static readonly Fault s_unnamed = new() { Kind = FaultKind.Kill };

    private static readonly ImmutableArray<Kind<Fault>> s_kinds =
    [
        .. FaultKinds.All.Select(row => new Kind<Fault>(
            row.Name, row.Summary, row.Options, values => row.Options.Aggregate(
                FaultKinds.New(row.Kind), (fault, option) =>
                    FaultFields.Set(fault, option.Name, values.Value(option.Name))))),
    ];

    private static readonly Section<Fault> s_fault =
        new Section<Fault>(s_unnamed)
            .Kind("kind", KindEntry.From(s_kinds), ComponentOf, (_, component) => FaultOf(component))
            .Text(Option.Text("at", null, FaultMoment.Allowed), fault => fault.At.ToString(),
                (fault, text) => FaultMoment.TryParse(text, out var at) ? fault with { At = at } : fault,
                FaultMoment.Allowed, text => FaultMoment.TryParse(text, out _), isRequired: true)
            .Words("node", FaultTarget.Allowed, fault => [.. fault.Nodes.Select(node => node.ToString())],
                (fault, words) => fault with { Nodes = [.. words.Select(Target)] })
            .Check(CheckNodes);

    private static readonly Section<Scenario> s_scenario = new Section<Scenario>(new Scenario(), "the scenario")
        .Text(Option.Text("job", null, "the job file, relative to this one"), s => s.Job,
            (s, v) => s with { Job = v })
        .Integer("nodes", 1, 4096, "nodes at the start", s => s.Nodes, (s, v) => s with { Nodes = v })
        .Unsigned("seed", "draws what the faults leave open", s => s.Seed, (s, v) => s with { Seed = v })
        .List("faults", s_fault, "entries such as '{ at: 120, kind: kill, node: 2 }'",
            s => s.Plan.Faults, (s, v) => s with { Plan = new FaultPlan(v) });

    /// <param name="problems">What was found wrong before, to which this adds.</param>
    /// <exception cref="InputException">Every mistake, one sentence each.</exception>
    public static Scenario Read(JobNode root, JobProblems problems)
    {
        var scenario = s_scenario.Read(root, "", s_scenario.Start, problems);
        problems.ThrowIfAny();
        return scenario;
    }

    /// <summary>The whole of a scenario, every field stated.</summary>
    public static string Write(Scenario scenario) => JobText.Write(s_scenario.Write(scenario));

    private static Component ComponentOf(Fault fault)
    {
        if (ReferenceEquals(fault, s_unnamed)) return Component.Of("");
        var row = FaultKinds.Row(fault.Kind);
        return Component.Of(row.Name, [.. row.Options.Select(o => (o.Name, FaultFields.Get(fault, o.Name)))]);
    }

    /// <summary>An option that could not be read has no value: its problem is known, and ends the reading.</summary>
    private static Fault FaultOf(Component component) =>
        component.Options.ContainsValue(null!) ? s_unnamed : component.Create(s_kinds);

    private static FaultTarget Target(string word) =>
        FaultTarget.TryParse(word, out var target) ? target : FaultTarget.Any;

    /// <summary>Words that name no node, and nodes of a kind that has none.</summary>
    private static void CheckNodes(JobNode.Mapping mapping, Fault fault, string path, JobProblems problems)
    {
        if (mapping.Find("node") is not { } entry || mapping.Find("kind") is null) return;
        var row = FaultKinds.Row(fault.Kind);
        if (row.Node is null)
        {
            problems.Add(entry.Mark, $"{path}.node means nothing for a fault of kind {row.Name}; remove it");
            return;
        }
        ImmutableArray<JobNode> words = entry.Value is JobNode.Sequence list ? list.Items : [entry.Value];
        foreach (var word in words)
        {
            if (word is not JobNode.Scalar { Text: var text } || FaultTarget.TryParse(text, out _)) continue;
            problems.Wrong(word, $"{path}.node", FaultTarget.Allowed, NearestWord.Hint(
                text, ["coordinator", "sliceOwner", "client", "any", "all"],
                $"change it, or remove the key for {row.Node}"));
        }
    }
}
