using System.Linq.Expressions;
using System.Text.Json.Serialization;
using Shouldly;

namespace Protean.Tests.Queries;

public enum Color
{
    Red,
    Green,
    Blue,
}

public enum Level : byte
{
    Low = 1,
    High = 5,
}

public readonly record struct OwnerId(Guid Value) : ITypedId;

public readonly record struct Serial(long Value) : ITypedId
{
    public static implicit operator long(Serial serial) => serial.Value;
}

public sealed record Address(string City, int Zip, Address? Other = null);

/// <summary>An aggregate with a member of every kind that can be asked for, and of some that cannot.</summary>
public sealed class Item : Aggregate
{
    private int _secret;

    public Item(string id)
    {
        Id = id;
        Address = new("Nowhere", 0);
    }

    private Item()
    {
        Address = null!;
    }

    public string Name { get; set; } = "";

    public string? Nick { get; set; }

    public int Count { get; set; }

    public int Other { get; set; }

    public long Big { get; set; }

    public decimal Price { get; set; }

    public double Weight { get; set; }

    public bool Flag { get; set; }

    public int? Maybe { get; set; }

    public bool? MaybeFlag { get; set; }

    public Color Color { get; set; }

    public Color? Shade { get; set; }

    public Level Level { get; set; } = Level.Low;

    public char Letter { get; set; } = '-';

    public OwnerId Owner { get; set; }

    public OwnerId? Parent { get; set; }

    public Serial Serial { get; set; }

    public Guid Reference { get; set; }

    public DateTimeOffset At { get; set; }

    public DateOnly Day { get; set; }

    public DateTime Moment { get; set; }

    public TimeSpan Duration { get; set; }

    public Version? Version2 { get; set; }

    public Address Address { get; set; }

    public Address? Home { get; set; }

    public List<string> Tags { get; } = [];

    [JsonPropertyName("renamed")]
    public int Inner { get; set; }

    [JsonIgnore]
    public int Ignored { get; set; }

    public int Secret
    {
        get => _secret;
        set => _secret = value;
    }

    public int Doubled => Count * 2;
}

internal static class Items
{
    public static async Task<Domain> CreateAsync(params Item[] items)
    {
        var domain = Domain.Create("Test", d =>
        {
            d.Aggregate<Item>();
            d.UseInMemory();
        });
        foreach (var item in items)
            await domain.Repository<Item>().SaveAsync(item);
        return domain;
    }

    /// <summary>Asks among some items, and expects those with the ids, which are also those the same predicate finds among objects.</summary>
    public static async Task ShouldFindAsync(this Item[] items, Expression<Func<Item, bool>> where, params string[] ids)
    {
        await using var domain = await CreateAsync(items);
        var found = await domain.Repository<Item>().QueryAsync(where);

        found.Select(i => i.Id).ShouldBe(ids);
        (await domain.Repository<Item>().CountAsync(where)).ShouldBe(ids.Length);
        items.Where(where.Compile()).Select(i => i.Id).Order(StringComparer.Ordinal).ShouldBe(ids);
    }

    public static async Task<UntranslatableExpressionException> ShouldRefuseAsync(Expression<Func<Item, bool>> where)
    {
        await using var domain = await CreateAsync();
        return await Should.ThrowAsync<UntranslatableExpressionException>(async () => await domain.Repository<Item>().QueryAsync(where));
    }
}
