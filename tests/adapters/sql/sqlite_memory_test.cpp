// What SQLite's side of the library holds in memory, and what it does when there is none.
#include "adapters/sql/sql_suite.hpp"
#include "support/alloc.hpp"
#include <bight/timer.h>
#include <bight/value.h>

#include <poll.h>

namespace sql
{
const std::vector<Backend> backends = {};
}

namespace
{

class SqliteMemory : public sql::Fixture
{
  protected:
    std::string fresh(std::string &) override
    {
        return "sqlite::memory:";
    }
};

TEST_F(SqliteMemory, aHundredThousandRowsStreamWithoutBeingHeld)
{
    const char *statement =
        "with recursive n(i) as (select 1 union all select i + 1 from n where i < 100000) "
        "select i, printf('%0200d', i) from n";
    bight_timer *timer = nullptr;

    // The reactor keeps the memory of its first timers.
    ASSERT_EQ(bight_timer_new(
                  reactor, [](bight_timer *, void *) {}, nullptr, &timer),
              BIGHT_OK);
    bight_timer_free(timer);
    support::AllocGuard memory;
    std::size_t most = 0, told = 0, bytes = 0;
    sql::RowFn fn = [&](const bight_sql_row &row) {
        if (told++ % 50 == 0)
            most = std::max(most, memory.liveBytes());
        bytes += row.values[1].bytes.size;
        return bight_result_value(nullptr);
    };

    sql::Outcome outcome =
        await(bight_sql_each(database, statement, nullptr, 0, sql::tellRow, &fn));
    EXPECT_EQ(outcome.rows, 100000u) << outcome.message;
    EXPECT_EQ(bytes, 20000000u);
    EXPECT_GT(most, 0u);
    EXPECT_LT(most, 3u * 65536 + 32768); // a batch, and room for it to grow by doubling
    close(database);
    database = nullptr;
}

// -- Without memory --

// Turns the loop until it is done; the tools of the suite would complain of allocations that fail.
void turnUntilDone(bight_reactor *reactor, bight_deferred *deferred)
{
    for (int patience = 0; !bight_deferred_is_done(deferred) && patience < 20000; patience++) {
        struct pollfd fd = {bight_reactor_fd(reactor), POLLIN, 0};

        bight_reactor_dispatch(reactor, BIGHT_BUDGET_UNLIMITED);
        if (!bight_deferred_is_done(deferred))
            poll(&fd, 1, 1);
    }
}

void finish(bight_reactor *reactor, bight_deferred *take_deferred)
{
    bight_result result;

    if (take_deferred == nullptr)
        return;
    turnUntilDone(reactor, take_deferred);
    EXPECT_TRUE(bight_deferred_is_done(take_deferred));
    if (bight_deferred_take(take_deferred, &result))
        bight_result_free(result);
    bight_deferred_free(take_deferred);
}

bight_result work(bight_sql *sql, void *)
{
    bight_sql_value value = bight_sql_text("a text");

    return bight_result_wait(bight_sql_execute(sql, "insert into t values ($1)", &value, 1));
}

bight_result workWithin(bight_sql *sql, void *)
{
    return bight_result_wait(bight_sql_transaction(sql, work, nullptr));
}

bight_result row(const bight_sql_row *, void *)
{
    return bight_result_value(nullptr);
}

void useDatabase(bight_reactor *reactor, bight_sql *sql)
{
    finish(reactor, bight_sql_script(sql, "create table t (i); insert into t values (1)"));
    for (int i = 0; i < 2; i++) /* prepared, and found again */
        finish(reactor, bight_sql_query(sql, "select i, 'text' from t", nullptr, 0));
    finish(reactor, bight_sql_each(sql, "select i from t", nullptr, 0, row, nullptr));
    finish(reactor, bight_sql_transaction(sql, work, nullptr));
    finish(reactor, bight_sql_transaction(sql, workWithin, nullptr));
    finish(reactor, bight_sql_session(sql, workWithin, nullptr));
    finish(reactor, bight_sql_execute(sql, "nonsense", nullptr, 0));
}

TEST(SqliteWithoutMemory, everythingEndsAndNothingIsLeft)
{
    support::withEachAllocationFailing([] {
        bight_reactor *reactor = bight_reactor_new();
        bight_sql *sql = nullptr;

        if (reactor == nullptr)
            return;
        if (bight_sql_open(reactor, "sqlite::memory:", nullptr, nullptr, &sql) == BIGHT_OK) {
            useDatabase(reactor, sql);
            bight_deferred *closed = bight_sql_close(sql);
            finish(reactor, closed);
        }
        bight_reactor_free(reactor);
    });
}

// What it came to: a number, or what is in the only field; -1 if it failed.
int64_t numberOf(bight_reactor *reactor, bight_deferred *take_deferred)
{
    bight_result result;
    int64_t number = -1;

    if (take_deferred == nullptr)
        return -1;
    turnUntilDone(reactor, take_deferred);
    if (bight_deferred_take(take_deferred, &result)) {
        if (result.error == nullptr && result.destroy == bight_sql_table_free)
            number = bight_sql_table_at(bight_result_get_table(result), 0, 0)->integer;
        else if (result.error == nullptr)
            number = bight_result_get_int(result);
        bight_result_free(result);
    }
    bight_deferred_free(take_deferred);
    return number;
}

// Done before its statement is: the commit waits behind that.
bight_result workThatNobodyWaitsFor(bight_sql *sql, void *)
{
    bight_deferred *insert = bight_sql_execute(sql, "insert into t values (1)", nullptr, 0);

    if (insert == nullptr)
        return bight_result_error(bight_error_new(BIGHT_ERROR_NO_MEMORY, "insert"));
    bight_deferred_free(insert);
    return bight_result_int(1);
}

TEST(SqliteWithoutMemory, aTransactionThatComesToAValueIsCommitted)
{
    int compared = 0;

    for (bight_sql_work_fn fn : {work, workWithin, workThatNobodyWaitsFor})
        support::withEachAllocationFailing([&] {
            bight_reactor *reactor = bight_reactor_new();
            bight_sql *sql = nullptr;

            if (reactor == nullptr)
                return;
            if (bight_sql_open(reactor, "sqlite::memory:", nullptr, nullptr, &sql) == BIGHT_OK) {
                finish(reactor, bight_sql_execute(sql, "create table t (i)", nullptr, 0));
                int64_t changes = numberOf(reactor, bight_sql_transaction(sql, fn, nullptr));
                int64_t count =
                    numberOf(reactor, bight_sql_query(sql, "select count(*) from t", nullptr, 0));
                if (changes == 1 && count >= 0) {
                    EXPECT_EQ(count, 1);
                    compared++;
                }
                bight_deferred *closed = bight_sql_close(sql);
                finish(reactor, closed);
            }
            bight_reactor_free(reactor);
        });
    EXPECT_GT(compared, 0);
}

} // namespace
