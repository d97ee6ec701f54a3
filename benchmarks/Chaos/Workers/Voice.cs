using Protean.Benchmarks.Chaos.Histories;

namespace Protean.Benchmarks.Chaos.Workers;

/// <summary>Says line by line what this process does. A line has left the process when the call returns, so that a kill cannot take it back.</summary>
internal sealed class Voice
{
    private readonly Lock _gate = new();
    private readonly Stream _output = Console.OpenStandardOutput();

    public void Say(Line line)
    {
        var bytes = line.ToBytes();
        lock (_gate)
            _output.Write(bytes);
    }
}
