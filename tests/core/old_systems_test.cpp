// Where the system lacks what the core uses: this program asks for epoll_pwait2 by its number, and
// its madvise() says that it worked and does nothing, as that of qemu-user does.
#include "support/syscalls.hpp"

#include <bight/log.h>
#include <bight/reactor.h>
#include <bight/timer.h>
#include <bight/watch.h>
#include <cerrno>
#include <functional>
#include <gtest/gtest.h>
#include <string>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

extern "C" int __wrap_madvise(void *, size_t, int);
int __wrap_madvise(void *, size_t, int)
{
    return 0;
}

namespace
{

class OldSystems : public ::testing::Test
{
  protected:
    ~OldSystems() override
    {
        bight_log_set(nullptr, nullptr);
        bight_reactor_free(reactor);
    }

    // Runs until a timer of this duration has fired; the number of turns.
    uint64_t turnsOf(uint64_t duration)
    {
        bight_timer *timer = nullptr;
        auto stop = [](bight_timer *, void *data) {
            bight_reactor_stop(static_cast<bight_reactor *>(data));
        };
        bight_reactor_stats before = {}, after = {};

        EXPECT_EQ(bight_timer_new(reactor, stop, reactor, &timer), BIGHT_OK);
        bight_timer_start(timer, duration);
        bight_reactor_get_stats(reactor, &before);
        EXPECT_EQ(bight_reactor_run(reactor), BIGHT_OK);
        bight_reactor_get_stats(reactor, &after);
        bight_timer_free(timer);
        return after.turns - before.turns;
    }

    bight_reactor *reactor = bight_reactor_new();
};

TEST_F(OldSystems, waitForADeadlineWithoutSpinning)
{
    EXPECT_LE(turnsOf(BIGHT_MSEC(3)), 4u);
}

// Twice 2^31 seconds is where 32 bits end, whichever sign they have.
TEST_F(OldSystems, waitForADayInAnotherCentury)
{
    for (uint64_t years : {68u, 69u, 100u, 137u, 500u}) {
        bight_timer *late = nullptr;
        auto never = [](bight_timer *, void *) { ADD_FAILURE() << "it is not due"; };

        ASSERT_EQ(bight_timer_new(reactor, never, nullptr, &late), BIGHT_OK);
        bight_timer_start(late, years * 31557600 * BIGHT_SEC(1));
        EXPECT_LE(turnsOf(BIGHT_MSEC(1)), 4u) << years;
        bight_timer_free(late);
    }
}

TEST_F(OldSystems, aForkedChildDoesNotSilenceItsParent)
{
    int ends[2];
    bight_watch *watch = nullptr;
    auto stop = [](bight_watch *, unsigned, void *data) {
        bight_reactor_stop(static_cast<bight_reactor *>(data));
    };

    ASSERT_EQ(pipe(ends), 0);
    ASSERT_EQ(bight_watch_new(reactor, ends[0], BIGHT_WATCH_READ, stop, reactor, &watch), BIGHT_OK);
    pid_t child = fork();
    if (child == 0) {
        bight_watch_free(watch);
        bight_reactor_free(reactor);
        _exit(0);
    }
    int status = -1;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    EXPECT_EQ(status, 0);
    ASSERT_EQ(write(ends[1], "x", 1), 1);
    bight_timer *limit = nullptr;
    auto fail = [](bight_timer *, void *data) {
        ADD_FAILURE() << "the parent heard nothing";
        bight_reactor_stop(static_cast<bight_reactor *>(data));
    };
    ASSERT_EQ(bight_timer_new(reactor, fail, reactor, &limit), BIGHT_OK);
    bight_timer_start(limit, BIGHT_SEC(5));
    EXPECT_EQ(bight_reactor_run(reactor), BIGHT_OK);
    bight_timer_free(limit);
    bight_watch_free(watch);
    close(ends[0]);
    close(ends[1]);
}

// What it has made itself is its own: it needs no bight_reactor_rebuild().
TEST_F(OldSystems, aForkedChildMakesAReactorOfItsOwn)
{
    pid_t child = fork();
    if (child == 0) {
        bight_reactor_free(reactor);
        reactor = bight_reactor_new();
        _exit(turnsOf(BIGHT_MSEC(1)) <= 4 && !HasFailure() ? 0 : 1);
    }
    int status = -1;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    EXPECT_EQ(status, 0);
}

TEST_F(OldSystems, aWaitThatFailsIsReportedOnceAndEndsTheRun)
{
    std::vector<std::string> messages;
    auto collect = [](bight_log_level, const char *message, void *data) {
        static_cast<std::vector<std::string> *>(data)->push_back(message);
    };
    support::Fault fault{"epoll_wait", EINVAL};
    support::SyscallFault failing(fault, 0, true);

    bight_log_set(collect, &messages);
    EXPECT_EQ(bight_reactor_run(reactor), BIGHT_ERROR_SYSTEM);
    EXPECT_EQ(bight_reactor_run(reactor), BIGHT_ERROR_SYSTEM);
    EXPECT_EQ(messages, (std::vector<std::string>{
                            "a reactor does not work any more: epoll_wait: Invalid argument"}));
}

} // namespace
