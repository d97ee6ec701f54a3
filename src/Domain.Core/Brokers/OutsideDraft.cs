using Protean.Brokers;

namespace Protean;

/// <summary>How a notification is to go outside, as declared.</summary>
internal sealed class OutsideDraft
{
    public string? Topic { get; set; }

    public INotificationFormat? Format { get; set; }

    public int? CompressFrom { get; set; }

    public bool IsKeptInLog { get; set; }

    public bool IsSaid => Topic is not null || Format is not null || CompressFrom is not null;
}
