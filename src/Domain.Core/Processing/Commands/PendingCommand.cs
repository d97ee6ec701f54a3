using Microsoft.Extensions.DependencyInjection;
using Protean.Storage;

namespace Protean;

/// <summary>A command on its way into the store, to be handled later.</summary>
internal sealed class PendingCommand
{
    private readonly MessageType _type;
    private readonly byte[] _body;
    private readonly MessageMetadata _metadata;
    private readonly CommandOptions? _options;
    private readonly CommandBinding _binding;

    private PendingCommand(MessageType type, byte[] body, MessageMetadata metadata, CommandOptions? options, CommandBinding binding, Guid id, StreamName stream)
    {
        _type = type;
        _body = body;
        _metadata = metadata;
        _options = options;
        _binding = binding;
        Id = id;
        Stream = stream;
    }

    public Guid Id { get; }

    public StreamName Stream { get; }

    public Type CommandType => _type.ClrType;

    public string PayloadHash => IdempotencyKeys.Hash(_body);

    public static PendingCommand Prepare(Domain domain, IAnyCommand command, CommandOptions? options, MessageMetadata metadata)
    {
        var binding = domain.Commands.BindingOf(command.GetType());
        if (domain.Model.ChecksEnqueued)
            Check(domain, command);
        var type = domain.Model.Types.Of(command.GetType());
        var id = Guid.CreateVersion7(domain.Time.GetUtcNow());
        metadata = domain.Enrich(command, MessageKind.Command, null, CommandProcessor.WithOptions(metadata, options));
        return new(type, domain.Model.Types.Write(type, command), metadata, options, binding, id, binding.StreamOf(command, id));
    }

    /// <summary>Whoever sends it hears what is wrong with it: later nobody would be there.</summary>
    private static void Check(Domain domain, IAnyCommand command)
    {
        IServiceScope? scope = null;
        try
        {
            AnnotatedRules.Check(command, () => (scope ??= domain.Services.CreateScope()).ServiceProvider);
        }
        finally
        {
            scope?.Dispose();
        }
    }

    public NewMessage ToMessage(DateTimeOffset now) => NewMessage.Create(Id, _type.Name, MessageKind.Command, now, _body, _metadata);

    /// <summary>The claim that suppresses a second submission; nothing without a key.</summary>
    public KeyClaim? Claim(DateTimeOffset now) => _options?.IdempotencyKey is { } key
        ? new KeyClaim(Scope, key, PayloadHash, Id.ToByteArray(), now)
        : null;

    public string Scope => IdempotencyKeys.Scope(_type, _metadata);

    public CommandHandle Handle(Domain domain, Guid? id = null) => new(domain, id ?? Id, _type.Name, _binding.ResultType);
}
