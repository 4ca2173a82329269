// libuv carries the reactor, as docs/examples/loops/uv.c has it. A loop of libuv may not be run
// again inside a callback, so that a nested run has one of its own, on the same descriptor.
#include "adapters/conformance.hpp"

#include <bight/host.h>
#include <unistd.h>
#include <uv.h>

namespace
{

// A loop of libuv that watches the reactor.
class Loop
{
  public:
    explicit Loop(bight_reactor *reactor)
    {
        poll_.data = prepare_.data = reactor;
        EXPECT_EQ(uv_loop_init(&loop_), 0);
        EXPECT_EQ(uv_poll_init(&loop_, &poll_, bight_reactor_fd(reactor)), 0);
        EXPECT_EQ(uv_poll_start(&poll_, UV_READABLE, onReady), 0);
        EXPECT_EQ(uv_prepare_init(&loop_, &prepare_), 0);
        EXPECT_EQ(uv_prepare_start(&prepare_, onPrepare), 0);
    }
    ~Loop()
    {
        uv_close(reinterpret_cast<uv_handle_t *>(&poll_), nullptr);
        uv_close(reinterpret_cast<uv_handle_t *>(&prepare_), nullptr);
        while (uv_loop_close(&loop_) == UV_EBUSY)
            uv_run(&loop_, UV_RUN_DEFAULT); // once more if a stop was left
    }
    Loop(const Loop &) = delete;
    Loop &operator=(const Loop &) = delete;

    void run()
    {
        uv_run(&loop_, UV_RUN_DEFAULT);
    }
    void stop()
    {
        uv_stop(&loop_);
    }
    // In a forked child: a set of its own, with what was watched.
    void renew()
    {
        EXPECT_EQ(uv_loop_fork(&loop_), 0);
        process_ = getpid();
    }
    // libuv must not watch the descriptor any more when it is closed. A child that has not rebuilt
    // must not take it out of the parent's set.
    void part()
    {
        if (process_ != getpid())
            renew();
        uv_poll_stop(&poll_);
        uv_prepare_stop(&prepare_);
        uv_stop(&loop_);
    }

  private:
    static void onReady(uv_poll_t *poll, int, int)
    {
        bight_reactor_dispatch(static_cast<bight_reactor *>(poll->data), BIGHT_BUDGET_GUI);
    }
    static void onPrepare(uv_prepare_t *prepare)
    {
        bight_reactor_before_wait(static_cast<bight_reactor *>(prepare->data));
    }

    pid_t process_ = getpid();
    uv_loop_t loop_ = {};
    uv_poll_t poll_ = {};
    uv_prepare_t prepare_ = {};
};

// One run on the stack; outlives the host if the reactor is freed in it.
struct Level {
    std::shared_ptr<Loop> loop;
    Level *outer;
    bool orphan = false;
};

struct Host {
    std::shared_ptr<Loop> loop;
    Level *innermost = nullptr;
};

bight_status run(bight_reactor *reactor, void *data)
{
    auto *host = static_cast<Host *>(data);
    bool nested = host->innermost != nullptr;
    Level here = {nested ? std::make_shared<Loop>(reactor) : host->loop, host->innermost};

    host->innermost = &here;
    here.loop->run();
    if (!here.orphan)
        host->innermost = here.outer;
    return BIGHT_OK;
}

void stop(bight_reactor *, void *data)
{
    auto *host = static_cast<Host *>(data);

    if (host->innermost != nullptr)
        host->innermost->loop->stop();
}

void detach(bight_reactor *, void *data)
{
    auto *host = static_cast<Host *>(data);

    host->loop->part();
    for (Level *each = host->innermost; each != nullptr; each = each->outer) {
        each->orphan = true;
        each->loop->part();
    }
    delete host;
}

void forked(bight_reactor *, void *data)
{
    auto *host = static_cast<Host *>(data);

    host->loop->renew();
    for (Level *each = host->innermost; each != nullptr; each = each->outer)
        if (each->loop != host->loop)
            each->loop->renew();
}

const bight_host_ops ops = {sizeof(ops), "uv", run, stop, detach, true, forked};

bight_reactor *open()
{
    bight_reactor *reactor = bight_reactor_new();

    if (reactor == nullptr)
        return nullptr;
    EXPECT_EQ(bight_host_attach(reactor, &ops, new Host{std::make_shared<Loop>(reactor)}),
              BIGHT_OK);
    return reactor;
}

void idle(int milliseconds)
{
    uv_loop_t loop;
    uv_timer_t timer;

    EXPECT_EQ(uv_loop_init(&loop), 0);
    EXPECT_EQ(uv_timer_init(&loop, &timer), 0);
    auto close = [](uv_timer_t *over) { uv_close(reinterpret_cast<uv_handle_t *>(over), nullptr); };
    EXPECT_EQ(uv_timer_start(&timer, close, static_cast<uint64_t>(milliseconds), 0), 0);
    uv_run(&loop, UV_RUN_DEFAULT);
    EXPECT_EQ(uv_loop_close(&loop), 0);
}

} // namespace

const std::vector<conformance::Host> conformance::hosts = {
    {"uv", open, nullptr, false, true, true, false, idle},
};
