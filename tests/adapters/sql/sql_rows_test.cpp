// Rows on their way to a function: what they cost in turns, and what the function may do meanwhile.
#include "adapters/sql/sql_suite.hpp"

#include <bight/later.h>

namespace
{

using sql::Outcome;

class SqlRows : public sql::Suite
{
  protected:
    // Runs the loop until it is done, without the timers that await() sets, and returns how many
    // turns that took.
    uint64_t turnsOf(bight_deferred *take_deferred)
    {
        uint64_t before = turns();

        bight_deferred_both(
            take_deferred,
            [](bight_result in, void *data) {
                bight_reactor_stop(static_cast<bight_reactor *>(data));
                return in;
            },
            reactor);
        while (!bight_deferred_is_done(take_deferred))
            EXPECT_EQ(bight_reactor_run(reactor), BIGHT_OK);
        uint64_t taken = turns() - before;
        EXPECT_EQ(await(take_deferred).status, BIGHT_OK);
        return taken;
    }

    bight_deferred *each(int count, sql::RowFn &fn)
    {
        return bight_sql_each(database, sql::series(count).c_str(), nullptr, 0, sql::tellRow, &fn);
    }

    // With rows that come one by one: a batch is full with the first.
    void openWithSmallBatches()
    {
        bight_sql_options options = BIGHT_SQL_OPTIONS_INIT;

        close(database);
        options.batch = 1;
        options.connections = 1;
        database = open(&options);
        EXPECT_EQ(await(bight_sql_connect(database)).status, BIGHT_OK);
    }

    uint64_t turns() const
    {
        bight_reactor_stats stats = {};

        stats.size = sizeof(stats);
        bight_reactor_get_stats(reactor, &stats);
        return stats.turns;
    }
};
INSTANTIATE_TEST_SUITE_P(Databases, SqlRows, testing::ValuesIn(sql::backends), sql::nameOf);

TEST_P(SqlRows, aQueryTakesOneTurn)
{
    constexpr int count = 100;
    uint64_t turns = 0;

    EXPECT_EQ(await(bight_sql_connect(database)).status, BIGHT_OK);
    for (int i = 0; i < count; i++)
        turns += turnsOf(bight_sql_query(database, "select 1", nullptr, 0));
    EXPECT_LT(turns, count * 3 / 2u);
}

TEST_P(SqlRows, aRowThatIsWaitedForTakesOneTurn)
{
    constexpr int count = 1000;
    int told = 0;
    sql::RowFn fn = [&](const bight_sql_row &) {
        told++;
        return bight_result_wait(bight_delay(reactor, 0));
    };

    EXPECT_EQ(await(bight_sql_connect(database)).status, BIGHT_OK);
    EXPECT_LT(turnsOf(each(count, fn)), count * 3 / 2u);
    EXPECT_EQ(told, count);
}

TEST_P(SqlRows, aRowWhoseDeferredHasFiredTakesNone)
{
    constexpr int count = 1000;
    sql::RowFn fn = [](const bight_sql_row &) {
        return bight_result_wait(bight_deferred_fired(nullptr, nullptr));
    };

    EXPECT_EQ(await(bight_sql_connect(database)).status, BIGHT_OK);
    EXPECT_LT(turnsOf(each(count, fn)), count / 10u);
}

TEST_P(SqlRows, aTurnTellsTheRestOfABatchAndASliceOfTheNextAtMost)
{
    int told = 0, inTurn = 0, most = 0;
    uint64_t turn = 0;
    sql::RowFn fn = [&](const bight_sql_row &) {
        inTurn = turns() == turn ? inTurn + 1 : 1;
        turn = turns();
        most = std::max(most, inTurn);
        told++;
        return bight_result_value(nullptr);
    };

    EXPECT_EQ(await(each(5000, fn)).rows, 5000u);
    EXPECT_LE(most, 2 * 128);
    most = 0;
    openWithSmallBatches();
    EXPECT_EQ(await(each(500, fn)).rows, 500u);
    EXPECT_EQ(told, 5500);
    EXPECT_LE(most, 2); // one from the socket, one that waited for the turn
}

TEST_P(SqlRows, theLoopMayRunInsideOfTheFunction)
{
    int told = 0, inside = 0;
    sql::RowFn fn = [&](const bight_sql_row &) {
        EXPECT_EQ(inside++, 0);
        if (++told % 20 == 0)
            runFor(BIGHT_MSEC(1));
        inside--;
        return bight_result_value(nullptr);
    };

    openWithSmallBatches();
    EXPECT_EQ(await(each(100, fn)).rows, 100u);
    EXPECT_EQ(told, 100);
}

TEST_P(SqlRows, itMayBeCancelledInALoopInsideOfTheFunction)
{
    for (bool small : {false, true}) {
        int told = 0;
        bight_deferred *rows = nullptr;
        sql::RowFn fn = [&](const bight_sql_row &) {
            if (++told == 5) {
                bight_deferred_cancel(rows);
                runFor(BIGHT_MSEC(5));
            }
            return bight_result_value(nullptr);
        };

        if (small)
            openWithSmallBatches();
        rows = each(100000, fn);
        EXPECT_EQ(await(rows).status, BIGHT_ERROR_CANCELLED);
        EXPECT_EQ(field("select 1"), "1");
        EXPECT_EQ(told, 5);
    }
}

TEST_P(SqlRows, theDatabaseMayBeClosedByTheFunctionAndWhereItWaits)
{
    for (int way = 0; way < 4; way++) {
        int told = 0;
        bight_deferred *closed = nullptr;
        auto closeHere = [&] {
            closed = bight_sql_close(database);
            database = nullptr;
            return bight_result_value(nullptr);
        };
        sql::RowFn fn = [&](const bight_sql_row &) {
            if (++told < 3)
                return bight_result_value(nullptr);
            if (way / 2 == 0)
                return closeHere();
            return bight_result_wait(sql::then(bight_delay(reactor, 0), closeHere));
        };

        if (way % 2 == 1)
            openWithSmallBatches();
        EXPECT_EQ(await(each(1000, fn)).status, BIGHT_ERROR_CLOSED);
        EXPECT_EQ(await(closed).status, BIGHT_OK);
        EXPECT_EQ(told, 3);
        database = open();
    }
}

TEST_P(SqlRows, oneRowAsksForTheNextStatement)
{
    bight_sql_options options = BIGHT_SQL_OPTIONS_INIT;
    options.connections = 2;
    close(database);
    database = open(&options);
    int told = 0;
    sql::RowFn fn = [&](const bight_sql_row &) {
        told++;
        return bight_result_wait(bight_sql_query(database, "select 1", nullptr, 0));
    };

    EXPECT_EQ(await(each(50, fn)).rows, 50u);
    EXPECT_EQ(told, 50);
}

TEST_P(SqlRows, cancellingWhileARowWaitsEndsItAndTheConnectionIsGoodForMore)
{
    for (bool small : {false, true}) {
        int told = 0;
        bight_promise *promise = nullptr;
        sql::RowFn fn = [&](const bight_sql_row &) {
            return ++told < 3 ? bight_result_value(nullptr)
                              : bight_result_wait(bight_deferred_new(&promise));
        };

        if (small)
            openWithSmallBatches();
        bight_deferred *rows = each(100000, fn);
        EXPECT_TRUE(runUntil([&] { return promise != nullptr; }));
        bight_deferred_cancel(rows);
        EXPECT_EQ(await(rows).status, BIGHT_ERROR_CANCELLED);
        EXPECT_EQ(field("select 1"), "1");
        EXPECT_EQ(told, 3);
        bight_promise_free(promise);
    }
}

} // namespace
