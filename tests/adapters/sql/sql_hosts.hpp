// A test of PostgreSQL on each loop: a database of its own, and what comes of questions to it.
#ifndef BIGHT_TESTS_ADAPTERS_SQL_HOSTS_HPP
#define BIGHT_TESTS_ADAPTERS_SQL_HOSTS_HPP

#include "adapters/conformance.hpp"
#include "adapters/sql/postgresql_server.hpp"
#include "adapters/sql/sql_suite.hpp"

#include <bight/sql.h>
#include <string>
#include <utility>

namespace sql
{

class OnHosts : public conformance::Conformance
{
  protected:
    void SetUp() override
    {
        if (!server().why.empty())
            GTEST_SKIP() << server().why;
        if (host().virtualTime)
            GTEST_SKIP() << "a server does not answer within virtual time";
        Conformance::SetUp();
        address = server().freshDatabase();
        database = openAt(address);
        ASSERT_NE(database, nullptr);
    }
    void TearDown() override
    {
        if (reactor == nullptr)
            return;
        if (database != nullptr)
            close(std::exchange(database, nullptr));
        Conformance::TearDown();
    }
    static PostgresqlServer &server()
    {
        return PostgresqlServer::shared();
    }
    bight_sql *openAt(const std::string &where, const bight_sql_options *options = nullptr)
    {
        bight_sql *sql = nullptr;

        EXPECT_EQ(bight_sql_open(reactor, where.c_str(), options, nullptr, &sql), BIGHT_OK);
        return sql;
    }
    bight_result await(bight_deferred *take_deferred)
    {
        bight_result result = bight_result_value(nullptr);

        EXPECT_TRUE(bight_deferred_is_done(take_deferred) ||
                    runUntil([&] { return bight_deferred_is_done(take_deferred); }));
        EXPECT_TRUE(bight_deferred_take(take_deferred, &result));
        bight_deferred_free(take_deferred);
        return result;
    }
    bight_status statusOf(bight_deferred *take_deferred)
    {
        bight_result result = await(take_deferred);
        bight_status status =
            result.error != nullptr ? bight_error_get_status(result.error) : BIGHT_OK;

        why = result.error != nullptr ? bight_error_get_message(result.error) : "";
        bight_result_free(result);
        return status;
    }
    void close(bight_sql *sql)
    {
        EXPECT_EQ(statusOf(bight_sql_close(sql)), BIGHT_OK);
    }
    std::string fieldOf(bight_sql *sql, const char *statement)
    {
        bight_result result = await(bight_sql_query(sql, statement, nullptr, 0));
        std::string text = "an error";

        if (result.error != nullptr)
            text = bight_error_get_message(result.error);
        else
            text = textOf(*bight_sql_table_at(bight_result_get_table(result), 0, 0));
        bight_result_free(result);
        return text;
    }
    std::string field(const char *statement)
    {
        return fieldOf(database, statement);
    }

    bight_sql *database = nullptr;
    std::string address, why; // the message of the last error
};

} // namespace sql

#endif
