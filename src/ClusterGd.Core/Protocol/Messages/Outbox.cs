namespace ClusterGd.Core.Protocol;

/// <summary>What a role wants that is no message: a computation, a file, a word to a person.</summary>
public abstract record Effect;

/// <summary>One thing that a role wants.</summary>
/// <param name="To">Meaningless for an <see cref="Effect"/>.</param>
/// <param name="What">A message, or an effect.</param>
public readonly record struct Wish(RoleAddress To, object What);

/// <summary>
/// What a role wants to be sent and done, in its order. Who carries it out may let the role go on meanwhile, which adds
/// to the end. One owner.
/// </summary>
public sealed class Outbox
{
    private readonly List<Wish> _wishes = [];

    public int Count => _wishes.Count;

    public Wish this[int index] => _wishes[index];

    /// <summary>The messages or effects of one type, in their order.</summary>
    public IEnumerable<T> OfType<T>() => _wishes.Select(wish => wish.What).OfType<T>();

    /// <summary>Delivery is at most once and in any order. A buffer's share goes to the receiver.</summary>
    public void Send(RoleAddress to, object message) => _wishes.Add(new Wish(to, message));

    public void Do(Effect effect) => _wishes.Add(new Wish(default, effect));

    public void Clear() => _wishes.Clear();
}

/// <summary>
/// A part of the protocol: takes messages and the time, and says what it wants. No clock, thread, socket or file. One
/// owner.
/// </summary>
public interface IRole
{
    /// <summary>A message that is not for this role is dropped, and its buffer given back.</summary>
    /// <param name="now">Of a clock that only this process reads.</param>
    void Handle(object message, TimeSpan now, Outbox outbox);

    /// <summary>To be called several times a second: asks again for what is missing.</summary>
    void Tick(TimeSpan now, Outbox outbox);
}

/// <summary>A message that goes by the tensor plane.</summary>
public interface ITensorMessage
{
    /// <summary>Gives its buffer back, where nobody takes it.</summary>
    void Release() { }
}

/// <summary>A message for a slice that comes by the control plane, and so by the slice's node.</summary>
public interface ISliceMessage
{
    int Slice { get; }
}
