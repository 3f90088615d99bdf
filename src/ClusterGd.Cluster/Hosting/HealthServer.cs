using System.Net;
using System.Net.Sockets;
using ClusterGd.Core.Options;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace ClusterGd.Cluster.Hosting;

/// <summary>
/// Answers <c>/alive</c>, <c>/ready</c> and <c>/training</c> over HTTP. Kestrel alone, without ASP.NET's host: nothing
/// is logged and no environment variable changes it. A request costs little: few connections, small requests, short
/// times, no bodies.
/// </summary>
public sealed class HealthServer : IAsyncDisposable
{
    /// <summary>More at a time are closed at once.</summary>
    public const int ConnectionsMax = 16;

    /// <summary>A connection that has not sent a whole request by then is closed.</summary>
    public static readonly TimeSpan RequestTimeout = TimeSpan.FromSeconds(3);

    private const int LineBytesMax = 1024, HeaderBytesMax = 4096;

    private readonly KestrelServer _server;

    private HealthServer(KestrelServer server) => _server = server;

    /// <summary>The port that it listens on.</summary>
    public int Port => new Uri(_server.Features.GetRequiredFeature<IServerAddressesFeature>().Addresses.Single()).Port;

    /// <param name="port">0 takes a free one.</param>
    /// <param name="now">The clock of the state's times; called from any thread.</param>
    /// <exception cref="InputException">The port is in use, or the address is not this machine's.</exception>
    public static async Task<HealthServer> StartAsync(
        IPAddress address, int port, HealthState state, Func<TimeSpan> now)
    {
        var options = new KestrelServerOptions { AddServerHeader = false };
        options.Limits.MaxConcurrentConnections = ConnectionsMax;
        options.Limits.MaxRequestLineSize = LineBytesMax;
        options.Limits.MaxRequestHeadersTotalSize = HeaderBytesMax;
        options.Limits.MaxRequestBufferSize = LineBytesMax + HeaderBytesMax;
        options.Limits.MaxRequestBodySize = 0;
        options.Limits.RequestHeadersTimeout = RequestTimeout;
        options.Limits.KeepAliveTimeout = RequestTimeout;
        options.Listen(address, port, listen => listen.Protocols = HttpProtocols.Http1);
        var transport = new SocketTransportFactory(
            Options.Create(new SocketTransportOptions { IOQueueCount = 1 }), NullLoggerFactory.Instance);
        var server = new KestrelServer(Options.Create(options), transport, NullLoggerFactory.Instance);
        try
        {
            await server.StartAsync(new Application(state, now), CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception failure) when (failure is IOException or SocketException)
        {
            server.Dispose();
            throw new InputException(Refusal(new IPEndPoint(address, port), failure));
        }
        return new HealthServer(server);
    }

    /// <summary>Closes the port and what is connected.</summary>
    public async ValueTask DisposeAsync()
    {
        await _server.StopAsync(new CancellationToken(canceled: true)).ConfigureAwait(false);
        _server.Dispose();
    }

    private static string Refusal(IPEndPoint endPoint, Exception failure) => failure switch
    {
        IOException { InnerException: AddressInUseException } =>
            $"The health port {endPoint} is in use; end what uses it or choose another port.",
        _ => $"The health port {endPoint} cannot be opened ({failure.Message.TrimEnd('.')}); choose another one.",
    };

    private sealed class Application(HealthState state, Func<TimeSpan> now) : IHttpApplication<HttpContext>
    {
        public HttpContext CreateContext(IFeatureCollection features) => new DefaultHttpContext(features);

        public Task ProcessRequestAsync(HttpContext context)
        {
            var (request, response) = (context.Request, context.Response);
            if (!HttpMethods.IsGet(request.Method) && !HttpMethods.IsHead(request.Method))
            {
                response.StatusCode = StatusCodes.Status405MethodNotAllowed;
                response.Headers.Allow = "GET, HEAD";
                return Task.CompletedTask;
            }
            var answer = HealthAnswers.Of(request.Path.Value ?? "", state, now());
            response.StatusCode = answer.Status;
            response.ContentType = "application/json";
            response.ContentLength = answer.Body.Length;
            response.Headers.CacheControl = "no-store";
            return HttpMethods.IsHead(request.Method)
                ? Task.CompletedTask
                : response.Body.WriteAsync(answer.Body).AsTask();
        }

        public void DisposeContext(HttpContext context, Exception? exception) { }
    }
}
