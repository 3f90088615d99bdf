using ClusterGd.Tests;
using Xunit;
using Xunit.Abstractions;

namespace ClusterGd.Core.Tests.Simulation.Mutants;

/// <summary>A simulator is worth what it notices: 1,000 seeds are enough for each broken protocol.</summary>
public class MutantTests(ITestOutputHelper output)
{
    private const int SeedsMax = 1000;

    public static TheoryData<string> Names() => new(ProtocolMutant.All.Select(mutant => mutant.Name));

    [Theory, Trait("Depth", "deep"), MemberData(nameof(Names))]
    public void Hunt_BrokenProtocol_IsCaught(string name)
    {
        var mutant = ProtocolMutant.All.Single(m => m.Name == name);
        string? caught = MutantCompiler.Hunt(mutant, SeedsMax);
        output.WriteLine($"{mutant.Name}: {mutant.Summary}\n{caught}");

        Assert.True(caught is not null, $"{mutant.Name} is not caught within {SeedsMax} seeds: {mutant.Summary}");
    }

    [Fact]
    public void Mutants_AllOfThem_StandWithTheirInvariantsOnTheProtocolsPage()
    {
        string page = File.ReadAllText(
            Path.Combine(TidyTests.FindRoot(), "src", "ClusterGd.Core", "Protocol", "README.md"));

        Assert.Empty(ProtocolMutant.All.Where(mutant => !page.Contains($"`{mutant.Name}`", StringComparison.Ordinal)));
    }

    [Fact]
    public void Hunt_TheProtocolAsItIs_FindsNothing() =>
        Assert.Null(MutantCompiler.Hunt(null, seeds: TestDepth.Of(30, 300)));
}
