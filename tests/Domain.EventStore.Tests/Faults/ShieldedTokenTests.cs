using Shouldly;
using Xunit;

namespace Protean.EventStore.Tests.Faults;

/// <summary>What the driver throws when it is told to cancel reaches nobody who cancels.</summary>
public sealed class ShieldedTokenTests
{
    [Fact]
    public void Cancel_WhenTheDriverThrows_ThrowsNothingAndIsSeen()
    {
        using var outer = new CancellationTokenSource();
        using var shielded = new ShieldedToken(outer.Token);
        using var driver = shielded.Token.Register(static () => throw new ObjectDisposedException("its connection"));

        Should.NotThrow(outer.Cancel);

        shielded.Token.IsCancellationRequested.ShouldBeTrue();
    }

    [Fact]
    public void Token_OfACallThatCannotBeCancelled_CannotBeCancelledEither()
    {
        using var shielded = new ShieldedToken(CancellationToken.None);

        shielded.Token.CanBeCanceled.ShouldBeFalse();
    }

    [Fact]
    public void Token_OfACallThatIsCancelledAlready_IsCancelled()
    {
        using var shielded = new ShieldedToken(new(canceled: true));

        shielded.Token.IsCancellationRequested.ShouldBeTrue();
    }
}
