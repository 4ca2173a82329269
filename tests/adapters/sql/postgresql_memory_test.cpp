// PostgreSQL without memory: whatever fails is told, and nothing is left. What libpq allocates for
// itself is not seen.
#include "adapters/sql/postgresql_server.hpp"
#include "support/alloc.hpp"

#include <bight/reactor.h>
#include <bight/sql.h>
#include <gtest/gtest.h>
#include <poll.h>

namespace
{

using sql::PostgresqlServer;

void turn(bight_reactor *reactor)
{
    pollfd ready = {bight_reactor_fd(reactor), POLLIN, 0};

    poll(&ready, 1, 5);
    bight_reactor_dispatch(reactor, BIGHT_BUDGET_UNLIMITED);
}

// Runs the loop until it is done. Whether it worked.
bool await(bight_reactor *reactor, bight_deferred *deferred)
{
    bight_result result;

    while (deferred != nullptr && !bight_deferred_is_done(deferred))
        turn(reactor);
    if (deferred == nullptr || !bight_deferred_take(deferred, &result))
        return false;
    bool worked = result.error == nullptr;
    bight_result_free(result);
    bight_deferred_free(deferred);
    return worked;
}

template <typename Body> void withDatabase(Body body)
{
    std::string address = PostgresqlServer::shared().address("postgres", true);

    support::withEachAllocationFailing([&] {
        bight_reactor *reactor = bight_reactor_new();
        bight_sql *sql = nullptr;
        bight_error *error = nullptr;
        if (reactor == nullptr)
            return;
        if (bight_sql_open(reactor, address.c_str(), nullptr, &error, &sql) == BIGHT_OK)
            body(reactor, sql);
        else
            EXPECT_EQ(bight_error_get_status(error), BIGHT_ERROR_NO_MEMORY);
        bight_error_unref(error);
        bight_sql_free(sql);
        turn(reactor);
        bight_reactor_free(reactor);
    });
}

class PostgresqlWithoutMemory : public testing::Test
{
    void SetUp() override
    {
        if (!PostgresqlServer::shared().why.empty())
            GTEST_SKIP() << PostgresqlServer::shared().why;
    }
};

TEST_F(PostgresqlWithoutMemory, statementsFailOrWork)
{
    withDatabase([](bight_reactor *reactor, bight_sql *sql) {
        const bight_sql_value values[] = {bight_sql_integer(1), bight_sql_text("text"),
                                          bight_sql_blob("\0\1", 2)};
        await(reactor, bight_sql_query(sql, "select $1, $2::text, $3 from generate_series(1, 3)",
                                       values, 3));
        await(reactor, bight_sql_execute(sql, "select", nullptr, 0));
    });
}

TEST_F(PostgresqlWithoutMemory, statementsThatArePreparedFailOrWork)
{
    withDatabase([](bight_reactor *reactor, bight_sql *sql) {
        bight_sql_value value = bight_sql_integer(1);
        for (int i = 0; i < 4; i++)
            await(reactor, bight_sql_query(sql, "select $1", &value, 1));
        await(reactor, bight_sql_execute(sql, "create temp table t (i integer)", nullptr, 0));
        await(reactor, bight_sql_query(sql, "select $1", &value, 1));
    });
}

TEST_F(PostgresqlWithoutMemory, transactionsInTransactionsEnd)
{
    withDatabase([](bight_reactor *reactor, bight_sql *sql) {
        bight_sql_work_fn inside = [](bight_sql *inner, void *) {
            return bight_result_wait(bight_sql_execute(inner, "nonsense", nullptr, 0));
        };
        bight_sql_work_fn around = [](bight_sql *outer, void *data) {
            return bight_result_wait(
                bight_sql_transaction(outer, *static_cast<bight_sql_work_fn *>(data), nullptr));
        };
        EXPECT_FALSE(await(reactor, bight_sql_transaction(sql, around, &inside)));
    });
}

TEST_F(PostgresqlWithoutMemory, cancelsEndTheStatementAllTheSame)
{
    withDatabase([](bight_reactor *reactor, bight_sql *sql) {
        bight_deferred *nap = bight_sql_query(sql, "select pg_sleep(60)", nullptr, 0);
        for (int i = 0; i < 3; i++)
            turn(reactor);
        bight_deferred_cancel(nap);
        EXPECT_FALSE(await(reactor, nap));
    });
}

TEST_F(PostgresqlWithoutMemory, listenersAreToldOrNotMade)
{
    withDatabase([](bight_reactor *reactor, bight_sql *sql) {
        bight_sql_listener *listener = nullptr;
        auto hear = [](bight_sql_listener *, const char *, void *) {};
        await(reactor, bight_sql_listen(sql, "news", hear, nullptr, &listener));
        bight_sql_listener_free(listener);
    });
}

} // namespace
