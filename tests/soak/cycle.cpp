#include "soak/cycle.hpp"

#include "soak/books.hpp"
#include "soak/chains.hpp"
#include "soak/chat.hpp"
#include "soak/echo.hpp"
#include "soak/lookups.hpp"
#include "soak/mischief.hpp"
#include "soak/posts.hpp"
#include "soak/proxy.hpp"
#include "soak/timers.hpp"
#include "soak/works.hpp"

#include <memory>
#include <vector>

namespace soak
{

namespace
{

constexpr uint64_t rest_patience = BIGHT_SEC(90);

class Cycle
{
  public:
    Cycle(World &world, uint64_t duration, const std::string &folder,
          const std::function<void()> &busy);

    bool run();

  private:
    void look();
    void stop();
    bool atRest() const;
    void tellWhoIsNot();

    World &world_;
    uint64_t end_, middle_;
    const std::function<void()> &busy_;
    std::vector<std::unique_ptr<Actor>> actors_;
    conformance::Timer look_;
};

Cycle::Cycle(World &world, uint64_t duration, const std::string &folder,
             const std::function<void()> &busy)
    : world_(world), end_(world.begun + duration), middle_(world.begun + duration / 2), busy_(busy),
      look_(world.reactor, [this] { look(); })
{
    auto echo = std::make_unique<Echo>(world, folder);
    Echo &server = *echo;

    actors_.push_back(std::move(echo));
    actors_.push_back(std::make_unique<Proxy>(world, server));
    actors_.push_back(std::make_unique<Timers>(world));
    actors_.push_back(std::make_unique<Posts>(world));
    actors_.push_back(std::make_unique<Chains>(world));
    actors_.push_back(std::make_unique<Chat>(world));
    actors_.push_back(std::make_unique<Works>(world));
    actors_.push_back(std::make_unique<Lookups>(world));
    actors_.push_back(std::make_unique<Books>(world, folder));
    actors_.push_back(std::make_unique<Dialogs>(world));
    actors_.push_back(std::make_unique<Starvation>(world));
    look_.repeat(BIGHT_MSEC(20));
}

void Cycle::look()
{
    if (!world_.starving && world_.now() >= middle_) {
        middle_ = BIGHT_NEVER;
        busy_();
    }
    if (!world_.stopping && world_.now() >= end_)
        stop();
    // Inside a dialog it would be the dialog that stops.
    if (world_.stopping && world_.nested == 0 && (atRest() || world_.now() > end_ + rest_patience))
        bight_reactor_stop(world_.reactor);
}

void Cycle::stop()
{
    world_.stopping = true;
    for (const auto &actor : actors_)
        actor->stop();
}

bool Cycle::atRest() const
{
    bight_reactor_stats stats = {};

    for (const auto &actor : actors_) {
        if (!actor->atRest())
            return false;
    }
    stats.size = sizeof(stats);
    bight_reactor_get_stats(world_.reactor, &stats);
    return stats.connections == 0;
}

void Cycle::tellWhoIsNot()
{
    bight_reactor_stats stats = {};

    for (const auto &actor : actors_) {
        if (!actor->atRest())
            world_.wrong("does not come to rest: %s", actor->name());
    }
    stats.size = sizeof(stats);
    bight_reactor_get_stats(world_.reactor, &stats);
    if (stats.connections != 0)
        world_.wrong("does not come to rest: %u connections", stats.connections);
}

bool Cycle::run()
{
    if (bight_reactor_run(world_.reactor) != BIGHT_OK) {
        world_.wrong("the reactor cannot be run");
        return false;
    }
    if (atRest())
        return true;
    tellWhoIsNot();
    return false;
}

} // namespace

bool runCycle(World &world, uint64_t duration, const std::string &folder,
              const std::function<void()> &busy)
{
    world.begun = world.now();
    return Cycle(world, duration, folder, busy).run();
}

} // namespace soak
