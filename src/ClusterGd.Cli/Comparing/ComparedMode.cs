using System.Collections.Immutable;
using ClusterGd.Core.Modes;
using ClusterGd.Core.Options;

namespace ClusterGd.Cli.Comparing;

/// <summary>
/// A mode as <c>--modes</c> names it: <c>kind</c>, then the value of its first option, or <c>option=value</c>, or
/// <c>path=value</c> of the job for this mode alone, each after a colon.
/// </summary>
/// <param name="Label">As written, for tables.</param>
/// <param name="Edits">What it changes in the job.</param>
internal sealed record ComparedMode(string Label, ImmutableArray<string> Edits)
{
    public const string Syntax = "kind[:value][:option=value][:path=value]";

    /// <exception cref="InputException">The kind is unknown or an option has no value.</exception>
    public static ComparedMode Parse(string text)
    {
        string[] words = text.Split(':');
        var names = TrainingModes.All.Select(k => k.Name);
        var kind = TrainingModes.All.FirstOrDefault(k => k.Name == words[0]);
        if (kind is null)
        {
            string hint = NearestWord.Hint(words[0], names, "use one of these");
            throw new InputException(
                $"--modes has '{text}', allowed is {string.Join(", ", names)}; " +
                $"{hint}{(hint.EndsWith('?') ? "" : ".")}");
        }
        var options = new List<string> { $"kind: {kind.Name}" };
        var edits = new List<string>();
        foreach (string word in words.Skip(1))
        {
            int equals = word.IndexOf('=');
            if (equals > 0 && word[..equals].Contains('.')) edits.Add(word);
            else if (equals > 0) options.Add($"{word[..equals]}: {word[(equals + 1)..]}");
            else if (word.Length > 0 && kind.Options.Length > 0) options.Add($"{kind.Options[0].Name}: {word}");
            else
            {
                throw new InputException(
                    $"--modes has '{text}', allowed is {Syntax}, and {kind.Name} has " +
                    (kind.Options.IsEmpty ? "no options" : $"{string.Join(", ", kind.Options.Select(o => o.Name))}") +
                    "; change it.");
            }
        }
        return new ComparedMode(text, [.. edits, $"training.mode={{ {string.Join(", ", options)} }}"]);
    }
}
