namespace Protean;

/// <summary>Knows which subscribers that let only so many in a flow of calls is within, so that none of them waits for itself.</summary>
internal sealed class CallFlow : IDisposable
{
    private static readonly AsyncLocal<CallFlow?> Ambient = new();

    private readonly SubscriberWork _work;
    private readonly CallFlow? _outer;
    private volatile bool _hasEnded;

    private CallFlow(SubscriberWork work, CallFlow? outer)
    {
        _work = work;
        _outer = outer;
    }

    /// <summary>Enters; to be called from an async method, whose end resets the flow of its caller.</summary>
    public static CallFlow Enter(SubscriberWork work) => Ambient.Value = new(work, Ambient.Value);

    public static bool IsWithin(SubscriberWork work)
    {
        for (var flow = Ambient.Value; flow is not null; flow = flow._outer)
        {
            // What a call has left running when it returned waits for nobody.
            if (flow._work == work && !flow._hasEnded)
                return true;
        }

        return false;
    }

    public void Dispose() => _hasEnded = true;
}
