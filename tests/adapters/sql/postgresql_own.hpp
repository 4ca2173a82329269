// A test of PostgreSQL alone: a database of its own on the shared server.
#ifndef BIGHT_TESTS_ADAPTERS_POSTGRESQL_OWN_HPP
#define BIGHT_TESTS_ADAPTERS_POSTGRESQL_OWN_HPP

#include "adapters/sql/postgresql_server.hpp"
#include "adapters/sql/sql_suite.hpp"

namespace sql
{

class Postgresql : public Fixture
{
  protected:
    std::string fresh(std::string &why) override
    {
        why = server().why;
        return why.empty() ? server().freshDatabase() : "";
    }
    static PostgresqlServer &server()
    {
        return PostgresqlServer::shared();
    }
    // What comes of connecting to an address.
    Outcome connectTo(const std::string &where, uint64_t timeout = BIGHT_SEC(20))
    {
        bight_sql_options options = BIGHT_SQL_OPTIONS_INIT;
        options.connect_timeout = timeout;
        bight_sql *other = openAt(where, &options);
        Outcome outcome = await(bight_sql_connect(other));
        close(other);
        return outcome;
    }
    // The same over the server's port, with another host in front or instead.
    std::string at(const std::string &host) const
    {
        return "postgresql://bight@" + host + ":" + std::to_string(server().port()) + "/postgres";
    }
    // One connection, so that what follows is on the same.
    bight_sql *single()
    {
        bight_sql_options options = BIGHT_SQL_OPTIONS_INIT;
        options.connections = 1;
        return open(&options);
    }
};

} // namespace sql

#endif
