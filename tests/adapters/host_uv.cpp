// libuv carries the reactor, as docs/examples/loops/uv.c has it. A loop of libuv may not be run
// again inside a callback, so that a nested run has one of its own, on the same descriptor.
#include "adapters/conformance.hpp"

#include <bight/host.h>
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
    // libuv must not watch the descriptor any more when it is closed.
    void part()
    {
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

const bight_host_ops ops = {sizeof(ops), "uv", run, stop, detach, true, nullptr};

bight_reactor *open()
{
    bight_reactor *reactor = bight_reactor_new();

    if (reactor == nullptr)
        return nullptr;
    EXPECT_EQ(bight_host_attach(reactor, &ops, new Host{std::make_shared<Loop>(reactor)}),
              BIGHT_OK);
    return reactor;
}

} // namespace

const std::vector<conformance::Host> conformance::hosts = {
    {"uv", open, nullptr, false, true, true, false, false},
};
