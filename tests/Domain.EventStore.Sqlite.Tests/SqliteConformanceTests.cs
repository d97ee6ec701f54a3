using Protean.EventStore.Conformance;

namespace Protean.EventStore.Sqlite.Tests;

public sealed class SqliteAppendTests() : AppendConformance(new SqliteHarness());

public sealed class SqliteExpectedVersionTests() : ExpectedVersionConformance(new SqliteHarness());

public sealed class SqliteGlobalOrderTests() : GlobalOrderConformance(new SqliteHarness());

public sealed class SqliteStreamReadingTests() : StreamReadingConformance(new SqliteHarness());

public sealed class SqliteLongStreamTests() : LongStreamConformance(new SqliteHarness());

public sealed class SqliteLogReadingTests() : LogReadingConformance(new SqliteHarness());

public sealed class SqliteLogScenarioTests() : LogScenarioConformance(new SqliteHarness());

public sealed class SqliteLogFilterTests() : LogFilterConformance(new SqliteHarness());

public sealed class SqliteWaitForAppendTests() : WaitForAppendConformance(new SqliteHarness());

public sealed class SqliteDocumentTests() : DocumentConformance(new SqliteHarness());

public sealed class SqliteDocumentQueryTests() : DocumentQueryConformance(new SqliteHarness());

public sealed class SqliteUniqueIndexTests() : UniqueIndexConformance(new SqliteHarness());

public sealed class SqliteGenerationTests() : GenerationConformance(new SqliteHarness());

public sealed class SqliteAtomicityTests() : AtomicityConformance(new SqliteHarness());

public sealed class SqliteCheckpointTests() : CheckpointConformance(new SqliteHarness());

public sealed class SqliteLeaseTests() : LeaseConformance(new SqliteHarness());

public sealed class SqliteFailureTests() : FailureConformance(new SqliteHarness());

public sealed class SqliteKeyTests() : KeyConformance(new SqliteHarness());

public sealed class SqliteMarkTests() : MarkConformance(new SqliteHarness());

public sealed class SqliteIdempotentCommitTests() : IdempotentCommitConformance(new SqliteHarness());

public sealed class SqliteCancellationTests() : CancellationConformance(new SqliteHarness());

public sealed class SqliteBadInputTests() : BadInputConformance(new SqliteHarness());

public sealed class SqliteBadReadTests() : BadReadConformance(new SqliteHarness());

public sealed class SqliteOperationsTests() : OperationsConformance(new SqliteHarness());

public sealed class SqliteTruncateTests() : TruncateConformance(new SqliteHarness());

public sealed class SqliteArchiveTests() : ArchiveConformance(new SqliteHarness());

public sealed class SqlitePagingTests() : PagingProperties(new SqliteHarness());

public sealed class SqliteModelTests() : ModelProperties(new SqliteHarness());
