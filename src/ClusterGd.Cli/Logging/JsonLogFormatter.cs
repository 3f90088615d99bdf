using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;

namespace ClusterGd.Cli.Logging;

/// <summary>
/// For programs: one object a line, with <c>timestamp</c>, <c>level</c>, <c>category</c>, <c>eventId</c>, <c>event</c>,
/// <c>node</c>, <c>message</c>, what the message was made of in <c>values</c>, and an <c>exception</c> with its trace.
/// </summary>
internal sealed class JsonLogFormatter(LogSource source) : ConsoleFormatter(Id)
{
    public const string Id = "clustergd-json";

    /// <summary>Not a value: the text that the message was made by.</summary>
    private const string Template = "{OriginalFormat}";

    private static readonly JsonWriterOptions s_options = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public override void Write<TState>(in LogEntry<TState> entry, IExternalScopeProvider? scopes, TextWriter to)
    {
        var line = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(line, s_options))
        {
            json.WriteStartObject();
            json.WriteString("timestamp", LogLine.Now);
            json.WriteString("level", entry.LogLevel.ToString().ToLowerInvariant());
            json.WriteString("category", entry.Category);
            json.WriteNumber("eventId", entry.EventId.Id);
            if (entry.EventId.Name is { } name) json.WriteString("event", name);
            json.WriteString("node", source.Name);
            json.WriteString("message", entry.Formatter(entry.State, entry.Exception));
            if (entry.State is IEnumerable<KeyValuePair<string, object?>> values) WriteValues(json, values);
            if (entry.Exception is { } exception) json.WriteString("exception", exception.ToString());
            json.WriteEndObject();
        }
        to.Write(Encoding.UTF8.GetString(line.WrittenSpan));
        to.Write('\n');
    }

    private static void WriteValues(Utf8JsonWriter json, IEnumerable<KeyValuePair<string, object?>> values)
    {
        json.WriteStartObject("values");
        foreach (var (name, value) in values)
        {
            if (name == Template) continue;
            json.WritePropertyName(JsonNamingPolicy.CamelCase.ConvertName(name));
            WriteValue(json, value);
        }
        json.WriteEndObject();
    }

    private static void WriteValue(Utf8JsonWriter json, object? value)
    {
        switch (value)
        {
            case null:
                json.WriteNullValue();
                break;
            case bool flag:
                json.WriteBooleanValue(flag);
                break;
            case int number:
                json.WriteNumberValue(number);
                break;
            case long number:
                json.WriteNumberValue(number);
                break;
            case double number when double.IsFinite(number):
                json.WriteNumberValue(number);
                break;
            default:
                json.WriteStringValue(Convert.ToString(value, CultureInfo.InvariantCulture));
                break;
        }
    }
}
