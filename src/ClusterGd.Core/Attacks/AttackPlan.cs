using System.Globalization;
using ClusterGd.Core.Jobs;
using ClusterGd.Core.Options;

namespace ClusterGd.Core.Attacks;

/// <summary>Which attack, and how many shards make it: the last ones. Immutable.</summary>
public sealed record AttackPlan(Component Kind, int Liars)
{
    private Attack? _attack;

    public Attack Attack => _attack ??= Kind.Create(AttackKinds.All);

    /// <summary>Whether a shard of so many lies.</summary>
    public bool Has(int shard, int shardCount) => shard >= shardCount - Liars;

    /// <summary>Reads <c>kind:shards</c> or <c>kind:shards:number</c>, such as signFlip:2 or scaling:1:50.</summary>
    /// <param name="shardCount">Of the job.</param>
    /// <exception cref="InputException">With the value, what is allowed and the next step.</exception>
    public static AttackPlan Parse(string text, int shardCount)
    {
        var names = AttackKinds.All.Select(k => k.Name);
        string[] words = text.Split(':');
        var kind = AttackKinds.All.FirstOrDefault(k => k.Name == words[0]);
        if (kind is null)
        {
            string hint = NearestWord.Hint(words[0], names, "use one of these, such as signFlip:2");
            throw new InputException($"--attack is '{text}', allowed is {OptionReader.OneOf(names)}; " +
                hint.TrimEnd('.') + (hint.EndsWith('?') ? "" : "."));
        }
        bool isCount = int.TryParse(words.ElementAtOrDefault(1), NumberStyles.None, CultureInfo.InvariantCulture,
            out int liars);
        if (!isCount || liars < 1 || liars > shardCount || words.Length > 2 + kind.Options.Length)
        {
            string number = kind.Options.IsEmpty ? "" : $", and perhaps ':{kind.Options[0].Name}' behind it";
            throw new InputException(
                $"--attack is '{text}', allowed is {kind.Name}:N with 1 to {shardCount} of the job's shards{number}; " +
                $"write {kind.Name}:1, for example.");
        }
        if (words.Length < 3) return new AttackPlan(Component.Of(kind.Name), liars);
        var option = kind.Options[0];
        if (!JobNumbers.TryParse(words[2], out double value) || !OptionReader.IsAllowed(option, value))
        {
            throw new InputException(
                $"--attack is '{text}', allowed as {option.Name} is {OptionReader.Allowed(option)}; change it, or " +
                $"leave it out for {JobNumbers.ToText((double)option.Default!)}.");
        }
        return new AttackPlan(Component.Of(kind.Name, (option.Name, value)), liars);
    }

    /// <summary>One clause for people: which attack by which shards.</summary>
    public string Describe(int shardCount)
    {
        var kind = AttackKinds.All.First(k => k.Name == Kind.Kind);
        var options = kind.Options.Select(o =>
            $" ({o.Name} {JobNumbers.ToText((double)Kind.Options.GetValueOrDefault(o.Name, o.Default!))})");
        int first = shardCount - Liars;
        string shards = Liars == 1 ? $"shard {first}" : $"shards {first} to {shardCount - 1}";
        return $"{Kind.Kind}{string.Concat(options)} by {shards} of {shardCount}";
    }
}
