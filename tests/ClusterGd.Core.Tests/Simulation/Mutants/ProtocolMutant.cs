using System.Collections.Immutable;

namespace ClusterGd.Core.Tests.Simulation.Mutants;

/// <summary>A text of a file of the core, which has to be there once, and what stands in its place.</summary>
/// <param name="File">Its name; no two have the same.</param>
public sealed record MutantPatch(string File, string From, string To);

/// <summary>A version of the protocol that is broken on purpose, which the simulator has to notice.</summary>
/// <param name="Summary">One sentence: what is wrong.</param>
public sealed record ProtocolMutant(string Name, string Summary, params ImmutableArray<MutantPatch> Patches)
{
    private const string
        Slice = "ParameterSlice.cs", Backups = "Slice.Backups.cs",
        Node = "NodeProtocol.cs", NodeLayout = "NodeProtocol.Layout.cs",
        Membership = "CoordinatorProtocol.Membership.cs", Downing = "Downing.cs",
        Recall = "Recall.cs", CoordinatorRole = "CoordinatorRole.cs",
        Stranded = "CoordinatorProtocol.Stranded.cs",
        IsStranded = "            if (step < furthest - 1 || !layout.Nodes.Any(node => _nodes[node].MayHave(step))) " +
            "return (slice, step);\n";

    public static ImmutableArray<ProtocolMutant> All { get; } =
    [
        new("NoDedupe", "A gradient that comes twice is added twice.",
            new MutantPatch(Slice,
                """
                        if (!isCurrent || !tree.Offer(part.Sum.Subtree, part.Sum, _displaced))
                        {
                """,
                """
                        if (!isCurrent || !tree.Offer(part.Sum.Subtree, part.Sum, _displaced))
                        {
                            if (isCurrent && tree.Held(part.Sum.Subtree) is { } twice)
                            {
                                HalfKernels.Add(Range(twice), Range(part.Sum), Plan.ElementOf(part.Sum.Pass));
                            }
                """)),
        new("StaleStep", "A gradient of an earlier step is taken for the present one's.",
            new MutantPatch(Slice, "isCurrent = part.Sum.Step == Step &&", "isCurrent = part.Sum.Step <= Step &&")),
        new("ArrivalOrder", "Gradients are summed in the order they come.",
            new MutantPatch("ParameterSlice.State.cs",
                "    private readonly FirstAnswers _answers = new();\n",
                "    private readonly FirstAnswers _answers = new();\n" +
                "    private readonly List<GradientSum> _came = [];\n"),
            new MutantPatch(Slice,
                """
                        while (tree.TryTakePair(last.Subtree, out var left, out var right))
                        {
                            last = AddRange(left!, right!);
                            tree.Returned(last.Subtree, last, _displaced);
                        }
                """,
                """
                        _came.RemoveAll(sum => tree.Held(sum.Subtree) != sum);
                        _came.Add(last);
                        if (tree.MissingShards().Count > 0) return;
                        var total = _came[0];
                        foreach (var sum in _came.Skip(1).ToList())
                        {
                            HalfKernels.Add(Range(total), Range(sum), Plan.ElementOf(sum.Pass));
                            total = total.Combined(sum);
                        }
                        tree.Clear([]);
                        tree.Offer(tree.Target, total with { Subtree = tree.Target }, []);
                """)),
        new("AverageOfMeans", "Two sums count alike, however many rows they have.",
            new MutantPatch("GradientSum.cs",
                "Count = Count + right.Count,", "Count = 2 * Math.Max(Count, right.Count),")),
        new("PaddedSibling", "Where a subtree has no sibling, an empty one of one row is added.",
            new MutantPatch("ShardComputer.cs",
                "Subtree.Leaf(shard).Canonical(_plan.ShardCount), count, 0,",
                "Subtree.Leaf(shard).Canonical(_plan.ShardCount), count + " +
                "Subtree.Leaf(shard).Canonical(_plan.ShardCount).Level, 0,")),
        new("SumBeyondSegment", "The sum of a segment adds what the buffers hold beside it as well.",
            new MutantPatch("NodeEffect.cs",
                "HalfKernels.Add(Segment.Of(Left), Segment.Of(Right), Element);",
                "HalfKernels.Add(Left.Values.Span, Right.Values.Span, Element);")),
        new("HostDoesNotWait", "A slice's host makes its updates without waiting for its backups.",
            new MutantPatch("Replication.cs", "                if (!(have >= _end)) return false;\n", "")),
        new("BackupRepeats", "A backup makes an update again that comes again.",
            new MutantPatch(Backups, "if (update.Index == UpdateCount &&", "if (update.Index >= UpdateCount - 1 &&")),
        new("ServesBeforeRestore", "A slice that moves begins to serve before its state has come.",
            new MutantPatch(NodeLayout, "                _awaited.Add(slice);\n            }\n            else if",
                "                Start(slice, null, outbox);\n            }\n            else if")),
        new("LostNodeCounts", "The coordinator goes on counting on a node that is gone.",
            new MutantPatch(Membership, "!_nodes.Remove(node) && !isHost", "!_nodes.ContainsKey(node) && !isHost")),
        new("NothingAskedAgain", "A gradient that is missing is not computed again.",
            new MutantPatch(Node,
                "        if (Current is null || Current.Step != step || Current.IsFinal) return;\n",
                "        return;\n"),
            new MutantPatch(Slice, "++_unanswered > UnansweredMax", "++_unanswered > int.MaxValue - UnansweredMax")),
        new("StepBeforeForgotten", "Nodes do not keep the parameters of the step before for a backup that takes over.",
            new MutantPatch(Node, "if (last.Step > before.Step && _hasBackups)", "if (last.Step < before.Step)"),
            new MutantPatch(Stranded, IsStranded, "")),
        new("StrandedUnnoticed", "Only where all nodes have later parameters than a slice needs, the run restarts.",
            new MutantPatch("Messages.cs",
                "step == OldestVersion || step == NewestVersion || !(step < NewestSlice)",
                "OldestVersion <= step"),
            new MutantPatch(Stranded, "step < furthest - 1 || ", "")),
        new("TrustsTheControlPlane", "A node whose control messages arrive is taken to get and send tensors as well.",
            new MutantPatch("CoordinatorProtocol.Links.cs",
                "        _linkReports[report.Node] = (report, now);\n", "")),
        new("QuarrelsWithIdlers", "A lasting quarrel removes nodes without work, and clients.",
            new MutantPatch(Downing,
                ".Where(member => member.IsVoter && !member.IsIdle && now", ".Where(member => now")),
        new("VotesWithIdlers", "Clients, which host nothing, count for the majority.",
            new MutantPatch(Downing, "members.Where(member => member.IsVoter).ToList()", "members.ToList()")),
        new("EvaluationForgotten", "A backup that takes over does not know that its step has been evaluated.",
            new MutantPatch("Slice.Evaluations.cs",
                "        if (Directive!.Last?.Step == Step && LastSummary?.Step != Step) Summarize();\n", "")),
        new("EqualTerms", "A coordinator that takes over numbers its layouts as the one before it.",
            new MutantPatch("Terms.cs", "(round << NameBits | Hash(process)) << LayoutBits",
                "(round << NameBits | Hash(process) % 1) << LayoutBits"),
            new MutantPatch("Terms.cs", "Of(Round(highest) + 1, process)", "Of(Round(highest), process)")),
        new("LostStateUnnoticed", "A process in the place of another is believed to have what that one had.",
            new MutantPatch(Membership,
                "if (keepers[slice] == node && holdings.StepOf(slice) is null) return true;\n", "")),
        new("RecallWithoutClient", "A coordinator that hears nobody begins the run as if it had not begun.",
            new MutantPatch(Recall, "members.Intersect(observers)", "Enumerable.Empty<string>()")),
        new("OldCoordinatorFollowed", "A coordinator's late word counts as its first one did.",
            new MutantPatch("Succession.cs", "if (term < _holderTerm || ", "if (")),
        new("ResultWithoutHistory", "A client takes the result without the evaluations that it has missed.",
            new MutantPatch(Node, "HasWholeOrder != false && HasWholeHistory", "HasWholeOrder != false")),
        new("NoRecall", "A coordinator begins without asking anybody what there was before it.",
            new MutantPatch(CoordinatorRole,
                "if (!_settings.Observers.IsEmpty) BeginRecall", "if (false) BeginRecall")),
        new("FarBehindUnnoticed", "A slice may be any number of steps behind another one.",
            new MutantPatch(Stranded, "step < furthest - 1 || ", "")),
        new("EndToldOnce", "Whoever does not hear that the run is over at once never hears it.",
            new MutantPatch(CoordinatorRole, "        if (node is not null) TellEnd(node, outbox);\n", ""),
            new MutantPatch(CoordinatorRole,
                "            foreach (string observer in _settings.Observers) TellEnd(observer, outbox);\n", "")),
        new("SupersededUnnoticed", "A coordinator goes on although the nodes follow another one.",
            new MutantPatch(Membership, "if (IsSuperseded(status))", "if (IsSuperseded(status) && false)")),
        new("NormsNotAskedAgain", "A slice waits for ever for another's norm that got lost.",
            new MutantPatch(Slice, "else if (Clips) RequestNorms(", "else if (Clips && Step < 0) RequestNorms(")),
    ];

    public override string ToString() => Name;
}
