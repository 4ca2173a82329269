// PostgreSQL on each loop: there and back, a transaction, a message, a cancel.
#include "adapters/conformance.hpp"
#include "adapters/sql/postgresql_server.hpp"

#include <bight/sql.h>
#include <bight/value.h>

namespace
{

using sql::PostgresqlServer;

class PostgresqlOnHosts : public conformance::Conformance
{
  protected:
    void SetUp() override
    {
        auto &server = PostgresqlServer::shared();
        if (!server.why.empty())
            GTEST_SKIP() << server.why;
        if (host().virtualTime)
            GTEST_SKIP() << "a server does not answer within virtual time";
        Conformance::SetUp();
        ASSERT_EQ(
            bight_sql_open(reactor, server.freshDatabase().c_str(), nullptr, nullptr, &database),
            BIGHT_OK);
    }
    void TearDown() override
    {
        if (reactor == nullptr)
            return;
        bight_sql_free(database);
        Conformance::TearDown();
    }
    bight_result await(bight_deferred *deferred)
    {
        bight_result result = bight_result_value(nullptr);
        EXPECT_TRUE(runUntil([&] { return bight_deferred_is_done(deferred); }));
        EXPECT_TRUE(bight_deferred_take(deferred, &result));
        bight_deferred_free(deferred);
        return result;
    }
    std::string field(const char *statement)
    {
        bight_result result = await(bight_sql_query(database, statement, nullptr, 0));
        std::string text = "an error";
        if (result.error == nullptr)
            text =
                bight_sql_value_get_text(bight_sql_table_at(bight_result_get_table(result), 0, 0));
        bight_result_free(result);
        return text;
    }

    bight_sql *database = nullptr;
};
INSTANTIATE_TEST_SUITE_P(Hosts, PostgresqlOnHosts, testing::ValuesIn(conformance::hosts),
                         conformance::nameOf);

TEST_P(PostgresqlOnHosts, answersWithoutAThread)
{
    size_t threads = support::countThreads();

    EXPECT_EQ(field("select 'there and back'"), "there and back");
    EXPECT_EQ(support::countThreads(), threads);
}

TEST_P(PostgresqlOnHosts, streamsRows)
{
    uint64_t rows = 0;
    auto count = [](const bight_sql_row *, void *data) {
        ++*static_cast<uint64_t *>(data);
        return bight_result_value(nullptr);
    };
    bight_result_free(
        await(bight_sql_each(database, "select i, repeat('x', 100) from generate_series(1, 5000) i",
                             nullptr, 0, count, &rows)));
    EXPECT_EQ(rows, 5000u);
}

TEST_P(PostgresqlOnHosts, commitsAndTells)
{
    std::string heard;
    bight_sql_listener *listener = nullptr;
    auto hear = [](bight_sql_listener *, const char *payload, void *data) {
        *static_cast<std::string *>(data) = payload;
    };
    auto work = [](bight_sql *in, void *) {
        return bight_result_wait(bight_sql_notify(in, "news", "committed"));
    };
    bight_result_free(await(bight_sql_listen(database, "news", hear, &heard, &listener)));
    bight_result_free(await(bight_sql_transaction(database, work, nullptr)));
    EXPECT_TRUE(runUntil([&] { return !heard.empty(); }));
    EXPECT_EQ(heard, "committed");
    bight_sql_listener_free(listener);
}

TEST_P(PostgresqlOnHosts, cancels)
{
    bight_deferred *nap = bight_sql_query(database, "select pg_sleep(60)", nullptr, 0);

    runFor(BIGHT_MSEC(20));
    bight_deferred_cancel(nap);
    bight_result result = await(nap);
    EXPECT_EQ(bight_error_get_status(result.error), BIGHT_ERROR_CANCELLED);
    bight_result_free(result);
    EXPECT_EQ(field("select 'goes on'"), "goes on");
}

} // namespace
