using System.Text.Json.Serialization;

namespace ClusterGd.Data;

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true,
    RespectNullableAnnotations = true)]
[JsonSerializable(typeof(DataEncoding))]
internal sealed partial class DataEncodingJson : JsonSerializerContext;
