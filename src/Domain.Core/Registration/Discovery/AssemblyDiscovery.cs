using System.Reflection;

namespace Protean;

/// <summary>Declares what an assembly holds.</summary>
internal static class AssemblyDiscovery
{
    public static void Declare(DomainBuilder domain, Assembly assembly, string? inNamespace)
    {
        // The order in an assembly's metadata is the compiler's; by name it is the same in every build.
        foreach (var type in assembly.GetTypes().Where(t => IsWithin(t, inNamespace)).OrderBy(t => t.FullName, StringComparer.Ordinal))
        {
            if (type is { IsClass: false, IsValueType: false } || type.IsAbstract || type.IsGenericTypeDefinition)
                continue;
            if (typeof(AggregateRoot).IsAssignableFrom(type))
                domain.AddAggregate(type);
            else if (typeof(IEvent).IsAssignableFrom(type))
                domain.Message(type);
            else
                DeclareHandlers(domain, type);
        }
    }

    private static bool IsWithin(Type type, string? inNamespace) =>
        inNamespace is null || type.Namespace == inNamespace || type.Namespace?.StartsWith(inNamespace + ".", StringComparison.Ordinal) == true;

    private static void DeclareHandlers(DomainBuilder domain, Type type)
    {
        foreach (var attribute in type.GetCustomAttributes(inherit: false))
        {
            switch (attribute)
            {
                case DiscoveredEventHandlerAttribute handler:
                    domain.Add(new DiscoveredEventHandler(domain, type, handler));
                    break;
                case DiscoveredCommandHandlerAttribute handler:
                    handler.Declare(domain, type);
                    break;
                case QueryHandlerAttribute:
                    domain.QueryHandler().Use(type);
                    break;
                case StreamHandlerAttribute:
                    domain.StreamHandler().Use(type);
                    break;
            }
        }
    }
}
