// sd-event carries the reactor, as docs/examples/loops/sd_event.c has it: level-triggered, and by
// edges. A loop of sd-event may not be run again inside a callback, so that a nested run has one of
// its own, on the same descriptor.
#include "adapters/conformance.hpp"

#include <bight/host.h>
#include <sys/epoll.h>
#include <systemd/sd-event.h>

namespace
{

// A loop of sd-event that watches the reactor.
class Loop
{
  public:
    Loop(bight_reactor *reactor, uint32_t events) : reactor_(reactor), events_(events)
    {
        begin();
    }
    ~Loop()
    {
        part();
        sd_event_unref(loop_);
    }
    Loop(const Loop &) = delete;
    Loop &operator=(const Loop &) = delete;

    void turn()
    {
        EXPECT_GE(sd_event_run(loop_, UINT64_MAX), 0);
    }
    // In a forked child: sd-event refuses to go on with the loop of the parent (ECHILD), which is
    // left, also in the middle of a turn of it, for one of the child's own.
    void renew()
    {
        part();
        sd_event_unref(loop_);
        begin();
    }
    // sd-event must not watch the descriptor any more when it is closed.
    void part()
    {
        source_ = sd_event_source_disable_unref(source_);
    }

  private:
    void begin()
    {
        EXPECT_GE(sd_event_new(&loop_), 0);
        EXPECT_GE(sd_event_add_io(loop_, &source_, bight_reactor_fd(reactor_), events_, onReady,
                                  reactor_),
                  0);
        EXPECT_GE(sd_event_source_set_prepare(source_, onPrepare), 0);
    }
    static int onReady(sd_event_source *, int, uint32_t, void *reactor)
    {
        bight_reactor_dispatch(static_cast<bight_reactor *>(reactor), BIGHT_BUDGET_GUI);
        return 0;
    }
    static int onPrepare(sd_event_source *, void *reactor)
    {
        bight_reactor_before_wait(static_cast<bight_reactor *>(reactor));
        return 0;
    }

    bight_reactor *reactor_;
    uint32_t events_;
    sd_event *loop_ = nullptr;
    sd_event_source *source_ = nullptr;
};

// One run on the stack; outlives the host if the reactor is freed in it.
struct Level {
    std::shared_ptr<Loop> loop;
    Level *outer;
    bool quit = false;
    bool orphan = false;
};

struct Host {
    uint32_t events;
    std::shared_ptr<Loop> loop;
    Level *innermost = nullptr;
};

bight_status run(bight_reactor *reactor, void *data)
{
    auto *host = static_cast<Host *>(data);
    bool nested = host->innermost != nullptr;
    Level here = {nested ? std::make_shared<Loop>(reactor, host->events) : host->loop,
                  host->innermost};

    host->innermost = &here;
    while (!here.quit)
        here.loop->turn();
    if (!here.orphan)
        host->innermost = here.outer;
    return BIGHT_OK;
}

void stop(bight_reactor *, void *data)
{
    auto *host = static_cast<Host *>(data);

    if (host->innermost != nullptr)
        host->innermost->quit = true;
}

void detach(bight_reactor *, void *data)
{
    auto *host = static_cast<Host *>(data);

    host->loop->part();
    for (Level *each = host->innermost; each != nullptr; each = each->outer) {
        each->quit = each->orphan = true;
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

const bight_host_ops levelOps = {sizeof(levelOps), "sd-event", run, stop, detach, true, forked};
const bight_host_ops edgeOps = {sizeof(edgeOps), "sd-event", run, stop, detach, false, forked};

bight_reactor *openWith(const bight_host_ops *ops, uint32_t events)
{
    bight_reactor *reactor = bight_reactor_new();
    if (reactor == nullptr)
        return nullptr;
    auto *host = new Host{events, std::make_shared<Loop>(reactor, events)};

    EXPECT_EQ(bight_host_attach(reactor, ops, host), BIGHT_OK);
    return reactor;
}

bight_reactor *open()
{
    return openWith(&levelOps, EPOLLIN);
}

bight_reactor *openByEdges()
{
    return openWith(&edgeOps, EPOLLIN | EPOLLET);
}

void idle(int milliseconds)
{
    sd_event *loop = nullptr;
    auto quit = [](sd_event_source *source, uint64_t, void *) {
        return sd_event_exit(sd_event_source_get_event(source), 0);
    };

    EXPECT_GE(sd_event_new(&loop), 0);
    EXPECT_GE(sd_event_add_time_relative(loop, nullptr, CLOCK_MONOTONIC,
                                         static_cast<uint64_t>(milliseconds) * 1000, 1, quit,
                                         nullptr),
              0);
    EXPECT_GE(sd_event_loop(loop), 0);
    sd_event_unref(loop);
}

} // namespace

const std::vector<conformance::Host> conformance::hosts = {
    {"sdEvent", open, nullptr, false, true, true, false, idle},
    {"sdEventByEdges", openByEdges, nullptr, false, true, true, false, idle},
};
