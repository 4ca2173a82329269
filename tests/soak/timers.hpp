// Twenty thousand timers that are armed, moved and stopped; none may fire early or after a stop.
#ifndef BIGHT_TESTS_SOAK_TIMERS_HPP
#define BIGHT_TESTS_SOAK_TIMERS_HPP

#include "adapters/loop.hpp"
#include "soak/world.hpp"

#include <bight/timer.h>
#include <vector>

namespace soak
{

class Timers : public Actor
{
  public:
    explicit Timers(World &world);
    ~Timers() override;

    void stop() override;
    bool atRest() const override
    {
        return stopped_;
    }
    const char *name() const override
    {
        return "timers";
    }

  private:
    struct One {
        Timers *timers;
        bight_timer *timer;
        uint64_t due; // BIGHT_NEVER while it is stopped
    };

    static void fired(bight_timer *timer, void *data);
    void change();
    void changeOne(One &one);
    void arm(One &one);

    World &world_;
    std::vector<One> all_;
    bool stopped_ = false;
    conformance::Timer beat_;
};

} // namespace soak

#endif
