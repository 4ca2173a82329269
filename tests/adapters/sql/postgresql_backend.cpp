// PostgreSQL in the suite: a server of the test's own, and a database in it for each test.
#include "adapters/sql/postgresql_server.hpp"
#include "adapters/sql/sql_suite.hpp"

namespace
{

std::string freshDatabase(std::string &why, bool overUnix)
{
    auto &server = sql::PostgresqlServer::shared();

    why = server.why;
    return why.empty() ? server.freshDatabase(overUnix) : "";
}

} // namespace

namespace sql
{

const std::vector<Backend> backends = {
    {"postgresql", [](std::string &why) { return freshDatabase(why, false); }, "bigint",
     "double precision", "text", "bytea", "select count(*) from generate_series(1, 1e15::bigint)",
     "select count(*) from pg_prepared_statements", true, false},
};

} // namespace sql
