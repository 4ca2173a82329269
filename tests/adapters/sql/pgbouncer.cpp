#include "adapters/sql/pgbouncer.hpp"

#include "adapters/sql/postgresql_server.hpp"
#include "support/paths.hpp"
#include "support/port.hpp"

#include <filesystem>
#include <libpq-fe.h>

namespace sql
{

namespace
{

std::string settings(const PostgresqlServer &server, int port, int connections)
{
    return "[databases]\n"
           "* = host=127.0.0.1 port=" +
           std::to_string(server.port()) +
           " user=bight\n"
           "[pgbouncer]\n"
           "listen_addr = 127.0.0.1\n"
           "listen_port = " +
           std::to_string(port) +
           "\n"
           "unix_socket_dir =\n"
           "auth_type = any\n"
           "pool_mode = transaction\n"
           "ignore_startup_parameters = extra_float_digits\n"
           "default_pool_size = " +
           std::to_string(connections) + "\n";
}

} // namespace

PgBouncer::PgBouncer(const PostgresqlServer &server, int connections)
{
    std::string program = support::peerProgram("pgbouncer");

    if (program.empty()) {
        why = "there is no PgBouncer here (the package pgbouncer)";
        return;
    }
    // It refuses to run as root, and another user may not see the folder that it was unpacked in.
    std::filesystem::copy_file(program, folder_.file("pgbouncer"));
    program = folder_.file("pgbouncer");
    port_ = support::freePort();
    std::string file = folder_.write("pgbouncer.ini", settings(server, port_, connections));
    process_ =
        std::make_unique<support::Process>(PostgresqlServer::asUser(folder_, {program, file}));
    if (!support::waitUntil(
            [&] { return answers() || process_->wait(std::chrono::milliseconds(0)); },
            support::patience) ||
        !answers())
        why = "PgBouncer did not start: " + process_->errors();
}

std::string PgBouncer::address(const std::string &database) const
{
    return "postgresql://bight@127.0.0.1:" + std::to_string(port_) + "/" + database +
           "?sslmode=disable";
}

bool PgBouncer::answers() const
{
    return PQping(address("postgres").c_str()) == PQPING_OK;
}

} // namespace sql
