using Protean.Storage;
using Shouldly;
using Xunit;

namespace Protean.EventStore.Conformance;

/// <summary>Optimistic concurrency of streams.</summary>
public abstract class ExpectedVersionConformance(IStoreHarness harness) : StoreConformance(harness)
{
    [Theory]
    [InlineData(ExpectedVersion.Any)]
    [InlineData(ExpectedVersion.NoStream)]
    public async Task Append_NewStream_IsTaken(long expected)
    {
        await AppendExpectingAsync(expected);

        (await ReadAsync(Sample.Stream)).Version.ShouldBe(0);
    }

    [Theory]
    [InlineData(ExpectedVersion.Any)]
    [InlineData(2)]
    public async Task Append_StreamAtTheVersion_IsTaken(long expected)
    {
        await AppendAsync(Sample.Stream, 3);

        await AppendExpectingAsync(expected);

        (await ReadAsync(Sample.Stream)).Version.ShouldBe(3);
    }

    [Theory]
    [InlineData(ExpectedVersion.NoStream)]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(long.MaxValue)]
    public async Task Append_StreamAtAnotherVersion_IsRefusedWithTheFacts(long expected)
    {
        await AppendAsync(Sample.Stream, 3);

        var error = await RefusedAsync<ConcurrencyException>(Commits.Append(Sample.Stream, expected, Sample.Message()));

        error.ShouldSatisfyAllConditions(
            () => error.Subject.ShouldBe(Sample.Stream.Value),
            () => error.Expected.ShouldBe(expected),
            () => error.Actual.ShouldBe(2),
            () => error.IsTransient.ShouldBeTrue());
        (await ReadAsync(Sample.Stream)).Version.ShouldBe(2);
    }

    [Fact]
    public async Task Append_StreamThatIsNotThere_IsRefusedWithTheFacts()
    {
        var error = await RefusedAsync<ConcurrencyException>(Commits.Append(Sample.Stream, 0, Sample.Message()));

        error.Actual.ShouldBe(-1);
        (await ReadAsync(Sample.Stream)).Version.ShouldBe(-1);
    }

    [Fact]
    public async Task Append_OneOfTwoStreamsInConflict_NamesTheOneAndWritesNeither()
    {
        var other = Sample.StreamOf("other");
        await AppendAsync(other, 1);

        var error = await RefusedAsync<ConcurrencyException>(Commits.Append(
            new StreamAppend(Sample.Stream, ExpectedVersion.NoStream, Sample.Messages(1)),
            new StreamAppend(other, ExpectedVersion.NoStream, Sample.Messages(1))));

        error.Subject.ShouldBe(other.Value);
        (await ReadAsync(Sample.Stream)).Version.ShouldBe(-1);
    }

    [Fact]
    public async Task Append_AgainWithTheActualVersion_IsTaken()
    {
        await AppendAsync(Sample.Stream, 3);
        var message = Sample.Message();
        var error = await RefusedAsync<ConcurrencyException>(Commits.Append(Sample.Stream, 0, message));

        await CommitAsync(Commits.Append(Sample.Stream, error.Actual, message));

        (await ReadAsync(Sample.Stream)).Version.ShouldBe(3);
    }

    [Fact]
    public async Task Append_ManyAtOnceOnOneVersion_ExactlyOneIsTaken()
    {
        await AppendAsync(Sample.Stream, 1);

        var taken = await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => Task.Run(TryAppendAsync, Cancellation)));

        taken.Count(t => t).ShouldBe(1);
        (await ReadAsync(Sample.Stream)).Version.ShouldBe(1);
    }

    [Fact]
    public async Task Append_ManyAtOnceOnWhateverIsThere_AllAreTaken()
    {
        var results = await Task.WhenAll(Enumerable.Range(0, 32).Select(_ => Task.Run(() => AppendAsync(Sample.Stream, 2), Cancellation)));

        results.Select(r => r.StreamPositions[0]).Order().ShouldBe(Enumerable.Range(0, 32).Select(n => n * 2L));
        (await ReadAsync(Sample.Stream)).Messages.Select(m => m.Position).ShouldBe(Enumerable.Range(0, 64).Select(n => (long)n));
    }

    [Fact]
    public async Task Append_ManyAtOnceSomeInConflict_OnlyThoseFail()
    {
        await AppendAsync(Sample.StreamOf("taken"), 1);

        var outcomes = await Task.WhenAll(Enumerable.Range(0, 40).Select(n => Task.Run(
            async () =>
            {
                var stream = n % 4 == 0 ? Sample.StreamOf("taken") : Sample.StreamOf($"free{n}");
                var error = await OutcomeAsync(Commits.Append(stream, ExpectedVersion.NoStream, Sample.Message()));
                return (IsRefused: n % 4 == 0, Error: error);
            },
            Cancellation)));

        outcomes.ShouldAllBe(o => o.IsRefused ? o.Error is ConcurrencyException : o.Error == null);
    }

    private Task<CommitResult> AppendExpectingAsync(long expected) =>
        CommitAsync(Commits.Append(Sample.Stream, expected, Sample.Message()));

    private async Task<bool> TryAppendAsync()
    {
        try
        {
            await AppendExpectingAsync(0);
            return true;
        }
        catch (ConcurrencyException)
        {
            return false;
        }
    }
}
