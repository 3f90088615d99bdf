using System.Globalization;
using System.Text.Json;
using ClusterGd.Cli.Logging;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;
using Xunit;

namespace ClusterGd.EndToEnd.Tests.Logging;

public class LogFormatterTests
{
    private static readonly LogSource s_source = new() { Name = "10.0.0.2:4053" };

    [Fact]
    public void Text_MessageAndException_EachLineBeginsInTheSameWay()
    {
        string[] lines = Format(new TextLogFormatter(s_source), "one\ntwo", new IOException("three")).Split('\n');

        Assert.Equal(4, lines.Length);   // the last one is empty
        Assert.All(lines[..3], line => Assert.True(LogLine.Is(line), line));
        Assert.All(lines[..3], line => Assert.Contains("Z error 10.0.0.2:4053 ClusterGd.Run[2003] ", line));
        Assert.EndsWith(" one", lines[0]);
        Assert.EndsWith(" two", lines[1]);
        Assert.EndsWith(" System.IO.IOException: three", lines[2]);
    }

    [Fact]
    public void Json_MessageAndException_IsOneObjectInOneLine()
    {
        string text = Format(new JsonLogFormatter(s_source), "one\ntwo", new IOException("three"));

        Assert.Equal(text.Length - 1, text.IndexOf('\n'));
        Assert.True(LogLine.Is(text));
        var line = JsonDocument.Parse(text).RootElement;
        var time = DateTime.Parse(
            line.GetProperty("timestamp").GetString()!, CultureInfo.InvariantCulture, DateTimeStyles.AdjustToUniversal);
        Assert.InRange((DateTime.UtcNow - time).TotalHours, 0, 1);
        Assert.Equal("error", line.GetProperty("level").GetString());
        Assert.Equal("ClusterGd.Run", line.GetProperty("category").GetString());
        Assert.Equal(2003, line.GetProperty("eventId").GetInt32());
        Assert.Equal("RunEnds", line.GetProperty("event").GetString());
        Assert.Equal("10.0.0.2:4053", line.GetProperty("node").GetString());
        Assert.Equal("one\ntwo", line.GetProperty("message").GetString());
        Assert.StartsWith("System.IO.IOException: three", line.GetProperty("exception").GetString());
    }

    /// <summary>JSON has no number for NaN.</summary>
    [Fact]
    public void Json_Values_AreOfTheirKindWithoutTheTemplate()
    {
        KeyValuePair<string, object?>[] values =
        [
            new("Step", 7L), new("TrainLoss", double.NaN), new("Seconds", 0.5), new("Node", "a:1"), new("Is", true),
            new("Who", null), new("{OriginalFormat}", "step {Step}"),
        ];
        string text = Format(new JsonLogFormatter(s_source), values, null);

        Assert.Contains(
            """values":{"step":7,"trainLoss":"NaN","seconds":0.5,"node":"a:1","is":true,"who":null}""", text);
    }

    [Theory]
    [InlineData("")]
    [InlineData("no seed answered in 60 s")]
    [InlineData("2026-11-30 is no time of a log, and this line is long enough")]
    [InlineData("Unhandled exception. System.OutOfMemoryException: no more")]
    [InlineData("   at ClusterGd.Cli.Program.Main()")]
    [InlineData("{\"level\":\"information\"}")]
    public void Line_OfSomethingElse_IsNoneOfTheLog(string line) => Assert.False(LogLine.Is(line));

    private static string Format<TState>(ConsoleFormatter formatter, TState state, Exception? exception)
    {
        var text = new StringWriter { NewLine = "\n" };
        var entry = new LogEntry<TState>(
            LogLevel.Error, "ClusterGd.Run", new EventId(2003, "RunEnds"), state, exception, (s, _) => $"{s}");
        formatter.Write(entry, null, text);
        return text.ToString();
    }
}
