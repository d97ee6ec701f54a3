using System.Net;
using System.Net.Sockets;
using Protean.Brokers.TestServer;
using Shouldly;
using Xunit;

namespace Protean.Brokers.RabbitMq.Tests;

/// <summary>A server that cannot be used is told from one that can, in words that help.</summary>
public sealed class ConnectingTests : RabbitMqTest
{
    [Fact(Timeout = Patience)]
    public async Task Publish_PasswordIsWrong_SaysWhoIsRefusedAndNotThePassword()
    {
        var broker = await OpenAsync(o => o.Uri = new UriBuilder(o.Uri) { UserName = "somebody", Password = "let-me-in" }.Uri.OriginalString);

        var error = await Should.ThrowAsync<BrokerUnavailableException>(() => broker.PublishAsync([Message("1")], Cancellation).AsTask());

        error.Message.ShouldContain("it refuses the user 'somebody'");
        error.IsTransient.ShouldBeTrue();
        error.ToString().ShouldNotContain("let-me-in");
    }

    [Fact(Timeout = Patience)]
    public async Task Consume_VirtualHostIsNotThere_SaysWhich()
    {
        var broker = await OpenAsync(o => o.Uri = new UriBuilder(o.Uri) { Path = "/nowhere" }.Uri.OriginalString);

        (await Should.ThrowAsync<BrokerUnavailableException>(() => broker.ConsumeAsync(Group(), 0, Cancellation).AsTask())).Message.ShouldContain("'nowhere'");
    }

    [Fact(Timeout = Patience)]
    public async Task Publish_NobodyListens_SaysWhere()
    {
        var broker = await OpenAsync(o => o.Uri = "amqp://protean:let-me-in@127.0.0.1:1");

        var error = await Should.ThrowAsync<BrokerUnavailableException>(() => broker.PublishAsync([Message("1")], Cancellation).AsTask());

        error.Message.ShouldStartWith("RabbitMQ at 127.0.0.1:1 cannot be reached: Connection refused");
        error.ToString().ShouldNotContain("let-me-in");
    }

    [Fact(Timeout = Patience)]
    public async Task Declare_ServerSaysNothing_GivesUp()
    {
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        var broker = await OpenAsync(o =>
        {
            o.Uri = $"amqp://127.0.0.1:{((IPEndPoint)silent.LocalEndpoint).Port}";
            o.ConnectTimeout = TimeSpan.FromMilliseconds(200);
        });

        (await Should.ThrowAsync<BrokerUnavailableException>(() => broker.DeclareAsync(Group(), Cancellation).AsTask())).Message.ShouldContain("not answered in time");
    }

    [Fact(Timeout = Patience)]
    public async Task Publish_ServerComesUpLater_NextCallConnects()
    {
        var proxy = await StartProxyAsync();
        proxy.Refuse = true;
        var broker = await OpenThroughAsync(proxy);
        await Should.ThrowAsync<BrokerUnavailableException>(() => broker.PublishAsync([Message("1")], Cancellation).AsTask());

        proxy.Refuse = false;

        (await broker.PublishAsync([Message("1")], Cancellation)).ShouldBeEmpty();
    }

    [Fact(Timeout = Patience)]
    public async Task Publish_OverTls_WhenItsSignerIsTrusted_Arrives()
    {
        var server = await TestRabbitMq.Shared.PrivateAsync(Cancellation);
        var broker = await OpenAsync(o => (o.Uri, o.TrustedCertificates) = (server.TlsUri, [server.Certificate]));
        var consumer = await ConsumeAsync(broker);

        await broker.PublishAsync([Message("1")], Cancellation);

        (await TakeAsync(consumer, 1)).ShouldBe(["1"]);
    }

    [Fact(Timeout = Patience)]
    public async Task Publish_OverTls_NobodyTrustsTheSigner_IsRefused()
    {
        var server = await TestRabbitMq.Shared.PrivateAsync(Cancellation);
        var broker = await OpenAsync(o => o.Uri = server.TlsUri);

        (await Should.ThrowAsync<BrokerUnavailableException>(() => broker.PublishAsync([Message("1")], Cancellation).AsTask())).Message.ShouldContain("its certificate is not accepted");
    }

    [Fact(Timeout = Patience)]
    public async Task Publish_OverTls_ToAHostOfAnotherName_IsRefused()
    {
        var server = await TestRabbitMq.Shared.PrivateAsync(Cancellation);
        var broker = await OpenAsync(o => (o.Uri, o.TrustedCertificates) = (server.TlsUri.Replace("localhost", "127.0.0.1", StringComparison.Ordinal), [server.Certificate]));

        (await Should.ThrowAsync<BrokerUnavailableException>(() => broker.PublishAsync([Message("1")], Cancellation).AsTask())).Message.ShouldContain("its certificate is not accepted");
    }

    [Fact(Timeout = Patience)]
    public async Task Dispose_ThenPublish_IsDisposed()
    {
        var broker = await OpenAsync();
        var consumer = await ConsumeAsync(broker);
        var waiting = consumer.ReceiveAsync(1, Cancellation).AsTask();

        await broker.DisposeAsync();

        await Should.ThrowAsync<BrokerUnavailableException>(() => waiting);
        await Should.ThrowAsync<ObjectDisposedException>(() => broker.PublishAsync([Message("1")], Cancellation).AsTask());
        Log.Lines.ShouldNotContain(line => line.Id == 5002 || line.Id == 5006);
    }
}
