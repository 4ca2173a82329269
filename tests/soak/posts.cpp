#include "soak/posts.hpp"

#include <chrono>
#include <memory>

namespace soak
{

namespace
{

constexpr unsigned most_near = 40, most_far = 60;
constexpr uint64_t near_interval = BIGHT_MSEC(20);
constexpr unsigned far_pause_us = 40000; // at most

} // namespace

Posts::Posts(World &world)
    : world_(world), beat_(world.reactor, [this] { beat(); }),
      thread_([this, seed = world.random.next()] { runThread(seed); })
{
    beat_.repeat(near_interval);
}

Posts::~Posts()
{
    ending_ = true;
    if (thread_.joinable())
        thread_.join();
}

// Runs on either thread.
bool Posts::post(Source &source)
{
    auto call = std::make_unique<Call>(Call{&source, source.sent + 1});

    if (bight_reactor_post(world_.reactor, arrived, call.get(), dropped) != BIGHT_OK)
        return false;
    (void)call.release();
    source.sent++;
    return true;
}

void Posts::arrived(void *data)
{
    std::unique_ptr<Call> call(static_cast<Call *>(data));
    Source &source = *call->source;
    World &world = source.posts->world_;

    world.account.posts++;
    if (call->number != ++source.came)
        world.wrong("posted call %llu came as number %llu",
                    static_cast<unsigned long long>(call->number),
                    static_cast<unsigned long long>(source.came));
}

void Posts::dropped(void *data)
{
    std::unique_ptr<Call> call(static_cast<Call *>(data));

    call->source->posts->world_.wrong("a posted call was dropped");
}

void Posts::beat()
{
    uint64_t count = world_.random.below(most_near);

    for (uint64_t i = 0; i < count; i++) {
        if (!post(near_))
            world_.wrong("no memory for a post");
    }
}

void Posts::runThread(uint64_t seed)
{
    Random random(seed); // the world's is the loop's

    while (!ending_) {
        for (uint64_t i = random.below(most_far); i > 0; i--)
            post(far_);
        if (random.chance(10))
            bight_reactor_wake(world_.reactor);
        std::this_thread::sleep_for(std::chrono::microseconds(random.below(far_pause_us)));
    }
}

void Posts::stop()
{
    beat_.stop();
    ending_ = true;
    thread_.join();
    stopped_ = true;
}

bool Posts::atRest() const
{
    return stopped_ && near_.came == near_.sent && far_.came == far_.sent;
}

} // namespace soak
