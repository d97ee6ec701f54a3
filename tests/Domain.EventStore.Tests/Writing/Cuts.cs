using Protean.EventStore.TestServer;

namespace Protean.EventStore.Tests.Writing;

/// <summary>Where the connection of a batch is cut.</summary>
public enum Cut
{
    NothingSent,
    OneByteSent,
    HalfSent,
    AllButOneByteSent,
    AllSent,
    AllSentServerNotTold,
    AnswerLost,
    OneByteOfTheAnswer,
    HalfTheAnswer,
    AllButOneByteOfTheAnswer,
}

internal static class Cuts
{
    public static BatchRule Apply(this Cut cut, TcpProxy proxy, int number = 1) => cut switch
    {
        Cut.NothingSent => BatchRule.OnBatch(proxy, static _ => ProxyAction.CutBefore(), number),
        Cut.OneByteSent => BatchRule.OnBatch(proxy, static _ => ProxyAction.CutAfter(1), number),
        Cut.HalfSent => BatchRule.OnBatch(proxy, static length => ProxyAction.CutAfter(length / 2), number),
        Cut.AllButOneByteSent => BatchRule.OnBatch(proxy, static length => ProxyAction.CutAfter(length - 1), number),
        Cut.AllSent => BatchRule.OnBatch(proxy, static _ => ProxyAction.CutAfter(), number),
        Cut.AllSentServerNotTold => BatchRule.OnBatch(proxy, static _ => ProxyAction.CutAfter(sides: ProxySides.Client), number),
        Cut.AnswerLost => BatchRule.OnAnswer(proxy, static _ => ProxyAction.CutBefore(), number),
        Cut.OneByteOfTheAnswer => BatchRule.OnAnswer(proxy, static _ => ProxyAction.CutAfter(1), number),
        Cut.HalfTheAnswer => BatchRule.OnAnswer(proxy, static length => ProxyAction.CutAfter(length / 2), number),
        Cut.AllButOneByteOfTheAnswer => BatchRule.OnAnswer(proxy, static length => ProxyAction.CutAfter(length - 1), number),
        _ => throw new ArgumentOutOfRangeException(nameof(cut)),
    };
}
