// Chapter: every system call that the library makes fails in turn, with the errors that it really
// has. What came of it is told, nothing is left behind, and the program goes on.
#include "adapters/conformance.hpp"
#include "support/syscalls.hpp"

#include <cerrno>
#include <stdexcept>

using conformance::connect;
using conformance::Outcome;
using conformance::Peer;
using conformance::Server;
using support::Fault;
using support::SyscallFault;

namespace
{

// A server, a client and a word there and back, any part of which may fail.
class Attempt
{
  public:
    explicit Attempt(bight_reactor *reactor) : reactor_(reactor)
    {
        try {
            server_ = std::make_unique<Server>(reactor, "tcp:127.0.0.1:0", [](Peer &peer) {
                peer.keepsText = false;
                peer.echo();
            });
        } catch (const std::runtime_error &error) {
            failed_ = error.what();
            return;
        }
        client_.onConnected = [this] {
            client_.write("one, ");
            client_.write(word_);
        };
        outcome_ = connect(reactor, server_->endpoint(), client_);
    }
    bool succeeded() const
    {
        return client_.bytes == 5 + word_.size();
    }
    // Whether there is an end, good or bad.
    bool isDecided() const
    {
        return succeeded() || !failed_.empty() || client_.closed ||
               (outcome_->done && outcome_->status != BIGHT_OK);
    }
    // In a bad end there is a reason.
    bool isExplained() const
    {
        return succeeded() || !failed_.empty() || (client_.closed && client_.reason != BIGHT_OK) ||
               (outcome_ && outcome_->status != BIGHT_OK);
    }

  private:
    const std::string word_ = std::string(20000, 'x');
    bight_reactor *reactor_;
    std::unique_ptr<Server> server_;
    Peer client_;
    std::shared_ptr<Outcome> outcome_;
    std::string failed_;
};

void expectToWork(bight_reactor *reactor)
{
    Attempt attempt(reactor);
    conformance::runUntil(reactor, [&] { return attempt.isDecided(); });
    EXPECT_TRUE(attempt.succeeded());
}

// A connection on which the fault falls somewhere, and another one after it.
void connectAndGoOn(bight_reactor *reactor, bool staysForEver, SyscallFault &failing)
{
    {
        Attempt attempt(reactor);
        EXPECT_TRUE(conformance::runUntil(reactor, [&] {
            return attempt.isDecided() || (staysForEver && failing.failures() > 0);
        })) << "silence";
        failing.relent();
        if (staysForEver)
            conformance::runUntil(reactor, [&] { return attempt.isDecided(); });
        EXPECT_TRUE(attempt.isExplained());
    }
    if (failing.failures() > 0)
        expectToWork(reactor);
}

class Syscalls : public conformance::Conformance
{
  protected:
    // The call is made for connections.
    void fail(const char *call, const std::vector<int> &errors, bool once = false)
    {
        each(call, errors, once,
             [&](bool always, SyscallFault &failing) { connectAndGoOn(reactor, always, failing); });
    }
    // The call is made for a reactor.
    void failOpening(const char *call, const std::vector<int> &errors)
    {
        each(call, errors, false, [&](bool, SyscallFault &failing) {
            bight_reactor *another = host().open();
            EXPECT_EQ(another == nullptr, failing.failures() > 0);
            bight_reactor_free(another);
        });
        expectToWork(reactor);
    }
    void worksWithoutPwait2(int errnum);

  private:
    void each(const char *call, const std::vector<int> &errors, bool once,
              const std::function<void(bool, SyscallFault &)> &body)
    {
        size_t met = 0;
        for (int errnum : errors) {
            for (bool always : {false, true}) {
                if (always && once)
                    continue;
                met += support::withEachCallFailing({call, errnum}, always, 12,
                                                    [&](SyscallFault &failing) {
                                                        support::FdGuard fds;
                                                        body(always, failing);
                                                    });
            }
        }
        EXPECT_GT(met, 0u) << call << " is never called";
    }
};

INSTANTIATE_TEST_SUITE_P(Hosts, Syscalls, testing::ValuesIn(conformance::hosts),
                         conformance::nameOf);

TEST_P(Syscalls, epollCreate)
{
    failOpening("epoll_create1", {EMFILE, ENFILE, ENOMEM});
}

TEST_P(Syscalls, eventfd)
{
    failOpening("eventfd", {EMFILE, ENFILE, ENOMEM});
}

TEST_P(Syscalls, timerfdCreate)
{
    if (host().virtualTime)
        GTEST_SKIP() << "the clock is a number";
    failOpening("timerfd_create", {EMFILE, ENFILE, ENOMEM});
}

TEST_P(Syscalls, epollCtl)
{
    failOpening("epoll_ctl", {ENOMEM});
    fail("epoll_ctl", {ENOMEM, ENOSPC});
}

TEST_P(Syscalls, epollWait)
{
    bool waitsItself = !host().carries && !host().virtualTime;
    fail(waitsItself ? "epoll_pwait2" : "epoll_wait", {EINTR}, true);
}

// Only a loop of the reactor's own waits with the deadline.
void Syscalls::worksWithoutPwait2(int errnum)
{
    if (host().carries || host().virtualTime)
        GTEST_SKIP() << "the loop waits by itself";
    Fault fault{"epoll_pwait2", errnum};
    SyscallFault failing(fault, 0, true);
    expectToWork(reactor);
    uint64_t turns = conformance::stats(reactor).turns;
    runFor(BIGHT_MSEC(30));
    EXPECT_LE(conformance::stats(reactor).turns - turns, 6u) << "the loop spins";
    EXPECT_EQ(failing.failures(), 1u) << "that it is missing is remembered";
}

TEST_P(Syscalls, epollPwait2IsMissingInKernelsBefore5_11)
{
    worksWithoutPwait2(ENOSYS);
}

TEST_P(Syscalls, epollPwait2IsForbiddenInOldSandboxes)
{
    worksWithoutPwait2(EPERM);
}

TEST_P(Syscalls, socket)
{
    fail("socket", {EMFILE, ENFILE, ENOBUFS, ENOMEM, EACCES});
}

TEST_P(Syscalls, bindAndListen)
{
    fail("bind", {EADDRINUSE, EACCES, EADDRNOTAVAIL});
    fail("listen", {EADDRINUSE});
}

TEST_P(Syscalls, setAndGetOptions)
{
    fail("setsockopt", {ENOBUFS, ENOMEM, EINVAL});
    fail("getsockopt", {ENOBUFS});
    fail("getsockname", {ENOBUFS});
}

// Of the connection: it is skipped. Of the machine: the listener rests.
TEST_P(Syscalls, accept)
{
    fail("accept4", {EINTR, ECONNABORTED, EPROTO, EPERM, ENETDOWN}, true);
    fail("accept4", {EMFILE, ENFILE, ENOBUFS, ENOMEM});
}

TEST_P(Syscalls, connect)
{
    fail("connect", {ECONNREFUSED, ENETUNREACH, EADDRNOTAVAIL, ETIMEDOUT, EACCES, EAGAIN});
}

TEST_P(Syscalls, receive)
{
    fail("recv", {EINTR}, true);
    fail("recv", {ENOMEM, ENOBUFS, EIO, ECONNRESET, ETIMEDOUT});
}

// No EAGAIN: it says that room will be told of, and nobody would tell.
TEST_P(Syscalls, send)
{
    fail("send", {EINTR}, true);
    fail("send", {EPIPE, ECONNRESET, ENOBUFS, ENOMEM, EIO});
}

TEST_P(Syscalls, sendSeveral)
{
    if (!host().joinsWrites)
        GTEST_SKIP() << "this loop joins no writes";
    fail("sendmsg", {EINTR}, true);
    fail("sendmsg", {EPIPE, ECONNRESET, ENOBUFS, ENOMEM, EIO});
}

} // namespace
