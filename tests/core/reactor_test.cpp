/* What is the reactor's own, whatever host carries it; tests/adapters holds every host to the rest.
 */
#include <bight/crank.h>
#include <bight/host.h>
#include <bight/log.h>
#include <bight/reactor.h>
#include <bight/task.h>
#include <bight/timer.h>
#include <bight/watch.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <unistd.h>

#include <functional>
#include <string>
#include <thread>
#include <vector>

namespace
{

bool is_readable(int fd)
{
    pollfd ready = {fd, POLLIN, 0};
    return poll(&ready, 1, 0) == 1;
}

class Reactor : public ::testing::Test
{
  protected:
    ~Reactor() override
    {
        bight_reactor_free(reactor);
    }

    bight_reactor *reactor = bight_reactor_new();
};

TEST_F(Reactor, dispatchWithNothingReadyReturnsIdle)
{
    EXPECT_EQ(bight_reactor_dispatch(reactor, BIGHT_BUDGET_GUI), BIGHT_TURN_IDLE);
    EXPECT_FALSE(is_readable(bight_reactor_fd(reactor)));
    EXPECT_STREQ(bight_reactor_get_host_name(reactor), "native");
}

TEST_F(Reactor, wakeMakesTheDescriptorReadableOnce)
{
    int fd = bight_reactor_fd(reactor);
    bight_reactor_wake(reactor);
    EXPECT_TRUE(is_readable(fd));
    bight_reactor_dispatch(reactor, BIGHT_BUDGET_GUI);
    EXPECT_FALSE(is_readable(fd));
}

TEST_F(Reactor, timerMakesTheDescriptorReadable)
{
    int fired = 0;
    bight_timer *timer;
    int fd = bight_reactor_fd(reactor);
    ASSERT_EQ(bight_timer_new(
                  reactor, [](bight_timer *, void *data) { ++*static_cast<int *>(data); }, &fired,
                  &timer),
              BIGHT_OK);
    bight_timer_start(timer, BIGHT_MSEC(1));
    EXPECT_FALSE(is_readable(fd));
    pollfd ready = {fd, POLLIN, 0};
    ASSERT_EQ(poll(&ready, 1, 10000), 1);
    bight_reactor_dispatch(reactor, BIGHT_BUDGET_GUI);
    EXPECT_EQ(fired, 1);
    EXPECT_FALSE(is_readable(fd));
    bight_timer_free(timer);
}

TEST_F(Reactor, spentBudgetReturnsMoreAndLeavesTheDescriptorReadable)
{
    int ran = 0;
    for (int i = 0; i < 200; i++)
        ASSERT_EQ(bight_reactor_post(
                      reactor, [](void *data) { ++*static_cast<int *>(data); }, &ran, nullptr),
                  BIGHT_OK);
    int fd = bight_reactor_fd(reactor);
    int turns = 1;
    while (bight_reactor_dispatch(reactor, BIGHT_BUDGET(0, 1)) == BIGHT_TURN_MORE) {
        ASSERT_TRUE(is_readable(fd));
        ASSERT_EQ(ran, turns++);
    }
    EXPECT_EQ(turns, 200);
    EXPECT_EQ(ran, 200);
}

TEST_F(Reactor, postWritesTheWakeUpOnlyWhenTheQueueWasEmpty)
{
    bight_reactor_stats stats = {};
    stats.size = sizeof(stats);
    bight_reactor_before_wait(reactor);
    for (int i = 0; i < 10; i++)
        ASSERT_EQ(bight_reactor_post(
                      reactor, [](void *) {}, nullptr, nullptr),
                  BIGHT_OK);
    ASSERT_TRUE(is_readable(bight_reactor_fd(reactor)));
    EXPECT_EQ(bight_reactor_dispatch(reactor, BIGHT_BUDGET_UNLIMITED), BIGHT_TURN_IDLE);
    bight_reactor_get_stats(reactor, &stats);
    EXPECT_EQ(stats.callbacks, 10u);
    EXPECT_FALSE(is_readable(bight_reactor_fd(reactor)));
}

TEST_F(Reactor, aLoopNestedInAPostIsWokenForThePostsBehindIt)
{
    bool readable = false;
    struct Seen {
        bight_reactor *reactor;
        bool *readable;
    } seen = {reactor, &readable};
    ASSERT_EQ(bight_reactor_post(
                  reactor,
                  [](void *data) {
                      auto *self = static_cast<Seen *>(data);
                      *self->readable = is_readable(bight_reactor_fd(self->reactor));
                  },
                  &seen, nullptr),
              BIGHT_OK);
    ASSERT_EQ(bight_reactor_post(
                  reactor, [](void *) {}, nullptr, nullptr),
              BIGHT_OK);
    EXPECT_EQ(bight_reactor_dispatch(reactor, BIGHT_BUDGET_UNLIMITED), BIGHT_TURN_IDLE);
    EXPECT_TRUE(readable);
}

TEST_F(Reactor, freeDropsWhatWasPosted)
{
    int ran = 0, dropped = 0;
    struct Both {
        int *ran, *dropped;
    } both = {&ran, &dropped};
    ASSERT_EQ(bight_reactor_post(
                  reactor, [](void *data) { ++*static_cast<Both *>(data)->ran; }, &both,
                  [](void *data) { ++*static_cast<Both *>(data)->dropped; }),
              BIGHT_OK);
    bight_reactor_free(reactor);
    reactor = nullptr;
    EXPECT_EQ(ran, 0);
    EXPECT_EQ(dropped, 1);
}

TEST_F(Reactor, objectsOutliveTheReactorAndDoNothing)
{
    int pipe_fds[2];
    bight_timer *timer;
    bight_task *task;
    bight_watch *watch;
    ASSERT_EQ(pipe(pipe_fds), 0);
    ASSERT_EQ(bight_timer_new(
                  reactor, [](bight_timer *, void *) { FAIL(); }, nullptr, &timer),
              BIGHT_OK);
    ASSERT_EQ(bight_task_new(
                  reactor, [](bight_task *, void *) { FAIL(); }, nullptr, &task),
              BIGHT_OK);
    ASSERT_EQ(bight_watch_new(
                  reactor, pipe_fds[0], BIGHT_WATCH_READ,
                  [](bight_watch *, unsigned, void *) { FAIL(); }, nullptr, &watch),
              BIGHT_OK);
    bight_timer_start(timer, 0);
    bight_task_schedule(task);
    bight_reactor_free(reactor);
    reactor = nullptr;
    EXPECT_FALSE(bight_timer_is_running(timer));
    bight_timer_start(timer, 0);
    bight_task_schedule(task);
    bight_watch_set_events(watch, BIGHT_WATCH_READ | BIGHT_WATCH_WRITE);
    bight_timer_free(timer);
    bight_task_free(task);
    bight_watch_free(watch);
    close(pipe_fds[0]);
    close(pipe_fds[1]);
}

TEST_F(Reactor, watchingADescriptorTwiceOrAFileIsRefused)
{
    int pipe_fds[2];
    bight_watch *watch = nullptr, *second = nullptr;
    auto nothing = [](bight_watch *, unsigned, void *) {};
    ASSERT_EQ(pipe(pipe_fds), 0);
    ASSERT_EQ(bight_watch_new(reactor, pipe_fds[0], BIGHT_WATCH_READ, nothing, nullptr, &watch),
              BIGHT_OK);
    EXPECT_EQ(bight_watch_new(reactor, pipe_fds[0], BIGHT_WATCH_READ, nothing, nullptr, &second),
              BIGHT_ERROR_EXISTS);
    FILE *file = tmpfile();
    EXPECT_EQ(bight_watch_new(reactor, fileno(file), BIGHT_WATCH_READ, nothing, nullptr, &second),
              BIGHT_ERROR_UNSUPPORTED);
    EXPECT_EQ(bight_watch_new(reactor, 987654, BIGHT_WATCH_READ, nothing, nullptr, &second),
              BIGHT_ERROR_INVALID);
    EXPECT_EQ(second, nullptr);
    fclose(file);
    bight_watch_free(watch);
    close(pipe_fds[0]);
    close(pipe_fds[1]);
}

TEST_F(Reactor, hangUpIsToldAlwaysAndSilentWithoutInterest)
{
    int pipe_fds[2];
    std::vector<unsigned> told;
    bight_watch *watch;
    ASSERT_EQ(pipe(pipe_fds), 0);
    ASSERT_EQ(bight_watch_new(
                  reactor, pipe_fds[0], BIGHT_WATCH_READ,
                  [](bight_watch *w, unsigned events, void *data) {
                      static_cast<std::vector<unsigned> *>(data)->push_back(events);
                      bight_watch_set_events(w, 0);
                  },
                  &told, &watch),
              BIGHT_OK);
    close(pipe_fds[1]);
    bight_reactor_dispatch(reactor, BIGHT_BUDGET_GUI);
    bight_reactor_dispatch(reactor, BIGHT_BUDGET_GUI);
    EXPECT_EQ(told, std::vector<unsigned>{BIGHT_WATCH_READ | BIGHT_WATCH_HANGUP});
    EXPECT_FALSE(is_readable(bight_reactor_fd(reactor)));
    bight_watch_free(watch);
    close(pipe_fds[0]);
}

TEST_F(Reactor, watchdogNamesTheCallbackThatHeldTheLoop)
{
    std::string said;
    bight_timer *timer;
    bight_log_set([](bight_log_level, const char *message,
                     void *data) { *static_cast<std::string *>(data) = message; },
                  &said);
    bight_reactor_set_watchdog(reactor, BIGHT_MSEC(1));
    ASSERT_EQ(bight_timer_new(
                  reactor,
                  [](bight_timer *t, void *) {
                      uint64_t end = bight_monotonic_now() + BIGHT_MSEC(3);
                      while (bight_monotonic_now() < end) {
                      }
                      bight_timer_stop(t);
                  },
                  nullptr, &timer),
              BIGHT_OK);
    bight_timer_set_name(timer, "slow beat");
    bight_timer_start(timer, 0);
    bight_reactor_dispatch(reactor, BIGHT_BUDGET_GUI);
    bight_log_set(nullptr, nullptr);
    EXPECT_EQ(said.rfind("slow beat held the loop for ", 0), 0u) << said;
    bight_timer_free(timer);
}

#ifndef NDEBUG
TEST_F(Reactor, anotherThreadAbortsInDebugBuilds)
{
    ::testing::FLAGS_gtest_death_test_style = "threadsafe";
    EXPECT_DEATH(std::thread([&] { bight_reactor_fd(reactor); }).join(), "thread");
}
#endif

class Crank : public ::testing::Test
{
  protected:
    ~Crank() override
    {
        bight_reactor_free(reactor);
    }

    bight_reactor *reactor = bight_crank_reactor_new();
};

TEST_F(Crank, repeatingTimerBeatsWithoutDriftAtExactTimes)
{
    std::vector<uint64_t> beats;
    bight_timer *timer;
    struct Both {
        bight_reactor *reactor;
        std::vector<uint64_t> *beats;
    } both = {reactor, &beats};
    ASSERT_EQ(bight_timer_new(
                  reactor,
                  [](bight_timer *, void *data) {
                      auto *seen = static_cast<Both *>(data);
                      seen->beats->push_back(bight_reactor_now(seen->reactor));
                  },
                  &both, &timer),
              BIGHT_OK);
    uint64_t start = bight_reactor_now(reactor);
    bight_timer_start_repeating(timer, BIGHT_MSEC(10));
    bight_crank_advance(reactor, BIGHT_MSEC(35));
    EXPECT_EQ(beats, (std::vector<uint64_t>{start + BIGHT_MSEC(10), start + BIGHT_MSEC(20),
                                            start + BIGHT_MSEC(30)}));
    bight_timer_free(timer);
}

TEST_F(Crank, runMovesTheClockToTheNextTimer)
{
    bight_timer *timer;
    ASSERT_EQ(bight_timer_new(
                  reactor,
                  [](bight_timer *, void *data) {
                      bight_reactor_stop(static_cast<bight_reactor *>(data));
                  },
                  reactor, &timer),
              BIGHT_OK);
    uint64_t start = bight_reactor_now(reactor);
    bight_timer_start(timer, BIGHT_SEC(3600));
    EXPECT_EQ(bight_reactor_run(reactor), BIGHT_OK);
    EXPECT_EQ(bight_reactor_now(reactor), start + BIGHT_SEC(3600));
    bight_timer_free(timer);
}

TEST_F(Crank, taskScheduledInATaskRunsInTheNextTurn)
{
    int ran = 0;
    bight_task *task;
    ASSERT_EQ(bight_task_new(
                  reactor,
                  [](bight_task *self, void *data) {
                      if (++*static_cast<int *>(data) < 3)
                          bight_task_schedule(self);
                  },
                  &ran, &task),
              BIGHT_OK);
    bight_task_schedule(task);
    EXPECT_EQ(bight_reactor_dispatch(reactor, BIGHT_BUDGET_UNLIMITED), BIGHT_TURN_MORE);
    EXPECT_EQ(ran, 1);
    bight_crank_settle(reactor);
    EXPECT_EQ(ran, 3);
    bight_task_free(task);
}

} // namespace
