using ClusterGd.Core.Data;
using ClusterGd.Core.Jobs;
using ClusterGd.Data.Input;

namespace ClusterGd.Data.Reading;

/// <summary>The reader of each format.</summary>
internal static class Readers
{
    public static RawData Read(DataSource source, string format, TargetKind kind, BadRows bad) => format switch
    {
        DataFormat.LibSvm => LibSvmReader.Read(source, kind, bad),
        _ => throw new InputException($"{source.Path}: the format {format} is not known."),
    };
}
