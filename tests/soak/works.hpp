// Works on a pool of threads: with lanes, calls back into the loop, reports, and cancels on the
// way. Each has to end once, its data be freed once, and those of a lane run in order.
#ifndef BIGHT_TESTS_SOAK_WORKS_HPP
#define BIGHT_TESTS_SOAK_WORKS_HPP

#include "adapters/loop.hpp"
#include "soak/world.hpp"

#include <bight/threads.h>
#include <memory>

namespace soak
{

class Works : public Actor
{
  public:
    explicit Works(World &world);
    ~Works() override;

    void stop() override;
    bool atRest() const override
    {
        return stopped_ && alive_ == 0;
    }
    const char *name() const override
    {
        return "works";
    }

  private:
    struct Lane {
        bight_lane *lane = nullptr;
        uint64_t given = 0; // tickets
        uint64_t last = 0;  // that ran; a thread's, one at a time
    };
    struct Job;
    using Holder = std::shared_ptr<Job>;

    void beat();
    void begin();
    static bight_result run(bight_work *work, void *data);
    static bight_result ask(void *data);
    static void reported(void *value, void *data);
    static bight_result end(bight_result in, void *data);
    static void gone(void *data);

    World &world_;
    bight_threads *threads_ = nullptr;
    Lane lanes_[2];
    uint64_t alive_ = 0;
    bool stopped_ = false;
    conformance::Timer beat_;
};

} // namespace soak

#endif
