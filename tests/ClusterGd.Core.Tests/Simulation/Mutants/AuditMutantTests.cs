using Xunit;
using Xunit.Abstractions;

namespace ClusterGd.Core.Tests.Simulation.Mutants;

/// <summary>An audit is worth what it notices in a run by a protocol that counts wrongly.</summary>
public class AuditMutantTests(ITestOutputHelper output)
{
    private static readonly ProtocolMutant s_twice = new(
        "CountsTwice", "Shard 3 is counted twice in every step.",
        new MutantPatch("NodeEffect.cs",
            """
                        HalfKernels.Add(Segment.Of(Left), Segment.Of(Right), Element);
            """,
            """
                        HalfKernels.Add(Segment.Of(Left), Segment.Of(Right), Element);
                        if (Right.Subtree == Subtree.Leaf(3))
                        {
                            HalfKernels.Add(Segment.Of(Left), Segment.Of(Right), Element);
                            return Left.Combined(Right).Combined(Right) with { Subtree = Left.Subtree.Parent };
                        }
            """));

    private static readonly ProtocolMutant s_others = new(
        "SameRowsAgain", "Every second step has the rows of the one before: as many as are due, but not those.",
        new MutantPatch("ShardComputer.cs",
            "var (first, count) = _plan.Shards.MicroBatch(shard, step);",
            "var (first, count) = _plan.Shards.MicroBatch(shard, step - step % 2);"));

    [Fact, Trait("Depth", "deep")]
    public void Audit_ShardThatCountsTwice_IsNamed() =>
        Assert.EndsWith("shard 3 of every step was counted twice", Found(s_twice), StringComparison.Ordinal);

    [Fact, Trait("Depth", "deep")]
    public void Audit_OtherRowsThanAreDue_AreNoticed() =>
        Assert.Contains("more than two gradients are wrong", Found(s_others), StringComparison.Ordinal);

    [Fact, Trait("Depth", "deep")]
    public void Audit_TheProtocolAsItIs_FindsNothing() => Assert.Null(MutantCompiler.Audit(null));

    private string? Found(ProtocolMutant mutant)
    {
        string? found = MutantCompiler.Audit(mutant);
        output.WriteLine($"{mutant.Name}: {mutant.Summary}\n{found}");
        return found;
    }
}
