// Posted calls, from the loop's own thread and from one other: each has to come, once, in order.
#ifndef BIGHT_TESTS_SOAK_POSTS_HPP
#define BIGHT_TESTS_SOAK_POSTS_HPP

#include "adapters/loop.hpp"
#include "soak/world.hpp"

#include <atomic>
#include <thread>

namespace soak
{

class Posts : public Actor
{
  public:
    explicit Posts(World &world);
    ~Posts() override;

    void stop() override;
    bool atRest() const override;
    const char *name() const override
    {
        return "posts";
    }

  private:
    // Who posts, and how many of its calls have come.
    struct Source {
        Posts *posts;
        std::atomic<uint64_t> sent{0};
        uint64_t came = 0;
    };
    struct Call {
        Source *source;
        uint64_t number;
    };

    static void arrived(void *data);
    static void dropped(void *data);
    bool post(Source &source);
    void beat();
    void runThread(uint64_t seed);

    World &world_;
    Source near_{this}, far_{this};
    bool stopped_ = false;
    std::atomic<bool> ending_{false};
    conformance::Timer beat_;
    std::thread thread_;
};

} // namespace soak

#endif
