// A PostgreSQL server of the test's own, in a folder of its own.
#ifndef BIGHT_TESTS_ADAPTERS_POSTGRESQL_SERVER_HPP
#define BIGHT_TESTS_ADAPTERS_POSTGRESQL_SERVER_HPP

#include "support/process.hpp"
#include "support/temp_dir.hpp"

#include <memory>
#include <string>
#include <vector>

namespace sql
{

class PostgresqlServer
{
  public:
    // Sets a cluster up and starts it. When it cannot, `why` says so and it is of no use.
    PostgresqlServer();
    ~PostgresqlServer();
    PostgresqlServer(const PostgresqlServer &) = delete;
    PostgresqlServer &operator=(const PostgresqlServer &) = delete;

    // The one of this process, started at the first use; "" in `why` when it runs.
    static PostgresqlServer &shared();

    std::string why;  // it does not run
    bool tls = false; // it has a certificate

    void start();
    // Sessions are told that it goes down.
    void stop();

    // The address of a new database: over TCP, or over the UNIX socket.
    std::string freshDatabase(bool overUnix = false);
    std::string address(const std::string &database, bool overUnix = false) const;

    // Runs statements as the superuser, through another program's hands (libpq's blocking ones).
    // Returns the first field, or what went wrong.
    std::string execute(const std::string &statement, const std::string &database = "postgres");

    // The words of a program that runs as the user whom the server runs as, who gets the folder.
    static std::vector<std::string> asUser(const support::TempDir &folder,
                                           const std::vector<std::string> &words);

    int port() const
    {
        return port_;
    }
    const std::string &folder() const
    {
        return folder_.path();
    }

  private:
    void setUp();
    void startShell();
    bool answers();
    bool isOver(); // the server that was started last

    support::TempDir folder_;
    std::string programs_;
    int port_ = 0;
    int count_ = 0, starts_ = 0;
    std::unique_ptr<support::Process> process_;
};

} // namespace sql

#endif
