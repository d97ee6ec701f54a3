using Protean.Benchmarks.Load.Servers;

namespace Protean.Benchmarks.Load.Measuring;

/// <summary>Where, for how long and over how many messages a row is measured.</summary>
internal sealed class Stage(LazyPostgres postgres, LazyRabbitMq rabbitMq, string directory, TimeSpan duration, int? messages, CancellationToken cancellation)
{
    private const double WarmUpShare = 0.4;

    /// <summary>A directory for files, on the disk that is measured.</summary>
    public string Directory { get; } = directory;

    /// <summary>How long each side is measured in a round.</summary>
    public TimeSpan Duration { get; } = duration;

    /// <summary>How long each side runs before that.</summary>
    public TimeSpan WarmUp { get; } = duration * WarmUpShare;

    /// <summary>How many messages a row that goes through a log is to have; nothing if as many as it says.</summary>
    public int? Messages { get; } = messages;

    public CancellationToken Cancellation { get; } = cancellation;

    /// <summary>The server, which is started when it is first asked for.</summary>
    public Task<Postgres> PostgresAsync() => postgres.GetAsync(Cancellation);

    /// <summary>The address of the broker, which is started when it is first asked for.</summary>
    public Task<string> RabbitMqAsync() => rabbitMq.GetAsync(Cancellation);
}
