using System.Collections.Immutable;
using ClusterGd.Core.Randomness;

namespace ClusterGd.Core.Faults;

/// <summary>Draws plans that are rough and can be survived: what strikes is over within seconds.</summary>
internal static class RandomFaults
{
    private const int StrikesMax = 6;

    /// <summary>Of so many plans one has wrong bits in a gradient: such a run need not reach the right ones.</summary>
    private const uint WrongBitsOneIn = 16;

    /// <summary>
    /// Often a background of message faults, one to six strikes at nodes and connections, and in one plan of sixteen
    /// a wrong gradient.
    /// </summary>
    public static FaultPlan Draw(ulong seed, FaultRange range)
    {
        var faults = ImmutableArray.CreateBuilder<Fault>();
        var draws = new Draws(seed);
        foreach (var kind in range.Kinds.Where(IsOfMessages))
        {
            if (draws.OneIn(2)) faults.Add(Background(kind, range, draws));
        }
        ImmutableArray<FaultKind> strikes = [.. range.Kinds.Where(k => !IsOfMessages(k) && !IsOfNumbers(k))];
        int away = range.AwayMax;
        for (int left = strikes.IsEmpty ? 0 : 1 + draws.Below(StrikesMax); left > 0; left--)
        {
            var fault = Strike(strikes[draws.Below(strikes.Length)], range, draws);
            if (TakesAway(fault.Kind))
            {
                if (away == 0) continue;
                if (fault.Nodes.Length > away) fault = fault with { Nodes = [FaultTarget.Any] };
                away -= fault.Nodes.Length;
            }
            faults.Add(fault);
        }
        ImmutableArray<FaultKind> numbers = [.. range.Kinds.Where(IsOfNumbers)];
        bool isOnlyNumbers = numbers.Length == range.Kinds.Length;
        if (!numbers.IsEmpty && (draws.OneIn(WrongBitsOneIn) || isOnlyNumbers))
        {
            faults.Add(Strike(numbers[draws.Below(numbers.Length)], range, draws));
        }
        return new FaultPlan(faults.ToImmutable());
    }

    private static bool IsOfMessages(FaultKind kind) => kind is FaultKind.Drop or FaultKind.Delay or FaultKind.Duplicate
        or FaultKind.Reorder or FaultKind.Corrupt or FaultKind.PacketLoss;

    private static bool IsCut(FaultKind kind) =>
        kind is FaultKind.Partition or FaultKind.CutPair or FaultKind.LargeFrames;

    private static bool IsOfNumbers(FaultKind kind) => kind is FaultKind.NanGradient or FaultKind.FlippedBit;

    /// <summary>For a while or for good.</summary>
    private static bool TakesAway(FaultKind kind) => kind is FaultKind.Kill or FaultKind.Pause or FaultKind.Restart
        or FaultKind.Leave || IsCut(kind);

    private static Fault Background(FaultKind kind, FaultRange range, Draws draws) => FaultKinds.New(kind) with
    {
        Plane = kind == FaultKind.PacketLoss ? Plane(draws) : null,
        Probability = (kind == FaultKind.Duplicate ? 0.5 : 0.3) * draws.Unit(),
        UpTo = TimeSpan.FromMilliseconds(1 + draws.Below(kind == FaultKind.Reorder ? 400 : 100)),
        For = range.Time,
    };

    private static Fault Strike(FaultKind kind, FaultRange range, Draws draws)
    {
        var fault = FaultKinds.New(kind) with
        {
            At = draws.OneIn(2)
                ? FaultMoment.AtStep(draws.Below((int)Math.Clamp(range.Steps, 1, int.MaxValue)))
                : FaultMoment.AtTime(Milliseconds(range.Time * draws.Unit())),
        };
        // Half of them are short: over before a failure detector says a word.
        if (fault.For > TimeSpan.Zero)
        {
            fault = fault with { For = Milliseconds(TimeSpan.FromSeconds((draws.OneIn(2) ? 1 : 8) * draws.Unit())) };
        }
        if (FaultKinds.Row(kind).Node is not null) fault = fault with { Nodes = Nodes(kind, range, draws) };
        return fault with
        {
            Factor = kind is FaultKind.Slow or FaultKind.SlowDisk ? 2 + draws.Below(30) : 1,
            Shape = (CutShape)(IsCut(kind) ? draws.Below(3) : 0),
            Plane = IsCut(kind) ? Plane(draws) : null,
            Flap = TimeSpan.FromMilliseconds(
                IsCut(kind) && kind != FaultKind.LargeFrames && draws.OneIn(4) ? 50 + draws.Below(950) : 0),
        };
    }

    private static LinkPlane? Plane(Draws draws) => draws.Below(4) switch
    {
        0 => LinkPlane.Control,
        1 => null,
        _ => LinkPlane.Tensors,
    };

    /// <summary>One, one of those that matter most, or for a partition some at once; of a pair one or two.</summary>
    private static ImmutableArray<FaultTarget> Nodes(FaultKind kind, FaultRange range, Draws draws) =>
        draws.Below(kind == FaultKind.Partition ? 5 : kind == FaultKind.CutPair ? 7 : 3) switch
        {
            0 => [FaultTarget.Any],
            1 => [FaultTarget.Coordinator],
            2 => [FaultTarget.SliceOwner],
            5 => [FaultTarget.Client],
            6 => [FaultTarget.Client, FaultTarget.Coordinator],
            _ => [.. Enumerable.Range(1, range.Nodes).Where(_ => draws.OneIn(3)).Select(FaultTarget.Node)
                .DefaultIfEmpty(FaultTarget.Any)],
        };

    private static TimeSpan Milliseconds(TimeSpan time) =>
        TimeSpan.FromMilliseconds(Math.Max(10, (long)time.TotalMilliseconds));

    private sealed class Draws(ulong seed)
    {
        private uint _index;

        public int Below(int max) => (int)(Next() % (uint)max);

        public bool OneIn(uint count) => Next() % count == 0;

        public double Unit() => Philox.Uniform(Next());

        private uint Next() => Randomness.Draw.Block(seed, DrawPurpose.Faults, 1, 0, 0, _index++).A;
    }
}
