using System.Globalization;
using ClusterGd.Cli.Terminal;
using ClusterGd.Cluster;
using ClusterGd.Core.Data;
using ClusterGd.Core.Metrics;
using ClusterGd.Core.Protocol;

namespace ClusterGd.Cli.Training;

/// <summary>One fold's model and what it came to on the rows held out.</summary>
/// <param name="Fold">From 0.</param>
internal sealed record CrossvalFold(int Fold, DataSet Data, TrainingResult Result)
{
    public string Line(int folds)
    {
        var metrics = Numbers.Metrics(Numbers.Shown(Result.Metrics), LargestClass.Of(Data.Test, Data.Schema));
        string end = Result.End == TrainingEnd.Finished ? "" : $"  {Result.StopReason}";
        return $"fold {Fold + 1}/{folds}: {Data.Train.Count} training rows, {Data.Test!.Count} held out, " +
            $"{Numbers.Count(Result.Epochs, "epoch")}  {metrics}{end}";
    }

    public static void PrintSummary(List<CrossvalFold> folds, TrainingPlan plan)
    {
        var spreads = Spreads(folds).ToDictionary(spread => spread.Name, spread => spread.Spread);
        var means = Numbers.Shown(spreads.ToDictionary(pair => pair.Key, pair => pair.Value.Mean));
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"mean of {folds.Count} folds ± standard deviation:"));
        foreach (var (name, mean) in means)
        {
            Console.WriteLine($"{name}: {Numbers.Short(mean)} ± {Numbers.Short(spreads[name].Deviation)}");
        }
        if (plan.ChoosingSet == RowSet.Test)
        {
            Console.WriteLine("note: a stop criterion looked at the rows held out, so that their metrics are not of " +
                "unseen rows; 'split: { validation: 0.1 }' in data holds out others for it");
        }
    }

    public static void PrintJson(List<CrossvalFold> folds, int count, TrainingPlan plan) => Numbers.WriteObject(json =>
    {
        json.WriteNumber("foldCount", count);
        json.WriteStartArray("folds");
        foreach (var fold in folds)
        {
            json.WriteStartObject();
            json.WriteNumber("fold", fold.Fold);
            json.WriteNumber("trainingRows", fold.Data.Train.Count);
            json.WriteNumber("heldOutRows", fold.Data.Test!.Count);
            json.WriteNumber("epochs", fold.Result.Epochs);
            json.WriteNumber("keptEpoch", fold.Result.KeptEpoch);
            json.WriteString("stopReason", fold.Result.StopReason);
            Numbers.Write(json, "trainLoss", fold.Result.TrainLoss);
            Numbers.Write(json, "metrics", fold.Result.Metrics);
            if (LargestClass.Of(fold.Data.Test, fold.Data.Schema) is { } largest)
            {
                json.WriteNumber("largestClassShare", largest.Share);
            }
            json.WriteString("modelSha256", fold.Result.ModelSha256);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteStartObject("mean");
        foreach (var (name, spread) in Spreads(folds)) Numbers.Write(json, name, spread.Mean);
        json.WriteEndObject();
        json.WriteStartObject("standardDeviation");
        foreach (var (name, spread) in Spreads(folds)) Numbers.Write(json, name, spread.Deviation);
        json.WriteEndObject();
        if (plan.ChoosingSet is { } set) json.WriteString("chosenBy", set.ToString().ToLowerInvariant());
    });

    /// <summary>Of the metrics that every fold has a value of.</summary>
    private static IEnumerable<(string Name, Spread Spread)> Spreads(List<CrossvalFold> folds) =>
        folds[0].Result.Metrics.Keys.Where(name => folds.All(fold => fold.Result.Metrics.ContainsKey(name)))
            .Select(name => (name, Spread.Of([.. folds.Select(fold => fold.Result.Metrics[name])])));
}
