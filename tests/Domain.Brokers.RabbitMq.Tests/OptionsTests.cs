using Shouldly;
using Xunit;

namespace Protean.Brokers.RabbitMq.Tests;

/// <summary>What cannot be is refused before anything is tried, and never quoted with its password.</summary>
public sealed class OptionsTests
{
    [Theory]
    [InlineData("", "it is empty")]
    [InlineData("shop at localhost", "it cannot be read")]
    [InlineData("http://shop:geheim@localhost", "its scheme is 'http'")]
    [InlineData("amqp:///shop", "it names no host")]
    [InlineData("amqp://shop:geheim@localhost/a/b", "write it as '%2f'")]
    [InlineData("amqp://shop:geheim@localhost?heartbeat=3", "which nothing reads")]
    public void Uri_ThatCannotBe_IsRefusedWithoutItsPassword(string uri, string problem)
    {
        var error = Should.Throw<ArgumentException>(() => new RabbitMqBroker(new() { Uri = uri }));

        error.Message.ShouldContain(problem);
        error.Message.ShouldNotContain("geheim");
    }

    [Theory]
    [InlineData("amqp://localhost", "localhost", 5672, "/", "guest")]
    [InlineData("amqps://shop@mq.example", "mq.example", 5671, "/", "shop")]
    [InlineData("amqp://a%40b:geheim@[::1]:7000/x%2fy", "::1", 7000, "x/y", "a@b")]
    [InlineData("amqp://localhost/", "localhost", 5672, "/", "guest")]
    public void Uri_SaysWhereAndWho(string uri, string host, int port, string virtualHost, string user)
    {
        var address = AmqpAddress.Parse(uri);

        (address.Host, address.Port, address.VirtualHost, address.User).ShouldBe((host, port, virtualHost, user));
        address.ToString().ShouldBe($"{host}:{port}");
    }

    [Fact]
    public void Options_ThatCannotBe_AreRefusedByName()
    {
        Refused(o => o.ClientName = " ").ShouldBe(nameof(RabbitMqOptions.ClientName));
        Refused(o => o.ConnectTimeout = TimeSpan.Zero).ShouldBe(nameof(RabbitMqOptions.ConnectTimeout));
        Refused(o => o.ConfirmTimeout = TimeSpan.FromDays(1)).ShouldBe(nameof(RabbitMqOptions.ConfirmTimeout));
        Refused(o => o.CloseTimeout = -TimeSpan.FromSeconds(1)).ShouldBe(nameof(RabbitMqOptions.CloseTimeout));
        Refused(o => o.Heartbeat = TimeSpan.FromMilliseconds(500)).ShouldBe(nameof(RabbitMqOptions.Heartbeat));
        Refused(o => o.PublishChannels = 0).ShouldBe(nameof(RabbitMqOptions.PublishChannels));
        Refused(o => o.MaxMessageBytes = 0).ShouldBe(nameof(RabbitMqOptions.MaxMessageBytes));
    }

    private static string? Refused(Action<RabbitMqOptions> change)
    {
        var options = new RabbitMqOptions { Uri = "amqp://localhost" };
        change(options);
        return Should.Throw<ArgumentException>(() => new RabbitMqBroker(options)).ParamName;
    }
}
