using System.Text;
using System.Text.Json.Nodes;
using FsCheck;
using FsCheck.Fluent;
using Protean.Brokers;
using Shouldly;
using Xunit;

namespace Protean.Tests.Brokers;

/// <summary>What goes out and comes in as CloudEvents.</summary>
public sealed class CloudEventTests
{
    private static readonly CloudEvent Paid = new()
    {
        Id = "7",
        Source = "/shop",
        Type = "Shop.Paid.v2",
        Subject = "order-1",
        Time = new(2026, 1, 2, 3, 4, 5, 678, TimeSpan.FromHours(2)),
        DataContentType = "application/json",
        Data = """{"amount":3,"for":"Büch"}"""u8.ToArray(),
        Extensions = new Dictionary<string, string> { ["traceparent"] = "00-abc-def-01", ["schemaversion"] = "2" },
    };

    [Fact]
    public void Write_AnEvent_IsWhatTheStandardSays() =>
        JsonNode.DeepEquals(
            JsonNode.Parse(CloudEventJson.Write(Paid)),
            JsonNode.Parse("""
                {
                  "specversion": "1.0", "id": "7", "source": "/shop", "type": "Shop.Paid.v2", "subject": "order-1", "time": "2026-01-02T01:04:05.678Z",
                  "datacontenttype": "application/json", "traceparent": "00-abc-def-01", "schemaversion": "2", "data": { "amount": 3, "for": "Büch" }
                }
                """)).ShouldBeTrue(Encoding.UTF8.GetString(CloudEventJson.Write(Paid)));

    [Fact]
    public void Read_WhatWasWritten_IsTheSame()
    {
        var read = CloudEventJson.Read(CloudEventJson.Write(Paid));

        (read with { Data = default, Extensions = Paid.Extensions, Time = null }).ShouldBe(Paid with { Data = default, Time = null });
        read.Time.ShouldBe(Paid.Time);
        read.Data.ToArray().ShouldBe(Paid.Data.ToArray());
        read.Extensions.OrderBy(e => e.Key).ShouldBe(Paid.Extensions.OrderBy(e => e.Key));
    }

    [Fact]
    public void Write_BytesOfAnotherMediaType_StandAsBase64AndComeBack() =>
        Prop.ForAll<byte[]>(bytes =>
        {
            var read = CloudEventJson.Read(CloudEventJson.Write(Paid with { DataContentType = "application/x-protobuf", Data = bytes }));
            read.Data.ToArray().ShouldBe(bytes);
            read.DataContentType.ShouldBe("application/x-protobuf");
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Read_TextOfAnotherMediaType_IsTheText() =>
        Encoding.UTF8.GetString(Read("""{"specversion":"1.0","id":"1","source":"s","type":"t","datacontenttype":"text/plain","data":"hällo"}""").Data.Span).ShouldBe("hällo");

    [Fact]
    public void Read_OfAnotherProducer_TakesNumbersAndPassesOverWhatItDoesNotKnow()
    {
        var read = Read("""{"specversion":"1.0","id":"1","source":"s","type":"t","sequence":5,"urgent":true,"nothing":null,"tree":{"a":1}}""");

        read.Extensions["sequence"].ShouldBe("5");
        read.Extensions["urgent"].ShouldBe("true");
        read.Extensions.Count.ShouldBe(2);
        read.Data.IsEmpty.ShouldBeTrue();
    }

    [Theory]
    [InlineData("not json", "it is no JSON")]
    [InlineData("[]", "it is no object")]
    [InlineData("{}", "specversion is not 1.0")]
    [InlineData("""{"specversion":"0.3","id":"1","source":"s","type":"t"}""", "specversion is not 1.0")]
    [InlineData("""{"specversion":"1.0","id":"","source":"s","type":"t"}""", "id is missing")]
    [InlineData("""{"specversion":"1.0","id":"1","type":"t"}""", "source is missing")]
    [InlineData("""{"specversion":"1.0","id":"1","source":"s","type":{}}""", "type is missing")]
    [InlineData("""{"specversion":"1.0","id":"1","source":"s","type":"t","time":"soon"}""", "time 'soon' is none")]
    [InlineData("""{"specversion":"1.0","id":"1","source":"s","type":"t","data":1,"data_base64":"AA=="}""", "data and data_base64")]
    [InlineData("""{"specversion":"1.0","id":"1","source":"s","type":"t","data_base64":"?"}""", "data_base64 is no Base64")]
    public void Read_WhatIsNone_SaysWhatIsWrong(string json, string problem) =>
        Should.Throw<CloudEventFormatException>(() => Read(json)).Message.ShouldContain(problem);

    [Theory]
    [InlineData("Tenant")]
    [InlineData("trace-parent")]
    [InlineData("data")]
    [InlineData("")]
    public void Write_AnAttributeThatCannotBe_IsRefusedByName(string name) =>
        Should.Throw<ArgumentException>(() => CloudEventJson.Write(Paid with { Extensions = new Dictionary<string, string> { [name] = "x" } })).Message.ShouldContain($"'{name}'");

    private static CloudEvent Read(string json) => CloudEventJson.Read(Encoding.UTF8.GetBytes(json));
}
