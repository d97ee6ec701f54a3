using System.Linq.Expressions;
using System.Reflection;
using System.Text.Json;
using Protean.Storage;

namespace Protean;

/// <summary>Turns a predicate into conditions for the store: equality and range on members, joined by <c>&amp;&amp;</c>.</summary>
internal sealed class QueryTranslator
{
    private readonly JsonSerializerOptions _options;
    private readonly ParameterExpression _root;
    private readonly List<DocumentCondition> _conditions = [];

    private QueryTranslator(JsonSerializerOptions options, ParameterExpression root)
    {
        _options = options;
        _root = root;
    }

    public static IReadOnlyList<DocumentCondition> Translate(LambdaExpression? predicate, JsonSerializerOptions options)
    {
        if (predicate is null)
            return [];
        var translator = new QueryTranslator(options, predicate.Parameters[0]);
        translator.Add(predicate.Body);
        return translator._conditions;
    }

    public static DocumentOrder Order(LambdaExpression member, bool descending, JsonSerializerOptions options)
    {
        CheckOrdered(member.Body, MemberPath.Strip(member.Body).Type);
        return new(MemberPath.Resolve(member.Body, member.Parameters[0], options), descending);
    }

    private static DocumentComparison? ComparisonOf(ExpressionType type) => type switch
    {
        ExpressionType.Equal => DocumentComparison.Equal,
        ExpressionType.NotEqual => DocumentComparison.NotEqual,
        ExpressionType.LessThan => DocumentComparison.Less,
        ExpressionType.LessThanOrEqual => DocumentComparison.LessOrEqual,
        ExpressionType.GreaterThan => DocumentComparison.Greater,
        ExpressionType.GreaterThanOrEqual => DocumentComparison.GreaterOrEqual,
        _ => null,
    };

    private static DocumentComparison Mirrored(DocumentComparison comparison) => comparison switch
    {
        DocumentComparison.Less => DocumentComparison.Greater,
        DocumentComparison.LessOrEqual => DocumentComparison.GreaterOrEqual,
        DocumentComparison.Greater => DocumentComparison.Less,
        DocumentComparison.GreaterOrEqual => DocumentComparison.LessOrEqual,
        _ => comparison,
    };

    private static void CheckOrdered(Expression part, Type type)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        var inner = IdFormat.TypedIdParts(type)?.Value.PropertyType ?? type;
        if (inner.IsEnum || !(Type.GetTypeCode(inner) is >= TypeCode.SByte and <= TypeCode.DateTime or TypeCode.String or TypeCode.Boolean or TypeCode.Char
            || inner == typeof(DateTimeOffset) || inner == typeof(DateOnly) || inner == typeof(Guid)))
            throw new UntranslatableExpressionException(part, $"values of type {type.Name} are stored in a form that has no such order");
    }

    private static object? Evaluate(Expression expression) => expression switch
    {
        ConstantExpression constant => constant.Value,
        MemberExpression { Member: FieldInfo field } access => field.GetValue(access.Expression is null ? null : Evaluate(access.Expression)),
        _ => Expression.Lambda<Func<object?>>(Expression.Convert(expression, typeof(object))).Compile(preferInterpretation: true)(),
    };

    private void Add(Expression expression)
    {
        switch (expression)
        {
            case BinaryExpression { NodeType: ExpressionType.AndAlso } and:
                Add(and.Left);
                Add(and.Right);
                break;
            case BinaryExpression { Left: MethodCallExpression { Method.Name: nameof(string.CompareOrdinal), Arguments: [{ } left, { } right] }, Right: ConstantExpression { Value: 0 } } binary
                when ComparisonOf(binary.NodeType) is { } comparison:
                Compare(left, right, comparison, binary);
                break;
            case BinaryExpression binary when ComparisonOf(binary.NodeType) is { } comparison:
                Compare(binary.Left, binary.Right, comparison, binary);
                break;
            case UnaryExpression { NodeType: ExpressionType.Not } not when IsBooleanMember(not.Operand):
                _conditions.Add(new(Path(not.Operand), DocumentComparison.Equal, DocumentValue.Of(false)));
                break;
            case MethodCallExpression { Method.Name: nameof(Equals), Object: { } target, Arguments: [{ } argument] } when target.Type == argument.Type:
                Compare(target, argument, DocumentComparison.Equal, expression);
                break;
            case var member when IsBooleanMember(member):
                _conditions.Add(new(Path(member), DocumentComparison.Equal, DocumentValue.Of(true)));
                break;
            default:
                throw new UntranslatableExpressionException(expression, "conditions are comparisons of one member with one value, joined by &&");
        }
    }

    private bool IsBooleanMember(Expression expression) =>
        expression.Type == typeof(bool) && expression is MemberExpression && MemberPath.BeginsAt(expression, _root);

    private IReadOnlyList<string> Path(Expression member) => MemberPath.Resolve(member, _root, _options);

    private void Compare(Expression member, Expression other, DocumentComparison comparison, Expression whole)
    {
        if (!MemberPath.BeginsAt(member, _root))
        {
            (member, other) = (other, member);
            comparison = Mirrored(comparison);
        }

        if (!MemberPath.BeginsAt(member, _root))
            throw new UntranslatableExpressionException(whole, "one side must be a member of the stored document");
        if (Mentions(other))
            throw new UntranslatableExpressionException(whole, "a member can be compared with a value only, not with another member");
        var type = MemberPath.Strip(member).Type;
        if (comparison is not (DocumentComparison.Equal or DocumentComparison.NotEqual))
            CheckOrdered(whole, type);
        _conditions.Add(new(Path(member), comparison, Value(Evaluate(other), type, whole)));
    }

    private bool Mentions(Expression expression)
    {
        var finder = new ParameterFinder(_root);
        finder.Visit(expression);
        return finder.Found;
    }

    private DocumentValue Value(object? value, Type memberType, Expression part)
    {
        if (value is null)
            return DocumentValue.Null;
        var type = Nullable.GetUnderlyingType(memberType) ?? memberType;
        // The compiler compares enums and characters by their numbers; they are stored by their names, and as texts.
        if (type.IsEnum && value.GetType() != type)
            value = Enum.ToObject(type, value);
        else if (type == typeof(char) && value is >= (int)char.MinValue and <= (int)char.MaxValue)
            value = (char)(int)value;
        var json = JsonSerializer.SerializeToElement(value, _options.GetTypeInfo(type.IsInstanceOfType(value) ? type : value.GetType()));
        return json.ValueKind switch
        {
            JsonValueKind.String => DocumentValue.Of(json.GetString()!),
            JsonValueKind.Number => DocumentValue.Number(json.GetRawText()),
            JsonValueKind.True => DocumentValue.Of(true),
            JsonValueKind.False => DocumentValue.Of(false),
            _ => throw new UntranslatableExpressionException(part, $"values of type {type.Name} are stored as objects or lists"),
        };
    }

    private sealed class ParameterFinder(ParameterExpression parameter) : ExpressionVisitor
    {
        public bool Found { get; private set; }

        protected override Expression VisitParameter(ParameterExpression node)
        {
            Found |= node == parameter;
            return node;
        }
    }
}
