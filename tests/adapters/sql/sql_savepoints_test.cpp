// Transactions in transactions and in sessions.
#include "adapters/sql/sql_suite.hpp"

#include <array>
#include <bight/later.h>

namespace
{

using sql::Outcome;

bight_result swallow(bight_result in, void *)
{
    bight_result_free(in);
    return bight_result_value(nullptr);
}

bight_result refuse()
{
    return bight_result_error(bight_error_new(BIGHT_ERROR_REFUSED, "no"));
}

// What a deferred comes to is kept here, and the chain goes on with a value.
bight_result keep(bight_result in, void *status)
{
    *static_cast<bight_status *>(status) =
        in.error != nullptr ? bight_error_get_status(in.error) : BIGHT_OK;
    return swallow(in, nullptr);
}

class SqlSavepoints : public sql::Suite
{
  protected:
    void SetUp() override
    {
        Suite::SetUp();
        if (!IsSkipped())
            createTable("v (i %i primary key)");
    }
    Outcome transact(sql::WorkFn fn)
    {
        return await(bight_sql_transaction(database, sql::doWork, &fn));
    }
    static bight_deferred *insert(bight_sql *sql, int64_t number)
    {
        bight_sql_value value = bight_sql_integer(number);

        return bight_sql_execute(sql, "insert into v values ($1)", &value, 1);
    }
    std::string numbers()
    {
        return query(database, "select i from v order by i").text();
    }
};
INSTANTIATE_TEST_SUITE_P(Databases, SqlSavepoints, testing::ValuesIn(sql::backends), sql::nameOf);

TEST_P(SqlSavepoints, whatIsInsideIsUndoneAlone)
{
    sql::WorkFn inside = [](bight_sql *sql) {
        return bight_result_wait(sql::then(insert(sql, 2), refuse));
    };
    bight_status status = BIGHT_OK;
    Outcome outcome = transact([&](bight_sql *sql) {
        bight_deferred_free(insert(sql, 1));
        bight_deferred *inner = bight_sql_transaction(sql, sql::doWork, &inside);

        bight_deferred_both(inner, keep, &status);
        return bight_result_wait(
            sql::then(inner, [=] { return bight_result_wait(insert(sql, 3)); }));
    });
    EXPECT_EQ(outcome.status, BIGHT_OK) << outcome.message;
    EXPECT_EQ(status, BIGHT_ERROR_REFUSED);
    EXPECT_EQ(numbers(), "1\n3");
}

TEST_P(SqlSavepoints, whatIsInsideIsCommittedWithWhatIsAround)
{
    sql::WorkFn inside = [](bight_sql *sql) { return bight_result_wait(insert(sql, 2)); };
    auto around = [&](bight_result (*end)()) {
        return transact([&inside, end](bight_sql *sql) {
            return bight_result_wait(
                sql::then(bight_sql_transaction(sql, sql::doWork, &inside), end));
        });
    };
    EXPECT_EQ(around(refuse).status, BIGHT_ERROR_REFUSED);
    EXPECT_EQ(numbers(), "");
    EXPECT_EQ(around([] { return bight_result_value(nullptr); }).status, BIGHT_OK);
    EXPECT_EQ(numbers(), "2");
}

TEST_P(SqlSavepoints, aStatementThatFailsInsideDoesNotEndWhatIsAround)
{
    sql::WorkFn inside = [](bight_sql *sql) {
        return bight_result_wait(
            sql::then(insert(sql, 2), [=] { return bight_result_wait(insert(sql, 1)); }));
    };
    bight_status status = BIGHT_OK;
    Outcome outcome = transact([&](bight_sql *sql) {
        bight_deferred_free(insert(sql, 1));
        return bight_result_wait(
            bight_deferred_both(bight_sql_transaction(sql, sql::doWork, &inside), keep, &status));
    });
    EXPECT_EQ(outcome.status, BIGHT_OK) << outcome.message;
    EXPECT_EQ(status, BIGHT_ERROR_EXISTS);
    EXPECT_EQ(numbers(), "1");
}

TEST_P(SqlSavepoints, goAsDeepAsOneLikes)
{
    static constexpr int deepest = 8;
    struct Level {
        int depth;
        // Each inserts its depth, and what is inside; the one in the middle is undone.
        static bight_result run(bight_sql *sql, void *data)
        {
            auto *self = static_cast<Level *>(data);

            if (self->depth == deepest)
                return bight_result_wait(insert(sql, self->depth));
            bight_deferred_free(insert(sql, self->depth));
            bight_deferred *inner = bight_sql_transaction(sql, run, self + 1);
            if (self->depth == 4)
                return bight_result_wait(sql::then(inner, refuse));
            return bight_result_wait(bight_deferred_both(inner, swallow, nullptr));
        }
    };
    std::array<Level, deepest> levels{};

    for (int i = 0; i < deepest; i++)
        levels.at(static_cast<std::size_t>(i)).depth = i + 1;
    EXPECT_EQ(await(bight_sql_transaction(database, Level::run, levels.data())).status, BIGHT_OK);
    EXPECT_EQ(numbers(), "1\n2\n3");
}

TEST_P(SqlSavepoints, oneAfterTheOther)
{
    sql::WorkFn good = [](bight_sql *sql) { return bight_result_wait(insert(sql, 1)); };
    sql::WorkFn bad = [](bight_sql *sql) {
        return bight_result_wait(sql::then(insert(sql, 2), refuse));
    };
    Outcome outcome = transact([&](bight_sql *sql) {
        bight_deferred *first = bight_sql_transaction(sql, sql::doWork, &bad);

        bight_deferred_both(first, swallow, nullptr);
        bight_deferred *second = sql::then(first, [&, sql] {
            return bight_result_wait(bight_sql_transaction(sql, sql::doWork, &good));
        });
        return bight_result_wait(bight_deferred_both(
            sql::then(second,
                      [&, sql] {
                          return bight_result_wait(bight_sql_transaction(sql, sql::doWork, &bad));
                      }),
            swallow, nullptr));
    });
    EXPECT_EQ(outcome.status, BIGHT_OK) << outcome.message;
    EXPECT_EQ(numbers(), "1");
}

// Which of them it would belong to is not to be guessed.
TEST_P(SqlSavepoints, whatIsAroundTakesNothingMeanwhile)
{
    bight_status statement = BIGHT_OK, second = BIGHT_OK;
    bight_sql *outer = nullptr;
    sql::WorkFn never = [](bight_sql *) { return bight_result_value(nullptr); };
    sql::WorkFn inside = [&](bight_sql *sql) {
        bight_deferred_free(bight_deferred_both(insert(outer, 5), keep, &statement));
        bight_deferred_free(
            bight_deferred_both(bight_sql_transaction(outer, sql::doWork, &never), keep, &second));
        return bight_result_wait(insert(sql, 1));
    };
    Outcome outcome = transact([&](bight_sql *sql) {
        outer = sql;
        return bight_result_wait(bight_sql_transaction(sql, sql::doWork, &inside));
    });
    EXPECT_EQ(outcome.status, BIGHT_OK) << outcome.message;
    EXPECT_EQ(statement, BIGHT_ERROR_STATE);
    EXPECT_EQ(second, BIGHT_ERROR_STATE);
    EXPECT_EQ(numbers(), "1");
}

TEST_P(SqlSavepoints, oneThatNobodyWaitsForIsCommittedToo)
{
    sql::WorkFn inside = [](bight_sql *sql) {
        bight_deferred_free(insert(sql, 1));
        return bight_result_wait(insert(sql, 2));
    };
    Outcome outcome = transact([&](bight_sql *sql) {
        bight_deferred_free(bight_sql_transaction(sql, sql::doWork, &inside));
        return bight_result_value(nullptr);
    });
    EXPECT_EQ(outcome.status, BIGHT_OK) << outcome.message;
    EXPECT_EQ(numbers(), "1\n2");
}

TEST_P(SqlSavepoints, oneThatNobodyWaitsForGoesWithWhatIsAround)
{
    bight_status late = BIGHT_OK;
    bight_promise *around = nullptr, *within = nullptr;
    bight_deferred *inner = nullptr;
    sql::WorkFn inside = [&](bight_sql *sql) {
        bight_deferred_free(bight_deferred_both(bight_sql_query(sql, backend().endless, nullptr, 0),
                                                swallow, nullptr));
        return bight_result_wait(sql::then(bight_deferred_new(&within), [&, sql] {
            return bight_result_wait(bight_deferred_both(insert(sql, 2), keep, &late));
        }));
    };
    sql::WorkFn fn = [&](bight_sql *sql) {
        inner = bight_sql_transaction(sql, sql::doWork, &inside);
        return bight_result_wait(bight_deferred_new(&around));
    };
    bight_deferred *outer = bight_sql_transaction(database, sql::doWork, &fn);

    EXPECT_TRUE(runUntil([&] { return within != nullptr; }));
    bight_promise_complete(around, refuse());
    EXPECT_EQ(await(outer).status, BIGHT_ERROR_REFUSED);
    bight_promise_complete(within, bight_result_value(nullptr));
    EXPECT_EQ(await(inner).status, BIGHT_ERROR_STATE);
    EXPECT_EQ(late, BIGHT_ERROR_STATE);
    EXPECT_EQ(numbers(), "");
    EXPECT_EQ(transact([](bight_sql *sql) { return bight_result_wait(insert(sql, 7)); }).status,
              BIGHT_OK);
}

TEST_P(SqlSavepoints, aStatementMayOutliveTheOneItWasGivenTo)
{
    bight_promise *around = nullptr, *within = nullptr;
    bight_deferred *inner = nullptr;
    sql::WorkFn inside = [&](bight_sql *sql) {
        bight_deferred_free(bight_deferred_both(bight_sql_query(sql, backend().endless, nullptr, 0),
                                                swallow, nullptr));
        return bight_result_wait(bight_deferred_new(&within));
    };
    sql::WorkFn fn = [&](bight_sql *sql) {
        inner = bight_sql_transaction(sql, sql::doWork, &inside);
        return bight_result_wait(bight_deferred_new(&around));
    };
    bight_deferred *outer = bight_sql_transaction(database, sql::doWork, &fn);

    EXPECT_TRUE(runUntil([&] { return within != nullptr; }));
    bight_promise_complete(around, refuse());
    bight_promise_complete(within, bight_result_value(nullptr));
    EXPECT_EQ(await(inner).status, BIGHT_ERROR_STATE);
    EXPECT_EQ(await(outer).status, BIGHT_ERROR_REFUSED);
}

TEST_P(SqlSavepoints, aCancelOfWhatIsAroundUndoesAll)
{
    bool inserted = false;
    sql::WorkFn inside = [&](bight_sql *sql) {
        return bight_result_wait(sql::then(insert(sql, 2), [&] {
            inserted = true;
            return bight_result_wait(bight_delay(reactor, BIGHT_SEC(3600)));
        }));
    };
    sql::WorkFn fn = [&](bight_sql *sql) {
        bight_deferred_free(insert(sql, 1));
        return bight_result_wait(bight_sql_transaction(sql, sql::doWork, &inside));
    };
    bight_deferred *transaction = bight_sql_transaction(database, sql::doWork, &fn);

    EXPECT_TRUE(runUntil([&] { return inserted; }));
    bight_deferred_cancel(transaction);
    EXPECT_EQ(await(transaction).status, BIGHT_ERROR_CANCELLED);
    EXPECT_EQ(numbers(), "");
}

TEST_P(SqlSavepoints, aCancelUndoesWhatIsInsideAlone)
{
    bight_status status = BIGHT_OK;
    sql::WorkFn inside = [&](bight_sql *sql) {
        bight_deferred_free(insert(sql, 2));
        return bight_result_wait(bight_sql_query(sql, backend().endless, nullptr, 0));
    };
    Outcome outcome = transact([&](bight_sql *sql) {
        bight_deferred_free(insert(sql, 1));
        bight_deferred *inner = bight_sql_transaction(sql, sql::doWork, &inside);

        bight_timeout(inner, reactor, BIGHT_MSEC(20));
        bight_deferred_both(inner, keep, &status);
        return bight_result_wait(
            sql::then(inner, [=] { return bight_result_wait(insert(sql, 3)); }));
    });
    EXPECT_EQ(outcome.status, BIGHT_OK) << outcome.message;
    EXPECT_EQ(status, BIGHT_ERROR_TIMED_OUT);
    EXPECT_EQ(numbers(), "1\n3");
}

TEST_P(SqlSavepoints, oneThatIsCancelledWhileItBeginsIsNotRun)
{
    for (bool queued : {false, true}) {
        bool called = false;
        sql::WorkFn inside = [&](bight_sql *) {
            called = true;
            return bight_result_value(nullptr);
        };
        mustExecute("delete from v");
        Outcome outcome = transact([&](bight_sql *sql) {
            if (queued)
                bight_deferred_free(insert(sql, 1));
            bight_deferred *inner = bight_sql_transaction(sql, sql::doWork, &inside);

            bight_deferred_cancel(inner);
            bight_deferred_both(inner, swallow, nullptr);
            return bight_result_wait(
                sql::then(inner, [=] { return bight_result_wait(insert(sql, 3)); }));
        });
        EXPECT_EQ(outcome.status, BIGHT_OK) << outcome.message;
        EXPECT_FALSE(called);
        EXPECT_EQ(numbers(), queued ? "1\n3" : "3");
    }
}

TEST_P(SqlSavepoints, areNotBegunInWhatHasFailed)
{
    sql::WorkFn never = [](bight_sql *) { return bight_result_value(nullptr); };
    bight_status status = BIGHT_OK;
    Outcome outcome = transact([&](bight_sql *sql) {
        bight_deferred_free(insert(sql, 1));
        bight_deferred_free(bight_deferred_both(insert(sql, 1), swallow, nullptr));
        return bight_result_wait(
            bight_deferred_both(bight_sql_transaction(sql, sql::doWork, &never), keep, &status));
    });
    EXPECT_EQ(outcome.status, BIGHT_ERROR_STATE);
    EXPECT_EQ(status, BIGHT_ERROR_STATE);
    EXPECT_EQ(numbers(), "");
}

TEST_P(SqlSavepoints, failWhenTheDatabaseIsClosed)
{
    bool inserted = false;
    sql::WorkFn inside = [&](bight_sql *sql) {
        return bight_result_wait(sql::then(insert(sql, 1), [&, sql] {
            inserted = true;
            return bight_result_wait(bight_sql_query(sql, backend().endless, nullptr, 0));
        }));
    };
    sql::WorkFn fn = [&](bight_sql *sql) {
        return bight_result_wait(bight_sql_transaction(sql, sql::doWork, &inside));
    };
    bight_deferred *transaction = bight_sql_transaction(database, sql::doWork, &fn);

    EXPECT_TRUE(runUntil([&] { return inserted; }));
    close(database);
    EXPECT_EQ(await(transaction).status, BIGHT_ERROR_CLOSED);
    database = open();
    EXPECT_EQ(numbers(), "");
}

// -- In sessions --

TEST_P(SqlSavepoints, aSessionHoldsTransactionsThatAreCommittedByThemselves)
{
    sql::WorkFn good = [](bight_sql *sql) { return bight_result_wait(insert(sql, 1)); };
    sql::WorkFn bad = [](bight_sql *sql) {
        return bight_result_wait(sql::then(insert(sql, 2), refuse));
    };
    sql::WorkFn fn = [&](bight_sql *sql) {
        bight_deferred *first = bight_sql_transaction(sql, sql::doWork, &good);

        bight_deferred *second = sql::then(first, [&, sql] {
            return bight_result_wait(bight_deferred_both(
                bight_sql_transaction(sql, sql::doWork, &bad), swallow, nullptr));
        });
        return bight_result_wait(
            sql::then(second, [=] { return bight_result_wait(insert(sql, 3)); }));
    };
    Outcome outcome = await(bight_sql_session(database, sql::doWork, &fn));
    EXPECT_EQ(outcome.status, BIGHT_OK) << outcome.message;
    EXPECT_EQ(numbers(), "1\n3");
}

TEST_P(SqlSavepoints, aSessionThatSaidBeginHoldsNone)
{
    sql::WorkFn never = [](bight_sql *) { return bight_result_value(nullptr); };
    bight_status status = BIGHT_OK;
    sql::WorkFn fn = [&](bight_sql *sql) {
        bight_deferred_free(bight_sql_execute(sql, "begin", nullptr, 0));
        bight_deferred_free(insert(sql, 1));
        bight_deferred *inner = bight_sql_transaction(sql, sql::doWork, &never);

        bight_deferred_both(inner, keep, &status);
        return bight_result_wait(sql::then(inner, [=] {
            return bight_result_wait(bight_sql_execute(sql, "commit", nullptr, 0));
        }));
    };
    EXPECT_EQ(await(bight_sql_session(database, sql::doWork, &fn)).status, BIGHT_OK);
    EXPECT_EQ(status, BIGHT_ERROR_STATE);
    EXPECT_EQ(numbers(), "1");
}

TEST_P(SqlSavepoints, aTransactionHoldsNoSession)
{
    Outcome outcome = transact([](bight_sql *sql) {
        return bight_result_wait(bight_sql_session(sql, sql::doWork, nullptr));
    });
    EXPECT_EQ(outcome.status, BIGHT_ERROR_STATE);
}

} // namespace
