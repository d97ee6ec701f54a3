using System.Collections;
using System.Collections.Concurrent;
using System.ComponentModel.DataAnnotations;
using System.Reflection;

namespace Protean;

/// <summary>
/// The rules that types declare with DataAnnotations: on properties, on the parameters of a record, on the type, and by <see cref="IValidatableObject"/>. Objects
/// and lists within a message are checked, too.
/// </summary>
internal static class AnnotatedRules
{
    private const int DeepestPath = 32;

    private static readonly ConcurrentDictionary<Type, TypeRules> Known = new();

    /// <exception cref="ValidationException">A rule is broken; all that are broken are listed.</exception>
    public static void Check(object message, Func<IServiceProvider> services)
    {
        var type = message.GetType();
        if (!RulesOf(type).CanBreak)
            return;
        List<Violation> violations = [];
        Check(message, "", type.Name, new(services), violations, 0);
        if (violations.Count > 0)
            throw new ValidationException(violations);
    }

    private static TypeRules RulesOf(Type type) => Known.GetOrAdd(type, static t => new(t));

    private static void Check(object value, string path, string owner, LazyServices services, List<Violation> violations, int depth)
    {
        // Deeper than any message ought to be: an object that holds itself.
        if (depth > DeepestPath)
            return;
        var rules = RulesOf(value.GetType());
        var before = violations.Count;
        foreach (var member in rules.Members)
        {
            var held = member.Property.GetValue(value);
            var name = path + member.Property.Name;
            var validation = new ValidationContext(value, services, null) { MemberName = member.Property.Name, DisplayName = name };
            foreach (var rule in member.Rules)
                Add(rule.GetValidationResult(held, validation), name);
            if (held is not null && member.IsNested)
                CheckNested(held, name, owner, services, violations, depth);
        }

        var whole = new ValidationContext(value, services, null);
        foreach (var rule in rules.OfType)
            Add(rule.GetValidationResult(value, whole), path.TrimEnd('.'));
        // As everywhere else, an object is asked about itself when its members are sound.
        if (violations.Count == before && value is IValidatableObject self)
        {
            foreach (var result in self.Validate(whole))
                Add(result, path + result.MemberNames.FirstOrDefault());
        }

        void Add(ValidationResult? result, string member)
        {
            if (result is not null && result != ValidationResult.Success)
                violations.Add(new(owner, member, result.ErrorMessage ?? $"{member} is not valid"));
        }
    }

    private static void CheckNested(object held, string name, string owner, LazyServices services, List<Violation> violations, int depth)
    {
        if (held is not IEnumerable items)
        {
            Check(held, name + ".", owner, services, violations, depth + 1);
            return;
        }

        var index = 0;
        foreach (var item in items)
        {
            if (item is not null && TypeRules.IsOwn(item.GetType()))
                Check(item, $"{name}[{index}].", owner, services, violations, depth + 1);
            index++;
        }
    }

    /// <summary>The services are made only if a rule asks for one.</summary>
    private sealed class LazyServices(Func<IServiceProvider> services) : IServiceProvider
    {
        public object? GetService(Type serviceType) => services().GetService(serviceType);
    }

    private sealed record Member(PropertyInfo Property, ValidationAttribute[] Rules, bool IsNested);

    private sealed class TypeRules
    {
        public TypeRules(Type type)
        {
            var parameters = type.GetConstructors().SelectMany(c => c.GetParameters()).ToLookup(p => p.Name);
            Members =
            [
                .. type.GetProperties()
                    .Where(p => p.CanRead && p.GetIndexParameters().Length == 0)
                    .Select(p => new Member(
                        p,
                        [.. p.GetCustomAttributes<ValidationAttribute>().Concat(parameters[p.Name].SelectMany(a => a.GetCustomAttributes<ValidationAttribute>())).Distinct()],
                        IsOwn(p.PropertyType) || IsListOfOwn(p.PropertyType)))
                    .Where(m => m.Rules.Length > 0 || m.IsNested),
            ];
            OfType = [.. type.GetCustomAttributes<ValidationAttribute>()];
            CanBreak = Members.Length > 0 || OfType.Length > 0 || typeof(IValidatableObject).IsAssignableFrom(type);
        }

        public Member[] Members { get; }

        public ValidationAttribute[] OfType { get; }

        /// <summary>Whether there is anything to check.</summary>
        public bool CanBreak { get; }

        /// <summary>Whether a type is one of the user's, and not one of the platform's, which declare no rules.</summary>
        public static bool IsOwn(Type type) =>
            !type.IsPrimitive && !type.IsEnum && Nullable.GetUnderlyingType(type) is null && type.Namespace?.StartsWith("System", StringComparison.Ordinal) != true && !typeof(IEnumerable).IsAssignableFrom(type);

        private static bool IsListOfOwn(Type type) =>
            type != typeof(string) && type.GetInterfaces().Append(type).Any(i => i.IsGenericType && i.GetGenericTypeDefinition() == typeof(IEnumerable<>) && IsOwn(i.GetGenericArguments()[0]));
    }
}
