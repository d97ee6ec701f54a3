using System.Text;
using Protean.Storage;
using Shouldly;
using Xunit;

namespace Protean.Tests.Storage;

public sealed class ChecksumTests
{
    [Theory]
    [InlineData("", 0x00000000u)]
    [InlineData("a", 0xC1D04330u)]
    [InlineData("123456789", 0xE3069283u)]
    [InlineData("{\"quantity\":1}", 0xE80C4F17u)]
    public void Compute_Text_IsItsCrc32C(string text, uint expected) => Checksum.Compute(Encoding.UTF8.GetBytes(text)).ShouldBe(expected);

    [Theory]
    [InlineData(0x00, 0x8A9136AAu)]
    [InlineData(0xFF, 0x62A8AB43u)]
    public void Compute_ThirtyTwoEqualBytes_IsTheirCrc32C(byte value, uint expected)
    {
        var bytes = new byte[32];
        Array.Fill(bytes, value);

        Checksum.Compute(bytes).ShouldBe(expected);
    }

    [Fact]
    public void Compute_OneBitChanged_IsAnother()
    {
        var bytes = Encoding.UTF8.GetBytes("{\"quantity\":1}");
        var before = Checksum.Compute(bytes);

        bytes[^2] ^= 1;

        Checksum.Compute(bytes).ShouldNotBe(before);
    }
}
