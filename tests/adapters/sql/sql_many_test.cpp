// One statement for many rows of parameters: all of them or none, on every database.
#include "adapters/sql/sql_suite.hpp"

namespace
{

using namespace sql;

class SqlMany : public Suite
{
  protected:
    // Two values a row: a number, and its text.
    std::vector<bight_sql_value> rowsOf(const std::vector<int64_t> &numbers)
    {
        std::vector<bight_sql_value> values;
        for (int64_t each : numbers) {
            values.push_back(bight_sql_integer(each));
            values.push_back(bight_sql_text("row"));
        }
        return values;
    }
    Outcome many(bight_sql *sql, const std::vector<bight_sql_value> &values, size_t count = 2,
                 const char *statement = "insert into v values ($1, $2)")
    {
        return await(bight_sql_execute_many(sql, statement, values.data(), count,
                                            count > 0 ? values.size() / count : 3));
    }
};
INSTANTIATE_TEST_SUITE_P(Databases, SqlMany, testing::ValuesIn(backends), sql::nameOf);

TEST_P(SqlMany, rowsAreCountedTogether)
{
    std::vector<int64_t> numbers;
    for (int64_t i = 0; i < 3000; i++)
        numbers.push_back(i % 2 == 0 ? i : int64_t{1} << 40 | i);
    createTable("v (i %i primary key, t %t)");
    Outcome outcome = many(database, rowsOf(numbers));

    EXPECT_EQ(outcome.status, BIGHT_OK) << outcome.message;
    EXPECT_EQ(outcome.number, 3000);
    EXPECT_EQ(query(database, "select count(*), max(i) from v where t = 'row'").text(),
              "3000|" + std::to_string((int64_t{1} << 40 | 2999)));
    outcome = many(database, {bight_sql_integer(1), bight_sql_integer(2)}, 1,
                   "update v set t = 'new' where i >= $1");
    EXPECT_EQ(outcome.number, 3000 - 1 + 3000 - 1) << outcome.message;
}

TEST_P(SqlMany, valuesOfEveryTypeMayChangeFromRowToRow)
{
    createTable("v (i %i, t %t)");
    EXPECT_EQ(many(database, {bight_sql_integer(1), bight_sql_text("a"), bight_sql_null(),
                              bight_sql_null(), bight_sql_integer(3), bight_sql_text("")})
                  .number,
              3);
    EXPECT_EQ(query(database, "select * from v").text(), "1|'a'\nNULL|NULL\n3|''");
}

TEST_P(SqlMany, noneIsThereIfOneFails)
{
    createTable("v (i %i primary key, t %t)");
    Outcome outcome = many(database, rowsOf({1, 2, 3, 2, 5}));

    EXPECT_EQ(outcome.status, BIGHT_ERROR_EXISTS);
    EXPECT_EQ(outcome.state, "23505");
    EXPECT_EQ(field("select count(*) from v"), "0");
    EXPECT_EQ(many(database, rowsOf({7})).number, 1) << "the connection goes on";
}

TEST_P(SqlMany, aFailureEndsItsTransaction)
{
    createTable("v (i %i primary key, t %t)");
    std::vector<bight_sql_value> values = rowsOf({1, 1});
    WorkFn work = [&](bight_sql *in) {
        bight_deferred_free(bight_sql_execute(in, "insert into v values (9, 'x')", nullptr, 0));
        return bight_result_wait(
            bight_sql_execute_many(in, "insert into v values ($1, $2)", values.data(), 2, 2));
    };
    EXPECT_EQ(await(bight_sql_transaction(database, doWork, &work)).status, BIGHT_ERROR_EXISTS);
    EXPECT_EQ(field("select count(*) from v"), "0");
    values = rowsOf({1, 2});
    EXPECT_EQ(await(bight_sql_transaction(database, doWork, &work)).number, 2);
    EXPECT_EQ(field("select count(*) from v"), "3");
}

TEST_P(SqlMany, noRowsRunNothingAndNoParametersAreAllowed)
{
    createTable("v (i %i, t %t)");
    EXPECT_EQ(many(database, {}).number, 0);
    EXPECT_EQ(many(database, {}, 0, "insert into v values (1, 'x')").number, 3);
    EXPECT_EQ(field("select count(*) from v"), "3");
    EXPECT_EQ(many(database, rowsOf({1}), 2, "insert into nothing values ($1, $2)").status,
              BIGHT_ERROR_INVALID);
    EXPECT_EQ(many(database, rowsOf({1, 2}), 2, "select $1, $2").number, 0);
}

TEST_P(SqlMany, aCancelUndoesAll)
{
    createTable("v (i %i, t %t)");
    std::vector<int64_t> numbers(20000, 1);
    std::vector<bight_sql_value> values = rowsOf(numbers);
    bight_deferred *deferred = bight_sql_execute_many(database, "insert into v values ($1, $2)",
                                                      values.data(), 2, numbers.size());

    runFor(BIGHT_MSEC(2));
    bight_deferred_cancel(deferred);
    bight_status status = await(deferred).status;
    std::string count = field("select count(*) from v");
    EXPECT_TRUE((status == BIGHT_ERROR_CANCELLED && (count == "0" || count == "20000")) ||
                (status == BIGHT_OK && count == "20000"))
        << status << " " << count;
}

} // namespace
