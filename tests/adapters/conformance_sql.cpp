// Chapter: databases. Rows come from a thread of SQLite's pool to whatever loop carries the
// reactor, and are told in its turns; what the suites of tests/adapters/sql say of a database holds
// on each.
#include "adapters/conformance.hpp"

#include <bight/later.h>
#include <bight/sql.h>
#include <bight/value.h>
#include <utility>

namespace
{

constexpr char series[] = "with recursive n(i) as (select 1 union all select i + 1 from n where "
                          "i < 5000) select i from n";
constexpr char endless[] =
    "with recursive n(i) as (select 1 union all select i + 1 from n) select count(*) from n";

class Databases : public conformance::Conformance
{
  protected:
    void SetUp() override
    {
        conformance::Conformance::SetUp();
        if (bight_sql_open(reactor, "sqlite::memory:", nullptr, nullptr, &sql) != BIGHT_OK)
            GTEST_SKIP() << "this build is without SQLite";
    }
    void TearDown() override
    {
        bight_sql_free(std::exchange(sql, nullptr));
        conformance::Conformance::TearDown();
    }
    bight_deferred *execute(const char *statement)
    {
        return bight_sql_execute(sql, statement, nullptr, 0);
    }
    // A number it came to, or the negative status of its error; waited for and freed.
    intptr_t take(bight_deferred *deferred)
    {
        bight_result result = bight_result_value(nullptr);
        intptr_t number = BIGHT_ERROR_STATE;

        runUntil([&] { return bight_deferred_is_done(deferred); });
        if (bight_deferred_take(deferred, &result)) {
            if (result.error != nullptr)
                number = bight_error_get_status(result.error);
            else if (result.destroy == bight_value_int)
                number = bight_result_get_int(result);
            else if (result.destroy == bight_sql_table_free)
                number = first(bight_result_get_table(result));
            else
                number = 0;
            bight_result_free(result);
        }
        bight_deferred_free(deferred);
        return number;
    }
    // The first field, or without one how many rows there were.
    static intptr_t first(const bight_sql_table *table)
    {
        if (table->values == nullptr)
            return static_cast<intptr_t>(table->row_count);
        return static_cast<intptr_t>(bight_sql_table_at(table, 0, 0)->integer);
    }
    intptr_t ask(const char *statement)
    {
        return take(bight_sql_query(sql, statement, nullptr, 0));
    }

    bight_sql *sql = nullptr;
};

INSTANTIATE_TEST_SUITE_P(Hosts, Databases, testing::ValuesIn(conformance::hosts),
                         conformance::nameOf);

TEST_P(Databases, answer)
{
    EXPECT_EQ(take(execute("create table t (i integer unique)")), 0);
    EXPECT_EQ(take(execute("insert into t values (1), (2)")), 2);
    EXPECT_EQ(take(execute("insert into t values (2)")), BIGHT_ERROR_EXISTS);
    EXPECT_EQ(ask("select sum(i) from t"), 3);
}

struct Reader {
    bight_reactor *reactor;
    int64_t told = 0;
    bool inOrder = true;
    static bight_result row(const bight_sql_row *row, void *data)
    {
        Reader *self = static_cast<Reader *>(data);

        self->inOrder = self->inOrder && row->values[0].integer == ++self->told;
        if (self->told % 1000 == 0)
            return bight_result_wait(bight_delay(self->reactor, BIGHT_MSEC(1)));
        return bight_result_value(nullptr);
    }
};

TEST_P(Databases, tellRowsInOrderToOneWhoIsSlow)
{
    Reader reader = {reactor};

    EXPECT_EQ(take(bight_sql_each(sql, series, nullptr, 0, Reader::row, &reader)), 5000);
    EXPECT_EQ(reader.told, 5000);
    EXPECT_TRUE(reader.inOrder);
}

bight_result insertAndFail(bight_result in, void *)
{
    bight_result_free(in);
    return bight_result_error(bight_error_new(BIGHT_ERROR_REFUSED, "no"));
}

bight_result insert(bight_sql *sql, void *fails)
{
    bight_deferred *done = bight_sql_execute(sql, "insert into t values (7)", nullptr, 0);

    if (*static_cast<bool *>(fails))
        bight_deferred_then(done, insertAndFail, nullptr, nullptr);
    return bight_result_wait(done);
}

TEST_P(Databases, commitAndRollBack)
{
    bool yes = true, no = false;

    EXPECT_EQ(take(execute("create table t (i integer)")), 0);
    EXPECT_EQ(take(bight_sql_transaction(sql, insert, &yes)), BIGHT_ERROR_REFUSED);
    EXPECT_EQ(ask("select count(*) from t"), 0);
    EXPECT_EQ(take(bight_sql_transaction(sql, insert, &no)), 1);
    EXPECT_EQ(ask("select count(*) from t"), 1);
}

TEST_P(Databases, areInterrupted)
{
    bight_deferred *query = bight_sql_query(sql, endless, nullptr, 0);

    runFor(BIGHT_MSEC(10));
    EXPECT_FALSE(bight_deferred_is_done(query));
    bight_deferred_cancel(query);
    EXPECT_EQ(take(query), BIGHT_ERROR_CANCELLED);
    EXPECT_EQ(ask("select 5"), 5);
}

TEST_P(Databases, answerInANestedLoop)
{
    intptr_t inner = 0;
    conformance::Task task(reactor, [&] { inner = ask("select 6"); });

    task.schedule();
    EXPECT_TRUE(runUntil([&] { return inner != 0; }));
    EXPECT_EQ(inner, 6);
}

TEST_P(Databases, closeAndLeaveNoThread)
{
    EXPECT_EQ(ask("select 1"), 1);
    EXPECT_EQ(take(bight_sql_close(std::exchange(sql, nullptr))), 0);
}

TEST_P(Databases, mayOutliveTheReactor)
{
    bight_deferred *query = bight_sql_query(sql, endless, nullptr, 0);

    runFor(BIGHT_MSEC(10));
    freeReactor();
    bight_sql_free(std::exchange(sql, nullptr));
    EXPECT_TRUE(bight_deferred_is_done(query));
    bight_result result = bight_result_value(nullptr);
    EXPECT_TRUE(bight_deferred_take(query, &result));
    EXPECT_NE(result.error, nullptr);
    bight_result_free(result);
    bight_deferred_free(query);
}

} // namespace
