#include "soak/books.hpp"

#include <bight/later.h>
#include <bight/value.h>
#include <memory>
#include <stdexcept>
#include <unistd.h>

namespace soak
{

namespace
{

constexpr uint64_t beat_interval = BIGHT_MSEC(25);
constexpr int64_t all_cents = 1000;
const char *const schema = "create table accounts (id integer primary key, cents integer not null);"
                           "insert into accounts values (1, 250), (2, 250), (3, 250), (4, 250)";

// Nobody waits for it: what becomes of it shows in the transaction.
void forget(bight_deferred *deferred)
{
    auto drop = [](bight_result in, void *) {
        bight_result_free(in);
        return bight_result_value(nullptr);
    };
    bight_deferred_free(bight_deferred_both(deferred, drop, nullptr));
}

} // namespace

struct Books::Entry {
    Books *books;
    uint64_t begun;
    int64_t from, to, cents;
    bool fails; // the part within a transaction is undone
    bool limited;
};

Books::Books(World &world, const std::string &folder)
    : world_(world), path_(folder + "/books.db"), beat_(world.reactor, [this] { beat(); })
{
    std::string address = "sqlite:" + path_ + "?journal=wal";
    bight_sql_options options = BIGHT_SQL_OPTIONS_INIT;

    options.connections = 3;
    options.busy_timeout = BIGHT_SEC(60);
    if (bight_sql_open(world.reactor, address.c_str(), &options, nullptr, &sql_) != BIGHT_OK)
        throw std::runtime_error("no memory for a database");
    auto *entry = new Entry{this, world.now(), 0, 0, 0, false, false};
    bight_deferred_free(
        watch(bight_deferred_then(bight_sql_script(sql_, schema), open, nullptr, this), entry));
    beat_.repeat(beat_interval);
}

Books::~Books()
{
    for (const char *suffix : {"", "-wal", "-shm"})
        unlink((path_ + suffix).c_str());
}

bight_result Books::open(bight_result in, void *data)
{
    static_cast<Books *>(data)->open_ = true;
    bight_result_free(in);
    return bight_result_value(nullptr);
}

bight_deferred *Books::watch(bight_deferred *deferred, Entry *entry)
{
    pending_++;
    return bight_deferred_listen(deferred, end, entry);
}

// Takes from one and gives to the other.
bight_result Books::transfer(bight_sql *sql, void *data)
{
    const Entry &entry = *static_cast<Entry *>(data);
    const char *statement = "update accounts set cents = cents + $1 where id = $2";
    const bight_sql_value out[] = {bight_sql_integer(-entry.cents), bight_sql_integer(entry.from)};
    const bight_sql_value in[] = {bight_sql_integer(entry.cents), bight_sql_integer(entry.to)};

    forget(bight_sql_execute(sql, statement, out, 2));
    return bight_result_wait(bight_sql_execute(sql, statement, in, 2));
}

// Half of what is within is undone, by a value that cannot be.
bight_result Books::transferWithin(bight_sql *sql, void *data)
{
    auto part = [](bight_sql *within, void *entry) {
        const char *statement = static_cast<Entry *>(entry)->fails
                                    ? "insert into accounts values (1, 1000000)"
                                    : "update accounts set cents = cents where id = 1";
        forget(bight_sql_execute(within, "update accounts set cents = cents - 1 where id = 1",
                                 nullptr, 0));
        forget(bight_sql_execute(within, "update accounts set cents = cents + 1 where id = 2",
                                 nullptr, 0));
        return bight_result_wait(bight_sql_execute(within, statement, nullptr, 0));
    };
    auto goOn = [](bight_result in, void *) {
        if (in.error != nullptr && bight_error_get_status(in.error) != BIGHT_ERROR_EXISTS)
            return in;
        bight_result_free(in);
        return bight_result_value(nullptr);
    };
    bight_result moved = transfer(sql, data);

    forget(moved.wait);
    bight_deferred *inner = bight_sql_transaction(sql, part, data);
    return bight_result_wait(bight_deferred_both(inner, goOn, nullptr));
}

bight_result Books::checkSum(bight_result in, void *data)
{
    const bight_sql_table *table = bight_result_get_table(in);
    int64_t sum = bight_sql_table_at(table, 0, 0)->integer;

    if (sum != all_cents)
        static_cast<Entry *>(data)->books->world_.wrong("the books hold %lld cents",
                                                        static_cast<long long>(sum));
    bight_result_free(in);
    return bight_result_value(nullptr);
}

bight_result Books::end(bight_result in, void *data)
{
    std::unique_ptr<Entry> entry(static_cast<Entry *>(data));
    Books &books = *entry->books;
    bight_status status = in.error != nullptr ? bight_error_get_status(in.error) : BIGHT_OK;

    books.world_.account.statements++;
    books.pending_--;
    if (status != BIGHT_OK && !(status == BIGHT_ERROR_TIMED_OUT && entry->limited) &&
        !books.world_.starvedSince(entry->begun))
        books.world_.wrong("a statement ended as it must not: %s", describe(in.error));
    bight_result_free(in);
    books.closeWhenDone();
    return bight_result_value(nullptr);
}

void Books::beat()
{
    Random &random = world_.random;

    if (!open_)
        return;
    auto *entry = new Entry{this,
                            world_.now(),
                            static_cast<int64_t>(random.between(1, 4)),
                            static_cast<int64_t>(random.between(1, 4)),
                            static_cast<int64_t>(random.below(100)),
                            random.chance(50),
                            random.chance(20)};
    bight_deferred *deferred;

    switch (random.below(3)) {
    case 0:
        deferred = bight_sql_transaction(sql_, transfer, entry);
        break;
    case 1:
        deferred = bight_sql_transaction(sql_, transferWithin, entry);
        break;
    default:
        deferred = bight_sql_query(sql_, "select sum(cents) from accounts", nullptr, 0);
        bight_deferred_then(deferred, checkSum, nullptr, entry);
        break;
    }
    if (entry->limited)
        bight_timeout(deferred, world_.reactor, BIGHT_USEC(random.size(20000)));
    bight_deferred_free(watch(deferred, entry));
}

void Books::closeWhenDone()
{
    auto isClosed = [](void *data) { static_cast<Books *>(data)->closed_ = true; };
    bight_deferred *closing;

    if (!stopped_ || pending_ > 0 || sql_ == nullptr)
        return;
    closing = bight_sql_close(sql_);
    sql_ = nullptr;
    bight_deferred_always(closing, isClosed, this);
    bight_deferred_free(closing);
}

void Books::stop()
{
    beat_.stop();
    stopped_ = true;
    closeWhenDone();
}

} // namespace soak
