// Statements: values, columns, changes, errors, rows that stream, cancels.
#include "adapters/sql/sql_suite.hpp"

#include <bight/later.h>
#include <cmath>
#include <cstdint>
#include <limits>

namespace
{

using sql::Outcome;

class SqlStatements : public sql::Suite
{
};
INSTANTIATE_TEST_SUITE_P(Databases, SqlStatements, testing::ValuesIn(sql::backends), sql::nameOf);

std::vector<bight_sql_value> oneOfEach()
{
    return {bight_sql_integer(7), bight_sql_real(0.1), bight_sql_text("gruß"),
            bight_sql_blob("\0\xff", 2), bight_sql_null()};
}

TEST_P(SqlStatements, connectingSaysThatThereIsSomebody)
{
    EXPECT_EQ(await(bight_sql_connect(database)).status, BIGHT_OK);
    EXPECT_STREQ(bight_sql_get_backend(database), backend().name);
}

TEST_P(SqlStatements, valuesComeBackAsTheyWentIn)
{
    createTable("v (i %i, r %r, t %t, b %b, n %t)");
    mustExecute("insert into v values ($1, $2, $3, $4, $5)", oneOfEach());
    Outcome outcome = query(database, "select i, r, t, b, n from v");
    EXPECT_EQ(outcome.text(), "7|0.10000000000000001|'gruß'|x'00ff'|NULL");
    EXPECT_EQ(outcome.columns, (std::vector<std::string>{"i", "r", "t", "b", "n"}));
    EXPECT_EQ(outcome.rows, 1u);
}

TEST_P(SqlStatements, extremeValuesComeBackAsTheyWentIn)
{
    createTable("v (n %i, i %i, r %r)");
    const int64_t integers[] = {INT64_MIN, INT64_MAX, 0};
    const double reals[] = {std::numeric_limits<double>::max(),
                            std::numeric_limits<double>::denorm_min(), -1.0 / 3};

    for (int n = 0; n < 3; n++)
        mustExecute(
            "insert into v values ($1, $2, $3)",
            {bight_sql_integer(n), bight_sql_integer(integers[n]), bight_sql_real(reals[n])});
    for (int n = 0; n < 3; n++) {
        Outcome outcome =
            query(database, "select i, r from v where n = $1", {bight_sql_integer(n)});

        ASSERT_EQ(outcome.fields.size(), 2u);
        EXPECT_EQ(outcome.fields[0], std::to_string(integers[n]));
        EXPECT_EQ(outcome.fields[1], sql::textOf(bight_sql_real(reals[n])));
    }
}

TEST_P(SqlStatements, emptyTextAndEmptyBytesAreNotNull)
{
    createTable("v (t %t, b %b)");
    mustExecute("insert into v values ($1, $2)", {bight_sql_text(""), bight_sql_blob(nullptr, 0)});
    EXPECT_EQ(query(database, "select t, b from v").text(), "''|x''");
    EXPECT_EQ(field("select count(*) from v where t is null or b is null"), "0");
}

TEST_P(SqlStatements, everyByteAndAMillionOfThemPass)
{
    std::string bytes;

    createTable("v (b %b)");
    for (int i = 0; i < (1 << 20); i++)
        bytes += static_cast<char>(i * 7 + (i >> 8));
    mustExecute("insert into v values ($1)", {bight_sql_blob(bytes.data(), bytes.size())});
    bight_deferred *deferred = bight_sql_query(database, "select b from v", nullptr, 0);
    bight_result result;
    ASSERT_TRUE(runUntil([&] { return bight_deferred_is_done(deferred); }));
    ASSERT_TRUE(bight_deferred_take(deferred, &result));
    const bight_sql_value *value = bight_sql_table_at(bight_result_get_table(result), 0, 0);
    EXPECT_EQ(value->type, BIGHT_SQL_BLOB);
    EXPECT_TRUE(std::string(reinterpret_cast<const char *>(value->bytes.data), value->bytes.size) ==
                bytes);
    EXPECT_EQ(value->bytes.data[value->bytes.size], 0);
    bight_result_free(result);
    bight_deferred_free(deferred);
}

TEST_P(SqlStatements, parametersAreCopiedAndNeverPartOfTheText)
{
    char text[] = "x'); drop table v; --";

    createTable("v (t %t)");
    bight_sql_value value = bight_sql_text(text);
    bight_deferred *deferred = bight_sql_execute(database, "insert into v values ($1)", &value, 1);
    text[0] = '!';
    EXPECT_EQ(await(deferred).number, 1);
    EXPECT_EQ(field("select t from v"), "'x'); drop table v; --'");
}

TEST_P(SqlStatements, oneParameterMayStandInSeveralPlaces)
{
    createTable("v (a %i, b %i, c %i)");
    mustExecute("insert into v values ($2, $1, $2)", {bight_sql_integer(1), bight_sql_integer(2)});
    EXPECT_EQ(query(database, "select a, b, c from v").text(), "2|1|2");
}

TEST_P(SqlStatements, changesAreCounted)
{
    createTable("v (i %i)");
    EXPECT_EQ(execute(database, "insert into v values (1), (2), (3)").number, 3);
    EXPECT_EQ(execute(database, "update v set i = i + 1 where i > 1").number, 2);
    EXPECT_EQ(execute(database, "select i from v").number, 0);
    EXPECT_EQ(execute(database, types("create table w (i %i)")).number, 0);
    EXPECT_EQ(execute(database, "delete from v").number, 3);
    EXPECT_EQ(query(database, "delete from v").changes, 0);
}

TEST_P(SqlStatements, whatIsInsertedCanBeReturned)
{
    createTable("v (i %i, t %t)");
    Outcome outcome = query(database, "insert into v values (1, 'a'), (2, 'b') returning i");
    EXPECT_EQ(outcome.text(), "1\n2");
    EXPECT_EQ(outcome.changes, 2);
}

TEST_P(SqlStatements, columnsAreKnownWithoutRows)
{
    createTable("v (i %i, t %t)");
    Outcome outcome = query(database, "select t as name, i from v");
    EXPECT_EQ(outcome.columns, (std::vector<std::string>{"name", "i"}));
    EXPECT_EQ(outcome.rows, 0u);
    EXPECT_TRUE(query(database, "delete from v").columns.empty());
}

TEST_P(SqlStatements, anEmptyStatementDoesNothing)
{
    EXPECT_EQ(execute(database, "-- nothing\n").status, BIGHT_OK);
    EXPECT_EQ(execute(database, "").status, BIGHT_OK);
    EXPECT_EQ(field("select 1;"), "1");
}

TEST_P(SqlStatements, twoStatementsInOneCallAreRefused)
{
    createTable("v (i %i)");
    Outcome outcome = execute(database, "insert into v values (1); insert into v values (2)");
    EXPECT_EQ(outcome.status, BIGHT_ERROR_INVALID);
    EXPECT_EQ(outcome.state, "42601");
    EXPECT_EQ(field("select count(*) from v"), "0");
}

TEST_P(SqlStatements, missingAndSuperfluousValuesAreRefused)
{
    createTable("v (i %i, j %i)");
    EXPECT_NE(execute(database, "insert into v values ($1, $2)", {bight_sql_integer(1)}).status,
              BIGHT_OK);
    EXPECT_NE(execute(database, "insert into v (i) values ($1)",
                      {bight_sql_integer(1), bight_sql_integer(2)})
                  .status,
              BIGHT_OK);
    EXPECT_EQ(field("select count(*) from v"), "0");
}

TEST_P(SqlStatements, whatIsNoSqlIsInvalidAndSaysWhy)
{
    Outcome outcome = execute(database, "selct 1");
    EXPECT_EQ(outcome.status, BIGHT_ERROR_INVALID);
    EXPECT_EQ(outcome.state.substr(0, 2), "42");
    EXPECT_NE(outcome.message.find("selct"), std::string::npos) << outcome.message;
    EXPECT_EQ(query(database, "select * from there_is_none").state.substr(0, 2), "42");
    EXPECT_EQ(field("select 1"), "1");
}

TEST_P(SqlStatements, constraintsSayWhatTheyAreOnEveryDatabase)
{
    createTable("p (i %i primary key)");
    createTable("v (i %i unique, n %i not null, c %i check (c < 10), f %i references p (i))");
    mustExecute("insert into p values (1)");
    mustExecute("insert into v values (1, 1, 1, 1)");
    Outcome unique = execute(database, "insert into v values (1, 1, 1, 1)");
    EXPECT_EQ(unique.status, BIGHT_ERROR_EXISTS);
    EXPECT_EQ(unique.state, "23505");
    EXPECT_EQ(execute(database, "insert into p values (1)").state, "23505");
    Outcome null = execute(database, "insert into v values (2, null, 1, 1)");
    EXPECT_EQ(null.status, BIGHT_ERROR_INVALID);
    EXPECT_EQ(null.state, "23502");
    EXPECT_EQ(execute(database, "insert into v values (3, 1, 11, 1)").state, "23514");
    EXPECT_EQ(execute(database, "insert into v values (4, 1, 1, 99)").state, "23503");
    EXPECT_EQ(field("select count(*) from v"), "1");
}

TEST_P(SqlStatements, rowsAreToldInOrder)
{
    int64_t next = 1;
    bool inOrder = true;
    sql::RowFn fn = [&](const bight_sql_row &row) {
        inOrder = inOrder && row.number + 1 == static_cast<uint64_t>(next) && row.count == 2 &&
                  row.values[0].integer == next && std::string(row.columns[1].name) == "name" &&
                  bight_sql_value_get_text(&row.values[1]) == "row " + std::to_string(next);
        next++;
        return bight_result_value(nullptr);
    };

    Outcome outcome =
        await(bight_sql_each(database, sql::series(10000).c_str(), nullptr, 0, sql::tellRow, &fn));
    EXPECT_EQ(outcome.status, BIGHT_OK) << outcome.message;
    EXPECT_EQ(outcome.rows, 10000u);
    EXPECT_EQ(outcome.columns, (std::vector<std::string>{"i", "name"}));
    EXPECT_TRUE(outcome.fields.empty());
    EXPECT_TRUE(inOrder);
    EXPECT_EQ(next, 10001);
}

TEST_P(SqlStatements, whoIsSlowIsToldNoMoreUntilHeIsReady)
{
    int told = 0, waiting = 0, most = 0;
    sql::RowFn fn = [&](const bight_sql_row &) {
        most = std::max(most, ++waiting);
        if (++told % 100 != 0) {
            waiting--;
            return bight_result_value(nullptr);
        }
        return bight_result_wait(sql::then(bight_delay(reactor, BIGHT_MSEC(1)), [&] {
            waiting--;
            return bight_result_value(nullptr);
        }));
    };

    Outcome outcome =
        await(bight_sql_each(database, sql::series(3000).c_str(), nullptr, 0, sql::tellRow, &fn));
    EXPECT_EQ(outcome.rows, 3000u) << outcome.message;
    EXPECT_EQ(most, 1);
}

TEST_P(SqlStatements, aDeferredThatHasFiredGoesOnAtOnce)
{
    sql::RowFn fn = [](const bight_sql_row &) {
        return bight_result_wait(bight_deferred_fired(nullptr, nullptr));
    };

    EXPECT_EQ(
        await(bight_sql_each(database, sql::series(500).c_str(), nullptr, 0, sql::tellRow, &fn))
            .rows,
        500u);
}

TEST_P(SqlStatements, anErrorOfTheRowFunctionStopsTheStatement)
{
    for (bool later : {false, true}) {
        int told = 0;
        sql::RowFn fn = [&](const bight_sql_row &) {
            bight_error *error;

            if (++told < 10)
                return bight_result_value(nullptr);
            error = bight_error_new(BIGHT_ERROR_REFUSED, "enough");
            return later ? bight_result_wait(bight_deferred_failed(error))
                         : bight_result_error(error);
        };
        Outcome outcome = await(
            bight_sql_each(database, sql::series(100000).c_str(), nullptr, 0, sql::tellRow, &fn));

        EXPECT_EQ(outcome.status, BIGHT_ERROR_REFUSED);
        EXPECT_EQ(outcome.message, "enough");
        EXPECT_EQ(told, 10);
    }
    EXPECT_EQ(field("select 1"), "1");
}

TEST_P(SqlStatements, rowsThatTakeTooMuchAreNotKept)
{
    bight_sql_options options = BIGHT_SQL_OPTIONS_INIT;
    options.largest = 20000;
    bight_sql *small = open(&options);

    EXPECT_EQ(query(small, sql::series(100)).rows, 100u);
    EXPECT_EQ(query(small, sql::series(100000)).status, BIGHT_ERROR_LIMIT);
    EXPECT_EQ(query(small, "select 1").text(), "1");
    close(small);
}

TEST_P(SqlStatements, cancellingEndsAStatementThatNeverEnds)
{
    bight_deferred *endless = bight_sql_query(database, backend().endless, nullptr, 0);

    runFor(BIGHT_MSEC(30));
    EXPECT_FALSE(bight_deferred_is_done(endless));
    bight_deferred_cancel(endless);
    EXPECT_EQ(await(endless).status, BIGHT_ERROR_CANCELLED);
    EXPECT_EQ(field("select 1"), "1");
    bight_sql_counts counts = {sizeof(counts), 0, 0, 0};
    EXPECT_TRUE(runUntil([&] {
        bight_sql_get_counts(database, &counts);
        return counts.idle == counts.connections && counts.waiting == 0;
    }));
}

TEST_P(SqlStatements, cancellingAtOnceTakesItBack)
{
    createTable("v (i %i)");
    bight_deferred *insert = bight_sql_execute(database, "insert into v values (1)", nullptr, 0);
    bight_deferred_cancel(insert);
    EXPECT_EQ(await(insert).status, BIGHT_ERROR_CANCELLED);
    EXPECT_EQ(field("select 1"), "1");
}

TEST_P(SqlStatements, aTimeLimitEndsAStatement)
{
    bight_deferred *endless = bight_sql_query(database, backend().endless, nullptr, 0);

    bight_timeout(endless, reactor, BIGHT_MSEC(20));
    EXPECT_EQ(await(endless).status, BIGHT_ERROR_TIMED_OUT);
}

TEST_P(SqlStatements, cancellingWhileARowIsToldTellsNoMore)
{
    int told = 0;
    bight_deferred *each = nullptr;
    sql::RowFn fn = [&](const bight_sql_row &) {
        if (++told == 5)
            bight_deferred_cancel(each);
        return bight_result_value(nullptr);
    };

    each = bight_sql_each(database, sql::series(100000).c_str(), nullptr, 0, sql::tellRow, &fn);
    EXPECT_EQ(await(each).status, BIGHT_ERROR_CANCELLED);
    EXPECT_EQ(field("select 1"), "1");
    EXPECT_EQ(told, 5);
}

TEST_P(SqlStatements, cancellingCancelsWhatTheRowFunctionWaitsFor)
{
    bool cancelled = false;
    bight_promise *promise = nullptr;
    sql::RowFn fn = [&](const bight_sql_row &) {
        bight_deferred *wait = bight_deferred_new(&promise);

        bight_promise_on_cancel(
            promise, [](bight_promise *, void *data) { *static_cast<bool *>(data) = true; },
            &cancelled);
        return bight_result_wait(wait);
    };
    bight_deferred *each =
        bight_sql_each(database, sql::series(10).c_str(), nullptr, 0, sql::tellRow, &fn);

    EXPECT_TRUE(runUntil([&] { return promise != nullptr; }));
    bight_deferred_cancel(each);
    EXPECT_TRUE(cancelled);
    EXPECT_EQ(await(each).status, BIGHT_ERROR_CANCELLED);
    bight_promise_free(promise);
    EXPECT_EQ(field("select 1"), "1");
}

TEST_P(SqlStatements, nothingIsToldInsideTheCallThatAsks)
{
    bool inside = true, told = false;
    sql::RowFn fn = [&](const bight_sql_row &) {
        EXPECT_FALSE(inside);
        told = true;
        return bight_result_value(nullptr);
    };
    bight_deferred *each = bight_sql_each(database, "select 1", nullptr, 0, sql::tellRow, &fn);

    EXPECT_FALSE(bight_deferred_is_done(each));
    inside = false;
    EXPECT_EQ(await(each).rows, 1u);
    EXPECT_TRUE(told);
}

} // namespace
