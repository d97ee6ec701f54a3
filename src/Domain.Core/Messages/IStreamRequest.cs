namespace Protean;

/// <summary>A request whose handler answers with one item after the other, and may change something meanwhile. It has exactly one handler.</summary>
/// <typeparam name="TItem">The items.</typeparam>
public interface IStreamRequest<TItem>;
