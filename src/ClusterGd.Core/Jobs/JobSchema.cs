using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using ClusterGd.Core.Options;

namespace ClusterGd.Core.Jobs;

/// <summary>
/// The job file as a JSON schema (draft 7), from the tables that read it: editors complete keys and mark mistakes by
/// it. Rules over several keys are not in it.
/// </summary>
public static class JobSchema
{
    private const string DurationPattern = "^[0-9.eE+-]+ *(ms|s|min|h)$";

    private static readonly JsonSerializerOptions s_indented =
        new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static string Write(JobTables tables)
    {
        var schema = Section(JobSection.OfJob(tables));
        schema.Insert(0, "$schema", "http://json-schema.org/draft-07/schema#");
        schema.Insert(1, "title", "A job of ClusterGd");
        return schema.ToJsonString(s_indented).ReplaceLineEndings("\n") + "\n";
    }

    private static JsonObject Section(JobSection section)
    {
        if (section.KindKey is not { } kindKey) return Mapping(section, null, [], []);
        var forms = new JsonArray(new JsonObject
        {
            ["enum"] = Words(section.Kinds.Where(k => k.Options.All(o => o.Default is not null)).Select(k => k.Name)),
        });
        foreach (var kind in section.Kinds)
        {
            var properties = new JsonObject
            {
                [kindKey] = new JsonObject { ["const"] = kind.Name, ["description"] = kind.Summary },
            };
            foreach (var option in kind.Options)
            {
                properties[option.Name] = Described(Value(option), option.Summary, option);
            }
            var required = kind.Options.Where(o => o.Default is null).Select(o => o.Name);
            if (kind.Name != section.DefaultKind) required = required.Prepend(kindKey);
            forms.Add(Mapping(section, kind.Summary, properties, required));
        }
        return new JsonObject { ["anyOf"] = forms };
    }

    private static JsonObject Mapping(
        JobSection section, string? summary, JsonObject properties, IEnumerable<string> required)
    {
        foreach (var key in section.Keys) properties[key.Name] = Key(key);
        var mapping = new JsonObject { ["type"] = "object" };
        if (summary is not null) mapping["description"] = summary;
        mapping["properties"] = properties;
        string[] names = [.. required, .. section.Keys.Where(k => k.IsRequired).Select(k => k.Name)];
        if (names.Length > 0) mapping["required"] = Words(names);
        mapping["additionalProperties"] = false;
        return mapping;
    }

    private static JsonObject Key(JobKey key)
    {
        if (key.Section is { } section)
        {
            var below = Section(section);
            if (key.IsList) below = new JsonObject { ["type"] = "array", ["items"] = below };
            return Described(below, key.Summary, null);
        }
        var value = Value(key.Option!);
        if (key.IsList) value = OneOrList(value);
        if (key.Named is not null)
        {
            var mapping = new JsonObject { ["type"] = "object", ["additionalProperties"] = Value(key.Named) };
            value = new JsonObject { ["anyOf"] = new JsonArray(value, mapping) };
        }
        string summary = key.Allowed is null ? key.Summary : $"{key.Summary}: {key.Allowed}";
        return Described(value, summary, key.IsList ? null : key.Option);
    }

    private static JsonObject Described(JsonObject schema, string summary, Option? option)
    {
        schema["description"] = summary;
        if (option?.Default is { } value) schema["default"] = Default(value);
        return schema;
    }

    private static JsonObject Value(Option option) => option.Type switch
    {
        OptionType.Number => Bounded("number", option),
        OptionType.Integer => Bounded("integer", option),
        OptionType.Flag => new JsonObject { ["type"] = "boolean" },
        OptionType.Integers => OneOrList(Bounded("integer", option)),
        OptionType.Duration => new JsonObject { ["type"] = "string", ["pattern"] = DurationPattern },
        // A column may be called 1 or true, which YAML takes for a number or a flag.
        OptionType.Text => option.Choices.IsEmpty
            ? new JsonObject { ["type"] = Words(["string", "number", "boolean"]) }
            : new JsonObject { ["enum"] = Words(option.Choices) },
    };

    private static JsonObject Bounded(string type, Option option)
    {
        var schema = new JsonObject { ["type"] = type };
        if (double.IsFinite(option.Min)) schema[option.IsMinExclusive ? "exclusiveMinimum" : "minimum"] = option.Min;
        if (double.IsFinite(option.Max)) schema[option.IsMaxExclusive ? "exclusiveMaximum" : "maximum"] = option.Max;
        return schema;
    }

    private static JsonObject OneOrList(JsonObject one) => new()
    {
        ["anyOf"] = new JsonArray(one.DeepClone(), new JsonObject { ["type"] = "array", ["items"] = one }),
    };

    private static JsonArray Words(IEnumerable<string> words) => [.. words.Select(word => (JsonNode)word!)];

    private static JsonNode Default(object value) => value switch
    {
        bool flag => flag,
        string text => text,
        int[] numbers => new JsonArray([.. numbers.Select(n => (JsonNode)n)]),
        TimeSpan time => JobDurations.ToText(time),
        _ => Convert.ToDouble(value, CultureInfo.InvariantCulture),
    };
}
