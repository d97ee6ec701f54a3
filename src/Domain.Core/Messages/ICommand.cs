namespace Protean;

/// <summary>A request to change something. Implement <see cref="ICommand"/> or <see cref="ICommand{TResult}"/>, not this.</summary>
public interface IAnyCommand;

/// <summary>A command without a result. It has exactly one handler.</summary>
public interface ICommand : IAnyCommand;

/// <summary>A command whose handler returns a result. It has exactly one handler.</summary>
/// <typeparam name="TResult">What the handler returns.</typeparam>
public interface ICommand<TResult> : IAnyCommand;
