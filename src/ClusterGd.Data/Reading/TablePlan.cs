using System.Collections.Immutable;
using ClusterGd.Core.Data;
using ClusterGd.Core.Jobs;
using ClusterGd.Core.Options;
using ClusterGd.Data.Input;

namespace ClusterGd.Data.Reading;

/// <summary>A column of a file to be read. Columns of an encoding keep its order, whatever the file's is.</summary>
/// <param name="Index">0-based position in this file; -1 for a target that it lacks and that is not needed.</param>
internal sealed record PlannedColumn(string Name, int Index, ColumnRole Role);

/// <summary>What is read of each column of a table, decided from its first record and what the job states.</summary>
internal sealed record TablePlan(ImmutableArray<PlannedColumn> Columns, string Missing, bool HasHeader)
{
    /// <summary>The only target; null for none or several.</summary>
    public string? TargetName => Columns.Count(c => c.Role == ColumnRole.Target) == 1
        ? Columns.First(c => c.Role == ColumnRole.Target).Name : null;

    /// <summary>How cells are written.</summary>
    public CellRules Cells { get; init; } = CellRules.Default;

    /// <summary>Whether the job's keys decide, so that other keys may be advised.</summary>
    public bool IsTraining { get; init; }

    /// <summary>Whether numbers are computed with before they are rounded to floats.</summary>
    public bool KeepsDoubles { get; init; }

    private const int ListedMax = 20;

    /// <summary>The plan of a training file.</summary>
    /// <param name="names">Of all columns; their numbers where there is no header.</param>
    /// <exception cref="InputException">The keys do not fit the columns; all problems together.</exception>
    public static TablePlan Of(DataSource source, TargetKind kind, string[] names, bool hasHeader)
    {
        var problems = new List<string>(ProblemsOfNames(source.Path, names));
        var roles = new ColumnRole?[names.Length];
        Assign(source.Target, ColumnRole.Target, "target");
        Assign(source.Categorical, ColumnRole.Category, "categorical");
        Assign(source.Ignore, ColumnRole.Ignored, "ignore");
        Assign(source.Group is { } group ? [group] : [], ColumnRole.Ignored, "group");
        Assign(source.Weight is { } weight ? [weight] : [], ColumnRole.Weight, "weight");
        if (source.Target.IsEmpty && kind != TargetKind.None)
        {
            int last = Array.FindLastIndex(roles, r => r is null);
            if (last >= 0) roles[last] = ColumnRole.Target;
        }
        if (kind is TargetKind.BinaryClass or TargetKind.Class && source.Target.Length > 1)
        {
            problems.Add(
                $"{source.Path}: {source.Target.Length} targets, but a class needs exactly one: name one, or train " +
                "one output a label (columns of 0 and 1) with loss: multiLabel.");
        }
        if (!roles.Any(r => r is null or ColumnRole.Category))
        {
            problems.Add($"{source.Path}: no column is left to be a feature: it has only {List(names)}.");
        }
        if (source.HashBuckets > 0 && source.Categorical.IsEmpty)
        {
            problems.Add(
                $"{source.Path}: hashBuckets hashes categories, but no column is named: add categorical: [column].");
        }
        if (problems.Count > 0) throw new InputException([.. problems]);
        return new TablePlan(
            [.. names.Select((name, i) => new PlannedColumn(name, i, roles[i] ?? ColumnRole.Number))],
            source.Missing, hasHeader)
        {
            IsTraining = true,
            Cells = CellRules.Of(source),
            KeepsDoubles = source.Standardize || source.Scale != 1,
        };

        void Assign(ImmutableArray<string> wanted, ColumnRole role, string key)
        {
            foreach (string name in wanted)
            {
                int index = Array.IndexOf(names, name);
                if (index < 0) problems.Add(Unknown(source.Path, key, name, names));
                else if (roles[index] is { } other && other != role)
                {
                    problems.Add(
                        $"{source.Path}: column '{name}' is stated as {key} and as {Word(other)}: choose one.");
                }
                else roles[index] = role;
            }
        }
    }

    /// <summary>
    /// The plan of another file for the same model: columns by name where both files have names, else by position.
    /// Targets may be absent where they are not needed, and so may weights.
    /// </summary>
    public static TablePlan Like(
        DataSource source, TablePlan trained, bool needTargets, string[] names, bool hasHeader)
    {
        var problems = new List<string>(ProblemsOfNames(source.Path, names));
        bool isByName = hasHeader && trained.HasHeader;
        int more = trained.Columns.Length - names.Length;
        ColumnRole[][] lacking = needTargets ? [] : [[ColumnRole.Target], [ColumnRole.Target, ColumnRole.Weight]];
        var lacks = isByName || more == 0
            ? [] : lacking.FirstOrDefault(roles => trained.Columns.Count(c => roles.Contains(c.Role)) == more);
        if (lacks is null)
        {
            throw new InputException(
                $"{source.Path}: {names.Length} columns, but the training file has {trained.Columns.Length}: give " +
                "it the same columns in the same order.");
        }
        int position = 0;
        var columns = ImmutableArray.CreateBuilder<PlannedColumn>(trained.Columns.Length);
        foreach (var column in trained.Columns)
        {
            bool isAbsent = lacks.Contains(column.Role);
            int index = isByName ? Array.IndexOf(names, column.Name) : isAbsent ? -1 : position++;
            bool isNeeded = column.Role is not (ColumnRole.Ignored or ColumnRole.Weight)
                && (needTargets || column.Role != ColumnRole.Target);
            if (index < 0 && isNeeded)
            {
                problems.Add(
                    $"{source.Path}: the {Word(column.Role)} column '{column.Name}' of the training file is not " +
                    $"there: it has {List(names)}.");
            }
            columns.Add(column with { Index = index });
        }
        if (isByName) AddUnknown(source, trained, names, problems);
        AddOtherRoles(source, trained, problems);
        if (problems.Count > 0) throw new InputException([.. problems]);
        return trained with
        {
            Columns = columns.MoveToImmutable(), HasHeader = hasHeader, Cells = trained.Cells.For(source),
            IsTraining = false,
        };
    }

    /// <summary>The plan that an encoding was fitted with.</summary>
    public static TablePlan Of(DataEncoding encoding) => new(
        [.. encoding.Columns.Select(c => new PlannedColumn(c.Name, c.Index, c.Role))], encoding.Missing,
        encoding.HasHeader)
    {
        Cells = CellRules.Of(encoding),
        KeepsDoubles = !encoding.Means.IsEmpty || encoding.Scale != 1,
    };

    /// <summary>The columns that a job names.</summary>
    public static string[] NamesIn(DataSource source) =>
    [
        .. source.Target, .. source.Categorical, .. source.Ignore,
        .. new[] { source.Group, source.Weight }.OfType<string>(),
    ];

    private static void AddUnknown(DataSource source, TablePlan trained, string[] names, List<string> problems)
    {
        string[] unknown = [.. names.Where(n => !trained.Columns.Any(c => c.Name == n) && !source.Ignore.Contains(n))];
        if (unknown.Length == 0) return;
        problems.Add(
            $"{source.Path}: {names.Length} columns, but the training file has {trained.Columns.Length}: " +
            $"{List(unknown)} would be new, so ignore or remove them.");
    }

    private static void AddOtherRoles(DataSource source, TablePlan trained, List<string> problems)
    {
        Check(source.Target, ColumnRole.Target);
        Check(source.Categorical, ColumnRole.Category);
        Check(source.Weight is { } weight ? [weight] : [], ColumnRole.Weight);

        void Check(ImmutableArray<string> names, ColumnRole role)
        {
            foreach (string name in names)
            {
                if (trained.Columns.Any(c => c.Name == name && c.Role == role)) continue;
                problems.Add(
                    $"{source.Path}: column '{name}' is stated as {Word(role)}, which it was not in training: leave " +
                    "it out.");
            }
        }
    }

    /// <exception cref="InputException">There are more columns than a table may have.</exception>
    public static void CheckColumns(string path, int count)
    {
        if (count <= Sizes.TableColumnsMax) return;
        throw new InputException(
            $"{path}: {Sizes.Text(count)} columns, and at most {Sizes.Text(Sizes.TableColumnsMax)} are allowed: " +
            "check the delimiter, or use the libsvm format.");
    }

    private static IEnumerable<string> ProblemsOfNames(string path, string[] names)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (string name in names)
        {
            if (!seen.Add(name)) yield return $"{path}: two columns are named '{name}': rename one.";
        }
    }

    private static string Unknown(string path, string key, string name, string[] names)
    {
        string? nearest = NearestWord.To(name, names.Take(1000));
        return $"{path}: {key} names a column '{name}', which is not there: "
            + (nearest is null ? $"there are {List(names)}." : $"did you mean '{nearest}'?");
    }

    private static string Word(ColumnRole role) => role switch
    {
        ColumnRole.Number => "number",
        ColumnRole.Category => "categorical",
        ColumnRole.Target => "target",
        ColumnRole.Ignored => "ignore",
        ColumnRole.Weight => "weight",
    };

    private static string List(string[] names) =>
        string.Join(", ", names.Take(ListedMax).Select(n => NumberText.Show(n)))
        + (names.Length > ListedMax ? $", … ({Sizes.Text(names.Length)} in all)" : "");
}
