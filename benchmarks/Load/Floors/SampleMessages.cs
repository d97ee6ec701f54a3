using Protean.Storage;

namespace Protean.Benchmarks.Load.Floors;

/// <summary>The messages that both sides write, made by both in the same way.</summary>
internal static class SampleMessages
{
    public const string Category = "load::account";
    public const string Type = "Load.MoneyDeposited.v1";
    public const string NotificationCategory = "load::account:notification";
    public const string NotificationType = "Load.MoneyReceived.v1";

    private static readonly byte[] _body = """{"accountId":"0198c5a2-7d1f-7b3a-9a53-1f6f8d1c2b3a","amount":125.50,"reference":"invoice 2024-00017","note":"thank you"}"""u8.ToArray();

    /// <summary>The stream of a caller.</summary>
    public static StreamName Stream(int caller) => Stream(caller, MessageKind.Event);

    public static StreamName Stream(int caller, MessageKind kind) =>
        StreamName.Create(kind == MessageKind.Notification ? NotificationCategory : Category, $"0198c5a2-7d1f-7b3a-9a53-{caller:x12}");

    public static NewMessage Next(StreamName stream) => Next(stream, _body);

    public static NewMessage Next(StreamName stream, byte[] body, MessageKind kind = MessageKind.Event)
    {
        var id = Guid.CreateVersion7();
        return NewMessage.Create(id, kind == MessageKind.Notification ? NotificationType : Type, kind, TimeProvider.System.GetUtcNow(), body, new()
        {
            CorrelationId = id.ToString("N"),
            CausationId = id,
            CauseStream = stream.Value,
            OriginStream = stream.Value,
            RootStream = stream.Value,
        });
    }
}
