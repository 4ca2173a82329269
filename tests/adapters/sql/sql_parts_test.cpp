// The parts without a database: where statements end, values, batches, codes of errors.
#include "adapters/sql/sql_suite.hpp"

#include <iterator>
#include <random>

extern "C" {
#include <backend.h>
#include <split.h>
}

namespace sql
{
const std::vector<Backend> backends = {};
}

namespace
{

std::vector<std::string> split(std::string text)
{
    std::vector<std::string> all;
    bool complete = true;

    while (!text.empty()) {
        std::size_t length = bight_sql_split(text.data(), text.size(), &complete);

        all.push_back(text.substr(0, length) + (complete ? "" : "..."));
        text.erase(0, length);
    }
    return all;
}

using Parts = std::vector<std::string>;

TEST(SqlSplit, endsAtASemicolon)
{
    EXPECT_EQ(split("a;b; c"), (Parts{"a;", "b;", " c..."}));
    EXPECT_EQ(split(""), Parts{});
    EXPECT_EQ(split(";;"), (Parts{";", ";"}));
}

TEST(SqlSplit, notInStringsNamesOrComments)
{
    EXPECT_EQ(split("select 'a;''b;' ;x"), (Parts{"select 'a;''b;' ;", "x..."}));
    EXPECT_EQ(split("select \"a;b\", `c;d`;"), (Parts{"select \"a;b\", `c;d`;"}));
    EXPECT_EQ(split("a -- b;\n;c"), (Parts{"a -- b;\n;", "c..."}));
    EXPECT_EQ(split("a /* ; /* ; */ ; */;b"), (Parts{"a /* ; /* ; */ ; */;", "b..."}));
    EXPECT_EQ(split("a - b / c;"), (Parts{"a - b / c;"}));
}

TEST(SqlSplit, notInDollarQuotes)
{
    EXPECT_EQ(split("do $$ a; b; $$;c"), (Parts{"do $$ a; b; $$;", "c..."}));
    EXPECT_EQ(split("do $x$ a; $$ ; $x$;"), (Parts{"do $x$ a; $$ ; $x$;"}));
    EXPECT_EQ(split("select $1;select $2;"), (Parts{"select $1;", "select $2;"}));
}

TEST(SqlSplit, notInTheBodyOfATrigger)
{
    const char *trigger = "create temp trigger t after insert on v begin "
                          "update v set i = case when i > 1 then 2 else 3 end; "
                          "delete from w; end;";

    EXPECT_EQ(split(trigger + std::string("x;")), (Parts{trigger, "x;"}));
    EXPECT_EQ(split("begin; insert; end;"), (Parts{"begin;", " insert;", " end;"}));
}

TEST(SqlSplit, whatIsNotEndedIsNotComplete)
{
    for (const char *text : {"select 'a;", "select \"a;", "a /* ;", "$$ ; ", "-- ;", "select 1",
                             "create trigger t begin a;", "/*", "$", "'", "/", "-", "$a"})
        EXPECT_EQ(split(text), Parts{std::string(text) + "..."});
}

TEST(SqlSplit, ofAnythingGivesPiecesThatAreTheWholeAndStaySo)
{
    const std::string pieces[] = {"'",        "\"",     "`",    "$",     "$a$", "--",
                                  "\n",       "/*",     "*/",   ";",     " ",   "create ",
                                  "trigger ", "begin ", "end ", "case ", "x",   "\xc3"};
    std::mt19937 random(4);

    for (int round = 0; round < 20000; round++) {
        std::string text;
        std::size_t at = 0;

        for (unsigned i = random() % 20; i > 0; i--)
            text += pieces[random() % std::size(pieces)];
        while (at < text.size()) {
            bool complete = false, again = false;
            std::size_t length = bight_sql_split(&text[at], text.size() - at, &complete);

            ASSERT_GT(length, 0u) << text;
            ASSERT_LE(at + length, text.size()) << text;
            ASSERT_TRUE(complete ? text[at + length - 1] == ';' : at + length == text.size());
            // What comes later does not change where a statement has ended.
            ASSERT_EQ(bight_sql_split(&text[at], length, &again), length) << text;
            ASSERT_EQ(again, complete) << text;
            at += length;
        }
    }
}

TEST(SqlNature, isThatOfTheFirstWord)
{
    for (const char *text : {"select 1", "  INSERT into v", "/* drop */ with x",
                             "-- no\nvalues (1)", "(select 1)", "update v set i = 1"})
        EXPECT_EQ(bighti_sql_nature_of(text), BIGHTI_SQL_KEPT) << text;
    for (const char *text : {"begin", "Commit;", "rollback to savepoint a", "release a"})
        EXPECT_EQ(bighti_sql_nature_of(text), BIGHTI_SQL_PASSING) << text;
    for (const char *text : {"", "create table v (i)", "selection", "'select'", "pragma x",
                             "-- select", "set search_path to x", "discard all"})
        EXPECT_EQ(bighti_sql_nature_of(text), BIGHTI_SQL_CHANGING) << text;
    EXPECT_EQ(bighti_sql_nature_of(("select '" + std::string(5000, 'x') + "'").c_str()),
              BIGHTI_SQL_PASSING);
}

TEST(SqlValues, areWhatTheyWereMadeFrom)
{
    EXPECT_EQ(bight_sql_null().type, BIGHT_SQL_NULL);
    EXPECT_EQ(bight_sql_text(nullptr).type, BIGHT_SQL_NULL);
    EXPECT_EQ(sql::textOf(bight_sql_text("x")), "'x'");
    EXPECT_EQ(sql::textOf(bight_sql_text_of("xyz", 2)), "'xy'");
    EXPECT_EQ(sql::textOf(bight_sql_blob("\1", 1)), "x'01'");
}

TEST(SqlValues, areNumbersIfTheyCanBe)
{
    bight_sql_value text = bight_sql_text("12.5"), real = bight_sql_real(1e300);
    bight_sql_value nan = bight_sql_real(0.0 / 0.0), integer = bight_sql_integer(-3);
    bight_sql_value null = bight_sql_null(), low = bight_sql_real(-1e300);

    EXPECT_EQ(bight_sql_value_get_integer(&text), 12);
    EXPECT_EQ(bight_sql_value_get_real(&text), 12.5);
    EXPECT_EQ(bight_sql_value_get_integer(&real), INT64_MAX);
    EXPECT_EQ(bight_sql_value_get_integer(&low), INT64_MIN);
    EXPECT_EQ(bight_sql_value_get_integer(&nan), 0);
    EXPECT_EQ(bight_sql_value_get_real(&integer), -3.0);
    EXPECT_EQ(bight_sql_value_get_integer(&null), 0);
    EXPECT_STREQ(bight_sql_value_get_text(&null), "");
    EXPECT_STREQ(bight_sql_value_get_text(&text), "12.5");
}

TEST(SqlErrors, ofBothKindsHaveAState)
{
    char state[6];
    bight_error *unique =
        bight_error_new_code(BIGHT_DOMAIN_SQLITE, 2067, BIGHT_ERROR_EXISTS, "there");
    bight_error *server = bight_error_new_code(
        BIGHT_DOMAIN_SQLSTATE, bight_sql_code_of_state("40P01"), BIGHT_ERROR_TIMED_OUT, "deadlock");
    bight_error *outer = bight_error_new_caused(server, BIGHT_ERROR_STATE, "outer");
    bight_error *none = bight_error_new(BIGHT_ERROR_CLOSED, "none");

    EXPECT_TRUE(bight_sql_error_get_state(unique, state));
    EXPECT_STREQ(state, "23505");
    EXPECT_TRUE(bight_sql_error_get_state(outer, state));
    EXPECT_STREQ(state, "40P01");
    EXPECT_FALSE(bight_sql_error_get_state(none, state));
    // The codes of others mean nothing here.
    bight_error *foreign = bight_error_new_errno(2, "open");
    EXPECT_FALSE(bight_sql_error_get_state(foreign, state));
    bight_error_unref(foreign);
    bight_error_unref(unique);
    bight_error_unref(outer);
    bight_error_unref(none);
}

TEST(SqlErrors, aStateIsFiveLettersAndDigits)
{
    EXPECT_NE(bight_sql_code_of_state("ZZZZZ"), bight_sql_code_of_state("ZZZZ9"));
    for (const char *text : {"", "4200", "420000", "42a00", "42-00", "00000"})
        EXPECT_EQ(bight_sql_code_of_state(text), 0) << text;
}

TEST(SqlErrors, statesMeanAStatus)
{
    EXPECT_EQ(bighti_sql_status_of_state("23505"), BIGHT_ERROR_EXISTS);
    EXPECT_EQ(bighti_sql_status_of_state("23503"), BIGHT_ERROR_INVALID);
    EXPECT_EQ(bighti_sql_status_of_state("40001"), BIGHT_ERROR_TIMED_OUT);
    EXPECT_EQ(bighti_sql_status_of_state("42601"), BIGHT_ERROR_INVALID);
    EXPECT_EQ(bighti_sql_status_of_state("42501"), BIGHT_ERROR_PERMISSION);
    EXPECT_EQ(bighti_sql_status_of_state("57P01"), BIGHT_ERROR_RESET);
    EXPECT_EQ(bighti_sql_status_of_state("3D000"), BIGHT_ERROR_NOT_FOUND);
}

TEST(SqlBatch, isFullAfterItsLimitAndCountsWholeRows)
{
    bighti_sql_batch *batch = bighti_sql_batch_new(2, 200);
    bight_sql_value one = bight_sql_integer(1), text = bight_sql_text("0123456789");

    EXPECT_EQ(bighti_sql_batch_count(batch), 0u);
    EXPECT_TRUE(bighti_sql_batch_add(batch, &one));
    EXPECT_EQ(bighti_sql_batch_count(batch), 0u);
    EXPECT_TRUE(bighti_sql_batch_add(batch, &text));
    EXPECT_EQ(bighti_sql_batch_count(batch), 1u);
    EXPECT_FALSE(bighti_sql_batch_is_full(batch));
    while (!bighti_sql_batch_is_full(batch))
        EXPECT_TRUE(bighti_sql_batch_add(batch, &text));
    EXPECT_LE(bighti_sql_batch_count(batch), 3u);
    bighti_sql_batch_free(batch);
}

TEST(SqlParts, knowsStatementsThatChangeTheSession)
{
    for (const char *each : {"set role x", " /* a */ SET search_path = x", "reset all",
                             "create temp table t (i int)", "create temporary view v as select 1",
                             "select pg_advisory_lock(1)", "select set_config('a', 'b', false)",
                             "select 1 into temp t", "listen x", "do $$ begin end $$",
                             "pragma foreign_keys=off", "pragma cache_size(5)", "attach 'x' as y"})
        EXPECT_TRUE(bighti_sql_touches_session(each)) << each;
    for (const char *each :
         {"select 1", "set local x = 1", "set transaction read only",
          "update t set temperature = 1", "insert into t values ('temp')",
          "select pg_advisory_xact_lock(1)", "pragma foreign_keys", "pragma table_info(t)",
          "create table t (i int)", "-- set role x\nselect 1", ""})
        EXPECT_FALSE(bighti_sql_touches_session(each)) << each;
}

} // namespace
