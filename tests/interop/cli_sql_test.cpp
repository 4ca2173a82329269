// bight sql: what it prints, from arguments and from standard input, and how it ends.
#include "cli_testing.hpp"
#include "support/paths.hpp"
#include "support/temp_dir.hpp"
#include "support/wait.hpp"

#include <algorithm>
#include <csignal>

namespace
{

using namespace cli_testing;
using support::Completed;
using support::Process;

const char endless[] =
    "with recursive n(i) as (select 1 union all select i + 1 from n) select count(*) from n;";

std::string series(int count)
{
    return "with recursive n(i) as (select 1 union all select i + 1 from n where i < " +
           std::to_string(count) + ") select i, 'a text of some length, number ' || i as t from n";
}

class CliSql : public OnEveryHost
{
  protected:
    // Its arguments, and what it reads when there is no statement among them.
    Completed sql(std::vector<std::string> words, const std::string &input = "")
    {
        words.insert(words.begin(), "sql");
        return support::run(command(GetParam(), words), input, support::patience,
                            GetParam().environment);
    }
    std::string file() const
    {
        return "sqlite:" + folder_.file("test.db");
    }

  private:
    support::TempDir folder_;
};

TEST_P(CliSql, printsATable)
{
    Completed done = sql({"sqlite::memory:", "select 1 as number, 'one' as name, 0.1 as real "
                                             "union all select 20, 'zwölf', null"});

    EXPECT_TRUE(done.succeeded()) << done.errors;
    EXPECT_EQ(done.output, " number | name  | real\n"
                           "--------+-------+------\n"
                           "      1 | one   |  0.1\n"
                           "     20 | zwölf | NULL\n"
                           "(2 rows)\n");
    EXPECT_EQ(done.errors, "");
}

TEST_P(CliSql, statementsOfOneRunShareASession)
{
    Completed done =
        sql({"sqlite::memory:", "create temp table t (i integer); insert into t values (1), (2)",
             "delete from t where i = 1", "select i from t where i > 5"});

    EXPECT_TRUE(done.succeeded()) << done.errors;
    EXPECT_EQ(done.output, "2 rows changed\n1 row changed\n i\n---\n(0 rows)\n");
}

TEST_P(CliSql, readsStatementsFromStandardInput)
{
    Completed done = sql({file()}, "create table t (i integer,\n t text); -- a comment; here\n"
                                   "insert into t values (1, 'a;b');\n\nselect t from t");

    EXPECT_TRUE(done.succeeded()) << done.errors;
    EXPECT_EQ(done.output, "1 row changed\n t\n-----\n a;b\n(1 row)\n");
    EXPECT_EQ(sql({file(), "select count(*) as n from t"}).output, " n\n---\n 1\n(1 row)\n");
}

TEST_P(CliSql, answersEachStatementAsItComes)
{
    Process process(command(GetParam(), {"sql", "--csv", "sqlite::memory:"}),
                    GetParam().environment);

    EXPECT_TRUE(process.write("select 1 as first;\nselect 2"));
    EXPECT_TRUE(process.waitForLine("1"));
    EXPECT_TRUE(process.write(" as second;\n"));
    EXPECT_TRUE(process.waitForLine("2"));
    process.closeInput();
    EXPECT_TRUE(process.wait() && process.wait()->succeeded());
    EXPECT_EQ(process.output(), "first\n1\nsecond\n2\n");
}

TEST_P(CliSql, theFirstThatFailsEndsIt)
{
    Completed done =
        sql({file()}, "create table t (i integer); nonsense; create table u (i text);");

    EXPECT_EQ(done.ending->status, 1);
    EXPECT_NE(done.errors.find("nonsense"), std::string::npos) << done.errors;
    EXPECT_EQ(done.errors.compare(0, 7, "bight: "), 0) << done.errors;
    EXPECT_EQ(sql({file(), "select count(*) from t"}).ending->status, 0);
    EXPECT_EQ(sql({file(), "select count(*) from u"}).ending->status, 1);
}

TEST_P(CliSql, aTransactionThatIsLeftOpenIsRolledBack)
{
    EXPECT_TRUE(sql({file()}, "create table t (i integer);").succeeded());
    EXPECT_TRUE(sql({file()}, "begin; insert into t values (1);").succeeded());
    EXPECT_TRUE(sql({file()}, "begin; insert into t values (2); commit;").succeeded());
    EXPECT_EQ(sql({"--csv", file(), "select i from t"}).output, "i\n2\n");
}

TEST_P(CliSql, streamsCsvToASlowReader)
{
    Process process(command(GetParam(), {"sql", "--csv", "sqlite::memory:", series(100000)}),
                    GetParam().environment);

    // It is stopped by its reader, and does not hold meanwhile what it has not written.
    EXPECT_TRUE(process.waitForLine("i,t"));
    std::optional<support::Ending> ending = process.wait();
    ASSERT_TRUE(ending);
    EXPECT_TRUE(ending->succeeded()) << process.errors();
    EXPECT_EQ(std::count(process.output().begin(), process.output().end(), '\n'), 100001);
    EXPECT_NE(process.output().find("\n100000,\"a text of some length, number 100000\"\n"),
              std::string::npos);
}

TEST_P(CliSql, aSignalEndsAStatementThatNeverEnds)
{
    Process process(command(GetParam(), {"sql", "sqlite::memory:", "select 1;", endless}),
                    GetParam().environment);

    EXPECT_TRUE(process.waitForLine("(1 row)"));
    process.signal(SIGINT);
    std::optional<support::Ending> ending = process.wait();
    ASSERT_TRUE(ending);
    EXPECT_EQ(ending->signal, SIGINT);
}

INSTANTIATE_ON_EVERY_HOST(CliSql);

// What does not depend on the loop.

Completed plain(std::vector<std::string> words, const std::string &input = "")
{
    words.insert(words.begin(), "sql");
    return support::run(command(words), input);
}

TEST(CliSqlOutput, whatMovesTheCursorIsShownAsAnEscape)
{
    Completed done = plain({"sqlite::memory:", "select char(27) || '[2J' || char(10) || char(9) || "
                                               "char(155) as x, cast(x'ff41' as text) as y"});

    EXPECT_EQ(done.output, " x                 | y\n"
                           "-------------------+-------\n"
                           " \\x1b[2J\\n\\t\\u009b | \\xffA\n"
                           "(1 row)\n");
}

TEST(CliSqlOutput, wideAndCombiningLettersKeepTheColumnsStraight)
{
    Completed done = plain({"sqlite::memory:", "select '日本' as a, 'x' as b union all "
                                               "select 'e' || char(769), 'y'"});

    EXPECT_EQ(done.output, " a    | b\n------+---\n 日本 | x\n e\xcc\x81    | y\n(2 rows)\n");
}

TEST(CliSqlOutput, csvTellsNullFromEmptyAndQuotesWhatNeedsIt)
{
    Completed done = plain({"--csv", "sqlite::memory:",
                            "select null as \"a,b\", '' as b, 'say \"hi\"' as c, "
                            "'two' || char(10) || 'lines' as d, 1.0 as e, "
                            "x'00ff' as f, ' x' as g"});

    EXPECT_EQ(done.output,
              "\"a,b\",b,c,d,e,f,g\n,\"\",\"say \"\"hi\"\"\",\"two\nlines\",1.0,\\x00ff,\" x\"\n");
}

TEST(CliSqlOutput, csvHasItsHeadAlsoWithoutRows)
{
    EXPECT_EQ(plain({"--csv", "sqlite::memory:", "create table t (i, j); select * from t"}).output,
              "i,j\n");
}

TEST(CliSqlOutput, jsonIsAnObjectALine)
{
    Completed done = plain({"--json", "sqlite::memory:",
                            "select 1 as i, 'a\"\\' || char(10) || 'ü' as t, null as n, "
                            "9e999 as r, x'0a' as b union all select 2, '', 0.5, 2.5, null"});

    EXPECT_EQ(done.output,
              "{\"i\":1,\"t\":\"a\\\"\\\\\\u000aü\",\"n\":null,\"r\":null,\"b\":\"\\\\x0a\"}\n"
              "{\"i\":2,\"t\":\"\",\"n\":0.5,\"r\":2.5,\"b\":null}\n");
}

TEST(CliSqlOutput, aReaderThatGoesAwayEndsIt)
{
    Completed done =
        support::run({"bash", "-c",
                      "\"$BIGHT\" sql --csv sqlite::memory: \"$STATEMENT\" | head -n 1; "
                      "echo ${PIPESTATUS[0]}"},
                     "", support::patience,
                     {"BIGHT=" + support::program("bight"), "STATEMENT=" + series(1000000)});

    EXPECT_EQ(done.output, "i,t\n1\n");
}

TEST(CliSqlOutput, wrongUseIsTwoAndWhatFailsIsOne)
{
    struct Case {
        std::vector<std::string> words;
        int status;
        const char *message;
    };
    const Case cases[] = {
        {{}, 2, "sql needs DATABASE"},
        {{"notes.db", "select 1"}, 2, "notes.db is no kind of database"},
        {{"sqlite:x?mode=y", "select 1"}, 2, "no such mode \"y\""},
        {{"sqlite:/no/such/folder/x.db", "select 1"}, 1, "/no/such/folder/x.db"},
        {{"sqlite::memory:", "selct 1"}, 1, "selct"},
    };

    for (const Case &each : cases) {
        Completed done = plain(each.words);

        ASSERT_TRUE(done.ending);
        EXPECT_EQ(done.ending->status, each.status) << each.message;
        EXPECT_NE(done.errors.find(each.message), std::string::npos) << done.errors;
        EXPECT_EQ(done.output, "");
    }
}

} // namespace
