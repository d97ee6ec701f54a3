using Shouldly;
using Xunit;

namespace Protean.Tests.Registration;

/// <summary>The names of categories, types and handlers, under which everything is stored.</summary>
public sealed class NamingTests
{
    [Theory]
    [InlineData("inventory-orders", "inventory_orders", "InventoryOrders")]
    [InlineData("InventoryOrders", "inventory_orders", "InventoryOrders")]
    [InlineData("inventory orders", "inventory_orders", "InventoryOrders")]
    [InlineData("Inventory-Orders", "inventory_orders", "InventoryOrders")]
    [InlineData("my.shop_2", "my_shop_2", "MyShop2")]
    [InlineData("Test", "test", "Test")]
    [InlineData("HTTPShop", "http_shop", "HTTPShop")]
    public async Task DomainName_BeginsCategoriesAndTypes(string name, string prefix, string typePrefix)
    {
        await using var domain = Domain.Create(name, d => d.UseInMemory().Aggregate<User>().Raises<Registered>());

        domain.Model.Prefix.ShouldBe(prefix);
        domain.Model.Aggregates[typeof(User)].Category.ShouldBe(prefix + "::user");
        domain.Model.Types.Of(typeof(Registered)).Name.ShouldBe(typePrefix + ".Registered.v1");
    }

    [Fact]
    public async Task Aggregate_ClassName_BecomesSnakeCase()
    {
        await using var domain = Domain.Create("Test", d =>
        {
            d.Aggregate<HTTPServer>();
            d.Aggregate<Order2Line>();
            d.Aggregate<OrderItemV2>();
            d.Aggregate<ABTest>();
            d.Aggregate<Grade3X>();
            d.Aggregate<Box<User>>();
            d.Aggregate<Pair<User, Box<Email>>>();
            d.UseInMemory();
        });

        domain.Model.Aggregates.Values.Select(a => a.Category).ShouldBe(
            ["test::http_server", "test::order2_line", "test::order_item_v2", "test::ab_test", "test::grade3_x", "test::box_of_user", "test::pair_of_user_and_box_of_email"],
            ignoreOrder: true);
    }

    [Fact]
    public async Task Aggregate_CategoryOfItsOwn_IsQualifiedUnlessItIs()
    {
        await using var domain = Domain.Create("Test", d =>
        {
            d.Aggregate<User>().StreamCategory("identity");
            d.Aggregate<Email>().StreamCategory("mail::letter");
            d.UseInMemory();
        });

        domain.Model.Aggregates[typeof(User)].Category.ShouldBe("test::identity");
        domain.Model.Aggregates[typeof(Email)].Category.ShouldBe("mail::letter");
    }

    [Fact]
    public async Task Event_Generic_IsNamedAfterItsArguments()
    {
        await using var domain = Domain.Create("Test", d => d.UseInMemory().Event<Changed<User>>());

        domain.Model.Types.Of(typeof(Changed<User>)).Name.ShouldBe("Test.ChangedOfUser.v1");
    }

    [Fact]
    public async Task Event_OlderVersionsAndFormerNames_AreFoundToo()
    {
        await using var domain = Domain.Create("Test", d => d.UseInMemory().Event<Moved>().FormerlyNamed("Old.Shop.Relocated.v1").Upcast(1, _ => { }));

        domain.Model.Types.NamesOf(typeof(Moved)).ShouldBe(
            ["Test.Moved.v2", "Test.Moved.v1", "Test.Shifted.v1", "Test.Shifted.v2", "Old.Shop.Relocated.v1"], ignoreOrder: true);
    }

    [Fact]
    public async Task Facts_AreNamedAfterTheAggregate()
    {
        await using var domain = Domain.Create("Test", d => d.UseInMemory().Aggregate<User>().RecordFacts());

        domain.Model.Types.Of(typeof(Fact<User>)).Name.ShouldBe("Test.UserFact.v1");
    }

    [Fact]
    public async Task Handler_OfLambdas_IsNamedAfterItsAggregate()
    {
        await using var domain = Users.Create(d => d.EventHandler<User>().On<Registered>((_, _) => { }));

        domain.Model.EventHandlers.ShouldHaveSingleItem().DurableName.ShouldBe("test::user");
    }

    [Fact]
    public async Task Handler_OfAClass_IsNamedAfterTheClass()
    {
        await using var domain = Users.Create(d => d.EventHandler<User>().Use<Greeter>().On<Activated>((_, _) => { }));

        domain.Model.EventHandlers.ShouldHaveSingleItem().DurableName.ShouldBe("test::Greeter");
    }

    [Fact]
    public async Task Handler_WithAName_HasThatName()
    {
        await using var domain = Users.Create(d => d.EventHandler<User>().Use<Greeter>().Named("say-hello").FormerlyNamed("Greeter").FormerlyNamed("other::greeter"));
        var handler = domain.Model.EventHandlers.ShouldHaveSingleItem();

        handler.Name.ShouldBe("say-hello");
        handler.DurableName.ShouldBe("test::say-hello");
        handler.FormerDurableNames.ShouldBe(["test::Greeter", "other::greeter"]);
    }

    [Fact]
    public async Task Projection_IsNamedAfterItsDocument()
    {
        await using var domain = Users.Create(d => d.Projection<UserList>().From<User>().On<Registered>(e => e.UserId, (view, _) => view));

        domain.Model.EventHandlers.ShouldHaveSingleItem().DurableName.ShouldBe("test::UserList");
        domain.Model.Views[typeof(UserList)].Collection.ShouldBe("test::user_list:view");
    }

    [Fact]
    public async Task OrderOfRegistration_ChangesNoNameAndNoMethod()
    {
        Action<DomainBuilder>[] declarations =
        [
            d => d.EventHandler<User>().On<Registered>((_, _) => { }),
            d => d.EventHandler<User>().Named("audit").OnAny((_, _) => { }),
            d => d.EventHandler<Email>().StreamCategory<User>().Use<Greeter>(),
            d => d.Projection<UserList>().From<User>().On<Registered>(e => e.UserId, (view, _) => view),
            d => d.CommandHandler<User>().On<Register>((_, _) => { }),
        ];
        await using var forwards = Users.Create(d => Array.ForEach(declarations, declare => declare(d)));
        await using var backwards = Users.Create(d => Array.ForEach([.. declarations.Reverse()], declare => declare(d)));

        Names(backwards).ShouldBe(Names(forwards), ignoreOrder: true);
    }

    private static IEnumerable<string> Names(Domain domain) =>
    [
        .. domain.Model.EventHandlers.Select(h => $"{h.DurableName} {string.Join(',', h.Categories)} {string.Join(',', h.MethodsFor(typeof(Registered)))}"),
        .. domain.Model.Types.All.Select(t => t.Name),
        .. domain.Model.CommandCategories,
        .. domain.Model.Store.Collections.Select(c => c.Name),
    ];

    public sealed class HTTPServer : Aggregate;

    public sealed class Order2Line : Aggregate;

    public sealed class OrderItemV2 : Aggregate;

    public sealed class ABTest : Aggregate;

    public sealed class Grade3X : Aggregate;

    public sealed class Box<T> : Aggregate;

    public sealed class Pair<TLeft, TRight> : Aggregate;

    public sealed record Changed<T>(string Id) : IDomainEvent;

    [SchemaVersion(2)]
    [FormerName("Shifted")]
    public sealed record Moved(string Id) : IDomainEvent;

    public sealed record UserList(string Id);

    public sealed class Greeter : IHandle<Registered>
    {
        public Task HandleAsync(Registered message, HandlerContext context) => Task.CompletedTask;
    }
}
