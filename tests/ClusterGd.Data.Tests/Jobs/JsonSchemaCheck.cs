using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using ClusterGd.Core.Jobs;

namespace ClusterGd.Data.Tests.Jobs;

/// <summary>Holds a job as written against a JSON schema: the keywords that the job's schema uses.</summary>
internal static class JsonSchemaCheck
{
    public static bool IsValid(JsonNode schema, JobNode value)
    {
        var keywords = schema.AsObject();
        return keywords.All(keyword => keyword.Key switch
        {
            "anyOf" => keyword.Value!.AsArray().Any(form => IsValid(form!, value)),
            "enum" => value is JobNode.Scalar word && Words(keyword.Value!).Contains(word.Text),
            "const" => value is JobNode.Scalar one && one.Text == (string)keyword.Value!,
            "type" => Words(keyword.Value!).Any(type => IsOfType(type, value)),
            "pattern" => value is JobNode.Scalar text && Regex.IsMatch(text.Text, (string)keyword.Value!),
            "minimum" => Number(value) >= (double)keyword.Value!,
            "maximum" => Number(value) <= (double)keyword.Value!,
            "exclusiveMinimum" => Number(value) > (double)keyword.Value!,
            "exclusiveMaximum" => Number(value) < (double)keyword.Value!,
            "items" => ((JobNode.Sequence)value).Items.All(item => IsValid(keyword.Value!, item)),
            "required" => Words(keyword.Value!).All(key => ((JobNode.Mapping)value).Find(key) is not null),
            "properties" => ((JobNode.Mapping)value).Entries.All(
                entry => keyword.Value![entry.Key] is not { } below || IsValid(below, entry.Value)),
            "additionalProperties" => ((JobNode.Mapping)value).Entries.All(
                entry => keywords["properties"]?.AsObject().ContainsKey(entry.Key) == true
                    || IsAllowed(keyword.Value!, entry.Value)),
            "description" or "default" or "title" or "$schema" => true,
            _ => throw new NotSupportedException(keyword.Key),
        });
    }

    // Of a name that the schema does not have: false, or a schema of its value.
    private static bool IsAllowed(JsonNode others, JobNode value) =>
        others is JsonObject schema && IsValid(schema, value);

    private static IEnumerable<string> Words(JsonNode node) =>
        node is JsonArray list ? list.Select(word => (string)word!) : [(string)node!];

    private static double? Number(JobNode value) =>
        value is JobNode.Scalar { IsQuoted: false, Text: var text }
            && double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number)
            ? number : null;

    private static bool IsOfType(string type, JobNode value) => (type, value) switch
    {
        ("object", JobNode.Mapping) or ("array", JobNode.Sequence) => true,
        ("number", JobNode.Scalar) => Number(value) is not null,
        ("integer", JobNode.Scalar) => Number(value) is { } number && number == Math.Floor(number),
        ("boolean", JobNode.Scalar { IsQuoted: false, Text: "true" or "false" }) => true,
        ("string", JobNode.Scalar scalar) => scalar.IsQuoted || Number(value) is null,
        _ => false,
    };
}
