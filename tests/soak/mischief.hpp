// What programs and machines do to a loop: it is run inside a callback, and descriptors run out.
#ifndef BIGHT_TESTS_SOAK_MISCHIEF_HPP
#define BIGHT_TESTS_SOAK_MISCHIEF_HPP

#include "adapters/loop.hpp"
#include "soak/world.hpp"

#include <sys/resource.h>

namespace soak
{

// A modal dialog now and then, up to three in each other.
class Dialogs : public Actor
{
  public:
    explicit Dialogs(World &world);
    ~Dialogs() override;

    void stop() override;
    bool atRest() const override
    {
        return world_.nested == 0;
    }
    const char *name() const override
    {
        return "dialogs";
    }

  private:
    void open();
    void closeInnermost();

    World &world_;
    uint64_t opened_ = 0; // when the first of those that are open now was
    conformance::Timer open_, close_;
};

// No descriptor can be opened for a moment.
class Starvation : public Actor
{
  public:
    explicit Starvation(World &world);
    ~Starvation() override;

    void stop() override;
    bool atRest() const override
    {
        return !world_.starving;
    }
    const char *name() const override
    {
        return "starvation";
    }

  private:
    void begin();
    void end();

    World &world_;
    rlimit limit_ = {};
    conformance::Timer begin_, end_;
};

} // namespace soak

#endif
