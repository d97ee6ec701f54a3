using Shouldly;
using Xunit;

namespace Protean.Tests.Model;

/// <summary>What is wrong with an aggregate's type is said when the domain is made, all of it together.</summary>
public sealed class MalformedAggregateTests
{
    [Fact]
    public void Create_WithARuleThatTakesParameters_NamesTheRule() =>
        FindingsOf<WithParameters>().ShouldContain(f => f.Contains("WithParameters.Rule", StringComparison.Ordinal));

    [Fact]
    public void Create_WithARuleThatReturnsSomething_NamesTheRule() =>
        FindingsOf<WithResult>().ShouldContain(f => f.Contains("WithResult.Rule", StringComparison.Ordinal));

    [Fact]
    public void Create_WithAGenericRule_NamesTheRule() =>
        FindingsOf<WithGenericRule>().ShouldContain(f => f.Contains("WithGenericRule.Rule", StringComparison.Ordinal));

    [Fact]
    public void Create_WithAStaticRule_NamesTheRule() =>
        FindingsOf<WithStaticRule>().ShouldContain(f => f.Contains("WithStaticRule.Rule", StringComparison.Ordinal));

    [Fact]
    public void Create_WithAnAsynchronousRule_NamesTheRule() =>
        FindingsOf<WithAsyncRule>().ShouldContain(f => f.Contains("WithAsyncRule.Rule", StringComparison.Ordinal));

    [Fact]
    public void Create_WithAMalformedRuleOfAnEntity_NamesTheRule() =>
        FindingsOf<WithBadEntity>().ShouldContain(f => f.Contains("BadEntity.Rule", StringComparison.Ordinal));

    [Fact]
    public void Create_WithTwoFieldsOfOneName_NamesTypeAndField() =>
        FindingsOf<WithClash>().ShouldContain(f => f.Contains("WithClash", StringComparison.Ordinal) && f.Contains("'total'", StringComparison.Ordinal));

    [Fact]
    public void Create_WithAnEntityWhoseFieldsClash_NamesTypeAndField() =>
        FindingsOf<WithClashingEntity>().ShouldContain(f => f.Contains("ClashingEntity", StringComparison.Ordinal) && f.Contains("'size'", StringComparison.Ordinal));

    [Fact]
    public void Create_WithoutAParameterlessConstructor_NamesTheAggregate() =>
        FindingsOf<WithoutConstructor>().ShouldContain(f => f.Contains("WithoutConstructor has no constructor without parameters", StringComparison.Ordinal));

    [Fact]
    public void Create_OfAnAbstractAggregate_NamesIt() =>
        FindingsOf<AbstractOne>().ShouldContain(f => f.Contains("AbstractOne is abstract", StringComparison.Ordinal));

    [Fact]
    public void Create_WithSeveralProblems_ReportsAllOfThem()
    {
        var error = Should.Throw<DomainConfigurationException>(() => Domain.Create("Test", d =>
        {
            d.Aggregate<WithParameters>();
            d.Aggregate<WithClash>();
            d.Aggregate<WithoutConstructor>();
            d.UseInMemory();
        }));

        error.Findings.Count.ShouldBe(3);
    }

    private static IReadOnlyList<string> FindingsOf<TAggregate>() where TAggregate : AggregateRoot =>
        Should.Throw<DomainConfigurationException>(() => Domain.Create("Test", d =>
        {
            d.Aggregate<TAggregate>();
            d.UseInMemory();
        })).Findings;

    public sealed class WithParameters : Aggregate
    {
        [Invariant]
        void Rule(int limit) => Ensure(limit > 0, "positive");
    }

    public sealed class WithResult : Aggregate
    {
        [Invariant]
        bool Rule() => true;
    }

    public sealed class WithGenericRule : Aggregate
    {
        [Invariant]
        void Rule<T>() => Ensure(typeof(T).IsClass, "a class");
    }

    public sealed class WithStaticRule : Aggregate
    {
        [Invariant]
        static void Rule() => throw new ValidationException(new Violation("x", "y", "z"));
    }

    public sealed class WithAsyncRule : Aggregate
    {
        [Invariant]
        async void Rule()
        {
            await Task.Yield();
            Ensure(false, "nobody sees it");
        }
    }

    public sealed class WithBadEntity : Aggregate
    {
        private readonly List<BadEntity> _entities = [];

        public int Count => _entities.Count;
    }

    public sealed class BadEntity : Entity
    {
        [Invariant]
        int Rule() => 1;
    }

    public sealed class WithClash : Aggregate
    {
        private readonly int _total = 1;

        public int Total { get; private set; }

        public int Sum => _total + Total;
    }

    public sealed class WithClashingEntity : Aggregate
    {
        public ClashingEntity? Entity { get; private set; }
    }

    public sealed class ClashingEntity : Entity
    {
        private readonly int m_size = 1;

        public int Size { get; private set; }

        public int Sum => m_size + Size;
    }

    public sealed class WithoutConstructor : Aggregate
    {
        public WithoutConstructor(string id) => Id = id;
    }

    public abstract class AbstractOne : Aggregate;
}
