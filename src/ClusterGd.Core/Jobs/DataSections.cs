using ClusterGd.Core.Options;

namespace ClusterGd.Core.Jobs;

/// <summary>The tables of the job file's <c>data</c> section.</summary>
internal static class DataSections
{
    public static readonly Section<DataSource> Source = new Section<DataSource>(new DataSource { Path = "" })
        .Text(Option.Text("path", null, "the file of the rows, relative to the job file"),
            s => s.Path, (s, v) => s with { Path = v }, "a path without control characters", IsPath, isRequired: true)
        .Text(Option.Text("format", null, "how the file is written", [.. JobFormat.Names]),
            s => s.Format, (s, v) => s with { Format = v })
        .Words("target", "target columns, by name or by number from 0", s => s.Target, (s, v) => s with { Target = v })
        .Words("categorical", "columns turned into one feature a value",
            s => s.Categorical, (s, v) => s with { Categorical = v })
        .Words("ignore", "columns not used", s => s.Ignore, (s, v) => s with { Ignore = v })
        .Integer("hashBuckets", 0, int.MaxValue,
            "features that categorical columns (libsvm: indices) are hashed into; 0 for one each",
            s => s.HashBuckets, (s, v) => s with { HashBuckets = v })
        .Flag("header", "whether the first line has names", s => s.Header, (s, v) => s with { Header = v })
        .Text(Option.Text("delimiter", null, "what separates columns"),
            s => s.Delimiter, (s, v) => s with { Delimiter = v }, "one character, blanks or tab",
            word => word.Length == 1 || word is "blanks" or "tab")
        .Text(Option.Text("missing", null, "what a missing value becomes"),
            s => s.Missing, (s, v) => s with { Missing = v }, "error, mean or a number",
            word => word is "error" or "mean" || JobNumbers.TryParse(word, out _))
        .Text(Option.Text("decimal", null, "the decimal mark of numbers in text"),
            s => s.Decimal, (s, v) => s with { Decimal = v }, "'.' or ','", word => word is "." or ",")
        .Text(Option.Text("thousands", null, "the mark between thousands of numbers in text"),
            s => s.Thousands, (s, v) => s with { Thousands = v }, "one of , . ' _ and a blank, in quotes",
            DataSource.IsThousandsMark)
        .Words("missingTokens", "words for a missing value, beside NA, null, - and the like in numeric columns",
            s => s.MissingTokens, (s, v) => s with { MissingTokens = v })
        .Flag("standardize", "features to mean 0 and deviation 1",
            s => s.Standardize, (s, v) => s with { Standardize = v })
        .Number(Option.Above("scale", null, 0, "all features are divided by this"),
            s => s.Scale, (s, v) => s with { Scale = v })
        .Text(Option.Text("labels", null, "the file of the labels"), s => s.Labels, (s, v) => s with { Labels = v },
            "a path without control characters", IsPath)
        .Integer("features", 0, int.MaxValue, "number of features; 0 for the largest index",
            s => s.Features, (s, v) => s with { Features = v })
        .Text(Option.Text("indexBase", null, "what features are counted from", "0", "1", "auto"),
            s => s.IndexBase, (s, v) => s with { IndexBase = v })
        .Text(Option.Text("group", null, "the column of a row's group, no feature; libsvm: ignore, to leave qid out"),
            s => s.Group, (s, v) => s with { Group = v })
        .Text(Option.Text("weight", null, "the column with the weight of each row"),
            s => s.Weight, (s, v) => s with { Weight = v })
        .Text(Option.Text("weights", null, "the file with the weight of each row, one a line"),
            s => s.Weights, (s, v) => s with { Weights = v }, "a path without control characters", IsPath)
        .Resolve((mapping, source) => OfFormat(source, FormatOf(mapping, source)))
        .Check(CheckFormat)
        .Check(CheckMarks)
        .WriteOnly((source, key) => IsKeyOf(source.Format, key)
            && (key != "hashBuckets" || source.Format != "libsvm" || source.HashBuckets > 0));

    public static readonly Section<SplitSpec> Split = new Section<SplitSpec>(new SplitSpec())
        .Number(Option.Between("fraction", null, 0, 1, "fraction of the rows held out as test rows"),
            s => s.Fraction, (s, v) => s with { Fraction = v })
        .Integer("every", 2, int.MaxValue, "row i is held out where i % every is the offset",
            s => s.Every, (s, v) => s with { Every = v })
        .Integer("offset", 0, int.MaxValue, "see every", s => s.Offset, (s, v) => s with { Offset = v })
        .Integer("folds", 2, 1000, "folds that the rows are drawn into, of which one is held out",
            s => s.Folds, (s, v) => s with { Folds = v })
        .Integer("fold", 0, 999, "the fold that is held out, from 0", s => s.Fold, (s, v) => s with { Fold = v })
        .Number(Option.Between("validation", null, 0, 1, "fraction of the rows held out as validation rows"),
            s => s.Validation, (s, v) => s with { Validation = v })
        .Flag("stratified", "whether each class is drawn in its share",
            s => s.Stratified, (s, v) => s with { Stratified = v })
        .Check(SplitChecks.Check)
        .WriteOnly((split, key) => key switch
        {
            "fraction" => split.Fraction > 0,
            "every" or "offset" => split.Every > 0,
            "folds" or "fold" => split.Folds > 0,
            "validation" => split.Validation > 0,
            _ => split.Stratified,
        });

    public static readonly Section<DataSpec> Data = new Section<DataSpec>(new DataSpec { Train = Source.Start })
        .Nested("train", Source, "a mapping with the path of the training rows",
            d => d.Train, (d, v) => d with { Train = v }, isRequired: true)
        .Nested("test", Source, "the test rows; what it leaves out is as in train",
            d => d.Test, (d, v) => d with { Test = v }, d => d.Train with { Path = "", Labels = null, Weights = null })
        .Nested("validation", Source, "rows that stop criteria look at; what it leaves out is as in train",
            d => d.Validation, (d, v) => d with { Validation = v },
            d => d.Train with { Path = "", Labels = null, Weights = null })
        .Nested("split", Split, "training rows held out as test or validation rows",
            d => d.Split, (d, v) => d with { Split = v })
        .Text(Option.Text("onBadRow", null, "what a row that cannot be read does", "fail", "quarantine"),
            d => d.OnBadRow, (d, v) => d with { OnBadRow = v })
        .Integer("badRowsMax", 0, int.MaxValue, "most rows that may be quarantined",
            d => d.BadRowsMax, (d, v) => d with { BadRowsMax = v })
        .Check(SplitChecks.CheckSources);

    /// <summary>
    /// The source in a format, without the keys that this format does not know: test rows take over what the training
    /// rows state, and may be in another format.
    /// </summary>
    public static DataSource OfFormat(DataSource source, string? format) =>
        Source.Only(source with { Format = format }, key => IsKeyOf(format, key));

    private static bool IsKeyOf(string? format, string key) =>
        key is "path" or "format" || JobFormat.Find(format)?.Keys.Contains(key) != false;

    private static bool IsPath(string path) => path.Length > 0 && !path.Any(char.IsControl);

    // What is stated counts most, then what the name shows, then (for test rows) the format of the training rows.
    private static string? FormatOf(JobNode.Mapping mapping, DataSource source) =>
        mapping.Find("format") is not null ? source.Format : JobFormat.Guess(source.Path)?.Name ?? source.Format;

    private static void CheckFormat(JobNode.Mapping mapping, DataSource source, string path, JobProblems problems)
    {
        // Where neither key nor name shows the format, the file's first bytes will, when it is read.
        if (JobFormat.Find(source.Format) is not { } format) return;
        var foreign = JobFormat.All.SelectMany(f => f.Keys).Except(format.Keys);
        foreach (var entry in mapping.Entries.Where(e => foreign.Contains(e.Key)))
        {
            var keys = OptionReader.OneOf(["path", "format", .. format.Keys]);
            problems.Add(entry.Mark, $"{path}.{entry.Key} means nothing for format {format.Name}, " +
                $"whose keys are {keys}; remove it");
        }
    }

    private static void CheckMarks(JobNode.Mapping mapping, DataSource source, string path, JobProblems problems)
    {
        if (source.Thousands is null || source.Thousands != (source.Decimal ?? ".")) return;
        if ((mapping.Find("thousands") ?? mapping.Find("decimal")) is not { } entry) return;
        problems.Add(entry.Mark, $"{path} has '{source.Thousands}' as the mark of thousands and as the decimal mark" +
            $"{(source.Decimal is null ? ", which is '.' if nothing is stated" : "")}; change one of them");
    }
}
