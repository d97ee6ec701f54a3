using Protean.Testing;
using Shouldly;
using Xunit;

namespace Protean.Tests.Shipping;

public sealed class ShippingTests : IAsyncDisposable
{
    private readonly TestDomain _test = TestDomain.Create("bookshop", domain =>
    {
        domain.Aggregate<Parcel>();
        domain.CommandHandler<Parcel>().On<ShipParcel>(c => c.ParcelId, (parcel, c) => parcel.Ship());
    });

    [Fact]
    public async Task APackedParcel_Ships() =>
        await _test.Given(new ParcelPacked("p-1")).When(new ShipParcel("p-1")).Then(new ParcelShipped("p-1"));

    [Fact]
    public async Task AShippedParcel_DoesNotShipAgain() =>
        await _test.Given(new ParcelPacked("p-1"), new ParcelShipped("p-1"))
            .When(new ShipParcel("p-1"))
            .ThenThrows<ValidationException>("a parcel ships once");

    [Fact]
    public void AParcelAlone_NeedsNoDomain() =>
        AggregateSpec.Given<Parcel>("p-1", new ParcelPacked("p-1"))
            .When(parcel => parcel.Ship())
            .Then(new ParcelShipped("p-1"))
            .ThenState(parcel => parcel.IsShipped.ShouldBeTrue());

    public ValueTask DisposeAsync() => _test.DisposeAsync();
}

public sealed record ShipParcel(string ParcelId) : ICommand;

public sealed record ParcelPacked(string ParcelId) : IDomainEvent;

public sealed record ParcelShipped(string ParcelId) : IDomainEvent;

public sealed class Parcel : EventSourcedAggregate
{
    public bool IsShipped { get; private set; }

    public void Ship()
    {
        Ensure(!IsShipped, "a parcel ships once");
        Raise(new ParcelShipped(Id));
    }

    void Apply(ParcelPacked e) => IsShipped = false;

    void Apply(ParcelShipped e) => IsShipped = true;
}
