// Statements that are kept prepared: nobody can tell, but by the time they take.
#include "adapters/sql/sql_suite.hpp"

#include <array>

namespace
{

using sql::Outcome;

class SqlPrepared : public sql::Suite
{
  protected:
    // One connection, so that all statements are prepared on the same.
    void reopen(unsigned statements)
    {
        bight_sql_options options = BIGHT_SQL_OPTIONS_INIT;

        options.connections = 1;
        options.statements = statements;
        close(database);
        database = open(&options);
    }
    // Often enough to be prepared everywhere.
    void queryOften(const std::string &statement)
    {
        for (int i = 0; i < 5; i++)
            EXPECT_EQ(query(database, statement).status, BIGHT_OK) << statement;
    }
    // How many the connection keeps, or -1 where the database cannot say.
    // Each time with another text, so that the question itself is not prepared.
    int64_t kept()
    {
        Outcome outcome =
            query(database, backend().prepared + (" -- " + std::to_string(++questions_)));

        return outcome.status == BIGHT_OK ? std::stoll(outcome.fields.at(0)) : -1;
    }

  private:
    int questions_ = 0;
};
INSTANTIATE_TEST_SUITE_P(Databases, SqlPrepared, testing::ValuesIn(sql::backends), sql::nameOf);

TEST_P(SqlPrepared, theValuesAreThoseOfEachCall)
{
    createTable("v (i %i, t %t)");
    for (int i = 0; i < 20; i++) {
        std::string text = "text " + std::to_string(i);
        mustExecute(
            "insert into v values ($1, $2)",
            {i % 5 == 4 ? bight_sql_null() : bight_sql_integer(i), bight_sql_text(text.c_str())});
    }
    for (int i = 0; i < 20; i++) {
        std::string text = "text " + std::to_string(i);
        EXPECT_EQ(field("select i from v where t = $1", {bight_sql_text(text.c_str())}),
                  i % 5 == 4 ? "NULL" : std::to_string(i));
    }
}

TEST_P(SqlPrepared, oneTextMayHaveValuesOfAnyType)
{
    createTable("v (r %r)");
    for (int i = 0; i < 5; i++) {
        mustExecute("insert into v values ($1)", {bight_sql_real(0.5)});
        mustExecute("insert into v values ($1)", {bight_sql_integer(2)});
        mustExecute("insert into v values ($1)", {bight_sql_text("3")});
        mustExecute("insert into v values ($1)", {bight_sql_null()});
    }
    EXPECT_EQ(query(database, "select sum(r) from v").fields.at(0), "27.5");
}

TEST_P(SqlPrepared, aColumnThatIsAddedIsSeen)
{
    reopen(32);
    createTable("v (i %i)");
    mustExecute("insert into v values (1)");
    queryOften("select * from v");
    mustExecute(types("alter table v add t %t"));
    Outcome outcome = query(database, "select * from v");
    EXPECT_EQ(outcome.status, BIGHT_OK) << outcome.message;
    EXPECT_EQ(outcome.columns, (std::vector<std::string>{"i", "t"}));
    EXPECT_EQ(outcome.text(), "1|NULL");
}

TEST_P(SqlPrepared, aColumnThatSomebodyElseAddsIsSeen)
{
    reopen(32);
    createTable("v (i %i)");
    mustExecute("insert into v values (1)");
    queryOften("select * from v");
    bight_sql *other = open();
    EXPECT_EQ(execute(other, types("alter table v add t %t")).status, BIGHT_OK);
    Outcome outcome = query(database, "select * from v");
    EXPECT_EQ(outcome.status, BIGHT_OK) << outcome.message;
    EXPECT_EQ(outcome.columns, (std::vector<std::string>{"i", "t"}));
    EXPECT_EQ(outcome.text(), "1|NULL");
    queryOften("select * from v");
    close(other);
}

TEST_P(SqlPrepared, aTableThatIsMadeAnewInATransactionIsSeenInIt)
{
    reopen(32);
    createTable("v (i %i)");
    queryOften("select * from v");
    std::string create = types("create table v (t %t, r %r)");
    sql::WorkFn fn = [&](bight_sql *sql) {
        for (const char *each : {"drop table v", create.c_str(), "insert into v values ('a', 0.5)"})
            bight_deferred_free(bight_sql_execute(sql, each, nullptr, 0));
        return bight_result_wait(bight_sql_query(sql, "select * from v", nullptr, 0));
    };
    Outcome outcome = await(bight_sql_transaction(database, sql::doWork, &fn));
    EXPECT_EQ(outcome.status, BIGHT_OK) << outcome.message;
    EXPECT_EQ(outcome.text(), "'a'|0.5");
    EXPECT_EQ(query(database, "select * from v").text(), "'a'|0.5");
}

TEST_P(SqlPrepared, allConnectionsLearnWhatOneOfThemChanges)
{
    createTable("v (i %i)");
    auto all = [&] {
        std::array<bight_deferred *, 40> questions;

        for (bight_deferred *&question : questions)
            question = bight_sql_query(database, "select * from v", nullptr, 0);
        for (bight_deferred *question : questions) {
            Outcome outcome = await(question);
            EXPECT_EQ(outcome.status, BIGHT_OK) << outcome.message;
            EXPECT_EQ(outcome.columns.size(), 2u);
        }
    };
    mustExecute(types("alter table v add t %t"));
    all();
    sql::WorkFn fn = [&](bight_sql *sql) {
        bight_deferred_free(bight_sql_execute(sql, "drop table v", nullptr, 0));
        return bight_result_wait(
            bight_sql_execute(sql, types("create table v (r %r, b %b)").c_str(), nullptr, 0));
    };
    EXPECT_EQ(await(bight_sql_transaction(database, sql::doWork, &fn)).status, BIGHT_OK);
    all();
}

// In a transaction it would be too late to learn it from an error.
TEST_P(SqlPrepared, aTransactionKnowsWhatAnotherConnectionHasChanged)
{
    createTable("v (i %i)");
    mustExecute("insert into v values (1)");
    auto ask = [](bight_sql *sql) { return bight_sql_query(sql, "select * from v", nullptr, 0); };
    sql::WorkFn asks = [&](bight_sql *sql) { return bight_result_wait(ask(sql)); };
    sql::WorkFn fn = [&](bight_sql *sql) {
        for (int i = 0; i < 4; i++)
            bight_deferred_free(ask(sql));
        return bight_result_wait(sql::then(ask(sql), [&, sql] {
            bight_deferred *changed =
                bight_sql_execute(database, types("alter table v add t %t").c_str(), nullptr, 0);
            return bight_result_wait(sql::then(changed, [&, sql] {
                return bight_result_wait(bight_sql_transaction(sql, sql::doWork, &asks));
            }));
        }));
    };
    Outcome outcome = await(bight_sql_session(database, sql::doWork, &fn));
    EXPECT_EQ(outcome.status, BIGHT_OK) << outcome.message;
    EXPECT_EQ(outcome.text(), "1|NULL");
}

TEST_P(SqlPrepared, asManyAreKeptAsWasSaid)
{
    for (unsigned limit : {0u, 1u, 5u}) {
        reopen(limit);
        int64_t count = kept();
        if (count < 0)
            GTEST_SKIP() << "this build of the database does not tell what it keeps";
        EXPECT_EQ(count, 0);
        for (int round = 0; round < 3; round++)
            for (int i = 0; i < 20; i++)
                queryOften("select " + std::to_string(i));
        EXPECT_EQ(kept(), limit);
    }
}

TEST_P(SqlPrepared, aLongTextIsNotKept)
{
    reopen(8);
    if (kept() < 0)
        GTEST_SKIP() << "this build of the database does not tell what it keeps";
    queryOften("select '" + std::string(5000, 'x') + "'");
    EXPECT_EQ(kept(), 0);
    queryOften("select '" + std::string(50, 'x') + "'");
    EXPECT_EQ(kept(), 1);
}

TEST_P(SqlPrepared, aFailureIsTheSameEachTime)
{
    reopen(8);
    createTable("v (i %i primary key)");
    mustExecute("insert into v values (1)");
    for (int i = 0; i < 6; i++) {
        EXPECT_EQ(execute(database, "insert into v values ($1)", {bight_sql_integer(1)}).state,
                  "23505");
        EXPECT_EQ(execute(database, "insert into v values ($1)", {bight_sql_integer(i + 2)}).status,
                  BIGHT_OK);
        EXPECT_EQ(query(database, "select nonsense from v").status, BIGHT_ERROR_INVALID);
    }
    EXPECT_EQ(field("select count(*) from v"), "7");
}

// Of the rows that were not fetched nothing is left for the next that runs it.
TEST_P(SqlPrepared, oneThatWasStoppedInTheMiddleBeginsAnew)
{
    reopen(8);
    const std::string statement = sql::series(5000);
    sql::RowFn stop = [](const bight_sql_row &row) {
        return row.number < 3 ? bight_result_value(nullptr)
                              : bight_result_error(bight_error_new(BIGHT_ERROR_REFUSED, "no"));
    };
    for (int i = 0; i < 5; i++) {
        EXPECT_EQ(
            await(bight_sql_each(database, statement.c_str(), nullptr, 0, sql::tellRow, &stop))
                .status,
            BIGHT_ERROR_REFUSED);
        Outcome outcome = query(database, statement);
        EXPECT_EQ(outcome.status, BIGHT_OK) << outcome.message;
        EXPECT_EQ(outcome.rows, 5000u);
    }
}

} // namespace
