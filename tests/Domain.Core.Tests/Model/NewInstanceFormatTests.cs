using System.Net;
using System.Text.Json;
using System.Text.Json.Serialization;
using Shouldly;
using Xunit;

namespace Protean.Tests.Model;

/// <summary>An instance that no domain has seen yet knows nothing of its domain's converters.</summary>
public sealed class NewInstanceFormatTests
{
    [Fact]
    public void Raise_OfAStateThatNeedsAConverterOfItsDomain_Succeeds()
    {
        var host = new Host(IPAddress.Loopback);

        host.Start();

        host.RaisedEvents.Count.ShouldBe(1);
    }

    [Fact]
    public async Task SaveAsync_OfAStateThatNeedsAConverterOfItsDomain_StoresWhatTheConverterWrites()
    {
        await using var domain = Domain.Create("Test", d =>
        {
            d.Json(o => o.Converters.Add(new AddressConverter()));
            d.Aggregate<Host>().Raises<Started>();
            d.UseInMemory();
        });
        var host = new Host(IPAddress.Loopback);
        host.Start();

        await domain.Repository<Host>().SaveAsync(host);

        (await domain.Repository<Host>().GetAsync("h-1")).Address.ShouldBe(IPAddress.Loopback);
    }

    public sealed record Started : IDomainEvent;

    public sealed class Host : Aggregate
    {
        public Host(IPAddress address)
        {
            Id = "h-1";
            Address = address;
        }

        Host()
        {
        }

        public IPAddress Address { get; private set; } = IPAddress.None;

        public void Start() => Raise(new Started());
    }

    private sealed class AddressConverter : JsonConverter<IPAddress>
    {
        public override IPAddress Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => IPAddress.Parse(reader.GetString()!);

        public override void Write(Utf8JsonWriter writer, IPAddress value, JsonSerializerOptions options) => writer.WriteStringValue(value.ToString());
    }
}
