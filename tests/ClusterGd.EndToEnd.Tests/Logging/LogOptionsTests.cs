using ClusterGd.Cli;
using ClusterGd.Cli.Logging;
using Microsoft.Extensions.Logging;
using Xunit;

namespace ClusterGd.EndToEnd.Tests.Logging;

public class LogOptionsTests
{
    [Theory]
    [InlineData("node", LogLevel.Information)]
    [InlineData("train a.yaml", LogLevel.None)]
    [InlineData("resume run", LogLevel.None)]
    [InlineData("crossval a.yaml", LogLevel.None)]
    [InlineData("chaos a.yaml", LogLevel.None)]
    [InlineData("data info a.csv", LogLevel.None)]
    public void Settings_OfAVerbAlone_AreItsDefault(string line, LogLevel level)
    {
        var settings = SettingsOf(line);
        Assert.Equal(level, settings.Level);
        Assert.False(settings.IsJson);
    }

    [Theory]
    [InlineData("trace", LogLevel.Trace)]
    [InlineData("debug", LogLevel.Debug)]
    [InlineData("information", LogLevel.Information)]
    [InlineData("warning", LogLevel.Warning)]
    [InlineData("error", LogLevel.Error)]
    [InlineData("none", LogLevel.None)]
    public void Settings_WithALevel_AreHandedOnToChildren(string word, LogLevel level)
    {
        var settings = SettingsOf($"train a.yaml --log-level {word} --log-format json");
        Assert.Equal(level, settings.Level);
        Assert.True(settings.IsJson);
        Assert.Equal(["--log-level", word, "--log-format", "json"], settings.Words);
        Assert.Equal(level, SettingsOf($"node {string.Join(' ', settings.Words)}").Level);
    }

    [Theory]
    [InlineData("node --log-level loud",
        "--log-level is loud, allowed is trace, debug, information, warning, error or none; change it")]
    [InlineData("train a.yaml --log-level Warning",
        "--log-level is Warning, allowed is trace, debug, information, warning, error or none; change it")]
    [InlineData("resume run --log-format xml", "--log-format is xml, allowed is text or json; change it")]
    public void Value_Other_IsRefusedWithThoseAllowed(string line, string sentence)
    {
        var parse = CommandLineApp.Root().Parse(line);
        Assert.Equal(sentence, Assert.Single(parse.Errors).Message);
    }

    private static LogSettings SettingsOf(string line)
    {
        var parse = CommandLineApp.Root().Parse(line);
        Assert.Empty(parse.Errors);
        return LogOptions.Of(parse);
    }
}
