using System.Reflection;
using Microsoft.Extensions.DependencyInjection;
using Protean.Storage;
using Shouldly;
using Xunit;

namespace Protean.Tests.Registration;

/// <summary>A domain among the services of a host, and one without a host.</summary>
public sealed class AddDomainTests
{
    private static readonly ServiceProviderOptions Strict = new() { ValidateOnBuild = true, ValidateScopes = true };

    [Fact]
    public async Task AddDomain_TheDomain_IsOneInstanceUnderEachName()
    {
        await using var services = Build();

        services.GetRequiredService<IDomain>().ShouldBeSameAs(services.GetRequiredService<Domain>());
        services.GetRequiredService<DomainModel>().ShouldBeSameAs(services.GetRequiredService<Domain>().Model);
    }

    [Fact]
    public async Task AddDomain_RepositoriesAndViews_CanBeInjectedIntoSingletons()
    {
        await using var services = Build(s => s.AddSingleton<Front>());
        var front = services.GetRequiredService<Front>();

        await front.Users.SaveAsync(User.With("u-1", new Registered("u-1")));

        (await front.Users.GetAsync("u-1")).Id.ShouldBe("u-1");
        (await front.Names.GetAsync("u-1")).ShouldBe(new Name("u-1"));
        front.Domain.Model.ShouldBeSameAs(front.Model);
    }

    [Fact]
    public async Task AddDomain_RepositoriesAndViews_CanBeInjectedIntoScopes()
    {
        await using var services = Build(s => s.AddScoped<Front>());
        await using var scope = services.CreateAsyncScope();

        (await scope.ServiceProvider.GetRequiredService<Front>().Users.ExistsAsync("nobody")).ShouldBeFalse();
    }

    [Fact]
    public async Task AddDomain_HandlersWithTheDomain_CanBeMade()
    {
        await using var services = Build(declare: d => d.EventHandler<User>().Use<Greeter>());

        await services.GetRequiredService<IRepository<User>>().SaveAsync(User.With("u-1", new Registered("u-1")));

        (await services.GetRequiredService<IRepository<Email>>().ExistsAsync("welcome-u-1")).ShouldBeTrue();
    }

    [Fact]
    public void AddDomain_ASecondOne_IsRefused()
    {
        var services = new ServiceCollection();
        services.AddDomain("first", d => d.UseInMemory());

        Should.Throw<InvalidOperationException>(() => services.AddDomain("second", d => d.UseInMemory()))
            .Message.ShouldSay("'first'", "'second'", "a host of its own");
    }

    [Fact]
    public async Task AddDomain_TheBuilderItReturns_GoesOn()
    {
        var services = new ServiceCollection();
        services.AddDomain("Test", _ => { }).UseInMemory();
        await using var provider = services.BuildServiceProvider();

        provider.GetRequiredService<Domain>().Store.Name.ShouldBe("in-memory");
    }

    [Fact]
    public async Task AddDomain_AMistake_IsToldWhenTheDomainIsAskedFor()
    {
        var services = new ServiceCollection();
        services.AddDomain("Test", _ => { });
        await using var provider = services.BuildServiceProvider();

        Should.Throw<DomainConfigurationException>(() => provider.GetRequiredService<IDomain>());
    }

    [Fact]
    public async Task AddDomain_TheProviderDisposed_DisposesTheStore()
    {
        var services = Build();
        var store = services.GetRequiredService<Domain>().Store;
        await services.GetRequiredService<Domain>().StartAsync();

        await services.DisposeAsync();

        await Should.ThrowAsync<ObjectDisposedException>(async () => await store.GetHeadAsync());
    }

    [Fact]
    public async Task Create_Disposed_DisposesTheStore()
    {
        var domain = Users.Create(_ => { });
        await domain.StartAsync();

        await domain.DisposeAsync();

        await Should.ThrowAsync<ObjectDisposedException>(async () => await domain.Store.GetHeadAsync());
    }

    [Fact]
    public async Task Create_Disposed_DisposesItsServices()
    {
        var resource = new Resource();
        var domain = Users.Create(d =>
        {
            d.Services.AddSingleton(_ => resource);
            d.EventHandler<User>().Use<Holder>();
        });
        await domain.RaiseAsync(new Registered("u"));

        await domain.DisposeAsync();

        resource.Disposals.ShouldBe(1);
    }

    [Fact]
    public async Task Create_WithHandlersThatAskForTheDomain_DisposesTheStoreOnce()
    {
        var store = StoreThatCounts.Around(new InMemoryEventStore(), out var disposals);
        var domain = Users.Create(d =>
        {
            d.UseStore(_ => store);
            d.EventHandler<User>().Use<Greeter>();
        });
        await domain.RaiseAsync(new Registered("u"));

        await domain.DisposeAsync();
        await domain.DisposeAsync();

        disposals().ShouldBe(1);
    }

    [Fact]
    public async Task AddDomain_TheDomainUnderEachName_DisposesTheStoreOnce()
    {
        var store = StoreThatCounts.Around(new InMemoryEventStore(), out var disposals);
        var services = Build(declare: d => d.UseStore(_ => store));
        services.GetRequiredService<IDomain>();

        await services.DisposeAsync();

        disposals().ShouldBe(1);
    }

    [Fact]
    public void Create_WithAMistake_DisposesItsServices()
    {
        var resource = new Resource();

        Should.Throw<InvalidOperationException>(() => Domain.Create("Test", d =>
        {
            d.Services.AddSingleton(_ => resource);
            d.UseStore(services => throw new InvalidOperationException($"no store for {services.GetRequiredService<Resource>()}"));
        }));

        resource.Disposals.ShouldBe(1);
    }

    [Fact]
    public async Task Create_TheHandlersDomain_IsTheOneThatWasMade()
    {
        await using var domain = Users.Create(d => d.EventHandler<User>().Use<Greeter>());

        await domain.RaiseAsync(new Registered("u-1"));

        (await domain.Repository<Email>().ExistsAsync("welcome-u-1")).ShouldBeTrue();
    }

    private static ServiceProvider Build(Action<IServiceCollection>? add = null, Action<DomainBuilder>? declare = null)
    {
        var services = new ServiceCollection();
        services.AddDomain("Test", d =>
        {
            Users.Declare(d);
            d.Projection<Name>().From<User>().Create<Registered>(e => e.UserId, e => new(e.UserId));
            declare?.Invoke(d);
        });
        add?.Invoke(services);
        return services.BuildServiceProvider(Strict);
    }

    public sealed record Name(string Id);

    public sealed class Front(IDomain domain, IRepository<User> users, IView<Name> names, DomainModel model)
    {
        public IDomain Domain => domain;

        public IRepository<User> Users => users;

        public IView<Name> Names => names;

        public DomainModel Model => model;
    }

    public sealed class Greeter(IDomain domain, IRepository<Email> emails) : IHandle<Registered>
    {
        public async Task HandleAsync(Registered message, HandlerContext context)
        {
            context.Domain.ShouldBeSameAs(domain);
            await emails.SaveAsync(Email.With("welcome-" + message.UserId));
        }
    }

    public sealed class Resource : IDisposable
    {
        public int Disposals { get; private set; }

        public void Dispose() => Disposals++;
    }

    public sealed class Holder(Resource resource) : IHandle<Registered>
    {
        public Task HandleAsync(Registered message, HandlerContext context)
        {
            resource.Disposals.ShouldBe(0);
            return Task.CompletedTask;
        }
    }

    /// <summary>The store in memory, which counts how often it is disposed.</summary>
    public class StoreThatCounts : DispatchProxy
    {
        private IEventStore? _store;
        private int _disposals;

        public static IEventStore Around(IEventStore inner, out Func<int> disposals)
        {
            var store = Create<IEventStore, StoreThatCounts>();
            var counting = (StoreThatCounts)store;
            counting._store = inner;
            disposals = () => counting._disposals;
            return store;
        }

        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
        {
            if (targetMethod!.Name == nameof(IAsyncDisposable.DisposeAsync))
                _disposals++;
            return targetMethod.Invoke(_store, args);
        }
    }
}
