// Deferreds: delays, limits, attempts, gatherings, locks, queues and owners that go, many of them
// cancelled on the way. Each chain has to end once, in the way its plan says.
#ifndef BIGHT_TESTS_SOAK_CHAINS_HPP
#define BIGHT_TESTS_SOAK_CHAINS_HPP

#include "adapters/loop.hpp"
#include "soak/world.hpp"

#include <bight/deferred.h>
#include <bight/lock.h>
#include <bight/owner.h>
#include <bight/queue.h>
#include <unordered_set>

namespace soak
{

class Chain;

class Chains : public Actor
{
  public:
    explicit Chains(World &world);
    ~Chains() override;

    void stop() override;
    bool atRest() const override
    {
        return chains_.empty();
    }
    const char *name() const override
    {
        return "chains";
    }

    // For the chains.
    World &world()
    {
        return world_;
    }
    bight_semaphore *permits()
    {
        return permits_;
    }
    bight_queue *values()
    {
        return values_;
    }
    void came(Chain *chain)
    {
        chains_.insert(chain);
    }
    void gone(Chain *chain)
    {
        chains_.erase(chain);
    }

  private:
    void beat();

    World &world_;
    bight_semaphore *permits_;
    bight_queue *values_;
    std::unordered_set<Chain *> chains_;
    conformance::Timer beat_;
};

} // namespace soak

#endif
