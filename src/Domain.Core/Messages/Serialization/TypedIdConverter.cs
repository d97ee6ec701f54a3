using System.Linq.Expressions;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Protean;

internal sealed class TypedIdConverter<TId, TValue> : JsonConverter<TId>
    where TId : notnull
{
    private readonly Func<TValue, TId> _wrap;
    private readonly Func<TId, TValue> _unwrap;
    private readonly bool _strict;

    public TypedIdConverter(ConstructorInfo constructor, PropertyInfo value, bool strict)
    {
        _strict = strict;
        var inner = Expression.Parameter(typeof(TValue));
        _wrap = Expression.Lambda<Func<TValue, TId>>(Expression.New(constructor, inner), inner).Compile();
        var id = Expression.Parameter(typeof(TId));
        _unwrap = Expression.Lambda<Func<TId, TValue>>(Expression.Property(id, value), id).Compile();
    }

    public override TId Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        // An id that was never set is stored as null, and its constructor may refuse that.
        if (reader.TokenType == JsonTokenType.Null)
            return _strict ? throw new JsonException($"A {typeof(TId).Name} cannot be null.") : default!;
        // The value's own converter, and not the serializer, so that an error knows the path from the outermost object.
        var value = ((JsonConverter<TValue>)options.GetConverter(typeof(TValue))).Read(ref reader, typeof(TValue), options)!;
        try
        {
            return _wrap(value);
        }
        catch (Exception e)
        {
            throw new JsonException(e.Message, e);
        }
    }

    public override void Write(Utf8JsonWriter writer, TId value, JsonSerializerOptions options) =>
        JsonSerializer.Serialize(writer, _unwrap(value), options);

    public override TId ReadAsPropertyName(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        IdFormat<TId>.Read(reader.GetString()!, typeToConvert.Name);

    public override void WriteAsPropertyName(Utf8JsonWriter writer, TId value, JsonSerializerOptions options) =>
        writer.WritePropertyName(AggregateId.From(value).Text);
}
