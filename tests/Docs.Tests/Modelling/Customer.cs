namespace Protean.Docs.Modelling;

public sealed class Customer : Aggregate
{
    public string Email { get; private set; } = "";

    public string City { get; private set; } = "";

    public static Customer Of(string id, string email, string city) => new() { Id = id, Email = email, City = city };
}
