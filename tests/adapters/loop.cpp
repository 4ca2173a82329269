#include "adapters/loop.hpp"

#include <memory>
#include <stdexcept>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>

namespace conformance
{

namespace
{

void require(bight_status status)
{
    if (status != BIGHT_OK)
        throw std::runtime_error(bight_status_text(status));
}

struct Posted {
    std::function<void()> fn;
    std::function<void()> dropped;
};

} // namespace

// Each of these calls a copy: the lambda may destroy the object that holds it.

Timer::Timer(bight_reactor *reactor, std::function<void()> fn) : fn_(std::move(fn))
{
    auto call = [](bight_timer *, void *data) {
        auto copy = static_cast<Timer *>(data)->fn_;
        copy();
    };
    require(bight_timer_new(reactor, call, this, &timer_));
}

Timer::~Timer()
{
    bight_timer_free(timer_);
}

Watch::Watch(bight_reactor *reactor, int fd, unsigned events, std::function<void(unsigned)> fn)
    : fn_(std::move(fn))
{
    auto call = [](bight_watch *, unsigned happened, void *data) {
        auto copy = static_cast<Watch *>(data)->fn_;
        copy(happened);
    };
    require(bight_watch_new(reactor, fd, events, call, this, &watch_));
}

Watch::~Watch()
{
    bight_watch_free(watch_);
}

Signal::Signal(bight_reactor *reactor, int number, std::function<void()> fn) : fn_(std::move(fn))
{
    auto call = [](bight_signal *, void *data) {
        auto copy = static_cast<Signal *>(data)->fn_;
        copy();
    };
    require(bight_signal_new(reactor, number, call, this, &watch_));
    start();
}

Signal::~Signal()
{
    bight_signal_free(watch_);
}

Task::Task(bight_reactor *reactor, std::function<void()> fn) : fn_(std::move(fn))
{
    auto call = [](bight_task *, void *data) {
        auto copy = static_cast<Task *>(data)->fn_;
        copy();
    };
    require(bight_task_new(reactor, call, this, &task_));
}

Task::~Task()
{
    bight_task_free(task_);
}

void post(bight_reactor *reactor, std::function<void()> fn, std::function<void()> dropped)
{
    auto posted = std::make_unique<Posted>(Posted{std::move(fn), std::move(dropped)});
    auto call = [](void *data) {
        std::unique_ptr<Posted> mine(static_cast<Posted *>(data));
        mine->fn();
    };
    auto drop = [](void *data) {
        std::unique_ptr<Posted> mine(static_cast<Posted *>(data));
        if (mine->dropped)
            mine->dropped();
    };
    require(bight_reactor_post(reactor, call, posted.get(), drop));
    (void)posted.release();
}

SocketPair::SocketPair(int type)
{
    if (socketpair(AF_UNIX, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds_) != 0)
        throw std::runtime_error("socketpair");
}

SocketPair::~SocketPair()
{
    close(fds_[0]);
    closeFar();
}

void SocketPair::closeFar()
{
    if (fds_[1] >= 0)
        close(fds_[1]);
    fds_[1] = -1;
}

long drain(int fd)
{
    char buffer[65536];
    long total = -1;

    for (;;) {
        ssize_t size = read(fd, buffer, sizeof(buffer));
        if (size < 0)
            return total;
        total = (total < 0 ? 0 : total) + size;
        if (size == 0)
            return total;
    }
}

} // namespace conformance
