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
#include <sys/epoll.h>
#include <unistd.h>

#include <cstddef>
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

// A loop that is told of the reactor's descriptor by edges, as epoll with EPOLLET does: it gets
// each of them once, and looks at nothing else.
class EdgeLoop
{
  public:
    explicit EdgeLoop(bight_reactor *reactor) : set(epoll_create1(EPOLL_CLOEXEC))
    {
        epoll_event event = {};

        event.events = EPOLLIN | EPOLLET;
        EXPECT_EQ(epoll_ctl(set, EPOLL_CTL_ADD, bight_reactor_fd(reactor), &event), 0);
    }
    ~EdgeLoop()
    {
        close(set);
    }
    bool hasEdge() const
    {
        epoll_event event = {};

        return epoll_wait(set, &event, 1, 0) == 1;
    }

  private:
    int set;
};

// Descriptors that are ready for good, with a watch on each that counts.
class ReadyWatches
{
  public:
    ReadyWatches(bight_reactor *reactor, unsigned count) : watches(count)
    {
        EXPECT_EQ(pipe(ends), 0);
        for (bight_watch *&watch : watches) {
            copies.push_back(dup(ends[1]));
            EXPECT_EQ(
                bight_watch_new(
                    reactor, copies.back(), BIGHT_WATCH_WRITE,
                    [](bight_watch *, unsigned, void *own) { ++*static_cast<unsigned *>(own); },
                    &calls, &watch),
                BIGHT_OK);
        }
    }
    ~ReadyWatches()
    {
        for (bight_watch *watch : watches)
            bight_watch_free(watch);
        for (int fd : copies)
            close(fd);
        close(ends[0]);
        close(ends[1]);
    }
    bight_watch *get(size_t n)
    {
        return watches[n];
    }

    unsigned calls = 0;

  private:
    int ends[2];
    std::vector<int> copies;
    std::vector<bight_watch *> watches;
};

TEST_F(Reactor, makesAnEdgeOfEachTurnInWhichAWatchIsStillReady)
{
    EdgeLoop loop(reactor);
    {
        ReadyWatches watches(reactor, 1);
        for (unsigned turn = 1; turn <= 5; turn++) {
            ASSERT_TRUE(loop.hasEdge()) << "before turn " << turn;
            EXPECT_FALSE(loop.hasEdge()) << "more than one";
            bight_reactor_dispatch(reactor, BIGHT_BUDGET_GUI);
            EXPECT_EQ(watches.calls, turn);
        }
    }
    bight_reactor_dispatch(reactor, BIGHT_BUDGET_GUI);
    EXPECT_FALSE(loop.hasEdge());
}

TEST_F(Reactor, makesAnEdgeOfWhatDidNotFitIntoATurn)
{
    EdgeLoop loop(reactor);
    ReadyWatches watches(reactor, 300); // the poller is asked for 256 at a time
    unsigned turns = 0;

    while (watches.calls < 300 && loop.hasEdge()) {
        bight_reactor_dispatch(reactor, BIGHT_BUDGET_GUI);
        ASSERT_LE(++turns, 10u);
    }
    EXPECT_GE(watches.calls, 300u);
}

// The wake-up that a task has asked for is told after the 256, and stands for an edge that is gone.
TEST_F(Reactor, makesAnEdgeOfWhatDidNotFitBehindAWakeUpThatIsNotToldYet)
{
    EdgeLoop loop(reactor);
    ReadyWatches watches(reactor, 300);
    bight_task *task = nullptr;
    unsigned turns = 0;

    ASSERT_EQ(bight_task_new(
                  reactor, [](bight_task *, void *) {}, nullptr, &task),
              BIGHT_OK);
    bight_task_schedule(task);
    while (watches.calls < 300 && loop.hasEdge()) {
        bight_reactor_dispatch(reactor, BIGHT_BUDGET_GUI);
        ASSERT_LE(++turns, 10u);
    }
    EXPECT_GE(watches.calls, 300u);
    bight_task_free(task);
}

TEST_F(Reactor, saysMoreWhenNotAllFittedIntoATurn)
{
    ReadyWatches watches(reactor, 300);

    EXPECT_EQ(bight_reactor_dispatch(reactor, BIGHT_BUDGET_UNLIMITED), BIGHT_TURN_MORE);
    EXPECT_EQ(watches.calls, 256u);
}

TEST_F(Reactor, makesAnEdgeForALoopNestedBehindAWatchThatIsStillReady)
{
    EdgeLoop loop(reactor);
    ReadyWatches first(reactor, 1);
    struct Nesting {
        bight_reactor *reactor;
        ReadyWatches *first;
        EdgeLoop *loop;
        bool edge;
    } nesting = {reactor, &first, &loop, false};
    bight_watch *second = nullptr;
    int fd = dup(bight_watch_get_fd(first.get(0)));
    auto nest = [](bight_watch *, unsigned, void *data) {
        auto *self = static_cast<Nesting *>(data);
        EXPECT_EQ(self->first->calls, 1u);
        EXPECT_FALSE(self->loop->hasEdge());
        bight_reactor_before_wait(self->reactor);
        self->edge = self->loop->hasEdge();
    };

    ASSERT_EQ(bight_watch_new(reactor, fd, BIGHT_WATCH_WRITE, nest, &nesting, &second), BIGHT_OK);
    bight_reactor_before_wait(reactor); // a host that announces is not woken on suspicion
    EXPECT_TRUE(loop.hasEdge());
    bight_reactor_dispatch(reactor, BIGHT_BUDGET_GUI);
    EXPECT_TRUE(nesting.edge);
    bight_watch_free(second);
    close(fd);
}

TEST_F(Reactor, makesAnEdgeOfWhatItsOwnRunLeftReady)
{
    EdgeLoop loop(reactor);
    ReadyWatches watches(reactor, 1);
    bight_reactor *self = reactor;

    ASSERT_EQ(bight_reactor_post(
                  reactor,
                  [](void *data) { bight_reactor_stop(static_cast<bight_reactor *>(data)); }, self,
                  nullptr),
              BIGHT_OK);
    ASSERT_EQ(bight_reactor_run(reactor), BIGHT_OK);
    while (watches.calls == 0 && loop.hasEdge())
        bight_reactor_dispatch(reactor, BIGHT_BUDGET_GUI);
    EXPECT_GT(watches.calls, 0u);
    EXPECT_TRUE(loop.hasEdge());
}

// Such a loop sees for itself what is still ready.
TEST_F(Reactor, makesNoEdgeForAHostThatIsLevelTriggered)
{
    static const bight_host_ops ops = {sizeof(ops), "level", nullptr, nullptr,
                                       nullptr,     true,    nullptr};
    EdgeLoop loop(reactor);
    ReadyWatches watches(reactor, 1);

    ASSERT_EQ(bight_host_attach(reactor, &ops, nullptr), BIGHT_OK);
    ASSERT_TRUE(loop.hasEdge());
    bight_reactor_dispatch(reactor, BIGHT_BUDGET_GUI);
    EXPECT_FALSE(loop.hasEdge());
    EXPECT_TRUE(is_readable(bight_reactor_fd(reactor)));
}

// Whoever was built before the structure grew.
TEST_F(Reactor, takesTheShorterOperationsOfAnOlderHost)
{
    static const bight_host_ops older = {offsetof(bight_host_ops, level_triggered),
                                         "older",
                                         nullptr,
                                         nullptr,
                                         nullptr,
                                         true,
                                         nullptr};
    static const bight_host_ops none = {0, "none", nullptr, nullptr, nullptr, true, nullptr};
    EdgeLoop loop(reactor);
    ReadyWatches watches(reactor, 1);

    ASSERT_EQ(bight_host_attach(reactor, &older, nullptr), BIGHT_OK);
    ASSERT_TRUE(loop.hasEdge());
    bight_reactor_dispatch(reactor, BIGHT_BUDGET_GUI);
    EXPECT_TRUE(loop.hasEdge()) << "what lies behind its end was read";
    bight_host_detach(reactor);
    ASSERT_EQ(bight_host_attach(reactor, &none, nullptr), BIGHT_OK);
    bight_reactor_dispatch(reactor, BIGHT_BUDGET_GUI);
    EXPECT_TRUE(loop.hasEdge()) << "without a size, what lies behind version 0.1 was read";
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
    bight_reactor_stats stats = {};
    stats.size = sizeof(stats);
    bight_reactor_get_stats(reactor, &stats);
    EXPECT_GE(stats.longest_callback, BIGHT_MSEC(3));
    EXPECT_STREQ(stats.longest_name, "slow beat");
    EXPECT_EQ(stats.stalls, 1u);
    bight_timer_free(timer);
}

TEST_F(Reactor, aWatchdogWithoutALimitMeasuresAndNeverReports)
{
    static const char name[] =
        "a name that is longer than the place which the counters have for it";
    bight_timer *timer;
    int said = 0;
    bight_log_set([](bight_log_level, const char *, void *data) { ++*static_cast<int *>(data); },
                  &said);
    bight_reactor_set_watchdog(reactor, BIGHT_NEVER);
    ASSERT_EQ(bight_timer_new(
                  reactor, [](bight_timer *, void *) {}, nullptr, &timer),
              BIGHT_OK);
    bight_timer_set_name(timer, name);
    bight_timer_start(timer, 0);
    bight_reactor_dispatch(reactor, BIGHT_BUDGET_GUI);
    bight_log_set(nullptr, nullptr);
    bight_reactor_stats stats = {};
    stats.size = sizeof(stats);
    bight_reactor_get_stats(reactor, &stats);
    EXPECT_GT(stats.longest_callback, 0u);
    EXPECT_STREQ(stats.longest_name, name + sizeof(name) - sizeof(stats.longest_name));
    EXPECT_EQ(said, 0);
    EXPECT_EQ(stats.stalls, 0u);
    bight_timer_free(timer);
}

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
