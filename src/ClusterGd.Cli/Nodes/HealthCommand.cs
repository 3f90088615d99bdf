using System.CommandLine;
using System.Net;

namespace ClusterGd.Cli.Nodes;

/// <summary>
/// <c>clustergd health</c>: asks a node how it is, for probes in images that have no curl and no shell.
/// </summary>
internal static class HealthCommand
{
    private const int AnswerBytesMax = 64 * 1024;
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(5);

    public static Command Create()
    {
        var url = new Argument<string>("URL")
        {
            Description = "The node's health port and /alive, /ready or /training.",
        };
        url.Validators.Add(result =>
        {
            if (result.Tokens is [{ Value: var text }] && !IsUrl(text))
            {
                result.AddError($"URL is {text}, allowed is http://HOST:PORT/PATH; change it");
            }
        });
        var command = new VerbCommand("health", "Asks a node how it is; exit code 0 where all is well, 4 where not.",
            ("clustergd health http://127.0.0.1:8080/ready", "has the node joined its cluster and does it serve?"),
            ("clustergd health http://127.0.0.1:8080/training", "are steps being made, or what is waited for?"))
        {
            url,
        };
        command.SetAction((parse, cancelled) => AskAsync(new Uri(parse.GetRequiredValue(url)), cancelled));
        return command;
    }

    private static bool IsUrl(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri.Scheme == Uri.UriSchemeHttp;

    private static async Task<int> AskAsync(Uri url, CancellationToken cancelled)
    {
        // A node is asked itself: no proxy of the environment, no other address that it names.
        using var handler = new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false };
        using var http = new HttpClient(handler)
        {
            Timeout = s_patience, MaxResponseContentBufferSize = AnswerBytesMax,
        };
        try
        {
            using var response = await http.GetAsync(url, cancelled);
            Console.WriteLine((await response.Content.ReadAsStringAsync(cancelled)).TrimEnd());
            if (response.StatusCode == HttpStatusCode.OK) return ExitCodes.Finished;
        }
        catch (HttpRequestException problem)
        {
            Console.Error.WriteLine($"{url} cannot be asked ({problem.Message.TrimEnd('.')}); does the node run?");
        }
        catch (TaskCanceledException) when (!cancelled.IsCancellationRequested)
        {
            Console.Error.WriteLine($"{url} did not answer in {s_patience.TotalSeconds} s; does the node run?");
        }
        return ExitCodes.ClusterLost;
    }
}
