using System.Collections.Immutable;
using ClusterGd.Core.Options;

namespace ClusterGd.Core.Jobs;

/// <summary>The key that is the word <c>balanced</c> or a mapping of classes to numbers.</summary>
internal sealed partial class Section<T>
{
    public Section<T> ClassWeights(
        string name, string summary, Func<T, ClassWeights?> get, Func<T, ClassWeights, T> set)
    {
        const string Allowed = "balanced, or a mapping of classes to numbers such as '{ a: 2, b: 1 }'";
        var number = Option.Number(name, null, 0, double.MaxValue, summary);
        T Read(JobNode node, string path, T from, JobProblems problems)
        {
            if (node is JobNode.Scalar { Text: Options.ClassWeights.Balanced }) return set(from, new ClassWeights());
            if (node is not JobNode.Mapping { Entries.IsEmpty: false } mapping)
            {
                problems.Wrong(node, path, Allowed, "change it or remove the key");
                return from;
            }
            var weights = ImmutableSortedDictionary.CreateBuilder<string, double>(StringComparer.Ordinal);
            foreach (var entry in mapping.Entries)
            {
                bool isNumber = OptionReader.TryRead(
                    number, entry.Value, $"{path}.{JobNode.Clean(entry.Key)}", problems, out var value);
                if (isNumber) weights[entry.Key] = (double)value;
            }
            return weights.Count == 0 ? from : set(from, new ClassWeights(weights.ToImmutable()));
        }
        var key = new JobKey(name, summary)
        {
            Option = Option.Text(name, null, summary, Options.ClassWeights.Balanced), Named = number, Allowed = Allowed,
        };
        _fields.Add(new Field(key, Read, (r, _) => get(r) switch
        {
            null => null,
            { IsBalanced: true } => OptionReader.Write(Options.ClassWeights.Balanced),
            var weights => new JobNode.Mapping(default,
                [.. weights.ByClass.Select(w => new JobNode.Entry(w.Key, default, OptionReader.Write(w.Value)))]),
        }));
        return this;
    }
}
