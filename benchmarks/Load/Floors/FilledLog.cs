using System.Globalization;
using System.Text;
using Protean.Benchmarks.Load.Servers;

namespace Protean.Benchmarks.Load.Floors;

/// <summary>A log of so many deposits to so many accounts, or notifications of them, one account after the other and then again from the first.</summary>
internal static class FilledLog
{
    private const int RowsPerTransaction = 50_000;

    public static Task<FreshSchema> CreateAsync(Postgres postgres, int messages, int accounts, CancellationToken cancellationToken) =>
        CreateAsync(postgres, messages, accounts, MessageKind.Event, cancellationToken);

    public static Task<FreshSchema> CreateAsync(Postgres postgres, int messages, int accounts, MessageKind kind, CancellationToken cancellationToken) =>
        FreshSchema.CreateAsync(postgres, schema => FillAsync(postgres, schema, messages, accounts, kind, cancellationToken), cancellationToken);

    /// <summary>What all deposits make together.</summary>
    public static decimal Total(int messages) => messages * 125.50m;

    private static async Task<int> FillAsync(Postgres postgres, FreshSchema schema, int messages, int accounts, MessageKind kind, CancellationToken cancellationToken)
    {
        await using var connection = await postgres.OpenAsync(cancellationToken);
        for (var begin = 0; begin < messages; begin += RowsPerTransaction)
        {
            await using var import = await connection.BeginBinaryImportAsync(MessagesTable.Copy(schema.Name), cancellationToken);
            for (var n = begin; n < Math.Min(messages, begin + RowsPerTransaction); n++)
            {
                var stream = SampleMessages.Stream(n % accounts, kind);
                await import.WriteMessageAsync(n + 1, stream, n / accounts, SampleMessages.Next(stream, Body(n % accounts), kind));
            }

            await import.CompleteAsync(cancellationToken);
        }

        return messages;
    }

    private static byte[] Body(int account) => Encoding.UTF8.GetBytes(string.Create(
        CultureInfo.InvariantCulture, $$"""{"accountId":"0198c5a2-7d1f-7b3a-9a53-{{account:x12}}","amount":125.50,"reference":"invoice 2024-00017"}"""));
}
