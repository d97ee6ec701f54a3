using Protean.Tests.Shop;
using Xunit;

namespace Protean.Tests.Stores;

public sealed class MemoryDeliveryTests() : DeliverySuite(new MemoryShop());

public sealed class SqliteDeliveryTests() : DeliverySuite(new SqliteShop());

public sealed class PostgresDeliveryTests(ShopDatabase database) : DeliverySuite(new PostgresShop(database)), IClassFixture<ShopDatabase>;

public sealed class MemorySelectionTests() : SelectionSuite(new MemoryShop());

public sealed class SqliteSelectionTests() : SelectionSuite(new SqliteShop());

public sealed class PostgresSelectionTests(ShopDatabase database) : SelectionSuite(new PostgresShop(database)), IClassFixture<ShopDatabase>;

public sealed class MemoryPartitionTests() : PartitionSuite(new MemoryShop());

public sealed class SqlitePartitionTests() : PartitionSuite(new SqliteShop());

public sealed class PostgresPartitionTests(ShopDatabase database) : PartitionSuite(new PostgresShop(database)), IClassFixture<ShopDatabase>;

public sealed class MemoryFailureTests() : FailureSuite(new MemoryShop());

public sealed class SqliteFailureTests() : FailureSuite(new SqliteShop());

public sealed class PostgresFailureTests(ShopDatabase database) : FailureSuite(new PostgresShop(database)), IClassFixture<ShopDatabase>;

public sealed class MemoryProjectionTests() : ProjectionSuite(new MemoryShop());

public sealed class SqliteProjectionTests() : ProjectionSuite(new SqliteShop());

public sealed class PostgresProjectionTests(ShopDatabase database) : ProjectionSuite(new PostgresShop(database)), IClassFixture<ShopDatabase>;

public sealed class MemoryDurableTests() : DurableSuite(new MemoryShop());

public sealed class SqliteDurableTests() : DurableSuite(new SqliteShop());

public sealed class PostgresDurableTests(ShopDatabase database) : DurableSuite(new PostgresShop(database)), IClassFixture<ShopDatabase>;

public sealed class SqliteUserSqlTests() : UserSqlSuite(new SqliteShop());

public sealed class PostgresUserSqlTests(ShopDatabase database) : UserSqlSuite(new PostgresShop(database)), IClassFixture<ShopDatabase>;

public sealed class MemoryNodeTests() : NodeSuite(new MemoryShop());

public sealed class PostgresNodeTests(ShopDatabase database) : NodeSuite(new PostgresShop(database)), IClassFixture<ShopDatabase>;

public sealed class MemoryScenarioCTests() : ScenarioCSuite(new MemoryShop());

public sealed class SqliteScenarioCTests() : ScenarioCSuite(new SqliteShop());

public sealed class PostgresScenarioCTests(ShopDatabase database) : ScenarioCSuite(new PostgresShop(database)), IClassFixture<ShopDatabase>;

public sealed class MemoryScenarioETests() : ScenarioESuite(new MemoryShop());

public sealed class SqliteScenarioETests() : ScenarioESuite(new SqliteShop());

public sealed class PostgresScenarioETests(ShopDatabase database) : ScenarioESuite(new PostgresShop(database)), IClassFixture<ShopDatabase>;

public sealed class MemoryScenarioFJTests() : ScenarioFJSuite(new MemoryShop());

public sealed class SqliteScenarioFJTests() : ScenarioFJSuite(new SqliteShop());

public sealed class PostgresScenarioFJTests(ShopDatabase database) : ScenarioFJSuite(new PostgresShop(database)), IClassFixture<ShopDatabase>;
