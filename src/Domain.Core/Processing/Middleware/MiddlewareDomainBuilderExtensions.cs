namespace Protean;

/// <summary>Adds the middleware that is ready made. What is added first is outermost.</summary>
public static class MiddlewareDomainBuilderExtensions
{
    /// <summary>Logs how each call of a handler ends and how long it took, under the name of the handler. Payloads are not logged.</summary>
    public static DomainBuilder UseLogging(this DomainBuilder domain) => Use(domain, new LoggingMiddleware());

    /// <summary>Measures how long each call of a handler takes, as the histogram <c>protean.message.duration</c>, by type of message, handler and outcome.</summary>
    public static DomainBuilder UseMetrics(this DomainBuilder domain) => Use(domain, new MetricsMiddleware());

    /// <summary>
    /// Refuses commands, queries and streaming requests that break the rules their types declare with DataAnnotations, with a <see cref="ValidationException"/> that
    /// lists all that is wrong. Objects and lists within them are checked, too. A command is also checked when it is enqueued, so that its sender hears of it.
    /// </summary>
    public static DomainBuilder UseValidation(this DomainBuilder domain)
    {
        Use(domain, new ValidationMiddleware()).ChecksEnqueued = true;
        return domain;
    }

    /// <summary>
    /// Lets scoped services that are registered as <see cref="IUnitOfWorkParticipant"/> write in the transaction of the handler's unit of work, without a
    /// <c>TransactionScope</c>.
    /// </summary>
    public static DomainBuilder UseUnitOfWork(this DomainBuilder domain) => Use(domain, new UnitOfWorkMiddleware());

    private static DomainBuilder Use(DomainBuilder domain, IMessageMiddleware middleware)
    {
        ArgumentNullException.ThrowIfNull(domain);
        return domain.Use(middleware);
    }
}
