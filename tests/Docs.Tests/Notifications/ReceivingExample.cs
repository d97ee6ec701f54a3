using System.Text.Json;
using Protean.Brokers;

namespace Protean.Docs.Notifications;

/// <summary>What was paid, in our words, whoever says it in theirs.</summary>
public sealed record PaymentReceived(string ParcelId, decimal Amount) : IDomainEvent;

public sealed record ParcelPaid(string ParcelId) : IDomainEvent;

public sealed class Bill : Aggregate
{
    public decimal Paid { get; private set; }

    public static Bill For(string parcelId) => new() { Id = parcelId };

    public void Pay(decimal amount)
    {
        Paid += amount;
        Raise(new ParcelPaid(Id));
    }
}

/// <summary>What the guide to notifications does with messages of others.</summary>
internal static class ReceivingExample
{
    public static void Declare(DomainBuilder domain)
    {
        domain.Aggregate<Bill>().Raises<ParcelPaid>();

        domain.Subscriber("payments.payment_received", "bank.*")
            .Named("payments")
            .Message<PaymentReceived>("Payments.PaymentReceived.v1")                 // kept as it came
            .Message("com.bank.transfer", FromTransfer)                              // translated: theirs stays outside
            .On<PaymentReceived>(async (payment, context) =>
            {
                var bills = context.Repository<Bill>();
                var bill = await bills.FindAsync(payment.ParcelId) ?? Bill.For(payment.ParcelId);
                bill.Pay(payment.Amount);
                await bills.SaveAsync(bill);
            });
    }

    public static void DeclareStream(DomainBuilder domain, Action<string> notify) =>
        domain.EventHandler<Bill>()
            .Named("tell-customers")
            .Subscription(SubscriptionType.Stream)
            .Partitions(4)
            .On<ParcelPaid>((paid, _) => notify(paid.ParcelId));

    private static PaymentReceived FromTransfer(CloudEvent transfer)
    {
        using var data = JsonDocument.Parse(transfer.Data);
        return new(data.RootElement.GetProperty("reference").GetString()!, data.RootElement.GetProperty("cents").GetInt64() / 100m);
    }
}
