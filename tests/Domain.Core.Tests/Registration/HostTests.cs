using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Shouldly;
using Xunit;

namespace Protean.Tests.Registration;

/// <summary>A host starts with a domain that is right, and only then.</summary>
public sealed class HostTests
{
    [Fact]
    public async Task Start_ADomainWithAMistake_IsRefused()
    {
        using var host = Build(d => d.Aggregate<User>().SnapshotEvery(1), alone: true);

        var error = await Should.ThrowAsync<DomainConfigurationException>(() => host.StartAsync());

        error.Findings.ShouldHaveSingleItem().ShouldSay("User stores its state");
    }

    [Fact]
    public async Task Start_ADomainWithAMistake_StartsNothingElse()
    {
        using var host = Build(d => d.MaxEventDepth = 0);

        await Should.ThrowAsync<DomainConfigurationException>(() => host.StartAsync());

        host.Services.GetRequiredService<Neighbour>().Started.ShouldBeFalse();
    }

    [Fact]
    public async Task Start_ADomainThatIsRight_WorksUntilTheStop()
    {
        using var host = Build(Users.Declare);
        await host.StartAsync();

        await host.Services.GetRequiredService<IDomain>().RaiseAsync(new Registered("u"));
        (await host.Services.GetRequiredService<IRepository<User>>().CountAsync()).ShouldBe(1);

        await host.StopAsync();
    }

    [Fact]
    public async Task Start_TheStore_IsReadyBeforeOtherServicesStart()
    {
        using var host = Build(Users.Declare);

        await host.StartAsync();

        host.Services.GetRequiredService<Neighbour>().Users.ShouldBe(0);
        await host.StopAsync();
    }

    private static IHost Build(Action<DomainBuilder> declare, bool alone = false)
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddSingleton<Neighbour>();
        if (!alone)
            builder.Services.AddHostedService(services => services.GetRequiredService<Neighbour>());
        builder.Services.AddDomain("Test", d =>
        {
            d.UseInMemory();
            declare(d);
        });
        return builder.Build();
    }

    /// <summary>A service of the host that is declared before the domain and reads its store.</summary>
    private sealed class Neighbour(IServiceProvider services) : IHostedService
    {
        public bool Started { get; private set; }

        public long Users { get; private set; } = -1;

        public async Task StartAsync(CancellationToken cancellationToken)
        {
            Started = true;
            // The collection is there only once the store was made ready for the domain.
            Users = await services.GetRequiredService<Domain>().Store.CountDocumentsAsync(new() { Collection = "test::user" }, cancellationToken);
        }

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
