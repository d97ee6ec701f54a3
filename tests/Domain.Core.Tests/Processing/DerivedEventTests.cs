using Microsoft.Extensions.DependencyInjection;
using Shouldly;
using Xunit;

namespace Protean.Tests.Processing;

/// <summary>Handlers of base types.</summary>
public sealed class DerivedEventTests
{
    public abstract record Moved(string Id) : IDomainEvent;

    public sealed record Driven(string Id) : Moved(Id);

    public record Sailed(string Id) : IDomainEvent;

    public sealed record SailedFast(string Id) : Sailed(Id);

    public sealed class Vehicle : EventSourcedAggregate
    {
        public static Vehicle Go(string id)
        {
            var vehicle = new Vehicle { Id = id };
            vehicle.Raise(new Driven(id));
            vehicle.Raise(new SailedFast(id));
            return vehicle;
        }

        void Apply(Driven e) => Id = e.Id;

        void Apply(SailedFast e) => Id = e.Id;
    }

    [Fact]
    public async Task Scenario_InProcess_B19_ABaseSubscription_HandlesTheDerivedEvent()
    {
        List<string> log = [];
        await using var domain = Create(d => d.EventHandler<Vehicle>().Inline().On<Moved>((e, _) => log.Add(e.GetType().Name), includeDerived: true));

        await domain.Repository<Vehicle>().SaveAsync(Vehicle.Go("v"));

        log.ShouldBe([nameof(Driven)]);
    }

    [Fact]
    public async Task On_ABaseAndADerivedType_RunsBothInTheOrderOfDeclaration()
    {
        List<string> log = [];
        await using var domain = Create(d => d.EventHandler<Vehicle>().Inline()
            .On<IDomainEvent>((e, _) => log.Add("any " + e.GetType().Name), includeDerived: true)
            .On<Driven>((_, _) => log.Add("driven")));

        await domain.Repository<Vehicle>().SaveAsync(Vehicle.Go("v"));

        log.ShouldBe(["any Driven", "driven", "any SailedFast"]);
    }

    public sealed class Classed(List<string> log) : IHandle<Driven>
    {
        public Task HandleAsync(Driven message, HandlerContext context)
        {
            log.Add("class");
            return Task.CompletedTask;
        }
    }

    [Fact]
    public async Task Methods_OfClassesAndLambdas_RunInTheOrderOfDeclaration()
    {
        List<string> log = [];
        await using var domain = Create(d =>
        {
            d.Services.AddSingleton(log);
            d.EventHandler<Vehicle>().Inline().On<Driven>((_, _) => log.Add("first")).Use<Classed>().On<Driven>((_, _) => log.Add("last"));
        });

        await domain.Repository<Vehicle>().SaveAsync(Vehicle.Go("v"));

        log.ShouldBe(["first", "class", "last"]);
    }

    [Fact]
    public void On_ABaseTypeWhoseDerivedEventsGoUnheard_IsReported() =>
        Should.Throw<DomainConfigurationException>(() => Create(d => d.EventHandler<Vehicle>().On<Sailed>((_, _) => { })))
            .Findings.ShouldHaveSingleItem().ShouldContain("handles Sailed but not SailedFast");

    private static Domain Create(Action<DomainBuilder> declare) => Domain.Create("Test", domain =>
    {
        domain.Aggregate<Vehicle>();
        declare(domain);
        domain.UseInMemory();
    });
}
