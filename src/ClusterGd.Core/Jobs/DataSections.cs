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
        .Integer("hashBuckets", 0, int.MaxValue, "features that categorical columns are hashed into; 0 for one a value",
            s => s.HashBuckets, (s, v) => s with { HashBuckets = v })
        .Flag("header", "whether the first line has names", s => s.Header, (s, v) => s with { Header = v })
        .Text(Option.Text("delimiter", null, "what separates columns"),
            s => s.Delimiter, (s, v) => s with { Delimiter = v }, "one character", word => word.Length == 1)
        .Text(Option.Text("missing", null, "what a missing value becomes"),
            s => s.Missing, (s, v) => s with { Missing = v }, "error, mean or a number",
            word => word is "error" or "mean" || JobNumbers.TryParse(word, out _))
        .Flag("standardize", "features to mean 0 and deviation 1",
            s => s.Standardize, (s, v) => s with { Standardize = v })
        .Number(Option.Above("scale", null, 0, "all features are divided by this"),
            s => s.Scale, (s, v) => s with { Scale = v })
        .Text(Option.Text("labels", null, "the file of the labels"), s => s.Labels, (s, v) => s with { Labels = v },
            "a path without control characters", IsPath)
        .Integer("features", 0, int.MaxValue, "number of features; 0 for the largest index",
            s => s.Features, (s, v) => s with { Features = v })
        .Resolve((mapping, source) => OfFormat(source, FormatOf(mapping, source)))
        .Check(CheckFormat)
        .WriteOnly((source, key) => IsKeyOf(source.Format, key));

    public static readonly Section<SplitSpec> Split = new Section<SplitSpec>(new SplitSpec())
        .Number(Option.Between("fraction", null, 0, 1, "fraction of the rows held out"),
            s => s.Fraction, (s, v) => s with { Fraction = v })
        .Integer("every", 2, int.MaxValue, "row i is held out where i % every is the offset",
            s => s.Every, (s, v) => s with { Every = v })
        .Integer("offset", 0, int.MaxValue, "see every", s => s.Offset, (s, v) => s with { Offset = v })
        .Check(CheckSplit)
        .WriteOnly((split, key) => (key == "fraction") == split.Every < 2);

    public static readonly Section<DataSpec> Data = new Section<DataSpec>(new DataSpec { Train = Source.Start })
        .Nested("train", Source, "a mapping with the path of the training rows",
            d => d.Train, (d, v) => d with { Train = v }, isRequired: true)
        .Nested("test", Source, "the test rows; what it leaves out is as in train",
            d => d.Test, (d, v) => d with { Test = v }, d => d.Train with { Path = "", Labels = null })
        .Nested("split", Split, "training rows held out as test rows", d => d.Split, (d, v) => d with { Split = v })
        .Text(Option.Text("onBadRow", null, "what a row that cannot be read does", "fail", "quarantine"),
            d => d.OnBadRow, (d, v) => d with { OnBadRow = v })
        .Integer("badRowsMax", 0, int.MaxValue, "most rows that may be quarantined",
            d => d.BadRowsMax, (d, v) => d with { BadRowsMax = v })
        .Check(CheckTestOrSplit);

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

    private static void CheckSplit(JobNode.Mapping mapping, SplitSpec split, string path, JobProblems problems)
    {
        bool hasFraction = mapping.Find("fraction") is not null, hasEvery = mapping.Find("every") is not null;
        if (hasFraction == hasEvery)
        {
            problems.Add(mapping.Mark, $"{path} has {(hasFraction ? "both" : "neither")} of fraction and every, " +
                "allowed is one of them; " + (hasFraction ? "remove one" : "add one, for example 'fraction: 0.2'"));
        }
        if (mapping.Find("offset") is not { } offset) return;
        if (!hasEvery) problems.Add(offset.Mark, $"{path}.offset needs {path}.every; add that or remove the offset");
        else if (split.Every > 0) RefuseLargeOffset(offset, split, path, problems);
    }

    private static void RefuseLargeOffset(JobNode.Entry offset, SplitSpec split, string path, JobProblems problems)
    {
        if (split.Offset < split.Every) return;
        var allowed = $"a whole number from 0 to {split.Every - 1}";
        problems.Wrong(offset.Value, $"{path}.offset", allowed, "change it or every");
    }

    private static void CheckTestOrSplit(JobNode.Mapping mapping, DataSpec data, string path, JobProblems problems)
    {
        if (mapping.Find("test") is null || mapping.Find("split") is not { } split) return;
        problems.Add(split.Mark, $"{path} has both test and split, allowed is at most one; remove one of them");
    }
}
