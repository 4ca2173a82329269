// Transactions, sessions and scripts.
#include "adapters/sql/sql_suite.hpp"

#include <bight/later.h>

namespace
{

using sql::Outcome;

class SqlTransactions : public sql::Suite
{
  protected:
    Outcome transact(sql::WorkFn fn)
    {
        return await(bight_sql_transaction(database, sql::doWork, &fn));
    }
    // An insert whose deferred nobody but the chain waits for.
    static bight_deferred *insert(bight_sql *sql, int64_t number)
    {
        bight_sql_value value = bight_sql_integer(number);

        return bight_sql_execute(sql, "insert into v values ($1)", &value, 1);
    }
    std::string count()
    {
        return field("select count(*) from v");
    }
};
INSTANTIATE_TEST_SUITE_P(Databases, SqlTransactions, testing::ValuesIn(sql::backends), sql::nameOf);

TEST_P(SqlTransactions, commitWhatCameToAValue)
{
    createTable("v (i %i primary key)");
    Outcome outcome = transact([&](bight_sql *sql) {
        return bight_result_wait(
            sql::then(insert(sql, 1), [=] { return bight_result_wait(insert(sql, 2)); }));
    });
    EXPECT_EQ(outcome.status, BIGHT_OK) << outcome.message;
    EXPECT_EQ(outcome.number, 1); // what the last insert came to
    EXPECT_EQ(count(), "2");
}

TEST_P(SqlTransactions, rollBackWhatFailed)
{
    createTable("v (i %i primary key)");
    Outcome outcome = transact([&](bight_sql *sql) {
        return bight_result_wait(sql::then(insert(sql, 1), [] {
            return bight_result_error(bight_error_new(BIGHT_ERROR_REFUSED, "no"));
        }));
    });
    EXPECT_EQ(outcome.status, BIGHT_ERROR_REFUSED);
    EXPECT_EQ(count(), "0");
}

TEST_P(SqlTransactions, rollBackWhenAStatementFails)
{
    createTable("v (i %i primary key)");
    Outcome outcome = transact([&](bight_sql *sql) {
        return bight_result_wait(
            sql::then(insert(sql, 1), [=] { return bight_result_wait(insert(sql, 1)); }));
    });
    EXPECT_EQ(outcome.status, BIGHT_ERROR_EXISTS);
    EXPECT_EQ(outcome.state, "23505");
    EXPECT_EQ(count(), "0");
}

bight_result swallow(bight_result in, void *)
{
    bight_result_free(in);
    return bight_result_value(nullptr);
}

TEST_P(SqlTransactions, aFailedStatementCannotBeOverlooked)
{
    Outcome after;
    createTable("v (i %i primary key)");
    Outcome outcome = transact([&](bight_sql *sql) {
        bight_deferred *first = insert(sql, 1), *again;

        again = sql::then(first, [=] { return bight_result_wait(insert(sql, 1)); });
        bight_deferred_both(again, swallow, nullptr);
        return bight_result_wait(sql::then(again, [=] {
            bight_deferred *third = insert(sql, 3);
            bight_deferred_both(third, swallow, nullptr);
            return bight_result_wait(third);
        }));
    });
    EXPECT_EQ(outcome.status, BIGHT_ERROR_STATE);
    EXPECT_EQ(outcome.state, "23505"); // of the cause
    EXPECT_EQ(count(), "0");
}

TEST_P(SqlTransactions, rollBackWhenCancelled)
{
    createTable("v (i %i primary key)");
    bool inserted = false;
    sql::WorkFn fn = [&](bight_sql *sql) {
        return bight_result_wait(sql::then(insert(sql, 1), [&] {
            inserted = true;
            return bight_result_wait(bight_delay(reactor, BIGHT_SEC(3600)));
        }));
    };
    bight_deferred *transaction = bight_sql_transaction(database, sql::doWork, &fn);

    EXPECT_TRUE(runUntil([&] { return inserted; }));
    bight_deferred_cancel(transaction);
    bight_deferred_cancel(transaction); // again is as good as once
    EXPECT_EQ(await(transaction).status, BIGHT_ERROR_CANCELLED);
    EXPECT_EQ(count(), "0");
}

TEST_P(SqlTransactions, cancelledWhileItBeginsIsNotRun)
{
    createTable("v (i %i primary key)");
    bool called = false;
    sql::WorkFn fn = [&](bight_sql *) {
        called = true;
        return bight_result_value(nullptr);
    };
    bight_deferred *transaction = bight_sql_transaction(database, sql::doWork, &fn);

    bight_deferred_cancel(transaction);
    EXPECT_EQ(await(transaction).status, BIGHT_ERROR_CANCELLED);
    EXPECT_EQ(transact([&](bight_sql *sql) { return bight_result_wait(insert(sql, 1)); }).status,
              BIGHT_OK);
    EXPECT_EQ(count(), "1");
    EXPECT_FALSE(called);
}

TEST_P(SqlTransactions, rollBackWhenAStatementOfThemIsCancelled)
{
    createTable("v (i %i primary key)");
    Outcome outcome = transact([&](bight_sql *sql) {
        return bight_result_wait(sql::then(insert(sql, 1), [=] {
            bight_deferred *endless = bight_sql_query(sql, backend().endless, nullptr, 0);

            bight_timeout(endless, reactor, BIGHT_MSEC(20));
            return bight_result_wait(endless);
        }));
    });
    EXPECT_EQ(outcome.status, BIGHT_ERROR_TIMED_OUT);
    EXPECT_EQ(count(), "0");
}

TEST_P(SqlTransactions, statementsThatNobodyWaitsForAreCommittedToo)
{
    createTable("v (i %i primary key)");
    Outcome outcome = transact([&](bight_sql *sql) {
        for (int i = 0; i < 10; i++)
            bight_deferred_free(insert(sql, i));
        return bight_result_value(nullptr);
    });
    EXPECT_EQ(outcome.status, BIGHT_OK) << outcome.message;
    EXPECT_EQ(count(), "10");
}

TEST_P(SqlTransactions, aFailureAmongThoseThatNobodyWaitsForRollsBack)
{
    createTable("v (i %i primary key)");
    Outcome outcome = transact([&](bight_sql *sql) {
        for (int i : {1, 2, 1, 3})
            bight_deferred_free(bight_deferred_both(insert(sql, i), swallow, nullptr));
        return bight_result_value(nullptr);
    });
    EXPECT_EQ(outcome.status, BIGHT_ERROR_STATE);
    EXPECT_EQ(outcome.state, "23505");
    EXPECT_EQ(count(), "0");
}

TEST_P(SqlTransactions, areNotSeenByOthersBeforeTheyAreCommitted)
{
    createTable("v (i %i primary key)");
    Outcome outcome = transact([&](bight_sql *sql) {
        return bight_result_wait(sql::then(insert(sql, 1), [&] {
            return bight_result_wait(
                bight_sql_query(database, "select count(*) from v", nullptr, 0));
        }));
    });
    EXPECT_EQ(outcome.status, BIGHT_OK) << outcome.message;
    EXPECT_EQ(outcome.text(), "0");
    EXPECT_EQ(count(), "1");
}

TEST_P(SqlTransactions, manyAtATimeAllHappenOnce)
{
    createTable("v (i %i)");
    mustExecute("insert into v values (0)");
    sql::WorkFn fn = [&](bight_sql *sql) {
        return bight_result_wait(bight_sql_execute(sql, "update v set i = i + 1", nullptr, 0));
    };
    std::vector<bight_deferred *> all;

    for (int i = 0; i < 20; i++)
        all.push_back(bight_sql_transaction(database, sql::doWork, &fn));
    for (bight_deferred *one : all)
        EXPECT_EQ(await(one).status, BIGHT_OK);
    EXPECT_EQ(field("select i from v"), "20");
}

TEST_P(SqlTransactions, aCommitThatTheDatabaseRefusesIsAnErrorAndNothingIsLeft)
{
    createTable("p (i %i primary key)");
    createTable("v (i %i references p (i) deferrable initially deferred)");
    Outcome outcome = transact([&](bight_sql *sql) { return bight_result_wait(insert(sql, 99)); });
    EXPECT_EQ(outcome.status, BIGHT_ERROR_INVALID);
    EXPECT_EQ(outcome.state, "23503");
    EXPECT_EQ(count(), "0");
    EXPECT_EQ(transact([&](bight_sql *sql) {
                  return bight_result_wait(
                      bight_sql_execute(sql, "insert into p values (1)", nullptr, 0));
              }).status,
              BIGHT_OK);
}

TEST_P(SqlTransactions, rowsCanBeToldInOne)
{
    int told = 0;
    sql::RowFn fn = [&](const bight_sql_row &) {
        told++;
        return bight_result_value(nullptr);
    };
    Outcome outcome = transact([&](bight_sql *sql) {
        return bight_result_wait(
            bight_sql_each(sql, sql::series(1000).c_str(), nullptr, 0, sql::tellRow, &fn));
    });
    EXPECT_EQ(outcome.rows, 1000u) << outcome.message;
    EXPECT_EQ(told, 1000);
}

TEST_P(SqlTransactions, areNotBegunByAStatement)
{
    createTable("v (i %i)");
    Outcome outcome = execute(database, "begin");
    EXPECT_EQ(outcome.status, BIGHT_ERROR_STATE);
    mustExecute("insert into v values (1)");
    bight_sql *other = open();
    EXPECT_EQ(query(other, "select count(*) from v").text(), "1");
    close(other);
}

TEST_P(SqlTransactions, failWhenTheDatabaseIsClosedAndNothingIsLeft)
{
    createTable("v (i %i primary key)");
    bool inserted = false;
    sql::WorkFn fn = [&](bight_sql *sql) {
        return bight_result_wait(sql::then(insert(sql, 1), [&, sql] {
            inserted = true;
            return bight_result_wait(bight_sql_query(sql, backend().endless, nullptr, 0));
        }));
    };
    bight_deferred *transaction = bight_sql_transaction(database, sql::doWork, &fn);

    EXPECT_TRUE(runUntil([&] { return inserted; }));
    bight_deferred *closed = bight_sql_close(database);
    database = nullptr;
    EXPECT_TRUE(bight_deferred_is_done(transaction));
    EXPECT_EQ(await(transaction).status, BIGHT_ERROR_CLOSED);
    EXPECT_EQ(await(closed).status, BIGHT_OK);
    database = open();
    EXPECT_EQ(count(), "0");
}

TEST_P(SqlTransactions, aStepThatOutlivesTheDatabaseDoesNotHoldItBack)
{
    sql::WorkFn fn = [&](bight_sql *) {
        return bight_result_wait(bight_delay(reactor, BIGHT_SEC(1)));
    };
    bight_deferred *transaction = bight_sql_transaction(database, sql::doWork, &fn);

    EXPECT_EQ(await(bight_sql_connect(database)).status, BIGHT_OK);
    runFor(BIGHT_MSEC(20));
    close(database);
    database = nullptr;
    EXPECT_FALSE(bight_deferred_is_done(transaction));
    EXPECT_EQ(await(transaction).status, BIGHT_ERROR_STATE);
}

// -- Sessions --

TEST_P(SqlTransactions, aSessionKeepsItsConnection)
{
    sql::WorkFn fn = [&](bight_sql *sql) {
        bight_deferred_free(
            bight_sql_execute(sql, types("create temp table t (i %i)").c_str(), nullptr, 0));
        bight_deferred_free(bight_sql_execute(sql, "insert into t values (5)", nullptr, 0));
        return bight_result_wait(bight_sql_query(sql, "select i from t", nullptr, 0));
    };
    EXPECT_EQ(await(bight_sql_session(database, sql::doWork, &fn)).text(), "5");
}

TEST_P(SqlTransactions, aSessionBeginsAndCommitsByItself)
{
    createTable("v (i %i primary key)");
    sql::WorkFn fn = [&](bight_sql *sql) {
        for (const char *each :
             {"begin", "insert into v values (1)", "commit", "begin", "insert into v values (2)"})
            bight_deferred_free(bight_sql_execute(sql, each, nullptr, 0));
        return bight_result_wait(bight_sql_query(sql, "select count(*) from v", nullptr, 0));
    };
    EXPECT_EQ(await(bight_sql_session(database, sql::doWork, &fn)).text(), "2");
    EXPECT_EQ(count(), "1"); // what was left open was rolled back
}

TEST_P(SqlTransactions, aSessionGoesOnAfterAnError)
{
    sql::WorkFn fn = [&](bight_sql *sql) {
        bight_deferred *bad = bight_sql_execute(sql, "nonsense", nullptr, 0);

        bight_deferred_both(bad, swallow, nullptr);
        return bight_result_wait(sql::then(
            bad, [=] { return bight_result_wait(bight_sql_query(sql, "select 1", nullptr, 0)); }));
    };
    EXPECT_EQ(await(bight_sql_session(database, sql::doWork, &fn)).text(), "1");
}

// -- Scripts --

TEST_P(SqlTransactions, aScriptRunsOneStatementAfterTheOther)
{
    std::string text = types("create table v (i %i, t %t); -- a comment; with a sign\n"
                             "insert into v values (1, 'a;b');\n\n"
                             "/* ; */ insert into v values (2, '');;\n"
                             "begin; delete from v where i = 2; commit");

    Outcome outcome = await(bight_sql_script(database, text.c_str()));
    EXPECT_EQ(outcome.status, BIGHT_OK) << outcome.message;
    EXPECT_EQ(outcome.number, 6);
    EXPECT_EQ(query(database, "select i, t from v").text(), "1|'a;b'");
}

TEST_P(SqlTransactions, aScriptEndsWithTheFirstThatFails)
{
    createTable("v (i %i)");
    Outcome outcome = await(
        bight_sql_script(database, "insert into v values (1); nonsense; insert into v values (2)"));
    EXPECT_EQ(outcome.status, BIGHT_ERROR_INVALID);
    EXPECT_EQ(count(), "1");
}

TEST_P(SqlTransactions, aScriptInATransactionHappensWhollyOrNotAtAll)
{
    createTable("v (i %i)");
    Outcome outcome = transact([&](bight_sql *sql) {
        return bight_result_wait(bight_sql_script(sql, "insert into v values (1); nonsense"));
    });
    EXPECT_EQ(outcome.status, BIGHT_ERROR_INVALID);
    EXPECT_EQ(count(), "0");
}

} // namespace
