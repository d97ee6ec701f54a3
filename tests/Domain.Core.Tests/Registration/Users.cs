using Shouldly;

namespace Protean.Tests.Registration;

public sealed record Registered(string UserId) : IDomainEvent;

public sealed record Activated(string UserId) : IDomainEvent;

public sealed record Renamed(string UserId) : IDomainEvent;

public sealed record Sent(string EmailId) : IDomainEvent;

public sealed record ExternalEvent(string Id) : IDomainEvent;

public sealed record Register(string UserId) : ICommand;

public sealed record SendEmail(string EmailId) : ICommand;

public sealed record CountUsers(int AtLeast) : ICommand<int>;

public sealed record FindUser(string UserId) : IQuery<bool>;

public sealed class User : Aggregate
{
    public int Logins { get; private set; }

    public static User With(string id, params IDomainEvent[] events)
    {
        var user = new User { Id = id };
        foreach (var e in events)
            user.Raise(e);
        return user;
    }

    public void LogIn() => Logins++;

    public async Task LogInAsync()
    {
        await Task.Yield();
        Logins++;
    }
}

public sealed class Email : Aggregate
{
    public static Email With(string id, params IDomainEvent[] events)
    {
        var email = new Email { Id = id };
        foreach (var e in events)
            email.Raise(e);
        return email;
    }
}

/// <summary>A domain named "Test" with users and e-mails, whose events are handled inline.</summary>
internal static class Users
{
    public static Domain Create(Action<DomainBuilder> declare) => Domain.Create("Test", d =>
    {
        Declare(d);
        declare(d);
    });

    public static void Declare(DomainBuilder d)
    {
        d.EventProcessing = EventProcessing.Inline;
        d.Aggregate<User>().Raises<Registered>().Raises<Activated>().Raises<Renamed>();
        d.Aggregate<Email>().Raises<Sent>();
        d.UseInMemory();
    }

    /// <summary>Stores a user, or an e-mail, that raises events.</summary>
    public static ValueTask RaiseAsync(this IDomain domain, params IDomainEvent[] events) =>
        domain.Repository<User>().SaveAsync(User.With("u-" + Guid.NewGuid(), events));

    public static ValueTask RaiseFromEmailAsync(this IDomain domain, params IDomainEvent[] events) =>
        domain.Repository<Email>().SaveAsync(Email.With("e-" + Guid.NewGuid(), events));

    public static EventHandlerModel Handler(this Domain domain, string name) => domain.Model.EventHandlers.Single(h => h.Name == name);
}

internal static class Startup
{
    /// <summary>What is wrong with a domain that is right but for the declaration.</summary>
    public static IReadOnlyList<string> FindingsOf(Action<DomainBuilder> declare) =>
        Should.Throw<DomainConfigurationException>(() => Domain.Create("Test", d =>
        {
            d.UseInMemory();
            declare(d);
        })).Findings;

    public static string OnlyFindingOf(Action<DomainBuilder> declare) => FindingsOf(declare).ShouldHaveSingleItem();

    public static void ShouldSay(this string finding, params string[] parts)
    {
        foreach (var part in parts)
            finding.ShouldContain(part, Case.Sensitive);
    }
}
