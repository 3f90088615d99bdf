using System.Collections.Immutable;
using ClusterGd.Core.Jobs;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace ClusterGd.Data.Jobs;

/// <summary>
/// YAML text to nodes, from the parser's events. Only what a job needs: anchors, aliases, tags, repeated keys, deep
/// nesting and a second document are refused, so that what is written is what is read.
/// </summary>
public sealed class YamlTree
{
    private const int DepthMax = 32;
    private const string NoAnchors = "anchors and aliases (& and *) are not allowed; write the value out";
    private readonly Parser _parser;
    private readonly string _text;
    private readonly string _source;
    private readonly JobProblems _problems;
    private readonly JobMark? _mark;

    private YamlTree(string text, string source, JobProblems problems, JobMark? mark)
    {
        _parser = new Parser(new StringReader(text));
        _text = text;
        _source = source;
        _problems = problems;
        _mark = mark;
    }

    /// <param name="source">Names the text in messages: the job file, or the option that has it.</param>
    /// <returns>The nodes, or null with the problem added where the text is no YAML.</returns>
    /// <param name="content">What the text should have, with an example.</param>
    public static JobNode? Parse(
        string text, string source, JobProblems problems,
        string content = "a job, for example 'data:' and 'model:' sections") =>
        new YamlTree(text, source, problems, mark: null).Document(content);

    /// <summary>The value of a command-line option: its place is the option, whatever its line.</summary>
    public static JobNode? ParseValue(string text, string option, JobProblems problems) =>
        text.Trim().Length == 0
            ? new JobNode.Scalar(new JobMark(option, 0, 0), "")
            : new YamlTree(text, option, problems, new JobMark(option, 0, 0)).Document("a value");

    private JobNode? Document(string content)
    {
        try
        {
            _parser.Consume<StreamStart>();
            if (_parser.Accept<StreamEnd>(out var end))
            {
                _problems.Add(MarkOf(end), $"the file is empty; write {content}");
                return null;
            }
            _parser.Consume<DocumentStart>();
            var root = Node(depth: 1);
            _parser.Consume<DocumentEnd>();
            if (!_parser.Accept<StreamEnd>(out _))
            {
                _problems.Add(MarkOf(_parser.Current!), "a second document begins; keep one job a file");
            }
            return root;
        }
        catch (YamlException problem)
        {
            return NoYaml(problem.Start, problem.Message);
        }
        catch (Exception problem) when (problem is ArgumentException or InvalidOperationException or FormatException
            or OverflowException or IndexOutOfRangeException)
        {
            // The parser lets these out for broken tags, escapes and directives.
            return NoYaml(_parser.Current?.End ?? Mark.Empty, "the parser cannot read on from here");
        }
    }

    private JobNode? Node(int depth)
    {
        if (_parser.TryConsume<AnchorAlias>(out var alias))
        {
            _problems.Add(MarkOf(alias), NoAnchors);
            return null;
        }
        var start = _parser.Consume<NodeEvent>();
        var mark = MarkOf(start);
        if (depth > DepthMax)
        {
            throw new YamlException(start.Start, start.End, $"it is nested deeper than {DepthMax} levels");
        }
        if (!start.Anchor.IsEmpty) _problems.Add(mark, NoAnchors);
        if (!start.Tag.IsEmpty) _problems.Add(mark, "tags (!) are not allowed; write the plain value");
        return start switch
        {
            Scalar scalar => new JobNode.Scalar(mark, scalar.Value, scalar.Style != ScalarStyle.Plain),
            SequenceStart => Sequence(mark, depth),
            MappingStart => Mapping(mark, depth),
            _ => null,
        };
    }

    private JobNode.Sequence Sequence(JobMark mark, int depth)
    {
        var items = ImmutableArray.CreateBuilder<JobNode>();
        while (!_parser.TryConsume<SequenceEnd>(out _))
        {
            if (Node(depth + 1) is { } item) items.Add(item);
        }
        return new JobNode.Sequence(mark, items.ToImmutable());
    }

    private JobNode.Mapping Mapping(JobMark mark, int depth)
    {
        var entries = ImmutableArray.CreateBuilder<JobNode.Entry>();
        var lines = new Dictionary<string, JobMark>(StringComparer.Ordinal);
        while (!_parser.TryConsume<MappingEnd>(out _))
        {
            var key = Node(depth + 1);
            var value = Node(depth + 1);
            if (key is null || value is null) continue;
            if (key is not JobNode.Scalar name)
            {
                _problems.Add(key.Mark, "a list or mapping is no key; write 'key: value'");
            }
            else if (lines.TryGetValue(name.Text, out var first))
            {
                _problems.Add(name.Mark, $"{name.Shown} is already stated at {first}; remove one of the two");
            }
            else
            {
                lines.Add(name.Text, name.Mark);
                entries.Add(new JobNode.Entry(name.Text, name.Mark, value));
            }
        }
        return new JobNode.Mapping(mark, entries.ToImmutable());
    }

    private JobMark MarkOf(ParsingEvent e) => MarkAt(e.Start);

    private JobMark MarkAt(Mark mark) => _mark ?? new JobMark(_source, (int)mark.Line, (int)mark.Column);

    private JobNode? NoYaml(Mark at, string message)
    {
        bool isFound = _mark is not null || message.StartsWith("it is nested", StringComparison.Ordinal);
        var mistake = isFound ? null : YamlMistake.Find(_text, (int)at.Line, (int)at.Column, message);
        if (mistake is var (line, column, what))
        {
            _problems.Add(new JobMark(_source, line, column), $"this is no YAML: {what}");
            return null;
        }
        var clause = char.ToLowerInvariant(message[0]) + message[1..].TrimEnd('.');
        _problems.Add(MarkAt(at), $"this is no YAML: {clause}; mend the line or the one before it");
        return null;
    }
}
