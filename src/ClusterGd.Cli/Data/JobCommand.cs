using System.CommandLine;
using ClusterGd.Core.Jobs;

namespace ClusterGd.Cli.Data;

/// <summary><c>clustergd job</c>: every key of a job file, for people and for editors.</summary>
internal static class JobCommand
{
    public static Command Create()
    {
        var markdown = new Option<bool>("--markdown") { Description = "Write it as a page of documentation." };
        var keys = new VerbCommand("keys", "Shows every key of a job file with what it means, allows and defaults to.",
            ("clustergd job keys", "all keys on one page"),
            ("clustergd job keys | grep -A3 everySteps", "one of them"))
        {
            markdown,
        };
        keys.SetAction(parse => Console.Out.Write(
            parse.GetValue(markdown) ? JobKeyTable.Markdown(JobTables.All) : JobKeyTable.Text(JobTables.All)));
        var schema = new VerbCommand("schema", "Prints the JSON schema of a job file, by which editors complete keys.",
            ("clustergd job schema > job.schema.json",
                "then '# yaml-language-server: $schema=job.schema.json' on a job's first line"));
        schema.SetAction(_ => Console.Out.Write(JobSchema.Write(JobTables.All)));
        return new VerbCommand("job", "Shows the keys of a job file, or the schema by which editors know them.",
            ("clustergd job keys", "all keys on one page"),
            ("clustergd job schema > job.schema.json", "for an editor"))
        {
            keys, schema,
        };
    }
}
