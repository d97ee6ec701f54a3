using System.Net.Sockets;
using Shouldly;
using Xunit;
using static Protean.EventStore.TestServer.Tests.ProxiedPair;

namespace Protean.EventStore.TestServer.Tests;

public sealed class TcpProxyTests
{
    [Fact]
    public async Task Forward_BothWays_CarriesAndCounts()
    {
        await using var pair = await ConnectAsync();

        await SendAsync(pair.Client, "question");
        (await ReceiveAsync(pair.Server, 8)).ShouldBe("question");
        await SendAsync(pair.Server, "answer");
        (await ReceiveAsync(pair.Client, 6)).ShouldBe("answer");

        pair.Connection.BytesToServer.ShouldBe(9);
        pair.Connection.BytesToClient.ShouldBe(6);
    }

    [Fact]
    public async Task Forward_ClientEnds_ServerSeesTheEndAndCanStillAnswer()
    {
        await using var pair = await ConnectAsync();

        pair.Client.Shutdown(SocketShutdown.Send);
        (await ReceiveToEndAsync(pair.Server)).ShouldBe("");
        await SendAsync(pair.Server, "last");
        pair.Server.Close();

        (await ReceiveToEndAsync(pair.Client)).ShouldBe("last");
        await pair.Connection.Closed;
        pair.Proxy.Connections.ShouldBeEmpty();
    }

    [Fact]
    public async Task Forward_ClientResets_ServerSeesAReset()
    {
        await using var pair = await ConnectAsync();

        pair.Client.LingerState = new LingerOption(enable: true, seconds: 0);
        pair.Client.Close();

        await ShouldBeResetAsync(pair.Server);
    }

    [Fact]
    public async Task CutBefore_Chunk_ReachesNobodyAndEndsBoth()
    {
        await using var pair = await ConnectAsync();
        pair.On("batch", ProxyAction.CutBefore());

        await SendAsync(pair.Client, "batch");

        (await ReceiveToEndAsync(pair.Server)).ShouldBe("");
        (await ReceiveToEndAsync(pair.Client)).ShouldBe("");
    }

    [Fact]
    public async Task CutAfter_Chunk_ReachesTheServerAndNoAnswerComesBack()
    {
        await using var pair = await ConnectAsync();
        pair.On("batch", ProxyAction.CutAfter());

        await SendAsync(pair.Client, "batch");

        (await ReceiveToEndAsync(pair.Server)).ShouldBe("batch");
        await SendAsync(pair.Server, "answer");
        (await ReceiveToEndAsync(pair.Client)).ShouldBe("");
    }

    [Fact]
    public async Task CutAfter_SomeBytes_PassesOnThese()
    {
        await using var pair = await ConnectAsync();
        pair.On("batch", ProxyAction.CutAfter(3));

        await SendAsync(pair.Client, "batch");

        (await ReceiveToEndAsync(pair.Server)).ShouldBe("bat");
    }

    [Fact]
    public async Task CutAfter_Answer_ReachesTheClientThenEnds()
    {
        await using var pair = await ConnectAsync();
        pair.On("answer", ProxyAction.CutAfter());

        await SendAsync(pair.Server, "answer");

        (await ReceiveToEndAsync(pair.Client)).ShouldBe("answer");
        (await ReceiveToEndAsync(pair.Server)).ShouldBe("");
    }

    [Fact]
    public async Task CutAfter_ClientOnly_LeavesTheServerConnected()
    {
        await using var pair = await ConnectAsync();
        pair.On("batch", ProxyAction.CutAfter(sides: ProxySides.Client));

        await SendAsync(pair.Client, "batch");
        (await ReceiveToEndAsync(pair.Client)).ShouldBe("");
        pair.Client.Close();

        (await ReceiveAsync(pair.Server, 5)).ShouldBe("batch");
        await ShouldStayOpenAsync(pair, pair.Server, ProxySides.Server);
    }

    [Fact]
    public async Task Cut_ServerOnly_LeavesTheClientConnected()
    {
        await using var pair = await ConnectAsync();

        pair.Connection.Cut(ProxySides.Server);
        (await ReceiveToEndAsync(pair.Server)).ShouldBe("");
        pair.Server.Close();

        await ShouldStayOpenAsync(pair, pair.Client, ProxySides.Client);
    }

    [Fact]
    public async Task Hold_ThenRelease_PassesOnEverythingInOrder()
    {
        await using var pair = await ConnectAsync();
        pair.On("first", ProxyAction.Hold);

        await SendAsync(pair.Client, "first");
        await pair.Connection.Held;
        await SendAsync(pair.Client, "second");
        // The other direction goes on.
        await SendAsync(pair.Server, "answer");
        (await ReceiveAsync(pair.Client, 6)).ShouldBe("answer");
        pair.Connection.BytesToServer.ShouldBe(1);
        pair.Connection.Release();

        (await ReceiveAsync(pair.Server, 11)).ShouldBe("firstsecond");
    }

    [Fact]
    public async Task Hold_ClientCutMeanwhile_StillReachesTheServer()
    {
        await using var pair = await ConnectAsync();
        pair.On("batch", ProxyAction.Hold);

        await SendAsync(pair.Client, "batch");
        await pair.Connection.Held;
        pair.Connection.Cut(ProxySides.Client);
        (await ReceiveToEndAsync(pair.Client)).ShouldBe("");
        pair.Client.Close();
        pair.Connection.Release();

        (await ReceiveAsync(pair.Server, 5)).ShouldBe("batch");
        await ShouldStayOpenAsync(pair, pair.Server, ProxySides.Server);
    }

    [Fact]
    public async Task Hold_Again_SignalsAgain()
    {
        await using var pair = await ConnectAsync();
        pair.On("batch", ProxyAction.Hold);
        await SendAsync(pair.Client, "batch");
        await pair.Connection.Held;
        pair.Connection.Release();
        (await ReceiveAsync(pair.Server, 5)).ShouldBe("batch");

        var again = pair.Connection.Held;
        again.IsCompleted.ShouldBeFalse();
        await SendAsync(pair.Client, "batch");

        await again;
    }

    [Fact]
    public async Task Drop_Chunk_SwallowsItAndAllThatFollows()
    {
        await using var pair = await ConnectAsync();
        pair.On("batch", ProxyAction.Drop);

        await SendAsync(pair.Client, "batch");
        await SendAsync(pair.Client, "more");
        pair.Client.Shutdown(SocketShutdown.Send);
        await SendAsync(pair.Server, "answer");

        (await ReceiveAsync(pair.Client, 6)).ShouldBe("answer");
        await ShouldStayOpenAsync(pair, pair.Server, ProxySides.Server);
    }

    [Fact]
    public async Task CutAll_Present_ResetsBothSidesAndLetsNewOnesIn()
    {
        await using var pair = await ConnectAsync();

        pair.Proxy.CutAll();

        await ShouldBeResetAsync(pair.Client);
        await ShouldBeResetAsync(pair.Server);
        await pair.Connection.Closed;
        using var next = await ConnectToAsync(pair.Proxy);
        using var served = await pair.AcceptAsync();
        await SendAsync(next, "on");
        (await ReceiveAsync(served, 2)).ShouldBe("on");
    }

    [Fact]
    public async Task Refuse_New_IsResetWhilePresentOnesGoOn()
    {
        await using var pair = await ConnectAsync();

        pair.Proxy.Refuse = true;

        await ShouldBeResetAsync(async () =>
        {
            using var refused = await ConnectToAsync(pair.Proxy);
            await ReceiveToEndAsync(refused);
        });
        pair.Proxy.Accepted.ShouldBe(2);
        await SendAsync(pair.Client, "on");
        (await ReceiveAsync(pair.Server, 2)).ShouldBe("on");
    }

    [Fact]
    public async Task Rule_Throws_ResetsAndComesOutOfDisposal()
    {
        var pair = await ConnectAsync();
        pair.Proxy.Rule = (_, _, _) => throw new TimeoutException();

        await SendAsync(pair.Client, "batch");

        await ShouldBeResetAsync(pair.Server);
        await Should.ThrowAsync<TimeoutException>(() => pair.DisposeAsync().AsTask());
    }

    private static Task ShouldBeResetAsync(Socket socket) => ShouldBeResetAsync(() => ReceiveToEndAsync(socket));

    private static async Task ShouldBeResetAsync(Func<Task> action)
    {
        var reset = await Should.ThrowAsync<SocketException>(action);
        reset.SocketErrorCode.ShouldBe(SocketError.ConnectionReset);
    }

    /// <summary>Nothing arrives but the end that we make now. The short look may miss a wrong end, but never sees one that is not there.</summary>
    private static async Task ShouldStayOpenAsync(ProxiedPair pair, Socket socket, ProxySides side)
    {
        socket.Poll(TimeSpan.FromMilliseconds(50), SelectMode.SelectRead).ShouldBeFalse("it was told something");
        pair.Connection.Cut(side);
        (await ReceiveToEndAsync(socket)).ShouldBe("");
    }
}
