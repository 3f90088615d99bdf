using ClusterGd.Core.Options;

namespace ClusterGd.Data.Input;

/// <summary>A list whose array can be given away without a copy. One owner.</summary>
internal sealed class Growable<T>(int capacity = 0)
{
    private T[] _items = capacity == 0 ? [] : new T[capacity];

    public int Count { get; set; }

    /// <summary>A list of these items, without a copy.</summary>
    public static Growable<T> Of(T[] items) => new() { _items = items, Count = items.Length };

    public T this[int index]
    {
        get => _items[index];
        set => _items[index] = value;
    }

    public ReadOnlySpan<T> Span => _items.AsSpan(0, Count);

    public void Add(T item)
    {
        if (Count == _items.Length) Reserve(1);
        _items[Count++] = item;
    }

    /// <summary>The next <paramref name="count"/> items, to be written by the caller.</summary>
    public Span<T> Append(int count)
    {
        if (_items.Length - Count < count) Reserve(count);
        Count += count;
        return _items.AsSpan(Count - count, count);
    }

    /// <summary>The items in an array of exactly that length; the list is empty afterwards.</summary>
    public T[] Take()
    {
        if (_items.Length != Count) Array.Resize(ref _items, Count);
        var taken = _items;
        _items = [];
        Count = 0;
        return taken;
    }

    private void Reserve(int more)
    {
        long needed = (long)Count + more;
        if (needed > Array.MaxLength)
        {
            throw new InputException(
                $"The file holds more than {Sizes.Text(Array.MaxLength)} values, the most that can be held in " +
                "memory: use a part of it.");
        }
        long doubled = Math.Max(64, Math.Max(needed, (long)_items.Length * 2));
        Array.Resize(ref _items, (int)Math.Min(doubled, Array.MaxLength));
    }
}
