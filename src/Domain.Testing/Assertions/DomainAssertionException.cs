namespace Protean.Testing;

/// <summary>Something else happened than a test expected. The message shows both side by side.</summary>
public sealed class DomainAssertionException(string message, Exception? innerException = null) : Exception(message, innerException);
