using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using ClusterGd.Cluster.Hosting;
using ClusterGd.Core.Options;
using ClusterGd.Tests;
using Xunit;

namespace ClusterGd.Cluster.Tests.Hosting;

public sealed class HealthServerTests : IAsyncLifetime
{
    private static readonly TimeSpan s_patience = Limits.Hang;
    private readonly HealthState _state = new() { IsAlive = true };
    private readonly HttpClient _http = new() { Timeout = s_patience };
    private HealthServer _server = null!;

    public async Task InitializeAsync()
    {
        _server = await Start(0);
        _http.BaseAddress = new Uri($"http://127.0.0.1:{_server.Port}");
    }

    public async Task DisposeAsync()
    {
        _http.Dispose();
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task Get_FollowsTheState()
    {
        using var notYet = await _http.GetAsync("/ready");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, notYet.StatusCode);
        _state.IsServing = true;
        using var ready = await _http.GetAsync("/ready");
        Assert.Equal(HttpStatusCode.OK, ready.StatusCode);
        Assert.Equal("application/json", ready.Content.Headers.ContentType!.MediaType);
        Assert.True(ready.Headers.CacheControl!.NoStore);
        Assert.False(ready.Headers.Contains("Server"));
        _state.StartRun(3, TimeSpan.Zero);
        var training = await _http.GetFromJsonAsync<JsonElement>("/training");
        Assert.Equal(3, training.GetProperty("step").GetInt64());
        Assert.Equal(1, training.GetProperty("secondsSinceStep").GetDouble());
    }

    [Fact]
    public async Task Head_GivesTheStatusAndNoBody()
    {
        using var response = await _http.SendAsync(new HttpRequestMessage(HttpMethod.Head, "/ready"));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.NotEqual(0, response.Content.Headers.ContentLength);
        Assert.Empty(await response.Content.ReadAsByteArrayAsync());
    }

    [Theory]
    [InlineData("POST")]
    [InlineData("PUT")]
    [InlineData("DELETE")]
    [InlineData("OPTIONS")]
    [InlineData("NONSENSE")]
    public async Task Method_Other_IsRefused(string method)
    {
        using var response = await _http.SendAsync(new HttpRequestMessage(new HttpMethod(method), "/alive"));
        Assert.Equal(HttpStatusCode.MethodNotAllowed, response.StatusCode);
        Assert.Equal(["GET", "HEAD"], response.Content.Headers.Allow.Order());
    }

    [Fact]
    public async Task Port_InUse_IsRefusedInASentence()
    {
        var refused = await Assert.ThrowsAsync<InputException>(() => Start(_server.Port));
        Assert.Equal(
            $"The health port 127.0.0.1:{_server.Port} is in use; end what uses it or choose another port.",
            refused.Message);
    }

    [Fact]
    public async Task Address_NotOfThisMachine_IsRefusedInASentence()
    {
        var refused = await Assert.ThrowsAsync<InputException>(
            () => HealthServer.StartAsync(IPAddress.Parse("192.0.2.1"), 1, _state, () => TimeSpan.Zero));
        Assert.StartsWith("The health port 192.0.2.1:1 cannot be opened (", refused.Message);
    }

    [Fact]
    public async Task Dispose_FreesThePort()
    {
        using var idle = await Connect();
        await _server.DisposeAsync();
        _server = await Start(_server.Port);
        Assert.Equal(HttpStatusCode.OK, (await _http.GetAsync("/alive")).StatusCode);
    }

    [Theory]
    [InlineData(1_100, 10, "414")]      // a longer request line than allowed
    [InlineData(10, 5_000, "431")]      // longer headers than allowed
    public async Task Request_TooLong_IsRefused(int pathLength, int headerLength, string status)
    {
        using var socket = await Connect();
        var (path, header) = (new string('a', pathLength), new string('b', headerLength));
        var request = $"GET /{path} HTTP/1.1\r\nHost: h\r\nX: {header}\r\n\r\n";
        await socket.SendAsync(Encoding.ASCII.GetBytes(request));
        Assert.StartsWith($"HTTP/1.1 {status} ", await ReadToEnd(socket));
    }

    [Theory]
    [InlineData("\x16\x03\x01\x02\0\x01\0\x01\xfc")]   // TLS
    [InlineData("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")]
    [InlineData("\0\0\0\0\0\0\0\0\r\n\r\n")]
    [InlineData("GET /alive HTTP/1.1\r\nHost: h\r\nContent-Length: 2000000000\r\n\r\n")]
    public async Task Bytes_OfAnotherProtocolOrOfABody_DoNotHoldTheConnection(string bytes)
    {
        using var socket = await Connect();
        await socket.SendAsync(Encoding.Latin1.GetBytes(bytes));
        await ReadToEnd(socket);
        Assert.Equal(HttpStatusCode.OK, (await _http.GetAsync("/alive")).StatusCode);
    }

    /// <summary>Slow-loris: as many as are allowed begin a request; a while later all places are free.</summary>
    [Fact]
    public async Task Connections_ThatNeverFinishTheirRequest_AreClosedSoon()
    {
        var slow = new List<Socket>();
        for (int index = 0; index < HealthServer.ConnectionsMax; index++)
        {
            var socket = await Connect();
            slow.Add(socket);
            await socket.SendAsync("GET /alive HTT"u8.ToArray());
        }
        using var tooMany = await Connect();
        Assert.Empty(await ReadToEnd(tooMany));   // closed at once, without an answer
        // One whose first bytes come late, on a machine that is too busy, is closed without a word.
        foreach (var socket in slow) Assert.Matches("^(HTTP/1.1 408 |$)", await ReadToEnd(socket));
        Assert.Equal(HttpStatusCode.OK, (await _http.GetAsync("/alive")).StatusCode);
        foreach (var socket in slow) socket.Dispose();
    }

    private Task<HealthServer> Start(int port) =>
        HealthServer.StartAsync(IPAddress.Loopback, port, _state, () => TimeSpan.FromSeconds(1));

    private async Task<Socket> Connect()
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(IPAddress.Loopback, _server.Port).WaitAsync(s_patience);
        return socket;
    }

    /// <summary>What comes until the server closes; a reset counts as the end.</summary>
    private static async Task<string> ReadToEnd(Socket socket)
    {
        var bytes = new byte[65536];
        int count = 0;
        try
        {
            while (await ReadSome(socket, bytes.AsMemory(count)) is > 0 and var read) count += read;
        }
        catch (SocketException) { }
        return Encoding.ASCII.GetString(bytes, 0, count);
    }

    private static Task<int> ReadSome(Socket socket, Memory<byte> room) =>
        socket.ReceiveAsync(room).AsTask().WaitAsync(s_patience);
}
