// bight sql with a PostgreSQL server.
#include "adapters/sql/postgresql_server.hpp"
#include "cli_testing.hpp"
#include "support/port.hpp"

namespace
{

using namespace cli_testing;
using sql::PostgresqlServer;
using support::Completed;

class CliSqlPostgresql : public OnEveryHost
{
  protected:
    void SetUp() override
    {
        if (!PostgresqlServer::shared().why.empty())
            GTEST_SKIP() << PostgresqlServer::shared().why;
        OnEveryHost::SetUp();
    }
    Completed sql(std::vector<std::string> words, const std::string &input = "")
    {
        words.insert(words.begin(), "sql");
        return support::run(command(GetParam(), words), input, support::patience,
                            GetParam().environment);
    }
};

INSTANTIATE_ON_EVERY_HOST(CliSqlPostgresql);

TEST_P(CliSqlPostgresql, printsATable)
{
    std::string address = PostgresqlServer::shared().address("postgres");
    Completed done = sql({address, "select 1 as number, 'zwölf' as name, null::text as nothing"});

    EXPECT_TRUE(done.succeeded()) << done.errors;
    EXPECT_EQ(done.output, " number | name  | nothing\n"
                           "--------+-------+---------\n"
                           "      1 | zwölf | NULL\n"
                           "(1 row)\n");
}

TEST_P(CliSqlPostgresql, runsAScriptOnOneConnection)
{
    Completed done = sql({PostgresqlServer::shared().address("postgres", true)},
                         "begin; create temp table t (i int);\n"
                         "insert into t values (1), (2); commit; select i from t order by i");

    EXPECT_TRUE(done.succeeded()) << done.errors;
    EXPECT_NE(done.output.find(" 1\n 2\n(2 rows)\n"), std::string::npos) << done.output;
}

TEST_P(CliSqlPostgresql, failsWithTheServersWords)
{
    std::string address = PostgresqlServer::shared().address("postgres");
    Completed wrong = sql({address, "selct 1"});
    Completed nobody =
        sql({"postgresql://bight:secret@127.0.0.1:" + std::to_string(support::freePort()) + "/x",
             "select 1"});

    EXPECT_EQ(wrong.ending->status, 1);
    EXPECT_NE(wrong.errors.find("syntax error at or near \"selct\""), std::string::npos)
        << wrong.errors;
    EXPECT_EQ(nobody.ending->status, 1);
    EXPECT_NE(nobody.errors.find("Connection refused"), std::string::npos) << nobody.errors;
    EXPECT_EQ(nobody.errors.find("secret"), std::string::npos) << nobody.errors;
}

TEST_P(CliSqlPostgresql, stopsTheStatementAtTheServerWhenItIsInterrupted)
{
    auto &server = PostgresqlServer::shared();
    auto running = [&] {
        return server.execute("select count(*) from pg_stat_activity where state = 'active' and "
                              "query like 'select pg_sleep(61)%'");
    };
    support::Process process(
        command(GetParam(), {"sql", server.address("postgres"), "select pg_sleep(61)"}),
        GetParam().environment);

    EXPECT_TRUE(support::waitUntil([&] { return running() == "1"; }));
    process.signal(SIGINT);
    EXPECT_TRUE(process.wait(support::patience).has_value());
    EXPECT_TRUE(support::waitUntil([&] { return running() == "0"; }));
}

TEST_P(CliSqlPostgresql, printsBooleansAsJson)
{
    Completed done = sql({"--json", PostgresqlServer::shared().address("postgres"),
                          "select true as t, false as f, null::bool as n, 1 as i"});

    EXPECT_EQ(done.output, "{\"t\":true,\"f\":false,\"n\":null,\"i\":1}\n") << done.errors;
}

} // namespace
