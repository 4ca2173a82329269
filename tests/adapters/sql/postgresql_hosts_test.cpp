// PostgreSQL on each loop: there and back, a transaction, a message, a cancel.
#include "adapters/sql/sql_hosts.hpp"

#include <bight/value.h>

namespace
{

class PostgresqlOnHosts : public sql::OnHosts
{
  protected:
    // How many statements the server runs for the test's database, as it says itself.
    std::string running(const std::string &what = "pg_sleep")
    {
        return server().execute("select count(*) from pg_stat_activity where state = 'active' and "
                                "pid <> pg_backend_pid() and query like '%" +
                                what + "%'");
    }
    bool isRunning(const char *count)
    {
        return runUntil([&] { return running() == count; });
    }
};
INSTANTIATE_TEST_SUITE_P(Hosts, PostgresqlOnHosts, testing::ValuesIn(conformance::hosts),
                         conformance::nameOf);

TEST_P(PostgresqlOnHosts, answersWithoutAThread)
{
    size_t threads = support::countThreads();

    EXPECT_EQ(field("select 'there and back'"), "'there and back'");
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
    EXPECT_EQ(field("select 'goes on'"), "'goes on'");
}

TEST_P(PostgresqlOnHosts, stopsTheStatementAtTheServerWhenItIsClosed)
{
    bight_deferred *nap = bight_sql_query(database, "select pg_sleep(60)", nullptr, 0);

    EXPECT_TRUE(isRunning("1"));
    close(std::exchange(database, nullptr));
    EXPECT_EQ(statusOf(nap), BIGHT_ERROR_CLOSED);
    EXPECT_TRUE(isRunning("0"));
}

TEST_P(PostgresqlOnHosts, stopsTheStatementAtTheServerWhenItIsCancelledAndClosed)
{
    bight_deferred *nap = bight_sql_query(database, "select pg_sleep(60)", nullptr, 0);

    EXPECT_TRUE(isRunning("1"));
    bight_deferred_cancel(nap);
    close(std::exchange(database, nullptr));
    EXPECT_EQ(statusOf(nap), BIGHT_ERROR_CANCELLED);
    EXPECT_TRUE(isRunning("0"));
}

// The rows wait in a function that never goes on.
TEST_P(PostgresqlOnHosts, stopsAStatementWhoseRowsAreBeingReadWhenItIsClosed)
{
    bight_promise *never;
    bight_deferred *waits = bight_deferred_new(&never);
    auto stay = [](const bight_sql_row *, void *data) {
        return bight_result_wait(std::exchange(*static_cast<bight_deferred **>(data), nullptr));
    };
    bight_deferred *rows = bight_sql_each(
        database, "select repeat('x', 1000), 'pg_sleep' from generate_series(1, 10000000)", nullptr,
        0, stay, &waits);

    EXPECT_TRUE(isRunning("1"));
    EXPECT_TRUE(runUntil([&] { return waits == nullptr; }));
    close(std::exchange(database, nullptr));
    EXPECT_EQ(statusOf(rows), BIGHT_ERROR_CLOSED);
    EXPECT_TRUE(isRunning("0"));
    bight_promise_free(never);
}

TEST_P(PostgresqlOnHosts, leavesNothingBehindWhenTheReactorIsFreedWhileItCloses)
{
    bight_deferred *nap = bight_sql_query(database, "select pg_sleep(1)", nullptr, 0);

    EXPECT_TRUE(isRunning("1"));
    bight_deferred *closed = bight_sql_close(std::exchange(database, nullptr));
    EXPECT_FALSE(bight_deferred_is_done(closed));
    freeReactor();
    EXPECT_EQ(statusOf(closed), BIGHT_OK);
    EXPECT_EQ(statusOf(nap), BIGHT_ERROR_CLOSED);
}

} // namespace
