// Loops of a program's own, as docs/hosts/your-own-loop.md describes them, made hostile: what the
// contract leaves open they do in the least helpful way.
//
// poll: level-triggered poll(2), one callback a dispatch, and never says that it is about to wait.
// edge: the reactor's descriptor is edge-triggered in an outer epoll set, and what dispatch returns
//       is ignored. edgeSilent does not even say that it is about to wait.
#include "adapters/conformance.hpp"

#include <bight/host.h>
#include <cerrno>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace
{

// One run on the stack; outlives the loop if the reactor is freed in it.
struct Level {
    bool quit = false;
    bool orphan = false;
    Level *outer;
};

struct Loop {
    bight_reactor *reactor;
    Level *innermost = nullptr;
    int set = -1; // edge: the outer epoll set
    bool announces = false;
};

// The set is the program's: it goes past what the suite does to the library's calls.
int makeSet()
{
    return static_cast<int>(syscall(SYS_epoll_create1, EPOLL_CLOEXEC));
}

void waitByPoll(Loop &loop)
{
    pollfd entry = {bight_reactor_fd(loop.reactor), POLLIN, 0};
    if (poll(&entry, 1, -1) > 0)
        (void)bight_reactor_dispatch(loop.reactor, BIGHT_BUDGET(0, 1));
}

void waitByEdge(Loop &loop)
{
    pollfd entry = {loop.set, POLLIN, 0};
    epoll_event event = {};

    if (loop.announces)
        bight_reactor_before_wait(loop.reactor);
    // It is poll() that sleeps: TSan holds back signals in a call that it does not know.
    if (poll(&entry, 1, -1) > 0 && syscall(SYS_epoll_pwait, loop.set, &event, 1, 0, nullptr, 8) > 0)
        (void)bight_reactor_dispatch(loop.reactor, BIGHT_BUDGET_GUI);
}

bight_status run(bight_reactor *, void *host)
{
    auto *loop = static_cast<Loop *>(host);
    Level here;

    here.outer = loop->innermost;
    loop->innermost = &here;
    while (!here.quit)
        loop->set >= 0 ? waitByEdge(*loop) : waitByPoll(*loop);
    if (!here.orphan)
        loop->innermost = here.outer;
    return BIGHT_OK;
}

void stop(bight_reactor *, void *host)
{
    auto *loop = static_cast<Loop *>(host);
    if (loop->innermost != nullptr)
        loop->innermost->quit = true;
}

void detach(bight_reactor *, void *host)
{
    auto *loop = static_cast<Loop *>(host);
    for (Level *each = loop->innermost; each != nullptr; each = each->outer)
        each->quit = each->orphan = true;
    if (loop->set >= 0)
        close(loop->set);
    delete loop;
}

void watchByEdge(const Loop &loop)
{
    epoll_event event = {};

    event.events = EPOLLIN | EPOLLET;
    EXPECT_EQ(
        syscall(SYS_epoll_ctl, loop.set, EPOLL_CTL_ADD, bight_reactor_fd(loop.reactor), &event), 0);
}

// The outer set is shared with the parent, so that of the child has to be another.
void forked(bight_reactor *, void *host)
{
    auto *loop = static_cast<Loop *>(host);

    if (loop->set < 0)
        return;
    close(loop->set);
    loop->set = makeSet();
    watchByEdge(*loop);
}

const bight_host_ops ops = {sizeof(ops), "own", run, stop, detach, false, forked};

bight_reactor *openWith(int set, bool announces)
{
    bight_reactor *reactor = bight_reactor_new();
    if (reactor == nullptr) {
        close(set);
        return nullptr;
    }
    auto *loop = new Loop{reactor, nullptr, set, announces};
    EXPECT_EQ(bight_host_attach(reactor, &ops, loop), BIGHT_OK);
    if (set >= 0)
        watchByEdge(*loop);
    return reactor;
}

bight_reactor *openPoll()
{
    return openWith(-1, false);
}

bight_reactor *openWithEdges(bool announces)
{
    return openWith(makeSet(), announces);
}

bight_reactor *openEdge()
{
    return openWithEdges(true);
}

bight_reactor *openEdgeSilent()
{
    return openWithEdges(false);
}

} // namespace

const std::vector<conformance::Host> conformance::hosts = {
    {"poll", openPoll, nullptr, false, true, false, false},
    {"edge", openEdge, nullptr, false, true, true, false},
    {"edgeSilent", openEdgeSilent, nullptr, false, true, false, false},
};
