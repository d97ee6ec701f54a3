using Protean.EventStore.Conformance;

namespace Protean.Tests.Storage;

public sealed class InMemoryAppendTests() : AppendConformance(new InMemoryHarness());

public sealed class InMemoryExpectedVersionTests() : ExpectedVersionConformance(new InMemoryHarness());

public sealed class InMemoryGlobalOrderTests() : GlobalOrderConformance(new InMemoryHarness());

public sealed class InMemoryStreamReadingTests() : StreamReadingConformance(new InMemoryHarness());

public sealed class InMemoryLongStreamTests() : LongStreamConformance(new InMemoryHarness());

public sealed class InMemoryLogReadingTests() : LogReadingConformance(new InMemoryHarness());

public sealed class InMemoryLogFilterTests() : LogFilterConformance(new InMemoryHarness());

public sealed class InMemoryWaitForAppendTests() : WaitForAppendConformance(new InMemoryHarness());

public sealed class InMemoryDocumentTests() : DocumentConformance(new InMemoryHarness());

public sealed class InMemoryDocumentQueryTests() : DocumentQueryConformance(new InMemoryHarness());

public sealed class InMemoryUniqueIndexTests() : UniqueIndexConformance(new InMemoryHarness());

public sealed class InMemoryGenerationTests() : GenerationConformance(new InMemoryHarness());
