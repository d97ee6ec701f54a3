namespace Protean;

/// <summary>The version of a message's, aggregate's or projection's schema. Default: 1.</summary>
/// <param name="version">One or more.</param>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Struct)]
public sealed class SchemaVersionAttribute(int version) : Attribute
{
    /// <summary>The version.</summary>
    public int Version { get; } = version;
}

/// <summary>A name that a class, or a member of stored JSON, had before it was renamed. What was stored under it is still found.</summary>
/// <param name="name">The former class name, or the former name of the JSON member.</param>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Struct | AttributeTargets.Property | AttributeTargets.Field | AttributeTargets.Parameter, AllowMultiple = true)]
public sealed class FormerNameAttribute(string name) : Attribute
{
    /// <summary>The former name.</summary>
    public string Name { get; } = name;
}

/// <summary>Marks the property of a command that holds the id of the aggregate it is for. Default: the property named <c>{Aggregate}Id</c>.</summary>
[AttributeUsage(AttributeTargets.Property | AttributeTargets.Parameter)]
public sealed class TargetIdAttribute : Attribute;
