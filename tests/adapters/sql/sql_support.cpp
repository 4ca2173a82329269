#include "adapters/sql/sql_suite.hpp"

#include "adapters/loop.hpp"

#include <bight/value.h>
#include <cstring>

namespace sql
{

std::ostream &operator<<(std::ostream &stream, const Backend &backend)
{
    return stream << backend.name;
}

std::string nameOf(const testing::TestParamInfo<Backend> &kind)
{
    return kind.param.name;
}

std::string textOf(const bight_sql_value &value)
{
    char buffer[32];
    std::string bytes(reinterpret_cast<const char *>(value.bytes.data), value.bytes.size);

    switch (value.type) {
    case BIGHT_SQL_INTEGER:
        return std::to_string(value.integer);
    case BIGHT_SQL_REAL:
        std::snprintf(buffer, sizeof(buffer), "%.17g", value.real);
        return buffer;
    case BIGHT_SQL_TEXT:
        return "'" + bytes + "'";
    case BIGHT_SQL_BLOB:
        break;
    default:
        return "NULL";
    }
    std::string hex = "x'";
    for (unsigned char byte : bytes) {
        std::snprintf(buffer, sizeof(buffer), "%02x", byte);
        hex += buffer;
    }
    return hex + "'";
}

std::string Outcome::text() const
{
    std::string all;

    for (std::size_t i = 0; i < fields.size(); i++) {
        if (i > 0)
            all += i % columns.size() == 0 ? "\n" : "|";
        all += fields[i];
    }
    return all;
}

namespace
{

void takeError(const bight_error *error, Outcome &outcome)
{
    char state[6];

    outcome.status = bight_error_get_status(error);
    if (bight_sql_error_get_state(error, state))
        outcome.state = state;
    outcome.message = bight_error_get_message(error);
}

void takeTable(const bight_sql_table *table, Outcome &outcome)
{
    outcome.rows = table->row_count;
    outcome.changes = table->changes;
    for (std::size_t i = 0; i < table->column_count; i++)
        outcome.columns.emplace_back(table->columns[i].name);
    if (table->values == nullptr)
        return;
    for (std::size_t row = 0; row < table->row_count; row++)
        for (std::size_t column = 0; column < table->column_count; column++)
            outcome.fields.push_back(textOf(*bight_sql_table_at(table, row, column)));
}

} // namespace

void Fixture::SetUp()
{
    std::string why;

    address = fresh(why);
    if (address.empty())
        GTEST_SKIP() << why;
    fds_ = std::make_unique<support::FdGuard>();
    threads_ = std::make_unique<support::ThreadGuard>();
    reactor = bight_reactor_new();
    ASSERT_NE(reactor, nullptr);
    database = open();
}

void Fixture::TearDown()
{
    if (database != nullptr)
        close(database);
    database = nullptr;
    freeReactor();
    threads_.reset();
    fds_.reset();
}

bight_sql *Fixture::open(const bight_sql_options *options)
{
    return openAt(address, options);
}

bight_sql *Fixture::openAt(const std::string &where, const bight_sql_options *options)
{
    bight_error *error = nullptr;
    bight_sql *sql = nullptr;

    if (bight_sql_open(reactor, where.c_str(), options, &error, &sql) != BIGHT_OK) {
        ADD_FAILURE() << bight_error_get_message(error);
        bight_error_unref(error);
    }
    return sql;
}

bool Fixture::runUntil(const std::function<bool()> &condition, std::chrono::milliseconds timeout)
{
    bool late = false;
    conformance::Timer limit(reactor, [&] {
        late = true;
        bight_reactor_stop(reactor);
    });
    conformance::Timer look(reactor, [&] {
        if (condition())
            bight_reactor_stop(reactor);
    });

    limit.start(BIGHT_MSEC(timeout.count()));
    look.repeat(BIGHT_USEC(200));
    while (!condition() && !late)
        EXPECT_EQ(bight_reactor_run(reactor), BIGHT_OK);
    return !late;
}

void Fixture::runFor(uint64_t duration)
{
    uint64_t end = bight_monotonic_now() + duration;

    runUntil([&] { return bight_monotonic_now() >= end; });
}

Outcome Fixture::await(bight_deferred *take_deferred)
{
    bight_result result;
    Outcome outcome;

    if (take_deferred == nullptr) {
        outcome.status = BIGHT_ERROR_NO_MEMORY;
        return outcome;
    }
    EXPECT_TRUE(runUntil([&] { return bight_deferred_is_done(take_deferred); }));
    if (!bight_deferred_take(take_deferred, &result)) {
        outcome.status = BIGHT_ERROR_TIMED_OUT;
        outcome.message = "the test waited in vain";
        bight_deferred_cancel(take_deferred);
    } else {
        if (result.error != nullptr)
            takeError(result.error, outcome);
        else if (result.destroy == bight_sql_table_free)
            takeTable(bight_result_get_table(result), outcome);
        else if (result.destroy == bight_value_int)
            outcome.number = bight_result_get_int(result);
        bight_result_free(result);
    }
    bight_deferred_free(take_deferred);
    return outcome;
}

Outcome Fixture::execute(bight_sql *sql, const std::string &statement,
                         const std::vector<bight_sql_value> &values)
{
    return await(bight_sql_execute(sql, statement.c_str(), values.data(), values.size()));
}

Outcome Fixture::query(bight_sql *sql, const std::string &statement,
                       const std::vector<bight_sql_value> &values)
{
    return await(bight_sql_query(sql, statement.c_str(), values.data(), values.size()));
}

void Fixture::mustExecute(const std::string &statement, const std::vector<bight_sql_value> &values)
{
    Outcome outcome = execute(database, statement, values);

    ASSERT_EQ(outcome.status, BIGHT_OK) << statement << ": " << outcome.message;
}

std::string Fixture::field(const std::string &statement, const std::vector<bight_sql_value> &values)
{
    Outcome outcome = query(database, statement, values);

    EXPECT_EQ(outcome.status, BIGHT_OK) << statement << ": " << outcome.message;
    EXPECT_EQ(outcome.fields.size(), 1u) << statement;
    return outcome.fields.empty() ? "" : outcome.fields[0];
}

void Fixture::close(bight_sql *sql)
{
    Outcome outcome = await(bight_sql_close(sql));

    EXPECT_EQ(outcome.status, BIGHT_OK) << outcome.message;
}

void Fixture::freeReactor()
{
    bight_reactor_free(reactor);
    reactor = nullptr;
}

std::string Suite::types(std::string text) const
{
    const std::pair<const char *, const char *> words[] = {{"%i", backend().integer},
                                                           {"%r", backend().real},
                                                           {"%t", backend().text},
                                                           {"%b", backend().blob}};

    for (const auto &[sign, word] : words)
        for (std::size_t at; (at = text.find(sign)) != std::string::npos;)
            text.replace(at, 2, word);
    return text;
}

void Suite::createTable(const std::string &rest)
{
    mustExecute("create table " + types(rest));
}

std::string series(int count)
{
    return "with recursive n(i) as (select 1 union all select i + 1 from n where i < " +
           std::to_string(count) + ") select i, 'row ' || i as name from n";
}

bight_result tellRow(const bight_sql_row *row, void *fn)
{
    return (*static_cast<RowFn *>(fn))(*row);
}

bight_result doWork(bight_sql *sql, void *fn)
{
    return (*static_cast<WorkFn *>(fn))(sql);
}

namespace
{

bight_result callStep(bight_result in, void *data)
{
    bight_result_free(in);
    return (*static_cast<std::function<bight_result()> *>(data))();
}

void freeStep(void *data)
{
    delete static_cast<std::function<bight_result()> *>(data);
}

} // namespace

bight_deferred *then(bight_deferred *deferred, std::function<bight_result()> fn)
{
    auto *step = new std::function<bight_result()>(std::move(fn));

    bight_deferred_then(deferred, callStep, nullptr, step);
    return bight_deferred_keep(deferred, step, freeStep);
}

} // namespace sql
