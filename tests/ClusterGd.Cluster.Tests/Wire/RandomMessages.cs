using System.Collections;
using System.Collections.Immutable;
using System.Globalization;
using System.Reflection;
using ClusterGd.Core.Data;
using ClusterGd.Core.Protocol;

namespace ClusterGd.Cluster.Tests.Wire;

/// <summary>
/// Messages with something else in every field, made from their types alone: a field that is added to a message is in
/// them at once.
/// </summary>
internal sealed class RandomMessages(int seed)
{
    /// <summary>What does not travel, each for a reason that its description has.</summary>
    private static readonly HashSet<(Type, string)> s_kept =
    [
        (typeof(RunOutcome), nameof(RunOutcome.History)), (typeof(DataSchema), nameof(DataSchema.FeatureNames)),
    ];

    private readonly Random _random = new(seed);
    private readonly NullabilityInfoContext _nullability = new();

    public object Next(Type type)
    {
        if (type.IsEnum) return Enum.GetValues(type).GetValue(_random.Next(Enum.GetValues(type).Length))!;
        if (type == typeof(bool)) return _random.Next(2) == 1;
        if (type == typeof(int)) return (int)_random.NextInt64(int.MinValue, (long)int.MaxValue + 1);
        if (type == typeof(long)) return _random.NextInt64(long.MinValue, long.MaxValue);
        if (type == typeof(ulong)) return (ulong)_random.NextInt64(long.MinValue, long.MaxValue);
        if (type == typeof(double)) return BitConverter.Int64BitsToDouble(_random.NextInt64());
        if (type == typeof(TimeSpan)) return TimeSpan.FromTicks(_random.NextInt64(long.MinValue, long.MaxValue));
        if (type == typeof(string)) return $"akka://{_random.Next()}ä€\n";
        if (type == typeof(byte[])) return Bytes();
        if (Nullable.GetUnderlyingType(type) is { } inner) return Next(inner);
        if (!type.IsGenericType) return Whole(type);
        var items = type.GetGenericArguments();
        if (type == typeof(ImmutableSortedDictionary<string, double>))
        {
            return ImmutableSortedDictionary.CreateRange(StringComparer.Ordinal, Many(
                () => KeyValuePair.Create((string)Next(items[0]), (double)Next(items[1]))));
        }
        if (type.GetGenericTypeDefinition() == typeof(ImmutableArray<>)) return Listed(items[0]);
        throw new NotSupportedException($"no random {type}");
    }

    /// <summary>All that a message says, field by field, so that two can be compared.</summary>
    public static string TextOf(object? value) => value switch
    {
        null => "nothing",
        double number => BitConverter.DoubleToInt64Bits(number).ToString("x16", CultureInfo.InvariantCulture),
        string or Enum or IFormattable or bool => string.Create(CultureInfo.InvariantCulture, $"{value}"),
        IEnumerable items => $"[{string.Join(", ", items.Cast<object?>().Select(TextOf))}]",
        _ when value.GetType() is { IsGenericType: true } pair
            && pair.GetGenericTypeDefinition() == typeof(KeyValuePair<,>) =>
            $"{TextOf(pair.GetProperty("Key")!.GetValue(value))}: {TextOf(pair.GetProperty("Value")!.GetValue(value))}",
        _ => $"{value.GetType().Name} {{ {string.Join(", ", Fields(value.GetType()).Select(field =>
            $"{field.Name} = {TextOf(field.GetValue(value))}"))} }}",
    };

    private object Whole(Type type)
    {
        var constructor = type.GetConstructors().OrderByDescending(c => c.GetParameters().Length).FirstOrDefault();
        object?[] values = [.. constructor?.GetParameters().Select(p => IsKept(type, p.Name!)
            ? Empty(p.ParameterType) : Maybe(p.ParameterType, _nullability.Create(p))) ?? []];
        object whole = constructor is null ? Activator.CreateInstance(type)! : constructor.Invoke(values);
        foreach (var field in Fields(type).Where(field => !IsKept(type, field.Name)))
        {
            bool isGiven = constructor?.GetParameters().Any(p => p.Name == field.Name) == true;
            if (!isGiven) field.SetValue(whole, Maybe(field.PropertyType, _nullability.Create(field)));
        }
        return whole;
    }

    private object? Maybe(Type type, NullabilityInfo nullability)
    {
        bool isOptional = nullability.WriteState == NullabilityState.Nullable;
        return isOptional && _random.Next(3) == 0 ? null : Next(type);
    }

    private object Listed(Type item)
    {
        var create = GetType().GetMethod(nameof(ListOf), BindingFlags.NonPublic | BindingFlags.Instance)!;
        return create.MakeGenericMethod(item).Invoke(this, null)!;
    }

    private ImmutableArray<T> ListOf<T>() => [.. Many(() => (T)Next(typeof(T)))];

    private IEnumerable<T> Many<T>(Func<T> one) => Enumerable.Range(0, _random.Next(4)).Select(_ => one());

    private byte[] Bytes()
    {
        byte[] bytes = new byte[_random.Next(20)];
        _random.NextBytes(bytes);
        return bytes;
    }

    private static object? Empty(Type type) => type.GetField("Empty")?.GetValue(null);

    private static bool IsKept(Type type, string field) => s_kept.Contains((type, field));

    private static IEnumerable<PropertyInfo> Fields(Type type) =>
        type.GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .Where(field => field.CanWrite && field.GetIndexParameters().Length == 0);
}
