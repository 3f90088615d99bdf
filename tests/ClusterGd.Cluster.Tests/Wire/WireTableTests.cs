using System.Runtime.Serialization;
using Akka.Actor;
using ClusterGd.Cluster.Wire;
using MessagePack;
using Xunit;

namespace ClusterGd.Cluster.Tests.Wire;

public sealed class WireTableTests : IDisposable
{
    private const int SeedCount = 30;

    private readonly ActorSystem _system = ActorSystem.Create("wire");
    private readonly WireSerializer _serializer;

    public WireTableTests() => _serializer = new WireSerializer((ExtendedActorSystem)_system);

    public static TheoryData<string> Messages => [.. WireTable.All.Select(row => row.Name)];

    public void Dispose() => _system.Dispose();

    /// <summary>A field that a description forgets differs.</summary>
    [Theory]
    [MemberData(nameof(Messages))]
    public void Message_WrittenAndRead_SaysTheSame(string name)
    {
        for (int seed = 1; seed <= SeedCount; seed++)
        {
            object message = new RandomMessages(seed).Next(TypeOf(name));

            byte[] bytes = _serializer.ToBinary(message);
            object read = _serializer.FromBinary(bytes, _serializer.Manifest(message));

            Assert.True(
                RandomMessages.TextOf(message) == RandomMessages.TextOf(read),
                $"seed {seed}:\n{RandomMessages.TextOf(message)}\n{RandomMessages.TextOf(read)}");
            Assert.Equal(message.GetType(), read.GetType());
        }
    }

    [Theory]
    [MemberData(nameof(Messages))]
    public void Message_CutAnywhereOrLonger_IsRefused(string name)
    {
        object message = new RandomMessages(1).Next(TypeOf(name));
        byte[] bytes = _serializer.ToBinary(message);

        for (int length = 0; length < bytes.Length; length++) AssertRefused(bytes[..length]);
        AssertRefused([.. bytes, 0]);

        void AssertRefused(byte[] some)
        {
            var refused = Record.Exception(() => _serializer.FromBinary(some, _serializer.Manifest(message)));
            Assert.True(refused is MessagePackSerializationException or EndOfStreamException, $"{refused}");
        }
    }

    [Fact]
    public void FromBinary_UnknownManifest_NamesIt()
    {
        var error = Assert.Throws<SerializationException>(() => _serializer.FromBinary([], "nonsense/9"));

        Assert.Contains("'nonsense/9' is unknown", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void FromBinary_AnotherVersion_NamesBoth()
    {
        var row = WireTable.All[0];
        var error = Assert.Throws<SerializationException>(
            () => _serializer.FromBinary([], $"{row.Name}/{row.Version + 1}"));

        Assert.Contains(
            $"'{row.Name}' came in version {row.Version + 1}, and this program reads version {row.Version}",
            error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Fallback_AnyOtherType_IsRefused()
    {
        var serializer = new DenySerializer((ExtendedActorSystem)_system);

        Assert.Throws<SerializationException>(() => serializer.ToBinary(new Uri("http://localhost")));
        Assert.Throws<SerializationException>(() => serializer.FromBinary([], typeof(Uri)));
    }

    private static Type TypeOf(string name) => WireTable.All.Single(row => row.Name == name).Type;
}
