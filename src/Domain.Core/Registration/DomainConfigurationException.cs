namespace Protean;

/// <summary>A domain cannot start. All problems are reported together, each with the name of the culprit and the way out.</summary>
public sealed class DomainConfigurationException : ProteanException
{
    /// <summary>Creates the exception.</summary>
    public DomainConfigurationException(string domain, IReadOnlyList<string> findings)
        : base($"Domain '{domain}' cannot start:{string.Concat(findings.Select(f => $"{Environment.NewLine}  - {f}"))}")
    {
        Domain = domain;
        Findings = findings;
    }

    /// <summary>The domain.</summary>
    public string Domain { get; }

    /// <summary>What is wrong, a sentence each.</summary>
    public IReadOnlyList<string> Findings { get; }
}
