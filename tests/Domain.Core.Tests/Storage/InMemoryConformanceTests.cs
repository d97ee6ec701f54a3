using Protean.EventStore.Conformance;

namespace Protean.Tests.Storage;

public sealed class InMemoryAppendTests() : AppendConformance(new InMemoryHarness());

public sealed class InMemoryExpectedVersionTests() : ExpectedVersionConformance(new InMemoryHarness());

public sealed class InMemoryGlobalOrderTests() : GlobalOrderConformance(new InMemoryHarness());

public sealed class InMemoryStreamReadingTests() : StreamReadingConformance(new InMemoryHarness());

public sealed class InMemoryLongStreamTests() : LongStreamConformance(new InMemoryHarness());

public sealed class InMemoryLogReadingTests() : LogReadingConformance(new InMemoryHarness());

public sealed class InMemoryLogScenarioTests() : LogScenarioConformance(new InMemoryHarness());

public sealed class InMemoryLogFilterTests() : LogFilterConformance(new InMemoryHarness());

public sealed class InMemoryWaitForAppendTests() : WaitForAppendConformance(new InMemoryHarness());

public sealed class InMemoryDocumentTests() : DocumentConformance(new InMemoryHarness());

public sealed class InMemoryDocumentQueryTests() : DocumentQueryConformance(new InMemoryHarness());

public sealed class InMemoryUniqueIndexTests() : UniqueIndexConformance(new InMemoryHarness());

public sealed class InMemoryGenerationTests() : GenerationConformance(new InMemoryHarness());

public sealed class InMemoryAtomicityTests() : AtomicityConformance(new InMemoryHarness());

public sealed class InMemoryCheckpointTests() : CheckpointConformance(new InMemoryHarness());

public sealed class InMemoryLeaseTests() : LeaseConformance(new InMemoryHarness());

public sealed class InMemoryFailureTests() : FailureConformance(new InMemoryHarness());

public sealed class InMemoryKeyTests() : KeyConformance(new InMemoryHarness());

public sealed class InMemoryMarkTests() : MarkConformance(new InMemoryHarness());

public sealed class InMemoryIdempotentCommitTests() : IdempotentCommitConformance(new InMemoryHarness());

public sealed class InMemoryCancellationTests() : CancellationConformance(new InMemoryHarness());

public sealed class InMemoryBadInputTests() : BadInputConformance(new InMemoryHarness());

public sealed class InMemoryBadReadTests() : BadReadConformance(new InMemoryHarness());

public sealed class InMemoryOperationsTests() : OperationsConformance(new InMemoryHarness());

public sealed class InMemoryTruncateTests() : TruncateConformance(new InMemoryHarness());

public sealed class InMemoryArchiveTests() : ArchiveConformance(new InMemoryHarness());

public sealed class InMemoryPagingTests() : PagingProperties(new InMemoryHarness());

public sealed class InMemoryModelTests() : ModelProperties(new InMemoryHarness());
