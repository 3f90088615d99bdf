using System.CommandLine;
using Microsoft.Extensions.Logging;

namespace ClusterGd.Cli.Logging;

/// <summary>The options of a verb that logs.</summary>
internal static class LogOptions
{
    private const string LevelName = "--log-level", FormatName = "--log-format";
    private static readonly string[] s_formats = ["text", "json"];

    /// <summary>By the words of the option; critical is no level of this program.</summary>
    private static readonly Dictionary<string, LogLevel> s_levels = new(StringComparer.Ordinal)
    {
        ["trace"] = LogLevel.Trace, ["debug"] = LogLevel.Debug, ["information"] = LogLevel.Information,
        ["warning"] = LogLevel.Warning, ["error"] = LogLevel.Error, ["none"] = LogLevel.None,
    };

    /// <param name="byDefault">The level's word.</param>
    public static void AddLog(this Command command, string byDefault)
    {
        command.Options.Add(Choice(
            LevelName, "What is logged to standard error, and what is worse.", [.. s_levels.Keys], byDefault));
        command.Options.Add(Choice(
            FormatName, "Lines of the log for people, or one JSON object a line.", s_formats, s_formats[0]));
    }

    /// <summary>What a line says; nothing is logged by a verb without these options.</summary>
    public static LogSettings Of(ParseResult parse)
    {
        string? level = Value(parse, LevelName), format = Value(parse, FormatName);
        return level is null || format is null
            ? LogSettings.None : new LogSettings(s_levels[level], format == "json", WordsFor(level, format));
    }

    public static string[] WordsFor(string level, string format) => [LevelName, level, FormatName, format];

    private static string? Value(ParseResult parse, string name) =>
        parse.CommandResult.Command.Options.OfType<Option<string>>().FirstOrDefault(option => option.Name == name)
            is { } option ? parse.GetValue(option) : null;

    private static Option<string> Choice(string name, string description, string[] allowed, string byDefault)
    {
        string all = $"{string.Join(", ", allowed[..^1])} or {allowed[^1]}";
        var option = new Option<string>(name)
        {
            Description = description, HelpName = string.Join('|', allowed), DefaultValueFactory = _ => byDefault,
        };
        option.CompletionSources.Add(allowed);
        option.Validators.Add(result =>
        {
            if (result.Tokens is [{ Value: var word }] && !allowed.Contains(word))
            {
                result.AddError($"{name} is {word}, allowed is {all}; change it");
            }
        });
        return option;
    }
}
