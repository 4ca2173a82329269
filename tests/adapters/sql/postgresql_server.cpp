#include "adapters/sql/postgresql_server.hpp"

#include "support/port.hpp"

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <libpq-fe.h>
#include <pwd.h>
#include <unistd.h>
#include <vector>

namespace sql
{

namespace
{

using Words = std::vector<std::string>;

// The newest version in the place where Debian has them; elsewhere they are in PATH.
std::string findPrograms()
{
    namespace fs = std::filesystem;
    std::string best;
    std::error_code ignored;

    for (const auto &entry : fs::directory_iterator("/usr/lib/postgresql", ignored))
        if (fs::exists(entry.path() / "bin/postgres"))
            best = std::max(best, (entry.path() / "bin").string());
    if (!best.empty())
        return best;
    std::string path = getenv("PATH") != nullptr ? getenv("PATH") : "";
    for (size_t from = 0; from <= path.size();) {
        size_t end = std::min(path.find(':', from), path.size());
        std::string folder = path.substr(from, end - from);
        if (fs::exists(folder + "/postgres", ignored) && fs::exists(folder + "/initdb", ignored))
            return folder;
        from = end + 1;
    }
    return "";
}

// The server refuses to run as root; then it is the user that its package has made, or nobody.
const passwd *otherUser()
{
    if (geteuid() != 0)
        return nullptr;
    const passwd *user = getpwnam("postgres");
    return user != nullptr ? user : getpwnam("nobody");
}

Words asOther(Words words)
{
    const passwd *user = otherUser();

    if (user == nullptr)
        return words;
    Words all = {"setpriv", "--reuid=" + std::to_string(user->pw_uid),
                 "--regid=" + std::to_string(user->pw_gid), "--clear-groups", "--pdeathsig=QUIT"};
    all.insert(all.end(), words.begin(), words.end());
    return all;
}

} // namespace

std::vector<std::string> PostgresqlServer::asUser(const support::TempDir &folder,
                                                  const std::vector<std::string> &words)
{
    const passwd *user = otherUser();

    if (user != nullptr && chown(folder.path().c_str(), user->pw_uid, user->pw_gid) != 0)
        return {"false"};
    return asOther(words);
}

PostgresqlServer &PostgresqlServer::shared()
{
    static PostgresqlServer server;
    return server;
}

PostgresqlServer::PostgresqlServer() : programs_(findPrograms())
{
    // What the environment says of databases is not meant for the tests.
    for (const char *name : {"PGHOST", "PGHOSTADDR", "PGPORT", "PGUSER", "PGPASSWORD", "PGDATABASE",
                             "PGSERVICE", "PGOPTIONS", "PGSSLMODE"})
        unsetenv(name);
    if (programs_.empty())
        why = "there is no PostgreSQL server here (the package postgresql)";
    else
        setUp();
    if (why.empty())
        start();
}

PostgresqlServer::~PostgresqlServer()
{
    if (process_ != nullptr)
        stop();
}

void PostgresqlServer::setUp()
{
    const passwd *user = otherUser();
    std::string data = folder_.file("data");

    if (user != nullptr && chown(folder_.path().c_str(), user->pw_uid, user->pw_gid) != 0) {
        why = "the folder of the server cannot be given to another user";
        return;
    }
    auto done =
        support::run(asOther({programs_ + "/initdb", "-D", data, "-U", "bight", "-A", "trust", "-E",
                              "UTF8", "--locale=C", "--no-sync", "--no-instructions"}),
                     {}, 3 * support::patience);
    if (!done.succeeded()) {
        why = "initdb failed: " + done.errors;
        return;
    }
    // Its own certificate, for a name that nobody uses.
    tls = support::run(asOther({"openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                                "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj",
                                "/CN=database.test", "-keyout", data + "/server.key", "-out",
                                data + "/server.crt"}))
              .succeeded();
    std::ofstream(data + "/pg_hba.conf") << "host all locked 127.0.0.1/32 scram-sha-256\n"
                                            "local all all trust\n"
                                            "host all all 127.0.0.1/32 trust\n"
                                            "host all all ::1/128 trust\n";
}

bool PostgresqlServer::answers()
{
    std::string text =
        "host=" + folder() + " port=" + std::to_string(port_) + " user=bight dbname=postgres";

    return PQping(text.c_str()) == PQPING_OK;
}

// One shell for the test's life starts the server whenever it reads a line, so that a server that
// is started again opens no descriptor in the test. The port is chosen once. The log goes to a
// file: a pipe that nobody reads would stop the server.
void PostgresqlServer::startShell()
{
    std::string command = "while read go; do setpriv --pdeathsig=QUIT " + programs_ +
                          "/postgres -D " + folder_.file("data") + " -k " + folder() + " -p " +
                          std::to_string(port_) +
                          " -h 127.0.0.1 -F -c max_connections=40 -c shared_buffers=16MB"
                          " -c autovacuum=off" +
                          (tls ? " -c ssl=on" : "") + " -c log_min_messages=warning >>" +
                          folder_.file("log") + " 2>&1; echo over; done";

    process_ = std::make_unique<support::Process>(asOther({"sh", "-c", command}));
}

void PostgresqlServer::start()
{
    if (port_ == 0)
        port_ = support::freePort();
    if (process_ == nullptr)
        startShell();
    starts_++;
    process_->write("go\n");
    if (support::waitUntil([&] { return answers() || isOver(); }, 3 * support::patience) &&
        !isOver())
        return;
    std::ifstream log(folder_.file("log"));
    why = "the server did not start: " +
          std::string(std::istreambuf_iterator<char>(log), std::istreambuf_iterator<char>());
}

bool PostgresqlServer::isOver()
{
    const std::string &text = process_->output();

    return static_cast<int>(std::count(text.begin(), text.end(), '\n')) >= starts_;
}

void PostgresqlServer::stop()
{
    pid_t pid = 0;

    std::ifstream(folder_.file("data/postmaster.pid")) >> pid;
    if (process_ == nullptr || isOver() || pid <= 0)
        return;
    kill(pid, SIGINT);
    support::waitUntil([&] { return isOver(); });
}

std::string PostgresqlServer::address(const std::string &database, bool overUnix) const
{
    if (overUnix)
        return "postgresql:host=" + folder() + " port=" + std::to_string(port_) +
               " user=bight dbname=" + database;
    return "postgresql://bight@127.0.0.1:" + std::to_string(port_) + "/" + database +
           "?sslmode=disable";
}

std::string PostgresqlServer::freshDatabase(bool overUnix)
{
    std::string name = "suite" + std::to_string(++count_);
    std::string result = execute("create database " + name + " strategy file_copy");

    return result.empty() ? address(name, overUnix) : "";
}

std::string PostgresqlServer::execute(const std::string &statement, const std::string &database)
{
    std::string text = address(database).c_str(), found;
    PGconn *conn = PQconnectdb(text.c_str());
    PGresult *result = PQexec(conn, statement.c_str());
    ExecStatusType status = PQresultStatus(result);

    if (status == PGRES_TUPLES_OK && PQntuples(result) > 0)
        found = PQgetvalue(result, 0, 0);
    else if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK)
        found = PQerrorMessage(conn);
    PQclear(result);
    PQfinish(conn);
    return found;
}

} // namespace sql
