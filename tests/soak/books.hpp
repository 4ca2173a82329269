// Money that is moved between the accounts of an SQLite database, in transactions that fail, hold
// others and are cancelled: none of it may be made or lost.
#ifndef BIGHT_TESTS_SOAK_BOOKS_HPP
#define BIGHT_TESTS_SOAK_BOOKS_HPP

#include "adapters/loop.hpp"
#include "soak/world.hpp"

#include <bight/sql.h>
#include <string>

namespace soak
{

class Books : public Actor
{
  public:
    Books(World &world, const std::string &folder);
    ~Books() override;

    void stop() override;
    bool atRest() const override
    {
        return closed_;
    }
    const char *name() const override
    {
        return "books";
    }

  private:
    struct Entry;

    void beat();
    void closeWhenDone();
    bight_deferred *watch(bight_deferred *deferred, Entry *entry);
    static bight_result open(bight_result in, void *data);
    static bight_result transfer(bight_sql *sql, void *data);
    static bight_result transferWithin(bight_sql *sql, void *data);
    static bight_result checkSum(bight_result in, void *data);
    static bight_result end(bight_result in, void *data);

    World &world_;
    std::string path_;
    bight_sql *sql_ = nullptr;
    uint64_t pending_ = 0;
    bool open_ = false, stopped_ = false, closed_ = false;
    conformance::Timer beat_;
};

} // namespace soak

#endif
