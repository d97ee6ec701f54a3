using Protean.EventStore.Conformance;
using Xunit;

namespace Protean.EventStore.Tests.Conformance;

public sealed class PostgresAppendTests(ConformanceDatabase database) : AppendConformance(new PostgresHarness(database)), IClassFixture<ConformanceDatabase>;

public sealed class PostgresExpectedVersionTests(ConformanceDatabase database) : ExpectedVersionConformance(new PostgresHarness(database)), IClassFixture<ConformanceDatabase>;

public sealed class PostgresGlobalOrderTests(ConformanceDatabase database) : GlobalOrderConformance(new PostgresHarness(database)), IClassFixture<ConformanceDatabase>;

public sealed class PostgresStreamReadingTests(ConformanceDatabase database) : StreamReadingConformance(new PostgresHarness(database)), IClassFixture<ConformanceDatabase>;

public sealed class PostgresLongStreamTests(ConformanceDatabase database) : LongStreamConformance(new PostgresHarness(database)), IClassFixture<ConformanceDatabase>;

public sealed class PostgresLogReadingTests(ConformanceDatabase database) : LogReadingConformance(new PostgresHarness(database)), IClassFixture<ConformanceDatabase>;

public sealed class PostgresLogScenarioTests(ConformanceDatabase database) : LogScenarioConformance(new PostgresHarness(database)), IClassFixture<ConformanceDatabase>;

public sealed class PostgresLogFilterTests(ConformanceDatabase database) : LogFilterConformance(new PostgresHarness(database)), IClassFixture<ConformanceDatabase>;

public sealed class PostgresWaitForAppendTests(ConformanceDatabase database) : WaitForAppendConformance(new PostgresHarness(database)), IClassFixture<ConformanceDatabase>;

public sealed class PostgresDocumentTests(ConformanceDatabase database) : DocumentConformance(new PostgresHarness(database)), IClassFixture<ConformanceDatabase>;

public sealed class PostgresDocumentQueryTests(ConformanceDatabase database) : DocumentQueryConformance(new PostgresHarness(database)), IClassFixture<ConformanceDatabase>;

public sealed class PostgresUniqueIndexTests(ConformanceDatabase database) : UniqueIndexConformance(new PostgresHarness(database)), IClassFixture<ConformanceDatabase>;

public sealed class PostgresGenerationTests(ConformanceDatabase database) : GenerationConformance(new PostgresHarness(database)), IClassFixture<ConformanceDatabase>;

public sealed class PostgresAtomicityTests(ConformanceDatabase database) : AtomicityConformance(new PostgresHarness(database)), IClassFixture<ConformanceDatabase>;

public sealed class PostgresCheckpointTests(ConformanceDatabase database) : CheckpointConformance(new PostgresHarness(database)), IClassFixture<ConformanceDatabase>;

public sealed class PostgresLeaseTests(ConformanceDatabase database) : LeaseConformance(new PostgresHarness(database)), IClassFixture<ConformanceDatabase>;

public sealed class PostgresFailureTests(ConformanceDatabase database) : FailureConformance(new PostgresHarness(database)), IClassFixture<ConformanceDatabase>;

public sealed class PostgresKeyTests(ConformanceDatabase database) : KeyConformance(new PostgresHarness(database)), IClassFixture<ConformanceDatabase>;

public sealed class PostgresMarkTests(ConformanceDatabase database) : MarkConformance(new PostgresHarness(database)), IClassFixture<ConformanceDatabase>;

public sealed class PostgresIdempotentCommitTests(ConformanceDatabase database) : IdempotentCommitConformance(new PostgresHarness(database)), IClassFixture<ConformanceDatabase>;

public sealed class PostgresCancellationTests(ConformanceDatabase database) : CancellationConformance(new PostgresHarness(database)), IClassFixture<ConformanceDatabase>;

public sealed class PostgresBadInputTests(ConformanceDatabase database) : BadInputConformance(new PostgresHarness(database)), IClassFixture<ConformanceDatabase>;

public sealed class PostgresBadReadTests(ConformanceDatabase database) : BadReadConformance(new PostgresHarness(database)), IClassFixture<ConformanceDatabase>;

public sealed class PostgresOperationsTests(ConformanceDatabase database) : OperationsConformance(new PostgresHarness(database)), IClassFixture<ConformanceDatabase>;

public sealed class PostgresTruncateTests(ConformanceDatabase database) : TruncateConformance(new PostgresHarness(database)), IClassFixture<ConformanceDatabase>;

public sealed class PostgresArchiveTests(ConformanceDatabase database) : ArchiveConformance(new PostgresHarness(database)), IClassFixture<ConformanceDatabase>;

public sealed class PostgresPagingTests(ConformanceDatabase database) : PagingProperties(new PostgresHarness(database)), IClassFixture<ConformanceDatabase>;

public sealed class PostgresModelTests(ConformanceDatabase database) : ModelProperties(new PostgresHarness(database)), IClassFixture<ConformanceDatabase>;
