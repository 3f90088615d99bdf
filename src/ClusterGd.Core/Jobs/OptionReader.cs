using System.Collections.Immutable;
using ClusterGd.Core.Options;

namespace ClusterGd.Core.Jobs;

/// <summary>Reads one value as its <see cref="Option"/> says, and writes it back.</summary>
internal static class OptionReader
{
    private const int TextLengthMax = 4096;

    // Whole numbers above 2⁵³ are not exact in a double.
    private const double IntegerMax = 9_007_199_254_740_992;

    /// <summary>The value as a double, bool, string, int[] or TimeSpan; or false, with the problem added.</summary>
    public static bool TryRead(Option option, JobNode node, string path, JobProblems problems, out object value)
    {
        value = Read(option, node)!;
        if (value is not null) return true;
        var back = "change it";
        if (option.Default is { } standard) back += $", or remove the key for the default {Text(standard)}";
        var hint = node is JobNode.Scalar { IsQuoted: false, Text: var word }
            ? NearestWord.Hint(word, option.Choices, back) : back;
        if (option.Type == OptionType.Integers && node is JobNode.Sequence list)
        {
            var one = option with { Type = OptionType.Integer };
            int wrong = list.Items.TakeWhile(item => Number(item, one, isWhole: true) is not null).Count();
            (option, node, path) = (one, list.Items[wrong], $"{path}.{wrong}");
        }
        problems.Wrong(node, path, Allowed(option) + Most(option, node), hint);
        return false;
    }

    public static string Allowed(Option option) => option.Type switch
    {
        OptionType.Number => "a number" + Range(option),
        OptionType.Integer => "a whole number" + Range(option),
        OptionType.Flag => "true or false",
        OptionType.Text => option.Choices.IsEmpty ? "a word" : OneOf(option.Choices),
        OptionType.Integers => "a list of whole numbers" + Range(option),
        OptionType.Duration => $"a time such as {JobDurations.Example}" + Times(option),
    };

    public static bool IsAllowed(Option option, double number) =>
        (option.IsMinExclusive ? number > option.Min : number >= option.Min)
        && (option.IsMaxExclusive ? number < option.Max : number <= option.Max);

    public static string OneOf(IEnumerable<string> words)
    {
        var list = words.ToArray();
        return list.Length < 2 ? string.Concat(list) : $"{string.Join(", ", list[..^1])} or {list[^1]}";
    }

    /// <summary>A stated or default value as a node of the canonical text.</summary>
    public static JobNode Write(object value) => value switch
    {
        int[] numbers => new JobNode.Sequence(default, [.. numbers.Select(n => Write((double)n))]),
        string text => new JobNode.Scalar(default, text, IsQuoted: !JobText.IsPlain(text)),
        bool flag => new JobNode.Scalar(default, flag ? "true" : "false"),
        double number => new JobNode.Scalar(default, JobNumbers.ToText(number)),
        int number => Write((double)number),
        TimeSpan time => new JobNode.Scalar(default, JobDurations.ToText(time)),
        _ => throw new ArgumentException($"A {value.GetType().Name} is no value of a job."),
    };

    private static object? Read(Option option, JobNode node) => option.Type switch
    {
        OptionType.Number => Number(node, option, isWhole: false),
        OptionType.Integer => Number(node, option, isWhole: true),
        OptionType.Flag => Flag(node),
        OptionType.Text => Word(node, option.Choices),
        OptionType.Integers => Numbers(node, option),
        OptionType.Duration => Time(node, option),
    };

    private static object? Number(JobNode node, Option option, bool isWhole)
    {
        if (node is not JobNode.Scalar { IsQuoted: false } scalar) return null;
        if (!JobNumbers.TryParse(scalar.Text, out double number) || !IsAllowed(option, number)) return null;
        // Adding 0 turns -0 into 0, so that the two have one canonical text.
        return isWhole && (Math.Floor(number) != number || Math.Abs(number) > IntegerMax) ? null : number + 0.0;
    }

    private static object? Flag(JobNode node) => node is JobNode.Scalar { IsQuoted: false, Text: var text }
        ? text switch { "true" or "True" or "TRUE" => true, "false" or "False" or "FALSE" => false, _ => null }
        : null;

    private static string? Word(JobNode node, ImmutableArray<string> choices)
    {
        if (node is not JobNode.Scalar { IsEmpty: false, Text: { Length: > 0 and <= TextLengthMax } text }) return null;
        return choices.IsEmpty || choices.Contains(text) ? text : null;
    }

    private static object? Numbers(JobNode node, Option option)
    {
        ImmutableArray<JobNode> items = node is JobNode.Sequence list ? list.Items : [node];
        var numbers = new int[items.Length];
        for (int i = 0; i < numbers.Length; i++)
        {
            if (Number(items[i], option, isWhole: true) is not double number) return null;
            if (Math.Abs(number) > int.MaxValue) return null;
            numbers[i] = (int)number;
        }
        return numbers;
    }

    private static object? Time(JobNode node, Option option) =>
        node is JobNode.Scalar { IsQuoted: false, Text: var text } && JobDurations.TryParse(text, out var time)
            && IsAllowed(option, time.TotalSeconds) ? time : null;

    /// <summary>What a whole number may be at most, said only to whom it concerns: the limit of the machine.</summary>
    private static string Most(Option option, JobNode node) =>
        option is { Type: OptionType.Integer, Max: int.MaxValue }
            && node is JobNode.Scalar { IsQuoted: false, Text: var text }
            && JobNumbers.TryParse(text, out double number) && number > option.Max
            ? $" and at most {JobNumbers.ToText(option.Max)}" : "";

    private static string Range(Option option)
    {
        bool hasMin = option.Min > -IntegerMax, hasMax = option.Max < int.MaxValue;
        string min = JobNumbers.ToText(option.Min), max = JobNumbers.ToText(option.Max);
        string above = option.IsMinExclusive ? $" above {min}" : $" of at least {min}";
        string below = option.IsMaxExclusive ? $" below {max}" : $" of at most {max}";
        return (hasMin, hasMax) switch
        {
            (true, true) when option.IsMinExclusive || option.IsMaxExclusive => $"{above} and{below}",
            (true, true) => $" from {min} to {max}",
            (true, false) => above,
            (false, true) => below,
            (false, false) => "",
        };
    }

    private static string Times(Option option) =>
        $" from {JobDurations.ToText(TimeSpan.FromSeconds(option.Min))} " +
        $"to {JobDurations.ToText(TimeSpan.FromSeconds(option.Max))}";

    /// <summary>A default as a job would write it.</summary>
    public static string Text(object value) => value switch
    {
        int[] numbers => $"[{string.Join(", ", numbers)}]",
        _ => ((JobNode.Scalar)Write(value)).Text,
    };
}
