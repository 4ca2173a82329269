// What rows of a database cost beside plain C: bight_sql_each() over SQLite and PostgreSQL next to
// sqlite3_step() and PQexec(), and how many turns of the loop a row and a query take.
//
//     ./run bench sql [ROWS]
//
// The turns are counted and therefore the same on every machine. The PostgreSQL server is one of
// the benchmark's own, reached over a UNIX socket; without its programs those lines are left out.
// With --smoke it does little, to see that it works.
#include "adapters/sql/postgresql_server.hpp"

#include <algorithm>
#include <bight/later.h>
#include <bight/reactor.h>
#include <bight/sql.h>
#include <bight/value.h>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <endian.h>
#include <functional>
#include <libpq-fe.h>
#include <sqlite3.h>
#include <string>
#include <vector>

namespace
{

constexpr const char *statement = "select i, name from n limit $1";
constexpr const char *fill = "insert into n with recursive s(i) as (select 1 union all select i + 1"
                             " from s where i < $1) select i, 'row ' || i from s";

uint64_t rows = 200000;
int rounds = 5;

void need(bool worked, const char *what)
{
    if (worked)
        return;
    std::fprintf(stderr, "bench-sql: %s\n", what);
    std::exit(EXIT_FAILURE);
}

// -- By hand --

// Returns how many rows it has seen. Reads both fields, as tellRow() has them.
const char *const inserting = "insert into made values ($1, $2)";

using ByHand = std::function<uint64_t(uint64_t count)>;

class SqliteByHand
{
  public:
    explicit SqliteByHand(const std::string &path)
    {
        need(sqlite3_open(path.c_str(), &handle_) == SQLITE_OK, "sqlite3_open");
    }
    ~SqliteByHand()
    {
        sqlite3_close(handle_);
    }
    SqliteByHand(const SqliteByHand &) = delete;
    SqliteByHand &operator=(const SqliteByHand &) = delete;

    uint64_t read(uint64_t count)
    {
        sqlite3_stmt *cursor = nullptr;
        uint64_t seen = 0;

        need(sqlite3_prepare_v2(handle_, statement, -1, &cursor, nullptr) == SQLITE_OK, "prepare");
        sqlite3_bind_int64(cursor, 1, static_cast<int64_t>(count));
        while (sqlite3_step(cursor) == SQLITE_ROW)
            if (sqlite3_column_int64(cursor, 0) > 0 && sqlite3_column_text(cursor, 1) != nullptr)
                seen++;
        sqlite3_finalize(cursor);
        return seen;
    }

    // In one transaction, with one statement that is prepared.
    uint64_t insert(uint64_t count)
    {
        sqlite3_stmt *cursor = nullptr;

        sqlite3_exec(handle_, "begin immediate", nullptr, nullptr, nullptr);
        need(sqlite3_prepare_v2(handle_, inserting, -1, &cursor, nullptr) == SQLITE_OK, "prepare");
        for (uint64_t i = 0; i < count; i++) {
            sqlite3_bind_int64(cursor, 1, static_cast<int64_t>(i));
            sqlite3_bind_text(cursor, 2, "row", 3, SQLITE_STATIC);
            need(sqlite3_step(cursor) == SQLITE_DONE, "insert");
            sqlite3_reset(cursor);
        }
        sqlite3_finalize(cursor);
        sqlite3_exec(handle_, "commit", nullptr, nullptr, nullptr);
        return count;
    }

  private:
    sqlite3 *handle_ = nullptr;
};

class PostgresqlByHand
{
  public:
    explicit PostgresqlByHand(const std::string &words) : conn_(PQconnectdb(words.c_str()))
    {
        need(PQstatus(conn_) == CONNECTION_OK, PQerrorMessage(conn_));
    }
    ~PostgresqlByHand()
    {
        PQfinish(conn_);
    }
    PostgresqlByHand(const PostgresqlByHand &) = delete;
    PostgresqlByHand &operator=(const PostgresqlByHand &) = delete;

    uint64_t read(uint64_t count)
    {
        std::string text =
            std::string(statement, std::strlen(statement) - 2) + std::to_string(count);
        PGresult *result = PQexec(conn_, text.c_str());
        uint64_t seen = 0;

        need(PQresultStatus(result) == PGRES_TUPLES_OK, PQerrorMessage(conn_));
        for (int row = 0; row < PQntuples(result); row++)
            if (std::strtoll(PQgetvalue(result, row, 0), nullptr, 10) > 0 &&
                PQgetvalue(result, row, 1)[0] == 'r')
                seen++;
        PQclear(result);
        return seen;
    }

    // In one pipeline. Blocking, so that libpq itself empties the socket while it sends.
    uint64_t insert(uint64_t count)
    {
        const Oid types[] = {23, 25};

        need(PQenterPipelineMode(conn_) == 1, "pipeline");
        need(PQsendPrepare(conn_, "", inserting, 2, types) == 1, "prepare");
        for (uint64_t i = 0; i < count; i++) {
            uint32_t number = htobe32(static_cast<uint32_t>(i));
            const char *values[] = {reinterpret_cast<const char *>(&number), "row"};
            const int lengths[] = {4, 3}, formats[] = {1, 0};
            need(PQsendQueryPrepared(conn_, "", 2, values, lengths, formats, 0) == 1, "insert");
        }
        need(PQpipelineSync(conn_) == 1, "sync");
        for (bool over = false; !over;) {
            PGresult *result = PQgetResult(conn_);
            over = result != nullptr && PQresultStatus(result) == PGRES_PIPELINE_SYNC;
            need(result == nullptr || over || PQresultStatus(result) == PGRES_COMMAND_OK,
                 PQerrorMessage(conn_));
            PQclear(result);
        }
        need(PQexitPipelineMode(conn_) == 1, "end of the pipeline");
        return count;
    }

  private:
    PGconn *conn_;
};

// -- With Bight --

class Database
{
  public:
    Database(const std::string &address, size_t batch) : reactor_(bight_reactor_new())
    {
        bight_sql_options options = BIGHT_SQL_OPTIONS_INIT;

        options.connections = 1;
        options.batch = batch;
        need(reactor_ != nullptr &&
                 bight_sql_open(reactor_, address.c_str(), &options, nullptr, &sql_) == BIGHT_OK,
             "bight_sql_open");
        await(bight_sql_connect(sql_));
    }
    ~Database()
    {
        await(bight_sql_close(sql_));
        bight_reactor_free(reactor_);
    }
    Database(const Database &) = delete;
    Database &operator=(const Database &) = delete;

    void execute(const char *text, const std::vector<bight_sql_value> &values = {})
    {
        await(bight_sql_execute(sql_, text, values.data(), values.size()));
    }

    uint64_t each(uint64_t count, bool waits)
    {
        bight_sql_value limit = bight_sql_integer(static_cast<int64_t>(count));

        seen_ = 0;
        waits_ = waits;
        await(bight_sql_each(sql_, statement, &limit, 1, tellRow, this));
        return seen_;
    }

    // One query after the other, the next when the one before has been answered.
    uint64_t queries(uint64_t count)
    {
        left_ = count;
        await(bight_deferred_loop(bight_deferred_fired(nullptr, nullptr), askNext, this));
        return count;
    }

    uint64_t insert(uint64_t count)
    {
        std::vector<bight_sql_value> values;

        for (uint64_t i = 0; i < count; i++) {
            values.push_back(bight_sql_integer(static_cast<int64_t>(i)));
            values.push_back(bight_sql_text("row"));
        }
        await(bight_sql_execute_many(sql_, inserting, values.data(), 2, count));
        return count;
    }

    uint64_t turns() const
    {
        bight_reactor_stats stats = {};

        stats.size = sizeof(stats);
        bight_reactor_get_stats(reactor_, &stats);
        return stats.turns;
    }

  private:
    static bight_result tellRow(const bight_sql_row *row, void *data)
    {
        auto *self = static_cast<Database *>(data);

        if (row->values[0].integer > 0 && bight_sql_value_get_text(&row->values[1])[0] == 'r')
            self->seen_++;
        return self->waits_ ? bight_result_wait(bight_delay(self->reactor_, 0))
                            : bight_result_value(nullptr);
    }

    static bight_result askNext(bight_result in, void *data)
    {
        auto *self = static_cast<Database *>(data);

        if (in.error != nullptr || self->left_ == 0)
            return in;
        bight_result_free(in);
        self->left_--;
        return bight_result_wait(bight_sql_query(self->sql_, "select 1", nullptr, 0));
    }

    static bight_result onDone(bight_result in, void *data)
    {
        need(in.error == nullptr, in.error != nullptr ? bight_error_get_message(in.error) : "");
        bight_reactor_stop(static_cast<bight_reactor *>(data));
        return in;
    }

    void await(bight_deferred *take_deferred)
    {
        bight_deferred_both(take_deferred, onDone, reactor_);
        while (!bight_deferred_is_done(take_deferred))
            need(bight_reactor_run(reactor_) == BIGHT_OK, "run");
        bight_deferred_free(take_deferred);
    }

    bight_reactor *reactor_;
    bight_sql *sql_ = nullptr;
    uint64_t seen_ = 0, left_ = 0;
    bool waits_ = false;
};

// -- Measuring --

double median(std::vector<double> values)
{
    std::sort(values.begin(), values.end());
    return values[values.size() / 2];
}

double rateOf(uint64_t count, const std::function<uint64_t(uint64_t)> &run)
{
    uint64_t start = bight_monotonic_now();

    need(run(count) == count, "rows are missing");
    return static_cast<double>(count) /
           (static_cast<double>(bight_monotonic_now() - start) / BIGHT_SEC(1));
}

// `byHand` may be empty: then there is nothing of the kind to compare with.
void measure(const char *what, uint64_t count, Database &database, const ByHand &byHand,
             const std::function<uint64_t(uint64_t)> &run)
{
    std::vector<double> plain, ours;
    uint64_t turns = 0;

    for (int i = 0; i < rounds; i++) {
        uint64_t before = database.turns();

        if (byHand)
            plain.push_back(rateOf(count, byHand));
        ours.push_back(rateOf(count, run));
        turns = database.turns() - before;
    }
    std::printf("  %-28s %10.0f", what, median(ours));
    if (byHand)
        std::printf(" %10.0f %7.0f %%", median(plain), 100 * median(ours) / median(plain));
    else
        std::printf(" %10s %9s", "", "");
    std::printf(" %9.3f\n", static_cast<double>(turns) / static_cast<double>(count));
}

void measureAll(const char *name, const std::string &address, const ByHand &byHand,
                const ByHand &insertByHand)
{
    Database whole(address, 65536), single(address, 1);
    uint64_t few = std::max<uint64_t>(rows / 20, 1);

    std::printf("%s\n", name);
    measure("rows, batches of 64 KiB", rows, whole, byHand,
            [&](uint64_t count) { return whole.each(count, false); });
    measure("rows, one a batch", few, single, nullptr,
            [&](uint64_t count) { return single.each(count, false); });
    measure("rows, each waited for", few, whole, nullptr,
            [&](uint64_t count) { return whole.each(count, true); });
    measure("queries of one row", few, whole, nullptr,
            [&](uint64_t count) { return whole.queries(count); });
    measure("inserts, many at once", std::min<uint64_t>(rows, 20000), whole, insertByHand,
            [&](uint64_t count) { return whole.insert(count); });
}

void prepare(const std::string &address)
{
    Database database(address, 65536);

    database.execute("create table made (i int, name text)");
    database.execute("create table n (i bigint, name text)");
    database.execute(fill, {bight_sql_integer(static_cast<int64_t>(rows))});
}

void measureSqlite()
{
    support::TempDir folder;
    std::string path = folder.file("bench.db");

    prepare("sqlite:" + path);
    SqliteByHand byHand(path);
    measureAll(
        "SQLite", "sqlite:" + path, [&](uint64_t count) { return byHand.read(count); },
        [&](uint64_t count) { return byHand.insert(count); });
}

void measurePostgresql()
{
    sql::PostgresqlServer server;

    if (!server.why.empty()) {
        std::printf("PostgreSQL is left out: %s\n", server.why.c_str());
        return;
    }
    std::string address = server.freshDatabase(true);
    prepare(address);
    PostgresqlByHand byHand(address.substr(address.find(':') + 1));
    measureAll(
        "PostgreSQL", address, [&](uint64_t count) { return byHand.read(count); },
        [&](uint64_t count) { return byHand.insert(count); });
}

} // namespace

int main(int count, char **words)
{
    if (count == 2 && std::strcmp(words[1], "--smoke") == 0) {
        rows = 2000;
        rounds = 1;
    } else if (count == 2) {
        rows = std::strtoull(words[1], nullptr, 10);
    }
    need(rows > 0, "how many rows?");
    std::printf("%-30s %10s %10s %9s %9s\n", "a second; medians", "Bight", "by hand", "of which",
                "turns");
    measureSqlite();
    measurePostgresql();
    return EXIT_SUCCESS;
}
