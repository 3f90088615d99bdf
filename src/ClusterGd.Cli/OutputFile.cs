using ClusterGd.Core.Jobs;

namespace ClusterGd.Cli;

internal static class OutputFile
{
    /// <summary>Writes a file that the user named, beside itself and then renamed.</summary>
    /// <exception cref="InputException">It cannot be written there.</exception>
    /// <param name="option">By which it was named.</param>
    public static void Write(string path, Action<string> write, string option = "--out")
    {
        if (Directory.Exists(path)) throw new InputException($"{option} {path} is a folder; name a file in it.");
        var temporary = path + ".part";
        try
        {
            write(temporary);
            File.Move(temporary, path, overwrite: true);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{option} {path} cannot be written: {problem.Message}");
        }
        finally
        {
            File.Delete(temporary);
        }
    }

    /// <summary>A field of a CSV file, quoted where it must be.</summary>
    public static string Field(string text) =>
        text.AsSpan().IndexOfAny(",\"\r\n") < 0 ? text : $"\"{text.Replace("\"", "\"\"")}\"";
}
