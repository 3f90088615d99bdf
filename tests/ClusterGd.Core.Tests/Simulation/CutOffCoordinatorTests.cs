using ClusterGd.Tests;
using Xunit;

namespace ClusterGd.Core.Tests.Simulation;

/// <inheritdoc cref="CutOffCoordinators"/>
public class CutOffCoordinatorTests
{
    private const int Seeds = 100;

    private static Schedules LongRun { get; } = Schedules.Of(CutOffCoordinators.LongJob());

    [Fact]
    public void Run_CoordinatorsAreCutOffOneAfterAnother_EndsWithTheSameBits() => LongRun.Check(
        nameof(CutOffCoordinatorTests), Seeds, CutOffCoordinators.Options,
        (seed, _) => CutOffCoordinators.Faults(seed));

    [Fact]
    public void Run_CoordinatorsAreCutOffAndTheRunIsInterrupted_StopsWithTheBitsOfThatStep() => LongRun.Check(
        nameof(CutOffCoordinatorTests), Seeds, CutOffCoordinators.InterruptedOptions,
        (seed, _) => CutOffCoordinators.Faults(seed));
}
