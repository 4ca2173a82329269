#include "soak/timers.hpp"

#include <stdexcept>

namespace soak
{

namespace
{

constexpr size_t count = 20000;
constexpr unsigned changes = 50; // a beat
constexpr uint64_t beat = BIGHT_MSEC(5);

} // namespace

Timers::Timers(World &world)
    : world_(world), all_(count), beat_(world.reactor, [this] { change(); })
{
    for (One &one : all_) {
        one = {this, nullptr, BIGHT_NEVER};
        if (bight_timer_new(world.reactor, fired, &one, &one.timer) != BIGHT_OK)
            throw std::runtime_error("no memory for a timer");
        if (world.random.chance(50))
            arm(one);
    }
    beat_.repeat(beat);
}

Timers::~Timers()
{
    for (One &one : all_)
        bight_timer_free(one.timer);
}

void Timers::arm(One &one)
{
    uint64_t delay = BIGHT_USEC(100) * world_.random.size(200000); // to 20 s

    one.due = world_.now() + delay;
    bight_timer_start(one.timer, delay);
    world_.account.timersMoved++;
}

void Timers::changeOne(One &one)
{
    if (world_.random.chance(75)) {
        arm(one);
        return;
    }
    one.due = BIGHT_NEVER;
    if (world_.random.chance(80)) {
        bight_timer_stop(one.timer);
        return;
    }
    bight_timer_free(one.timer);
    if (bight_timer_new(world_.reactor, fired, &one, &one.timer) != BIGHT_OK)
        world_.wrong("no memory for a timer");
}

void Timers::change()
{
    for (unsigned i = 0; i < changes; i++)
        changeOne(all_[world_.random.below(count)]);
}

void Timers::fired(bight_timer *timer, void *data)
{
    One &one = *static_cast<One *>(data);
    World &world = one.timers->world_;

    world.account.timersFired++;
    if (timer != one.timer || one.due == BIGHT_NEVER)
        world.wrong("a timer fired that was stopped");
    else if (world.now() < one.due)
        world.wrong("a timer fired %llu ns early",
                    static_cast<unsigned long long>(one.due - world.now()));
    one.due = BIGHT_NEVER;
    if (!one.timers->stopped_ && world.random.chance(30))
        one.timers->arm(one);
}

void Timers::stop()
{
    beat_.stop();
    for (One &one : all_) {
        bight_timer_stop(one.timer);
        one.due = BIGHT_NEVER;
    }
    stopped_ = true;
}

} // namespace soak
