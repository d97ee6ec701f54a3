namespace Protean;

/// <summary>A question that changes nothing. It has exactly one handler.</summary>
/// <typeparam name="TResult">The answer.</typeparam>
public interface IQuery<TResult>;
