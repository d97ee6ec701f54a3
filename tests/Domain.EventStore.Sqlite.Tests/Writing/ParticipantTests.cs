using System.Data.Common;
using Microsoft.Extensions.DependencyInjection;
using Shouldly;
using Xunit;

namespace Protean.EventStore.Sqlite.Tests.Writing;

/// <summary>Scoped services that write in the transaction of a handler's unit of work.</summary>
public sealed class ParticipantTests : SqliteTest
{
    public sealed record Draw(string PictureId) : ICommand;

    public sealed record DrawMany(int Count) : IStreamRequest<int>;

    public sealed record Drawn(string PictureId) : IDomainEvent;

    public sealed class Picture : Aggregate
    {
        public static Picture Draw(string id)
        {
            var picture = new Picture { Id = id };
            picture.Raise(new Drawn(id));
            return picture;
        }
    }

    public sealed class Trail : IUnitOfWorkParticipant
    {
        private List<string> _entries = [];

        public void Add(string entry) => _entries.Add(entry);

        public Func<DbConnection, DbTransaction, CancellationToken, Task>? TakeWrites()
        {
            var entries = Interlocked.Exchange(ref _entries, []);
            return entries.Count == 0 ? null : async (connection, transaction, token) =>
            {
                foreach (var entry in entries)
                {
                    await using var command = connection.CreateCommand();
                    command.Transaction = transaction;
                    command.CommandText = "INSERT INTO trail (entry) VALUES ($entry)";
                    var parameter = command.CreateParameter();
                    parameter.ParameterName = "$entry";
                    parameter.Value = entry;
                    command.Parameters.Add(parameter);
                    await command.ExecuteNonQueryAsync(token);
                }
            };
        }
    }

    [Theory]
    [InlineData(HandlerScopes.PerCall)]
    [InlineData(HandlerScopes.PerHandler)]
    public async Task Participant_OfACommandAndItsHandlers_WritesEachEntryOnceInTheCommitItBelongsTo(HandlerScopes scopes)
    {
        await using var domain = await CreateAsync(scopes, builder =>
        {
            builder.EventHandler<Picture>().Named("within").InSameCommit().On<Drawn>((e, context) => Note(context, $"within {e.PictureId}"));
            builder.EventHandler<Picture>().Named("after").Inline().On<Drawn>((e, context) => Note(context, $"after {e.PictureId}"));
        });

        await domain.ProcessAsync(new Draw("p"), Cancellation);

        Entries().ShouldBe("drawing p,within p,after p");
    }

    [Fact]
    public async Task Participant_OfAHandlerThatFails_WritesNothingOfItAndOthersWriteTheirs()
    {
        await using var domain = await CreateAsync(HandlerScopes.PerCall, builder =>
        {
            builder.InlineErrors = InlineErrorPolicy.Isolate;
            builder.EventHandler<Picture>().Named("failing").Inline().On<Drawn>((_, context) =>
            {
                Note(context, "failing");
                throw new TimeoutException();
            });
            builder.EventHandler<Picture>().Named("sound").Inline().On<Drawn>((_, context) => Note(context, "sound"));
        });

        await domain.ProcessAsync(new Draw("p"), Cancellation);

        Entries().ShouldBe("drawing p,sound");
    }

    [Fact]
    public async Task Participant_OfACommandWhoseCommitIsRolledBack_WritesNothing()
    {
        await using var domain = await CreateAsync(HandlerScopes.PerCall, builder =>
            builder.EventHandler<Picture>().InSameCommit().On<Drawn>((_, _) => throw new TimeoutException()));

        await Should.ThrowAsync<TimeoutException>(() => domain.ProcessAsync(new Draw("p"), Cancellation));

        Scalar("SELECT count(*) FROM trail").ShouldBe(0L);
        (await domain.Store.GetHeadAsync(Cancellation)).ShouldBe(0);
    }

    [Fact]
    public async Task Participant_OfAStream_IsRefusedWithTheWayOut()
    {
        await using var domain = await CreateAsync(HandlerScopes.PerCall, builder => builder.StreamHandler().On<DrawMany, int>((request, context) => DrawAsync(request, context)));

        var error = await Should.ThrowAsync<InvalidOperationException>(async () =>
        {
            await foreach (var _ in domain.StreamAsync(new DrawMany(2), Cancellation))
            {
            }
        });

        error.Message.ShouldContain("Trail has gathered writes while DrawMany was answered");

        static async IAsyncEnumerable<int> DrawAsync(DrawMany request, HandlerContext context)
        {
            for (var i = 0; i < request.Count; i++)
            {
                Note(context, $"{i}");
                await Task.Yield();
                yield return i;
            }
        }
    }

    private static void Note(HandlerContext context, string entry) => context.Services.GetRequiredService<Trail>().Add(entry);

    private string? Entries() => Scalar("SELECT group_concat(entry) FROM trail") as string;

    private async Task<Domain> CreateAsync(HandlerScopes scopes, Action<DomainBuilder> declare)
    {
        var domain = Domain.Create("gallery", builder =>
        {
            builder.UseSqlite(FilePath);
            builder.UseUnitOfWork();
            builder.HandlerScopes = scopes;
            builder.Services.AddScoped<Trail>();
            builder.Services.AddScoped<IUnitOfWorkParticipant>(provider => provider.GetRequiredService<Trail>());
            builder.Aggregate<Picture>();
            builder.CommandHandler<Picture>().On<Draw>((draw, context) =>
            {
                Note(context, $"drawing {draw.PictureId}");
                context.Repository<Picture>().Add(Picture.Draw(draw.PictureId));
            });
            declare(builder);
        });
        await domain.StartAsync(Cancellation);
        Run("CREATE TABLE trail (entry TEXT)");
        return domain;
    }
}
