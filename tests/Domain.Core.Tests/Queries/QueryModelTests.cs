using System.Linq.Expressions;
using FsCheck;
using FsCheck.Fluent;
using Shouldly;
using Xunit;

namespace Protean.Tests.Queries;

/// <summary>Whatever is stored and whatever is asked: the store finds what LINQ finds among the same objects.</summary>
public sealed class QueryModelTests
{
    private static readonly ExpressionType[] Ranges =
    [
        ExpressionType.Equal, ExpressionType.NotEqual, ExpressionType.LessThan,
        ExpressionType.LessThanOrEqual, ExpressionType.GreaterThan, ExpressionType.GreaterThanOrEqual,
    ];

    /// <summary>The members that are asked for, each with what a small number stands for in it.</summary>
    private static readonly (LambdaExpression Member, Func<int, object?> Value, bool HasOrder)[] Members =
    [
        (Member(i => i.Count), n => n, true),
        (Member(i => i.Big), n => n * 10_000_000_000L, true),
        (Member(i => i.Maybe), n => n == 0 ? null : n, true),
        (Member(i => i.Price), n => n / 4m, true),
        (Member(i => i.Weight), n => n / 3d, true),
        (Member(i => i.Name), n => Text(n), false),
        (Member(i => i.Nick), n => n == 0 ? null : Text(n), false),
        (Member(i => i.Flag), n => n > 0, false),
        (Member(i => i.Color), n => (Color)Math.Abs(n % 3), false),
        (Member(i => i.Shade), n => n == 0 ? null : (Color?)Math.Abs(n % 3), false),
        (Member(i => i.At), n => Instant(n), true),
        (Member(i => i.Day), n => new DateOnly(2024, 6, 15).AddDays(n * 20), true),
        (Member(i => i.Owner), n => Owner(n), false),
        (Member(i => i.Reference), n => Owner(n).Value, true),
        (Member(i => i.Address.Zip), n => n, true),
        (Member(i => i.Serial.Value), n => (long)n, true),
    ];

    private static readonly Gen<int> Number = Gen.Choose(-3, 3);

    private static readonly Gen<Case> Cases =
        from documents in Number.ListOf(Members.Length).Select(numbers => numbers.ToArray()).ListOf()
        from conditions in AnyCondition().ListOf()
        from order in Gen.Choose(0, Members.Length - 1)
        from backwards in Gen.Elements(true, false)
        from page in Gen.Choose(1, 5)
        select new Case([.. documents], [.. conditions.Take(3)], order, backwards, page);

    [Fact]
    public void Query_AnyConjunction_FindsWhatLinqFinds() => Check(Cases, (items, asked) =>
    {
        var where = Where(asked.Conditions);
        using var domain = Stored(items);
        var expected = items.Where(where.Compile()).Select(i => i.Id).Order(StringComparer.Ordinal);

        domain.Query(where, q => q).ShouldBe(expected);
        domain.Count(where).ShouldBe(expected.Count());
    });

    [Fact]
    public void Query_AnyOrder_IsThatOfLinq() => Check(Cases.Where(c => Members[c.Order].HasOrder), (items, asked) =>
    {
        using var domain = Stored(items);
        var key = Boxed(Members[asked.Order].Member).Compile();
        var expected = asked.Descending ? items.OrderByDescending(key) : items.OrderBy(key);

        domain.Query(null, q => Ordered(q, asked)).ShouldBe(expected.ThenBy(i => i.Id, StringComparer.Ordinal).Select(i => i.Id));
    });

    [Fact]
    public void Query_AnyPageSize_HasNoGapAndNoDuplicate() => Check(Cases.Where(c => Members[c.Order].HasOrder), (items, asked) =>
    {
        var where = Where(asked.Conditions);
        using var domain = Stored(items);
        var whole = domain.Query(where, q => Ordered(q, asked));
        List<string> pages = [];
        for (var skip = 0; domain.Query(where, q => Ordered(q, asked).Skip(skip).Take(asked.PageSize)) is { Count: > 0 } page; skip += asked.PageSize)
            pages.AddRange(page);

        pages.ShouldBe(whole);
    });

    private static void Check(Gen<Case> cases, Action<Item[], Case> holds) =>
        Prop.ForAll(cases.ToArbitrary(), asked => holds([.. asked.Documents.Select(Make)], asked)).QuickCheckThrowOnFailure();

    private static Gen<Condition> AnyCondition() =>
        from member in Gen.Choose(0, Members.Length - 1)
        from comparison in Gen.Elements(Members[member].HasOrder ? Ranges : Ranges[..2])
        from value in Number
        from swapped in Gen.Elements(true, false)
        select new Condition(member, comparison, value, swapped);

    private static Expression<Func<Item, T>> Member<T>(Expression<Func<Item, T>> member) => member;

    private static string Text(int n) => n switch { < 0 => "ä" + n, 0 => "", 1 => "\"quoted\" \\ \u2028", 2 => "\U0001F600", _ => "Text" };

    private static DateTimeOffset Instant(int n) => new DateTimeOffset(2024, 6, 15, 12, 0, 0, TimeSpan.FromHours(n)).AddTicks(n);

    private static OwnerId Owner(int n) => new(new Guid(n, (short)n, 7, 8, 9, 10, 11, 12, 13, 14, (byte)Math.Abs(n)));

    private static Item Make(int[] numbers, int index)
    {
        var item = new Item("item " + index);
        for (var m = 0; m < numbers.Length; m++)
        {
            var value = Members[m].Value(numbers[m]);
            var name = ((MemberExpression)Members[m].Member.Body).Member.Name;
            switch (name)
            {
                case nameof(Address.Zip):
                    item.Address = new("City", (int)value!);
                    break;
                case nameof(Serial.Value):
                    item.Serial = new((long)value!);
                    break;
                default:
                    typeof(Item).GetProperty(name)!.SetValue(item, value);
                    break;
            }
        }

        return item;
    }

    private static Expression<Func<Item, bool>> Where(Condition[] conditions)
    {
        var item = Expression.Parameter(typeof(Item), "i");
        var all = conditions.Select(Compare).DefaultIfEmpty(Expression.NotEqual(Expression.Property(item, nameof(Item.Name)), Expression.Constant("none"))).Aggregate(Expression.AndAlso);
        return Expression.Lambda<Func<Item, bool>>(all, item);

        Expression Compare(Condition condition)
        {
            var (lambda, value, _) = Members[condition.Member];
            var member = new Replace(lambda.Parameters[0], item).Visit(lambda.Body)!;
            var constant = (Expression)Expression.Constant(value(condition.Value), member.Type);
            // As the compiler does: enums are compared by their numbers.
            if ((Nullable.GetUnderlyingType(member.Type) ?? member.Type).IsEnum)
                (member, constant) = (Numeric(member), Numeric(constant));
            return condition.Swapped
                ? Expression.MakeBinary(condition.Comparison, constant, member)
                : Expression.MakeBinary(condition.Comparison, member, constant);
        }
    }

    private static UnaryExpression Numeric(Expression value) =>
        Expression.Convert(value, Nullable.GetUnderlyingType(value.Type) is null ? typeof(int) : typeof(int?));

    private static Query<Item> Ordered(Query<Item> query, Case asked) => asked.Descending
        ? query.OrderByDescending(Boxed(Members[asked.Order].Member))
        : query.OrderBy(Boxed(Members[asked.Order].Member));

    private static Expression<Func<Item, object?>> Boxed(LambdaExpression member) =>
        Expression.Lambda<Func<Item, object?>>(Expression.Convert(member.Body, typeof(object)), member.Parameters);

    private static StoredItems Stored(Item[] items) => new(Items.CreateAsync(items).GetAwaiter().GetResult());

    public sealed record Condition(int Member, ExpressionType Comparison, int Value, bool Swapped);

    public sealed record Case(int[][] Documents, Condition[] Conditions, int Order, bool Descending, int PageSize)
    {
        public override string ToString() =>
            $"{string.Join(" ", Documents.Select(d => $"[{string.Join(',', d)}]"))} where {string.Join(" and ", Conditions.Select(c => c.ToString()))} by {Order} {Descending} page {PageSize}";
    }

    /// <summary>The store in memory completes every call at once, so a property need not be asynchronous.</summary>
    private sealed class StoredItems(Domain domain) : IDisposable
    {
        public List<string> Query(Expression<Func<Item, bool>>? where, Func<Query<Item>, Query<Item>> shape) =>
            [.. domain.Repository<Item>().QueryAsync(where, shape).AsTask().GetAwaiter().GetResult().Select(i => i.Id)];

        public long Count(Expression<Func<Item, bool>> where) => domain.Repository<Item>().CountAsync(where).AsTask().GetAwaiter().GetResult();

        public void Dispose() => domain.DisposeAsync().AsTask().GetAwaiter().GetResult();
    }

    private sealed class Replace(Expression from, Expression to) : ExpressionVisitor
    {
        public override Expression? Visit(Expression? node) => node == from ? to : base.Visit(node);
    }
}
