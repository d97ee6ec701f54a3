using RabbitMQ.Client;

namespace Protean.Benchmarks.Load.Floors;

/// <summary>A message as the driver takes it.</summary>
internal sealed record Outgoing(string RoutingKey, BasicProperties Properties, byte[] Body);
