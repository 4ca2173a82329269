// The connections of a database: limits, who waits, and the end of it all.
#include "adapters/sql/sql_suite.hpp"

#include <bight/later.h>

namespace
{

using sql::Outcome;

class SqlPool : public sql::Suite
{
  protected:
    bight_sql_counts countsOf(bight_sql *sql)
    {
        bight_sql_counts counts = {sizeof(counts), 0, 0, 0};

        bight_sql_get_counts(sql, &counts);
        return counts;
    }
    bight_deferred *ask(bight_sql *sql, const char *statement)
    {
        return bight_sql_query(sql, statement, nullptr, 0);
    }
};
INSTANTIATE_TEST_SUITE_P(Databases, SqlPool, testing::ValuesIn(sql::backends), sql::nameOf);

TEST_P(SqlPool, noConnectionIsMadeBeforeThereIsWork)
{
    support::ThreadGuard threads;
    bight_sql *idle = open();

    runFor(BIGHT_MSEC(5));
    EXPECT_EQ(countsOf(idle).connections, 0u);
    EXPECT_FALSE(threads.more());
    close(idle);
}

TEST_P(SqlPool, connectionsAreUsedAgain)
{
    for (int i = 0; i < 10; i++)
        EXPECT_EQ(field("select 1"), "1");
    EXPECT_EQ(countsOf(database).connections, 1u);
    EXPECT_EQ(countsOf(database).idle, 1u);
}

TEST_P(SqlPool, noMoreConnectionsThanAllowed)
{
    bight_sql_options options = BIGHT_SQL_OPTIONS_INIT;
    options.connections = 2;
    bight_sql *two = open(&options);
    std::vector<bight_deferred *> all;

    for (int i = 0; i < 20; i++) {
        all.push_back(ask(two, "select 1"));
        EXPECT_LE(countsOf(two).connections, 2u);
    }
    EXPECT_EQ(countsOf(two).waiting, 20u);
    for (bight_deferred *one : all)
        EXPECT_EQ(await(one).text(), "1");
    EXPECT_LE(countsOf(two).connections, 2u);
    close(two);
}

TEST_P(SqlPool, statementsOfOneConnectionRunInOrder)
{
    bight_sql_options options = BIGHT_SQL_OPTIONS_INIT;
    options.connections = 1;
    bight_sql *one = open(&options);
    std::string order;

    for (char c : {'a', 'b', 'c', 'd'})
        bight_deferred_free(sql::then(ask(one, "select 1"), [&order, c] {
            order += c;
            return bight_result_value(nullptr);
        }));
    EXPECT_TRUE(runUntil([&] { return order.size() == 4; }));
    EXPECT_EQ(order, "abcd");
    close(one);
}

TEST_P(SqlPool, whoComesWhenTooManyWaitIsTurnedAway)
{
    bight_sql_options options = BIGHT_SQL_OPTIONS_INIT;
    options.connections = 1;
    options.waiting = 2;
    bight_sql *one = open(&options);
    EXPECT_EQ(await(bight_sql_connect(one)).status, BIGHT_OK);
    bight_deferred *running = ask(one, backend().endless);
    bight_deferred *first = ask(one, "select 1"), *second = ask(one, "select 2");
    bight_deferred *refused = ask(one, "select 3");

    EXPECT_TRUE(bight_deferred_is_done(refused));
    EXPECT_EQ(await(refused).status, BIGHT_ERROR_LIMIT);
    bight_deferred_cancel(first);
    EXPECT_EQ(countsOf(one).waiting, 1u);
    EXPECT_EQ(await(first).status, BIGHT_ERROR_CANCELLED);
    bight_deferred_cancel(running);
    EXPECT_EQ(await(running).status, BIGHT_ERROR_CANCELLED);
    EXPECT_EQ(await(second).text(), "2");
    close(one);
}

TEST_P(SqlPool, closingFailsAllThatWaitsAndRuns)
{
    bight_sql_options options = BIGHT_SQL_OPTIONS_INIT;
    options.connections = 2;
    bight_sql *two = open(&options);
    std::vector<bight_deferred *> all = {ask(two, backend().endless), ask(two, backend().endless),
                                         ask(two, "select 1"), bight_sql_connect(two)};

    runFor(BIGHT_MSEC(20));
    bight_deferred *closed = bight_sql_close(two);
    for (bight_deferred *one : all) {
        EXPECT_TRUE(bight_deferred_is_done(one));
        EXPECT_EQ(await(one).status, BIGHT_ERROR_CLOSED);
    }
    EXPECT_EQ(await(closed).status, BIGHT_OK);
}

TEST_P(SqlPool, nothingIsLeftOnceTheCloseHasFired)
{
    support::FdGuard fds;
    support::ThreadGuard threads;
    bight_sql *sql = open();

    EXPECT_EQ(query(sql, "select 1").text(), "1");
    if (backend().threads)
        EXPECT_TRUE(threads.more());
    else
        EXPECT_FALSE(threads.more());
    close(sql);
    EXPECT_EQ(fds.leaked(), "");
}

TEST_P(SqlPool, closingWhileItConnectsIsLegal)
{
    bight_sql *sql = open();
    bight_deferred *connecting = bight_sql_connect(sql);

    close(sql);
    EXPECT_EQ(await(connecting).status, BIGHT_ERROR_CLOSED);
}

TEST_P(SqlPool, freeingWithoutWaitingIsLegal)
{
    bight_sql *sql = open();
    bight_deferred *endless = ask(sql, backend().endless);

    runFor(BIGHT_MSEC(10));
    bight_sql_free(sql);
    EXPECT_EQ(await(endless).status, BIGHT_ERROR_CLOSED);
    bight_sql_free(nullptr);
}

TEST_P(SqlPool, closingWhileARowIsToldIsLegal)
{
    int told = 0;
    sql::RowFn fn = [&](const bight_sql_row &) {
        if (++told == 3) {
            bight_sql_free(database);
            database = nullptr;
        }
        return bight_result_value(nullptr);
    };
    Outcome outcome =
        await(bight_sql_each(database, sql::series(100000).c_str(), nullptr, 0, sql::tellRow, &fn));

    EXPECT_EQ(outcome.status, BIGHT_ERROR_CLOSED);
    EXPECT_EQ(told, 3);
}

TEST_P(SqlPool, closingInAStepIsLegal)
{
    bight_deferred *other = ask(database, backend().endless);
    bight_deferred *first = sql::then(ask(database, "select 1"), [&] {
        bight_sql_free(database);
        database = nullptr;
        return bight_result_value(nullptr);
    });

    EXPECT_EQ(await(first).status, BIGHT_OK);
    EXPECT_EQ(await(other).status, BIGHT_ERROR_CLOSED);
}

TEST_P(SqlPool, theReactorMayGoFirst)
{
    bight_deferred *running = ask(database, backend().endless);
    bight_deferred *connecting = bight_sql_connect(database);

    runFor(BIGHT_MSEC(10));
    freeReactor();
    bight_sql_free(database);
    database = nullptr;
    for (bight_deferred *one : {running, connecting}) {
        EXPECT_TRUE(bight_deferred_is_done(one));
        bight_result result = bight_result_value(nullptr);
        EXPECT_TRUE(bight_deferred_take(one, &result));
        bight_result_free(result);
        bight_deferred_free(one);
    }
}

TEST_P(SqlPool, theReactorMayGoWhileATransactionRuns)
{
    sql::WorkFn fn = [&](bight_sql *sql) {
        return bight_result_wait(sql::then(
            ask(sql, "select 1"), [=] { return bight_result_wait(ask(sql, backend().endless)); }));
    };
    bight_deferred *transaction = bight_sql_transaction(database, sql::doWork, &fn);

    runFor(BIGHT_MSEC(20));
    freeReactor();
    bight_sql_free(database);
    database = nullptr;
    EXPECT_TRUE(bight_deferred_is_done(transaction));
    bight_deferred_both(
        transaction,
        [](bight_result in, void *) {
            EXPECT_NE(in.error, nullptr);
            bight_result_free(in);
            return bight_result_value(nullptr);
        },
        nullptr);
    bight_deferred_free(transaction);
}

TEST_P(SqlPool, channelsAreThereOrItIsSaid)
{
    bight_sql_listener *listener = nullptr;

    if (backend().channels)
        GTEST_SKIP() << "it has channels: see its own tests";
    bight_deferred *listening = bight_sql_listen(
        database, "news", [](bight_sql_listener *, const char *, void *) {}, nullptr, &listener);
    EXPECT_EQ(await(listening).status, BIGHT_ERROR_UNSUPPORTED);
    EXPECT_NE(listener, nullptr);
    bight_sql_listener_free(listener);
    EXPECT_EQ(await(bight_sql_notify(database, "news", "")).status, BIGHT_ERROR_UNSUPPORTED);
}

// -- Limits of time --

TEST_P(SqlPool, noTimeIsNotWaitedForALock)
{
    bight_sql_options options = BIGHT_SQL_OPTIONS_INIT;
    options.busy_timeout = 0;
    bight_sql *hasty = open(&options);
    createTable("v (i %i)");
    mustExecute("insert into v values (1)");
    sql::WorkFn hold = [&](bight_sql *in) {
        return bight_result_wait(
            sql::then(bight_sql_execute(in, "update v set i = 2", nullptr, 0), [&] {
                return bight_result_wait(
                    bight_sql_execute(hasty, "update v set i = 3", nullptr, 0));
            }));
    };
    Outcome outcome = await(bight_sql_transaction(database, sql::doWork, &hold));

    EXPECT_EQ(outcome.status, BIGHT_ERROR_TIMED_OUT) << outcome.message;
    EXPECT_EQ(outcome.state, "55P03");
    EXPECT_EQ(execute(hasty, "update v set i = 4").number, 1);
    close(hasty);
}

TEST_P(SqlPool, neverIsNoLimitOfAnyTime)
{
    bight_sql_options options = BIGHT_SQL_OPTIONS_INIT;
    options.busy_timeout = BIGHT_NEVER;
    options.connect_timeout = BIGHT_NEVER;
    bight_sql *patient = open(&options);
    Outcome connected = await(bight_sql_connect(patient));
    ASSERT_EQ(connected.status, BIGHT_OK) << connected.message;
    createTable("v (i %i)");
    mustExecute("insert into v values (1)");
    bight_deferred *update = nullptr;
    sql::WorkFn hold = [&](bight_sql *in) {
        return bight_result_wait(
            sql::then(bight_sql_execute(in, "update v set i = 2", nullptr, 0), [&] {
                update = bight_sql_execute(patient, "update v set i = 3", nullptr, 0);
                return bight_result_wait(bight_delay(reactor, BIGHT_MSEC(30)));
            }));
    };

    EXPECT_EQ(await(bight_sql_transaction(database, sql::doWork, &hold)).status, BIGHT_OK);
    EXPECT_EQ(await(update).number, 1);
    EXPECT_EQ(field("select i from v"), "3");
    close(patient);
}

TEST_P(SqlPool, waitsForAConnectionAsLongAsItIsTold)
{
    std::string sign = address.find('?') == std::string::npos ? "?" : "&";
    bight_sql *one = openAt(address + sign + "connections=1&wait_timeout=0.02");
    bight_deferred *late = nullptr;
    sql::WorkFn work = [&](bight_sql *in) {
        late = bight_sql_query(one, "select 1", nullptr, 0);
        return bight_result_wait(sql::then(
            bight_deferred_of(bight_result_wait(bight_delay(reactor, BIGHT_MSEC(200)))),
            [=] { return bight_result_wait(bight_sql_query(in, "select 2", nullptr, 0)); }));
    };
    Outcome outcome = await(bight_sql_transaction(one, sql::doWork, &work));

    EXPECT_EQ(outcome.text(), "2") << outcome.message;
    outcome = await(late);
    EXPECT_EQ(outcome.status, BIGHT_ERROR_TIMED_OUT);
    EXPECT_NE(outcome.message.find("in use for too long"), std::string::npos) << outcome.message;
    EXPECT_EQ(query(one, "select 3").text(), "3");
    close(one);
}

// Each holds a connection and waits for another one: that ends with an error, and not never.
TEST_P(SqlPool, moreReadersThanConnectionsAreAnErrorAndNoDeadlock)
{
    std::string sign = address.find('?') == std::string::npos ? "?" : "&";
    bight_sql *two = openAt(address + sign + "connections=2&wait_timeout=0.05");
    sql::RowFn fn = [&](const bight_sql_row &) {
        return bight_result_wait(bight_sql_query(two, "select 1", nullptr, 0));
    };
    bight_deferred *readers[2];
    for (bight_deferred *&each : readers)
        each = bight_sql_each(two, "select 1", nullptr, 0, sql::tellRow, &fn);
    int failed = 0;
    for (bight_deferred *each : readers)
        failed += await(each).status == BIGHT_ERROR_TIMED_OUT ? 1 : 0;

    EXPECT_GE(failed, 1);
    EXPECT_EQ(query(two, "select 3").text(), "3");
    close(two);
}

TEST_P(SqlPool, aRowFunctionCannotUseTheTransactionThatItReads)
{
    sql::WorkFn work = [&](bight_sql *in) {
        static sql::RowFn fn;
        fn = [in](const bight_sql_row &) {
            return bight_result_wait(bight_sql_query(in, "select 1", nullptr, 0));
        };
        return bight_result_wait(
            bight_sql_each(in, "select 1 union select 2", nullptr, 0, sql::tellRow, &fn));
    };
    Outcome outcome = await(bight_sql_transaction(database, sql::doWork, &work));

    EXPECT_EQ(outcome.status, BIGHT_ERROR_STATE);
    EXPECT_NE(outcome.message.find("row function"), std::string::npos) << outcome.message;
    EXPECT_EQ(field("select 3"), "3");
}

TEST_P(SqlPool, refusesAWrongParameterOfTheAddress)
{
    std::string sign = address.find('?') == std::string::npos ? "?" : "&";
    for (const char *wrong :
         {"connections=0", "connections=x", "statements=-1", "busy_timeout=1.2.3",
          "connect_timeout=", "wait_timeout=99999999999999"}) {
        bight_error *error = nullptr;
        bight_sql *sql = nullptr;
        EXPECT_EQ(bight_sql_open(reactor, (address + sign + wrong).c_str(), nullptr, &error, &sql),
                  BIGHT_ERROR_INVALID)
            << wrong;
        bight_error_unref(error);
    }
}

} // namespace
