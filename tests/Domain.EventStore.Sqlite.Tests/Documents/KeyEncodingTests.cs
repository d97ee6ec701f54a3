using System.Buffers;
using System.Globalization;
using System.Numerics;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Protean.EventStore.Sqlite.Documents;
using Protean.Storage;
using Shouldly;
using Xunit;

namespace Protean.EventStore.Sqlite.Tests.Documents;

/// <summary>The bytes that values are compared by.</summary>
public sealed class KeyEncodingTests
{
    private static readonly Gen<string> Digits = Gen.Choose(1, 40).SelectMany(n => Gen.ArrayOf(Gen.Frequency((2, Gen.Constant(0)), (3, Gen.Choose(0, 9))), n)).Select(string.Concat);

    private static readonly Gen<string> Texts = Gen.Choose(0, 4).SelectMany(n => Gen.ArrayOf(Gen.Elements("a", "b", "Z", "\u00e4", "\uffff", "\ue000", "\ud7ff", "\ud83c\udf0d"), n)).Select(string.Concat);

    private static readonly Gen<string> Numbers =
        from sign in Gen.Elements("", "-")
        from whole in Gen.OneOf(Gen.Constant("0"), Digits.Select(d => d.TrimStart('0') is { Length: > 0 } some ? some : "0"))
        from fraction in Gen.OneOf(Gen.Constant(""), Digits.Select(d => "." + d))
        from exponent in Gen.OneOf(Gen.Constant(""), Gen.Choose(-60, 60).SelectMany(e => Gen.Elements($"e{e}", $"E{e:+00;-00;+0}")))
        select sign + whole + fraction + exponent;

    [Fact]
    public void Numbers_Any_AreInTheOrderOfTheirValues() => Check.One(
        Config.QuickThrowOnFailure.WithMaxTest(5_000).WithQuietOnSuccess(true),
        Prop.ForAll(Gen.Two(Numbers).ToArbitrary(), pair =>
            Math.Sign(Compare(pair.Item1, pair.Item2)) == Exact(pair.Item1).CompareTo(Exact(pair.Item2))));

    [Fact]
    public void Numbers_Decimals_AreInTheOrderOfDecimal() => Check.One(
        Config.QuickThrowOnFailure.WithMaxTest(5_000).WithQuietOnSuccess(true),
        Prop.ForAll(Gen.Two(ArbMap.Default.GeneratorFor<decimal>()).ToArbitrary(), pair =>
            Math.Sign(Compare(pair.Item1.ToString(CultureInfo.InvariantCulture), pair.Item2.ToString(CultureInfo.InvariantCulture))) == pair.Item1.CompareTo(pair.Item2)));

    [Fact]
    public void Numbers_OneValueInAnotherNotation_HasTheSameBytes() => Check.One(
        Config.QuickThrowOnFailure.WithMaxTest(2_000).WithQuietOnSuccess(true),
        Prop.ForAll((from n in Numbers from shift in Gen.Choose(-9, 9) select (n, shift)).ToArbitrary(), pair => Compare(pair.n, Shifted(pair.n, pair.shift)) == 0));

    [Theory]
    [InlineData("1", "1.0")]
    [InlineData("100", "1e2")]
    [InlineData("0", "-0.000e9")]
    [InlineData("0.1", "1E-1")]
    [InlineData("12345678901234567890123456789012345678901", "12345678901234567890123456789012345678901.00")]
    [InlineData("1e999999999999999999999999", "10e999999999999999999999998")]
    [InlineData("1e00000000000000000000000002", "100")]
    public void Numbers_EqualInTwoNotations_HaveTheSameBytes(string left, string right) => Compare(left, right).ShouldBe(0);

    [Theory]
    [InlineData("-1e99999999999999999999", "-1e400")]
    [InlineData("-1e400", "-1.0000000000000000000000000000000000000001")]
    [InlineData("-1.0000000000000000000000000000000000000001", "-1")]
    [InlineData("-1", "-1e-400")]
    [InlineData("-1e-400", "-1e-99999999999999999999")]
    [InlineData("-1e-99999999999999999999", "0")]
    [InlineData("0", "1e-99999999999999999999")]
    [InlineData("1e-99999999999999999999", "1e-400")]
    [InlineData("9007199254740992", "9007199254740993")]
    [InlineData("0.1", "0.10000000000000000000000000000000000000000001")]
    [InlineData("1e400", "1e401")]
    [InlineData("9e99999999999999999999", "1e100000000000000000000")]
    public void Numbers_BeyondDoubleAndDecimal_AreInTheOrderOfTheirValues(string less, string more)
    {
        Compare(less, more).ShouldBeNegative();
        Compare(more, less).ShouldBePositive();
    }

    [Fact]
    public void Number_ExponentOfAMillionDigits_TakesNoTimeToSpeakOf() =>
        Compare("1e" + new string('9', 1_000_000), "1e" + new string('9', 999)).ShouldBeGreaterThanOrEqualTo(0);

    [Fact]
    public void Kinds_OfAllValues_StandInOrder()
    {
        string[] values = ["false", "true", "-1e9", "0", "7", "\"\"", "\"A\"", "\"a\"", "\"\\u00e4\"", "\"\uffff\"", "\"\ud83c\udf0d\"", "[1]", "{}"];

        var keys = values.Select(Key).ToArray();

        for (var i = 1; i < keys.Length; i++)
            keys[i - 1].AsSpan().SequenceCompareTo(keys[i]).ShouldBeNegative($"{values[i - 1]} < {values[i]}");
    }

    [Fact]
    public void Texts_Any_AreInTheOrderOfTheirCodePoints() => Check.One(
        Config.QuickThrowOnFailure.WithMaxTest(1_000).WithQuietOnSuccess(true),
        Prop.ForAll(Gen.Two(Texts).ToArbitrary(), pair =>
            Math.Sign(KeyEncoding.Of(DocumentValue.Of(pair.Item1))!.AsSpan().SequenceCompareTo(KeyEncoding.Of(DocumentValue.Of(pair.Item2))))
            == Math.Sign(CodePoints(pair.Item1).AsSpan().SequenceCompareTo(CodePoints(pair.Item2)))));

    [Theory]
    [InlineData("\"Grüße \\u00e4 \\ud83c\\udf0d \\\"\"", "Grüße ä 🌍 \"")]
    [InlineData("\"\"", "")]
    public void Text_InADocument_IsTheSameAsTheOneThatIsAskedFor(string json, string text) =>
        Key(json).ShouldBe(KeyEncoding.Of(DocumentValue.Of(text)));

    [Theory]
    [InlineData("""{"v":1,"v":2}""", "2")]
    [InlineData("""{"\u0076":2}""", "2")]
    [InlineData("""{"w":{"v":1},"v":2}""", "2")]
    [InlineData("""{"w":[{"v":1}],"v":2,"x":{"v":3}}""", "2")]
    public void Find_Member_IsTheLastOfItsNameOnItsLevel(string body, string value) => At(body, "v").ShouldBe(KeyEncoding.Of(DocumentValue.Number(value)));

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"v":null}""")]
    [InlineData("""{"w":{"v":1}}""")]
    [InlineData("""{"\ud800":1}""")]
    public void Find_MemberThatIsNotThereOrNull_HasNoKey(string body) => At(body, "v").ShouldBeNull();

    [Fact]
    public void Text_WithHalfACharacter_StandsAsItWasWritten() => At("""{"v":"\ud800"}""", "v").ShouldNotBeNull().Length.ShouldBe(7);

    private static int Compare(string left, string right) => Key(left).AsSpan().SequenceCompareTo(Key(right));

    private static byte[] Key(string json) => At($$"""{"v":{{json}}}""", "v")!;

    private static byte[]? At(string body, params string[] path) => KeyEncoding.Of(Encoding.UTF8.GetBytes(body), new(path), new ArrayBufferWriter<byte>());

    private static int[] CodePoints(string text) => [.. text.EnumerateRunes().Select(r => r.Value)];

    /// <summary>The number times ten to the power of what all exponents and fractions of these tests stay below.</summary>
    private static BigInteger Exact(string json)
    {
        var e = json.IndexOfAny(['e', 'E']);
        var (digits, exponent) = e < 0 ? (json, 0) : (json[..e], int.Parse(json[(e + 1)..], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture));
        var point = digits.IndexOf('.', StringComparison.Ordinal);
        var places = point < 0 ? 0 : digits.Length - point - 1;
        return BigInteger.Parse(digits.Replace(".", "", StringComparison.Ordinal), CultureInfo.InvariantCulture) * BigInteger.Pow(10, 150 + exponent - places);
    }

    private static string Shifted(string json, int shift)
    {
        var e = json.IndexOfAny(['e', 'E']);
        var (digits, exponent) = e < 0 ? (json, 0) : (json[..e], int.Parse(json[(e + 1)..], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture));
        var sign = digits[0] == '-' ? "-" : "";
        var point = digits.IndexOf('.', StringComparison.Ordinal);
        var places = point < 0 ? 0 : digits.Length - point - 1;
        var whole = digits.TrimStart('-').Replace(".", "", StringComparison.Ordinal).TrimStart('0');
        return whole.Length == 0 ? $"{sign}0e{shift}" : $"{sign}{whole}{new string('0', 9 + shift)}e{exponent - places - 9 - shift}";
    }
}
