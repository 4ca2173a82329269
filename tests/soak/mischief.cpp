#include "soak/mischief.hpp"

#include <fcntl.h>
#include <unistd.h>

namespace soak
{

namespace
{

constexpr unsigned most_levels = 3;

// What a dialog was opened in waits as long as it is open, and peers do not wait forever: when the
// first has been there for so long, no more are opened in it.
constexpr uint64_t patience = BIGHT_MSEC(300);

} // namespace

Dialogs::Dialogs(World &world)
    : world_(world), open_(world.reactor, [this] { open(); }),
      close_(world.reactor, [this] { closeInnermost(); })
{
    world.dialog = [this] { open(); };
    open_.start(BIGHT_MSEC(world.random.between(50, 500)));
}

Dialogs::~Dialogs()
{
    world_.dialog = nullptr;
}

void Dialogs::open()
{
    if (world_.stopping || world_.nested == most_levels ||
        (world_.nested > 0 && world_.now() > opened_ + patience))
        return;
    if (world_.nested == 0)
        opened_ = world_.now();
    world_.nested++;
    world_.account.nested++;
    close_.start(BIGHT_MSEC(world_.random.between(5, 50)));
    open_.start(BIGHT_MSEC(world_.random.between(1, 500)));
    if (bight_reactor_run(world_.reactor) != BIGHT_OK)
        world_.wrong("a nested loop could not be run");
    world_.nested--;
    if (!world_.stopping)
        open_.start(BIGHT_MSEC(world_.random.between(50, 500)));
    // The dialog below is closed by the same timer, after it.
    if (world_.nested > 0)
        close_.start(BIGHT_MSEC(world_.random.between(1, 20)));
}

void Dialogs::closeInnermost()
{
    bight_reactor_stop(world_.reactor);
}

void Dialogs::stop()
{
    open_.stop();
}

Starvation::Starvation(World &world)
    : world_(world), begin_(world.reactor, [this] { begin(); }),
      end_(world.reactor, [this] { end(); })
{
    getrlimit(RLIMIT_NOFILE, &limit_);
    begin_.start(BIGHT_MSEC(world.random.between(500, 2000)));
}

Starvation::~Starvation()
{
    if (world_.starving)
        end();
}

// From the lowest free number on nothing can be opened; what is open above it is not touched.
void Starvation::begin()
{
    rlimit none = limit_;
    int lowest = open("/dev/null", O_RDONLY | O_CLOEXEC);

    if (lowest < 0)
        return;
    close(lowest);
    none.rlim_cur = static_cast<rlim_t>(lowest);
    setrlimit(RLIMIT_NOFILE, &none);
    world_.starving = true;
    world_.account.starved++;
    end_.start(BIGHT_MSEC(world_.random.between(20, 200)));
}

void Starvation::end()
{
    setrlimit(RLIMIT_NOFILE, &limit_);
    world_.starving = false;
    world_.starvedAt = world_.now();
    if (!world_.stopping)
        begin_.start(BIGHT_MSEC(world_.random.between(1000, 4000)));
}

void Starvation::stop()
{
    begin_.stop();
    if (!world_.starving)
        return;
    end_.stop();
    end();
}

} // namespace soak
