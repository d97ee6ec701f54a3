using Protean.Storage;
using Shouldly;
using Xunit;

namespace Protean.Tests.Storage;

public sealed class DocumentValueTests
{
    [Fact]
    public void Of_Text_KeepsIt()
    {
        var value = DocumentValue.Of("a");

        value.Kind.ShouldBe(DocumentValueKind.Text);
        value.Text.ShouldBe("a");
        value.ToString().ShouldBe("'a'");
    }

    [Theory]
    [InlineData(true, "true")]
    [InlineData(false, "false")]
    public void Of_Boolean_KeepsIt(bool boolean, string text)
    {
        var value = DocumentValue.Of(boolean);

        value.Kind.ShouldBe(DocumentValueKind.Boolean);
        value.Boolean.ShouldBe(boolean);
        value.ToString().ShouldBe(text);
    }

    [Theory]
    [InlineData(long.MinValue, "-9223372036854775808")]
    [InlineData(0, "0")]
    [InlineData(long.MaxValue, "9223372036854775807")]
    public void Of_Long_IsItsJsonNotation(long number, string json)
    {
        DocumentValue.Of(number).Kind.ShouldBe(DocumentValueKind.Number);
        DocumentValue.Of(number).Text.ShouldBe(json);
    }

    [Fact]
    public void Of_Decimal_IsItsJsonNotation() => DocumentValue.Of(-1234.50m).Text.ShouldBe("-1234.50");

    [Fact]
    public void Number_Json_IsKeptAsItIs() => DocumentValue.Number("1e-3").ToString().ShouldBe("1e-3");

    [Fact]
    public void Null_IsTheDefault()
    {
        DocumentValue.Null.ShouldBe(default);
        DocumentValue.Null.Kind.ShouldBe(DocumentValueKind.Null);
        DocumentValue.Null.ToString().ShouldBe("null");
    }

    [Fact]
    public void Equals_DifferentKinds_AreDifferent()
    {
        DocumentValue.Of("1").ShouldNotBe(DocumentValue.Of(1));
        DocumentValue.Of("1").ShouldBe(DocumentValue.Of("1"));
        DocumentValue.Of(false).ShouldNotBe(DocumentValue.Null);
    }
}
