#include "syscalls.hpp"

#include <cerrno>
#include <cstring>
#include <gtest/gtest.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/timerfd.h>

namespace
{

struct State {
    const support::Fault *fault = nullptr;
    std::size_t spared = 0, calls = 0, failures = 0;
    bool all = false;
};

thread_local State state;

// Whether this call of that name fails; errno is set then.
bool fails(const char *name)
{
    if (state.fault == nullptr || state.fault->call != name)
        return false;
    state.calls++;
    if (state.calls <= state.spared || (!state.all && state.failures > 0))
        return false;
    state.failures++;
    errno = state.fault->errnum;
    return true;
}

} // namespace

// The linker's names: what the libraries call, and what that was before.
#define DIVERT(type, name, parameters, arguments)                                                  \
    extern "C" type __real_##name parameters;                                                      \
    extern "C" type __wrap_##name parameters;                                                      \
    type __wrap_##name parameters                                                                  \
    {                                                                                              \
        return fails(#name) ? static_cast<type>(-1) : __real_##name arguments;                     \
    }

DIVERT(int, epoll_create1, (int flags), (flags))
DIVERT(int, epoll_wait, (int set, epoll_event *events, int most, int timeout),
       (set, events, most, timeout))
DIVERT(int, epoll_pwait2,
       (int set, epoll_event *events, int most, const timespec *timeout, const sigset_t *mask),
       (set, events, most, timeout, mask))
DIVERT(int, eventfd, (unsigned value, int flags), (value, flags))
DIVERT(int, timerfd_create, (int clock, int flags), (clock, flags))
DIVERT(int, dup3, (int from, int to, int flags), (from, to, flags))
DIVERT(int, socket, (int domain, int type, int protocol), (domain, type, protocol))
DIVERT(int, bind, (int fd, const sockaddr *address, socklen_t size), (fd, address, size))
DIVERT(int, listen, (int fd, int backlog), (fd, backlog))
DIVERT(int, accept4, (int fd, sockaddr *address, socklen_t *size, int flags),
       (fd, address, size, flags))
DIVERT(int, connect, (int fd, const sockaddr *address, socklen_t size), (fd, address, size))
DIVERT(int, shutdown, (int fd, int how), (fd, how))
DIVERT(int, getsockname, (int fd, sockaddr *address, socklen_t *size), (fd, address, size))
DIVERT(int, getsockopt, (int fd, int level, int name, void *value, socklen_t *size),
       (fd, level, name, value, size))
DIVERT(int, setsockopt, (int fd, int level, int name, const void *value, socklen_t size),
       (fd, level, name, value, size))
DIVERT(ssize_t, recv, (int fd, void *buffer, size_t size, int flags), (fd, buffer, size, flags))
DIVERT(ssize_t, send, (int fd, const void *buffer, size_t size, int flags),
       (fd, buffer, size, flags))
DIVERT(ssize_t, sendmsg, (int fd, const msghdr *message, int flags), (fd, message, flags))

#undef DIVERT

// To take something out of the set needs no memory, and does not fail.
extern "C" int __real_epoll_ctl(int set, int operation, int fd, epoll_event *event);
extern "C" int __wrap_epoll_ctl(int set, int operation, int fd, epoll_event *event);
int __wrap_epoll_ctl(int set, int operation, int fd, epoll_event *event)
{
    if (operation == EPOLL_CTL_ADD && fails("epoll_ctl"))
        return -1;
    return __real_epoll_ctl(set, operation, fd, event);
}

namespace support
{

std::string nameOf(const Fault &fault)
{
    return fault.call + ": " + std::strerror(fault.errnum);
}

SyscallFault::SyscallFault(const Fault &fault, std::size_t spared, bool all)
{
    state = State{};
    state.fault = &fault;
    state.spared = spared;
    state.all = all;
}

SyscallFault::~SyscallFault()
{
    state = State{};
}

std::size_t SyscallFault::failures() const
{
    return state.failures;
}

void SyscallFault::relent()
{
    state.fault = nullptr;
}

std::size_t withEachCallFailing(const Fault &fault, bool fromThere, std::size_t most,
                                const std::function<void(SyscallFault &)> &body)
{
    std::size_t spared = 0;

    for (; spared < most; spared++) {
        SCOPED_TRACE(nameOf(fault) + (fromThere ? ", always after " : ", once after ") +
                     std::to_string(spared));
        SyscallFault failing(fault, spared, fromThere);

        body(failing);
        if (failing.failures() == 0)
            break;
    }
    return spared;
}

} // namespace support
