// What tests of a forked child share whose parent has a database open.
#ifndef BIGHT_TESTS_ADAPTERS_FORKING_SQL_HPP
#define BIGHT_TESTS_ADAPTERS_FORKING_SQL_HPP

#include "adapters/conformance_fork.hpp"

#include <bight/sql.h>
#include <bight/value.h>
#include <utility>

namespace conformance
{

class ForkingSql : public Forking
{
  protected:
    void TearDown() override
    {
        if (isChild())
            leave();
        bight_sql_free(std::exchange(sql, nullptr));
        Forking::TearDown();
    }
    // The first field as text, or the text of a negative status.
    std::string take(bight_deferred *deferred)
    {
        bight_result result = bight_result_value(nullptr);
        std::string text = "nothing";

        runUntil([&] { return bight_deferred_is_done(deferred); });
        if (bight_deferred_take(deferred, &result)) {
            if (result.error != nullptr)
                text = bight_status_text(bight_error_get_status(result.error));
            else if (result.destroy == bight_sql_table_free)
                text = bight_sql_value_get_text(
                    bight_sql_table_at(bight_result_get_table(result), 0, 0));
            else
                text = "done";
            bight_result_free(result);
        }
        bight_deferred_free(deferred);
        return text;
    }

    // A transaction in which `act` has begun, and which ends with commit().
    void begin(bight_deferred *(*act)(bight_sql *in))
    {
        act_ = act;
        began_ = false;
        transaction = bight_sql_transaction(sql, work, this);
        ASSERT_TRUE(runUntil([&] { return began_; }));
    }
    std::string commit()
    {
        bight_promise_fire(std::exchange(promise, nullptr), nullptr, nullptr);
        return take(std::exchange(transaction, nullptr));
    }

    bight_sql *sql = nullptr;
    bight_deferred *transaction = nullptr;
    bight_promise *promise = nullptr;

  private:
    static bight_result work(bight_sql *in, void *data)
    {
        bight_deferred *acted = static_cast<ForkingSql *>(data)->act_(in);

        bight_deferred_then(acted, onActed, nullptr, data);
        return bight_result_wait(acted);
    }
    static bight_result onActed(bight_result in, void *data)
    {
        auto *self = static_cast<ForkingSql *>(data);

        bight_result_free(in);
        self->began_ = true;
        return bight_result_wait(bight_deferred_new(&self->promise));
    }

    bight_deferred *(*act_)(bight_sql *in) = nullptr;
    bool began_ = false;
};

} // namespace conformance

#endif
