// One suite for every kind of database: what bight/sql.h promises, as tests that know no database.
//
// A kind joins with a file that fills `backends` (sqlite_backend.cpp, say) and one line in
// CMakeLists.txt.
#ifndef BIGHT_TESTS_ADAPTERS_SQL_SUITE_HPP
#define BIGHT_TESTS_ADAPTERS_SQL_SUITE_HPP

#include "support/guards.hpp"
#include "support/wait.hpp"

#include <bight/deferred.h>
#include <bight/reactor.h>
#include <bight/sql.h>
#include <functional>
#include <gtest/gtest.h>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

namespace sql
{

// A kind of database.
struct Backend {
    const char *name; // as a test's name: letters and digits

    // The address of an empty database, new in each test; "" when there is none to be had: why is
    // in the second, and the test is skipped. Whatever it starts is gone with the last test.
    std::function<std::string(std::string &why)> fresh;

    // Words in which they differ.
    const char *integer, *real, *text, *blob; // types of columns
    const char *endless;                      // a statement that never ends by itself
    const char *prepared; // asks how many statements its connection keeps; fails where it cannot
    bool channels;        // bight_sql_listen() works
    bool threads;         // it has threads of its own while it is open
};

std::ostream &operator<<(std::ostream &stream, const Backend &backend);

std::string nameOf(const testing::TestParamInfo<Backend> &kind);

// Filled by the kind's own file.
extern const std::vector<Backend> backends;

// What a deferred came to, with the values that a test looks at taken out of it.
struct Outcome {
    bight_status status = BIGHT_OK;
    std::string state;   // SQLSTATE, "" without
    std::string message; // of the error and its causes
    int64_t number = 0;  // of execute, script
    int64_t changes = 0; // of a table
    std::size_t rows = 0;
    std::vector<std::string> columns;
    std::vector<std::string> fields; // "NULL", "7", "0.5", "'text'", "x'00ff'", row after row

    // Rows with "|" between the fields and "\n" between them.
    std::string text() const;
};

std::string textOf(const bight_sql_value &value);

// A reactor of its own, and a database on it. A test must leave no descriptor and no thread behind.
class Fixture : public testing::Test
{
  protected:
    void SetUp() override;
    void TearDown() override;

    // Opens the test's database once more, or another one.
    bight_sql *open(const bight_sql_options *options = nullptr);
    bight_sql *openAt(const std::string &address, const bight_sql_options *options = nullptr);

    bool runUntil(const std::function<bool()> &condition,
                  std::chrono::milliseconds timeout = support::patience);
    void runFor(uint64_t duration);

    // Runs the loop until it is done, and takes it.
    Outcome await(bight_deferred *take_deferred);

    // Of a database, or of a transaction.
    Outcome execute(bight_sql *sql, const std::string &statement,
                    const std::vector<bight_sql_value> &values = {});
    Outcome query(bight_sql *sql, const std::string &statement,
                  const std::vector<bight_sql_value> &values = {});
    void mustExecute(const std::string &statement, const std::vector<bight_sql_value> &values = {});
    // The only field, as text.
    std::string field(const std::string &statement,
                      const std::vector<bight_sql_value> &values = {});

    // Closes it, and waits until that is done.
    void close(bight_sql *sql);
    void freeReactor();

    bight_reactor *reactor = nullptr;
    bight_sql *database = nullptr; // closed by the fixture unless it is set to nullptr
    std::string address;

    virtual std::string fresh(std::string &why) = 0;

  private:
    std::unique_ptr<support::FdGuard> fds_;
    std::unique_ptr<support::ThreadGuard> threads_;
};

class Suite : public Fixture, public testing::WithParamInterface<Backend>
{
  protected:
    const Backend &backend() const
    {
        return GetParam();
    }
    std::string fresh(std::string &why) override
    {
        return backend().fresh(why);
    }
    // "create table <name> (<columns>)", where %i, %r, %t and %b are the types of the database.
    void createTable(const std::string &rest);
    std::string types(std::string text) const;
};

// A statement that counts: rows of a number from 1 to `count`, and a text.
std::string series(int count);

// A function that tells rows, and work of a transaction or session, as lambdas. They must outlive
// what is asked with them.
using RowFn = std::function<bight_result(const bight_sql_row &row)>;
bight_result tellRow(const bight_sql_row *row, void *fn);
using WorkFn = std::function<bight_result(bight_sql *sql)>;
bight_result doWork(bight_sql *sql, void *fn);

// Steps as lambdas, for chains in a test: `then` is called with a value; the lambda is freed with
// the chain.
bight_deferred *then(bight_deferred *deferred, std::function<bight_result()> fn);

} // namespace sql

#endif
