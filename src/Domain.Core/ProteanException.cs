namespace Protean;

/// <summary>The root of every exception that this framework throws on purpose.</summary>
public abstract class ProteanException : Exception
{
    /// <summary>Creates the exception with a message that names the culprit and the way out.</summary>
    protected ProteanException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }

    /// <summary>Whether doing the same again, on fresh state, may succeed.</summary>
    public virtual bool IsTransient => false;

    /// <summary>Whether the domain itself refuses something with it, which says nothing about whom a handler calls.</summary>
    internal virtual bool IsOfTheDomain => true;
}
