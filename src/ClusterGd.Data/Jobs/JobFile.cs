using System.Text;
using ClusterGd.Core.Jobs;
using ClusterGd.Core.Options;

namespace ClusterGd.Data.Jobs;

/// <summary>Reads a job from its file, with the changes of the command line.</summary>
public static class JobFile
{
    private const int BytesMax = 1 << 20, EditShownMax = 120;

    /// <summary>The job with its data paths made absolute, relative ones being relative to the file.</summary>
    /// <param name="edits">As <c>--set</c> has them: <c>path=value</c>, the value in YAML.</param>
    /// <exception cref="InputException">Every mistake, one sentence each.</exception>
    public static Job Read(string path, IReadOnlyList<string> edits, JobTables tables)
    {
        if (path.Length == 0) throw new InputException("The path of the job file is empty; name a file.");
        // What comes through a pipe has no folder but the one it is read in.
        bool isPiped = path == "-" || path.StartsWith("/dev/", StringComparison.Ordinal);
        var folder = isPiped ? Environment.CurrentDirectory : Path.GetDirectoryName(Path.GetFullPath(path))!;
        return Parse(ReadText(path, "job"), path, edits, tables, folder);
    }

    /// <param name="source">Names the text in messages.</param>
    /// <param name="folder">What relative data paths are relative to.</param>
    /// <inheritdoc cref="Read"/>
    public static Job Parse(string text, string source, IReadOnlyList<string> edits, JobTables tables, string folder)
    {
        var problems = new JobProblems();
        var root = YamlTree.Parse(text, source, problems);
        if (root is null) problems.ThrowIfAny();
        foreach (var edit in edits) root = Edit(root!, edit, problems);
        var job = JobReader.Read(root!, tables, problems);
        return job with
        {
            Data = job.Data with
            {
                Train = Resolve(job.Data.Train, folder),
                Test = job.Data.Test is { } test ? Resolve(test, folder) : null,
                Validation = job.Data.Validation is { } validation ? Resolve(validation, folder) : null,
            },
        };
    }

    private static JobNode Edit(JobNode root, string edit, JobProblems problems)
    {
        int equals = edit.IndexOf('=');
        var option = $"--set {(edit.Length > EditShownMax ? edit[..EditShownMax] + "…" : edit)}";
        if (equals > 0)
        {
            return YamlTree.ParseValue(edit[(equals + 1)..], option, problems) is { } value
                ? JobEdit.Set(root, edit[..equals].Trim(), value, problems) : root;
        }
        problems.Add(new JobMark(option, 0, 0), "there is no path before an equals sign, allowed is path=value; " +
            "write for example --set training.epochs=20");
        return root;
    }

    private static DataSource Resolve(DataSource source, string folder) => source with
    {
        Path = Resolve(source.Path, folder),
        Labels = source.Labels is null ? null : Resolve(source.Labels, folder),
        Weights = source.Weights is null ? null : Resolve(source.Weights, folder),
    };

    private static string Resolve(string path, string folder)
    {
        var full = Path.GetFullPath(path, folder);
        // The run's own job has this path, and must be readable.
        if (!full.Any(char.IsControl)) return full;
        throw new InputException(
            $"The folder {string.Concat(folder.Select(c => char.IsControl(c) ? '?' : c))} has a control character in " +
            $"its name, allowed is none: rename it, or state an absolute path for {path}.");
    }

    /// <param name="what">The kind of file, for messages.</param>
    internal static string ReadText(string path, string what)
    {
        bool isStandard = path == "-";
        if (Directory.Exists(path)) throw new InputException($"{path} is a folder; name the {what} file in it.");
        if (!isStandard && !File.Exists(path))
        {
            throw new InputException($"The {what} file {path} is not there; check the path.");
        }
        try
        {
            using var file = isStandard ? Console.OpenStandardInput() : File.OpenRead(path);
            // A pipe may be a job file, but its length is only known at its end: read no more than is allowed.
            var bytes = new byte[BytesMax + 1];
            int count = file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
            if (count > BytesMax)
            {
                var size = file.CanSeek && file.Length > count ? $"{file.Length}" : $"more than {BytesMax}";
                throw new InputException(
                    $"{path} has {size} bytes, allowed are {BytesMax} for a {what} file; is this the data file?");
            }
            using var reader = new StreamReader(
                new MemoryStream(bytes, 0, count), new UTF8Encoding(false, throwOnInvalidBytes: true));
            return reader.ReadToEnd();
        }
        catch (DecoderFallbackException)
        {
            throw new InputException($"{path} is no UTF-8 text; is this the {what} file?");
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{path} cannot be read: {problem.Message}");
        }
    }
}
