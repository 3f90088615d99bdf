using System.CommandLine;
using System.Globalization;
using ClusterGd.Core.Options;
using ClusterGd.Data;
using Microsoft.Win32.SafeHandles;

namespace ClusterGd.Cli.Terminal;

/// <summary>
/// A file that the user named to be written. It is whole or not there: it grows under another name in the same folder,
/// which a failure or a signal removes. It never replaces what the command reads, and another file only where that is
/// asked for. <c>-</c> is the standard output; pipes and devices are written as they are.
/// </summary>
internal sealed class OutputFile : IDisposable
{
    private const int BufferBytes = 128 * 1024;
    private readonly string _named, _option;
    private readonly Stream _stream;
    private readonly Cleanup? _cleanup;
    private readonly string _target = "", _temporary = "";
    private readonly bool _isForced;

    /// <summary>Tells all that is wrong before anything is computed.</summary>
    /// <param name="option">By which the path was given.</param>
    /// <param name="isForced">Whether an existing file may be replaced.</param>
    /// <param name="inputs">What the command reads.</param>
    /// <exception cref="InputException">It cannot be written there.</exception>
    public OutputFile(string path, bool isForced, IEnumerable<string> inputs, string option = "--out")
    {
        (_named, _option, _isForced) = (path, option, isForced);
        IsStandard = path is "-" or "/dev/stdout" or "/dev/fd/1" or "/proc/self/fd/1";
        var identity = FileIdentity.Of(IsStandard ? "/dev/stdout" : path);
        RefuseInput(identity, inputs);
        try
        {
            if (IsStandard || identity.Kind is FileKind.Pipe or FileKind.Device)
            {
                _stream = OpenAsItIs();
                return;
            }
            Refuse(identity.Kind);
            // The runtime takes a link's target for relative to the root where the link's own path has no folder.
            string full = Path.GetFullPath(path);
            _target = new FileInfo(full).LinkTarget is null
                ? full : File.ResolveLinkTarget(full, returnFinalTarget: true)!.FullName;
            // Short, so that a name as long as a file system allows has a temporary one, too.
            _temporary = Path.Combine(Path.GetDirectoryName(_target)!, string.Create(
                CultureInfo.InvariantCulture, $".clustergd-{Environment.ProcessId}-{Environment.TickCount64}.part"));
            _cleanup = new Cleanup(() =>
            {
                if (File.Exists(_temporary)) File.Delete(_temporary);
            });
            _stream = new FileStream(_temporary, FileMode.CreateNew, FileAccess.Write, FileShare.Read, BufferBytes);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            _cleanup?.Dispose();
            throw Problem(problem);
        }
    }

    /// <summary>Whether it is the standard output, so that all else goes to standard error.</summary>
    public bool IsStandard { get; }

    /// <summary>Where a sentence for the user goes.</summary>
    public TextWriter Sentences => IsStandard ? Console.Error : Console.Out;

    /// <summary>The option by which an existing file may be replaced.</summary>
    public static Option<bool> Force() => new("--force") { Description = "Replace a file that exists." };

    /// <summary>Writes the whole of it; without an exception it is there, under its name.</summary>
    /// <exception cref="InputException">It cannot be written.</exception>
    public void Write(Action<Stream> write)
    {
        try
        {
            write(_stream);
            if (_cleanup is null) _stream.Flush();
            else Finish((FileStream)_stream, _cleanup);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            // What reads the standard output may stop, as head does: that is no mistake of the user's.
            if (IsStandard && BrokenPipe.Is(problem)) throw;
            throw Problem(problem);
        }
    }

    public void Dispose()
    {
        try
        {
            _stream.Dispose();
        }
        catch (IOException)
        {
            // A full disk has been told; the file goes.
        }
        _cleanup?.Dispose();
    }

    /// <summary>A field of a CSV file, quoted where it must be.</summary>
    public static string Field(string text) =>
        text.AsSpan().IndexOfAny(",\"\r\n") < 0 ? text : $"\"{text.Replace("\"", "\"\"")}\"";

    private void Finish(FileStream stream, Cleanup cleanup)
    {
        if (!OperatingSystem.IsWindows() && File.Exists(_target))
        {
            File.SetUnixFileMode(stream.SafeFileHandle, File.GetUnixFileMode(_target));
        }
        stream.Flush(flushToDisk: true);
        stream.Dispose();
        cleanup.Finish(() => File.Move(_temporary, _target, overwrite: _isForced));
    }

    /// <summary>
    /// The standard output by its handle: opening its name would begin a redirected file again. Into a file the console
    /// writes, since a file stream leaves the place where the next program with the same output goes on.
    /// </summary>
    private Stream OpenAsItIs()
    {
        if (!IsStandard || OperatingSystem.IsWindows())
        {
            return new FileStream(_named, FileMode.Open, FileAccess.Write, FileShare.ReadWrite, BufferBytes);
        }
        var stream = new FileStream(new SafeFileHandle(1, ownsHandle: false), FileAccess.Write, BufferBytes);
        return stream.CanSeek ? new BufferedStream(Console.OpenStandardOutput(), BufferBytes) : stream;
    }

    private void RefuseInput(FileIdentity identity, IEnumerable<string> inputs)
    {
        if (inputs.FirstOrDefault(input => identity.IsSameFile(FileIdentity.Of(input))) is not { } read) return;
        string also = Path.GetFullPath(read) == Path.GetFullPath(_named) ? "" : $", the same file as {read}";
        throw new InputException(
            $"{_option} {_named} is a file that this command reads{also}: an output never replaces an input; name " +
            "another file.");
    }

    private void Refuse(FileKind kind)
    {
        if (kind == FileKind.Folder || Path.EndsInDirectorySeparator(_named))
        {
            throw new InputException($"{_option} {_named} is a folder; name a file in it.");
        }
        string folder = Path.GetDirectoryName(_named) is { Length: > 0 } named ? named : ".";
        if (!Directory.Exists(folder))
        {
            throw new InputException($"{_option} {_named}: there is no folder {folder}; make it, or name another.");
        }
        if (kind == FileKind.File && !_isForced)
        {
            throw new InputException($"{_option} {_named} exists; name another file, or replace it by --force.");
        }
    }

    private InputException Problem(Exception problem) => new(
        $"{_option} {(IsStandard ? "- (the standard output)" : _named)} cannot be written: {problem.Message}");
}
