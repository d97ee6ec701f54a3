using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;
using System.Numerics;
using System.Runtime.InteropServices;
using System.Text;

namespace Protean.EventStore.Sqlite.Documents;

/// <summary>
/// Writes JSON numbers of any size as bytes in the order of their values, equal ones in any notation alike: the sign, the exponent of
/// 0.d₁d₂d₃… × 10ᵉ, and its digits without zeros at either end, two in a byte. What follows the sign of a negative number is complemented.
/// </summary>
internal static class NumberEncoding
{
    private const byte Negative = 1;
    private const byte Zero = 2;
    private const byte Positive = 3;
    private const int NoLength = 0x8000;

    /// <summary>An exponent with more digits counts as if each of so many were a nine: it must not take for ever to compute with.</summary>
    private const int MostExponentDigits = 1000;

    private const int DigitsOfLong = 18;

    public static void Write(ReadOnlySpan<byte> json, ArrayBufferWriter<byte> output)
    {
        var number = new Digits(json);
        if (number.Count == 0)
        {
            KeyEncoding.Put(output, Zero);
            return;
        }

        KeyEncoding.Put(output, number.IsNegative ? Negative : Positive);
        var start = output.WrittenCount;
        WriteExponent(number, output);
        for (var i = 0; i < number.Count; i += 2)
            KeyEncoding.Put(output, (byte)((number[i] * 10) + number[i + 1] + 1));
        if (!number.IsNegative)
            return;
        // More digits are a smaller number here, so the end must be greater than any digit: a zero before it is complemented.
        KeyEncoding.Put(output, 0);
        Complement(output, start);
    }

    private static void WriteExponent(in Digits number, ArrayBufferWriter<byte> output)
    {
        var digits = number.Exponent.TrimStart((byte)'0');
        var exponent = digits.Length <= DigitsOfLong
            ? number.Shift + (number.IsExponentNegative ? -1 : 1) * (digits.IsEmpty ? 0 : long.Parse(digits, CultureInfo.InvariantCulture))
            : (BigInteger?)null;
        WriteExponent(exponent ?? number.Shift + Large(digits, number.IsExponentNegative), output);
    }

    private static BigInteger Large(ReadOnlySpan<byte> digits, bool isNegative)
    {
        var magnitude = digits.Length <= MostExponentDigits
            ? BigInteger.Parse(Encoding.ASCII.GetString(digits), NumberStyles.None, CultureInfo.InvariantCulture)
            : BigInteger.Pow(10, MostExponentDigits) - 1;
        return isNegative ? -magnitude : magnitude;
    }

    private static void WriteExponent(BigInteger exponent, ArrayBufferWriter<byte> output)
    {
        var magnitude = BigInteger.Abs(exponent);
        var length = exponent.IsZero ? 0 : magnitude.GetByteCount(isUnsigned: true);
        BinaryPrimitives.WriteUInt16BigEndian(output.GetSpan(2), (ushort)(exponent.Sign < 0 ? NoLength - length : NoLength + length));
        output.Advance(2);
        if (length == 0)
            return;
        var start = output.WrittenCount;
        magnitude.TryWriteBytes(output.GetSpan(length), out var written, isUnsigned: true, isBigEndian: true);
        output.Advance(written);
        if (exponent.Sign < 0)
            Complement(output, start);
    }

    private static void Complement(ArrayBufferWriter<byte> output, int start)
    {
        // What was written can be changed until more is written; the writer hands it out as read-only only.
        var written = MemoryMarshal.AsMemory(output.WrittenMemory).Span[start..];
        for (var i = 0; i < written.Length; i++)
            written[i] = (byte)~written[i];
    }

    /// <summary>A JSON number taken apart; its digits are those between the first and the last that is not zero.</summary>
    private readonly ref struct Digits
    {
        private readonly ReadOnlySpan<byte> _whole;
        private readonly ReadOnlySpan<byte> _fraction;
        private readonly int _first;

        public Digits(ReadOnlySpan<byte> json)
        {
            IsNegative = json[0] == '-';
            if (IsNegative)
                json = json[1..];
            var e = json.IndexOfAny((byte)'e', (byte)'E');
            if (e >= 0)
            {
                Exponent = json[(e + 1)..];
                IsExponentNegative = Exponent[0] == '-';
                if (Exponent[0] is (byte)'-' or (byte)'+')
                    Exponent = Exponent[1..];
                json = json[..e];
            }

            var point = json.IndexOf((byte)'.');
            _whole = point < 0 ? json : json[..point];
            _fraction = point < 0 ? [] : json[(point + 1)..];
            var length = _whole.Length + _fraction.Length;
            while (_first < length && At(_first) == 0)
                _first++;
            while (length > _first && At(length - 1) == 0)
                length--;
            Count = length - _first;
        }

        public bool IsNegative { get; }

        public bool IsExponentNegative { get; }

        public ReadOnlySpan<byte> Exponent { get; }

        /// <summary>How far the point stands behind the first digit.</summary>
        public long Shift => _whole.Length - _first;

        public int Count { get; }

        /// <summary>A digit; zero behind the last.</summary>
        public int this[int index] => index < Count ? At(_first + index) : 0;

        private int At(int index) => (index < _whole.Length ? _whole[index] : _fraction[index - _whole.Length]) - '0';
    }
}
