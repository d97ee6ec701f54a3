using System.Text.Json;
using Microsoft.AspNetCore.Mvc;
using Protean;

namespace InventoryOrders.Serve.Problems;

/// <summary>Tells broken rules of the input, which have a field, from those of the domain.</summary>
internal static class BrokenRules
{
    private static readonly HashSet<string> _commands = [.. typeof(Shop).Assembly.GetTypes().Where(type => type.IsAssignableTo(typeof(ICommand))).Select(type => type.Name)];

    public static ProblemDetails Describe(ValidationException refused)
    {
        var fields = refused.Violations.Where(violation => _commands.Contains(violation.Owner)).ToArray();
        if (fields.Length == 0)
            return new() { Status = StatusCodes.Status400BadRequest, Title = "A rule of the shop was broken.", Detail = string.Join(' ', refused.Violations.Select(Sentence)) };
        return new HttpValidationProblemDetails(fields.GroupBy(FieldOf).ToDictionary(field => field.Key, field => field.Select(violation => violation.Message).ToArray()))
        {
            Status = StatusCodes.Status400BadRequest,
        };
    }

    private static string FieldOf(Violation violation) => string.Join('.', violation.Rule.Split('.').Select(JsonNamingPolicy.CamelCase.ConvertName));

    private static string Sentence(Violation violation) => $"{char.ToUpperInvariant(violation.Message[0])}{violation.Message[1..]}.";
}
