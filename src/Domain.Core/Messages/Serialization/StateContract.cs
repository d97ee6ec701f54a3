using System.Linq.Expressions;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Protean;

/// <summary>Aggregates and entities are written and read by their fields; everything else by its public properties.</summary>
internal static class StateContract
{
    public static void Apply(JsonTypeInfo type)
    {
        if (type.Kind != JsonTypeInfoKind.Object || !typeof(DomainObject).IsAssignableFrom(type.Type))
            return;
        type.Properties.Clear();
        var constructor = type.Type.GetConstructor(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic, []);
        foreach (var field in StateFields.Of(type.Type))
        {
            var property = type.CreateJsonPropertyInfo(field.Field.FieldType, field.Name);
            property.AttributeProvider = field.Member;
            property.CustomConverter = ConverterOf(field);
            property.Get = instance => field.Get((DomainObject)instance);
            property.Set = field.Set;
            // Without a constructor there is no initial value to fall back on.
            property.IsRequired = constructor is null;
            type.Properties.Add(property);
        }

        if (!type.Type.IsAbstract)
            type.CreateObject = Factory(type.Type, constructor);
    }

    private static JsonConverter? ConverterOf(StateField field) => field.Member.GetCustomAttribute<JsonConverterAttribute>() switch
    {
        null => null,
        { ConverterType: { } type } => (JsonConverter)Activator.CreateInstance(type)!,
        var attribute => attribute.CreateConverter(field.Field.FieldType),
    };

    private static Func<object> Factory(Type type, ConstructorInfo? constructor) => constructor is null
        ? () => RuntimeHelpers.GetUninitializedObject(type)
        : Expression.Lambda<Func<object>>(Expression.New(constructor)).Compile();
}
