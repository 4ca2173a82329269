// PostgreSQL on each loop: there and back, a transaction, a message, a cancel.
#include "adapters/sql/sql_hosts.hpp"

#include <bight/value.h>

namespace
{

class PostgresqlOnHosts : public sql::OnHosts
{
  protected:
    // How many statements the server runs for the test's database, as it says itself.
    std::string running()
    {
        std::string name = address.substr(address.rfind('/') + 1);
        name.resize(std::min(name.find('?'), name.size()));
        return server().execute("select count(*) from pg_stat_activity where state = 'active' and "
                                "query like '%pg_sleep%' and datname = '" +
                                name + "'");
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

TEST_P(PostgresqlOnHosts, leavesNoStateOfASessionToTheNextUser)
{
    bight_sql *one = openAt(address + "&connections=1");
    std::string process = fieldOf(one, "select pg_backend_pid()");
    sql::WorkFn work = [&](bight_sql *in) {
        for (const char *each :
             {"create temp table mine (i int)", "set search_path = pg_catalog",
              "select pg_advisory_lock(7)", "select set_config('work_mem', '1MB', false)",
              "prepare mine as select 1", "select * from mine", "set role pg_monitor"})
            bight_deferred_free(bight_sql_query(in, each, nullptr, 0));
        return bight_result_wait(bight_sql_query(in, "select 1", nullptr, 0));
    };

    EXPECT_EQ(statusOf(bight_sql_session(one, sql::doWork, &work)), BIGHT_OK) << why;
    EXPECT_EQ(fieldOf(one, "select pg_backend_pid()"), process) << "it is the same connection";
    EXPECT_EQ(fieldOf(one, "select to_regclass('pg_temp.mine') is null"), "1");
    EXPECT_EQ(fieldOf(one, "select current_user"), "'bight'");
    EXPECT_EQ(fieldOf(one, "show search_path"), "'\"$user\", public'");
    EXPECT_EQ(fieldOf(one, "show work_mem"), "'4MB'");
    EXPECT_EQ(fieldOf(one, "show lock_timeout"), "'5s'") << "this side's own setting is there";
    EXPECT_EQ(fieldOf(one, "select count(*) from pg_locks where locktype = 'advisory'"), "0");
    EXPECT_EQ(fieldOf(one, "select count(*) from pg_prepared_statements where name = 'mine'"), "0");
    close(one);
}

TEST_P(PostgresqlOnHosts, takesParametersOfTheAddress)
{
    bight_sql *one = openAt(address + "&connections=1&statements=0&busy_timeout=0.25");

    EXPECT_EQ(fieldOf(one, "show lock_timeout"), "'250ms'");
    for (int i = 0; i < 5; i++)
        EXPECT_EQ(fieldOf(one, "select 5"), "5");
    EXPECT_EQ(fieldOf(one, "select count(*) from pg_prepared_statements"), "0");
    close(one);
}

} // namespace
