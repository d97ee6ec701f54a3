namespace Protean.Brokers;

/// <summary>A form in which notifications go outside, in place of JSON.</summary>
public interface INotificationFormat
{
    /// <summary>The media type of what it writes.</summary>
    string ContentType { get; }

    /// <summary>Writes a notification.</summary>
    ReadOnlyMemory<byte> Write(object notification);
}
