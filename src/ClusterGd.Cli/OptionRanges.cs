using System.CommandLine;

namespace ClusterGd.Cli;

internal static class OptionRanges
{
    /// <summary>Refuses numbers outside min … max when the line is parsed.</summary>
    public static void AddRange(this Option option, int min, int max) => option.Validators.Add(result =>
    {
        if (result.Tokens is not [{ Value: var text }] || !int.TryParse(text, out int value)) return;
        if (value < min || value > max)
        {
            result.AddError($"{option.Name} is {value}, allowed is a whole number from {min} to {max}; change it");
        }
    });
}
