using Xunit;

namespace ClusterGd.Data.Tests.Jobs;

/// <summary>A mistake of YAML is told where it is, not where the parser gave up.</summary>
public sealed class YamlMistakeTests
{
    private const string Text = """
        name: a9a
        seed: 1
        data:
          train: { path: a9a.gz, format: libsvm }
        model: { kind: mlp, hidden: [3, 4] }
        optimizer:
          kind: momentum
          learningRate: 2
        training: { batchSize: 1024, shards: 8 }
        stop:
          - { on: plateau, patience: 3 }
          - on: steps
            count: 100
        """;

    [Theory]
    [InlineData("  kind: momentum", "\tkind: momentum", "7:1", "a tab indents this line")]
    [InlineData("  learningRate: 2", "  \tlearningRate: 2", "8:3", "a tab indents this line")]
    [InlineData("seed: 1", "seed: 1\n\t", "3:1", "a tab indents this line")]
    [InlineData("seed: 1", "seed:1", "2:1", "a blank is missing after the ':'")]
    [InlineData("  learningRate: 2", "  learningRate:2", "8:3", "a blank is missing after the ':'")]
    [InlineData("shards: 8", "shards:8", "9:30", "put a blank after the ':': 'shards: 8'")]
    [InlineData("seed: 1", "seed 1", "2:1", "a ':' is missing")]
    [InlineData("seed: 1", "seed: 1\nseed: 2", "3:1", "'seed' is already stated at job.yaml:2:1")]
    [InlineData("  learningRate: 2", "  learningRate: 2\n  learningRate: 3", "9:3", "'learningRate' is already stated")]
    [InlineData("shards: 8", "shards: 8, shards: 9", "9:41", "'shards' is already stated at job.yaml:9:30")]
    [InlineData("name: a9a", "name: \"a9a", "1:7", "this quote is not closed")]
    [InlineData("name: a9a", "name: 'a9a", "1:7", "this quote is not closed")]
    [InlineData("path: a9a.gz", "path: \"a9a.gz", "4:18", "this quote is not closed")]
    [InlineData("name: a9a", "name: \"a\\q\"", "1:9", "'\\q' is no escape")]
    [InlineData("format: libsvm }", "format: libsvm", "4:10", "this '{' is not closed")]
    [InlineData("{ on: plateau, patience: 3 }", "{ on: plateau, patience: 3", "11:5", "this '{' is not closed")]
    [InlineData("[3, 4] }", "[3, 4", "5:29", "this '[' is not closed")]
    [InlineData("shards: 8 }", "shards: 8 }}", "9:41", "")]
    [InlineData("seed: 1", " seed: 1", "2:2", "the line is indented by 1")]
    [InlineData("  learningRate: 2", "   learningRate: 2", "8:4", "the line is indented by 3")]
    [InlineData("  learningRate: 2", " learningRate: 2", "8:2", "the line is indented by 1")]
    [InlineData("  - on: steps", " - on: steps", "12:2", "the line is indented by 1")]
    [InlineData("  - on: steps", "  -on: steps", "12:3", "a blank is missing after the '-'")]
    [InlineData("seed: 1", "seed: a: 1", "2:7", "a key cannot stand here")]
    [InlineData("1024, shards", "1024 shards", "9:29", "a key cannot stand here; put a comma")]
    [InlineData("[3, 4]", "[3, x]", "5:33", "model.hidden.1 is 'x'")]
    [InlineData("seed: 1", "seed: [1]", "2:7", "seed is a list")]
    [InlineData("name: a9a", "name: a\u0001\n :", "1:8", "a control character stands here")]
    public void Read_Mistake_IsToldAtItsPlace(string right, string wrong, string place, string clause)
    {
        foreach (string lineEnd in new[] { "\n", "\r\n" })
        {
            string text = Text.Replace(right, wrong, StringComparison.Ordinal).ReplaceLineEndings(lineEnd);
            var problems = JobTexts.ProblemsOf(text);
            Assert.Contains(problems, problem => problem.StartsWith($"job.yaml:{place}: ", StringComparison.Ordinal)
                && problem.Contains(clause, StringComparison.Ordinal));
        }
    }
}
