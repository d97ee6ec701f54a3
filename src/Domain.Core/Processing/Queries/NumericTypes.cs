namespace Protean;

/// <summary>Which numbers can be taken for numbers of another type without a change of their value.</summary>
internal static class NumericTypes
{
    /// <summary>Whether C# converts one to the other without being asked to.</summary>
    public static bool IsWidening(Type from, Type to)
    {
        var (source, target) = (Rank(from), Rank(to));
        return source is not null && target is not null && from != typeof(double)
            && (from != typeof(float) || to == typeof(double))
            && source < target
            && (IsSigned(to) || !IsSigned(from));
    }

    private static int? Rank(Type type) => type.IsEnum ? null : Type.GetTypeCode(type) switch
    {
        TypeCode.SByte or TypeCode.Byte => 0,
        TypeCode.Int16 or TypeCode.UInt16 or TypeCode.Char => 1,
        TypeCode.Int32 or TypeCode.UInt32 => 2,
        TypeCode.Int64 or TypeCode.UInt64 => 3,
        TypeCode.Single => 4,
        TypeCode.Double => 5,
        TypeCode.Decimal => 6,
        _ => null,
    };

    private static bool IsSigned(Type type) =>
        Type.GetTypeCode(type) is not (TypeCode.Byte or TypeCode.UInt16 or TypeCode.UInt32 or TypeCode.UInt64 or TypeCode.Char);
}
