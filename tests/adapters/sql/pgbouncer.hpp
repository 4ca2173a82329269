// A PgBouncer of the test's own, in front of the server of the test.
#ifndef BIGHT_TESTS_ADAPTERS_PGBOUNCER_HPP
#define BIGHT_TESTS_ADAPTERS_PGBOUNCER_HPP

#include "support/process.hpp"
#include "support/temp_dir.hpp"

#include <memory>
#include <string>

namespace sql
{

class PostgresqlServer;

class PgBouncer
{
  public:
    // Starts one that gives each transaction one of `connections` of the server's. It ends with the
    // object. When there is none here, or it does not start, `why` says so.
    PgBouncer(const PostgresqlServer &server, int connections);

    // A database of the server, through it.
    std::string address(const std::string &database) const;

    std::string why; // it does not run

  private:
    bool answers() const;

    support::TempDir folder_;
    int port_ = 0;
    std::unique_ptr<support::Process> process_;
};

} // namespace sql

#endif
