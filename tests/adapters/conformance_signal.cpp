// Chapter: signals. They are told on the loop, on every reactor that watches them, and whoever had
// a handler before keeps it.
#include "adapters/conformance_fork.hpp"

#include <algorithm>
#include <atomic>
#include <bight/signal.h>
#include <csignal>
#include <memory>
#include <sys/time.h>
#include <thread>

using conformance::Signal;
using conformance::Task;
using conformance::Timer;

namespace
{

volatile sig_atomic_t theirs; // calls of a handler that is not the library's

void countTheirs(int)
{
    theirs = theirs + 1;
}

void countTheirsWithInfo(int number, siginfo_t *info, void *context)
{
    if (info != nullptr && info->si_signo == number && context != nullptr)
        theirs = theirs + 1;
}

struct sigaction replaced; // by the one that calls it

void countAndGoOn(int number, siginfo_t *info, void *context)
{
    theirs = theirs + 1;
    if ((replaced.sa_flags & SA_SIGINFO) != 0)
        replaced.sa_sigaction(number, info, context);
}

struct sigaction actionOf(int number)
{
    struct sigaction now = {};
    sigaction(number, nullptr, &now);
    return now;
}

void handle(int number, void (*fn)(int), int flags = 0)
{
    struct sigaction action = {};
    action.sa_handler = fn;
    action.sa_flags = flags;
    sigaction(number, &action, nullptr);
}

void handleAndGoOn(int number)
{
    struct sigaction action = {};
    action.sa_sigaction = countAndGoOn;
    action.sa_flags = SA_SIGINFO;
    sigaction(number, &action, &replaced);
}

class Signals : public conformance::Forking
{
  protected:
    void SetUp() override
    {
        Conformance::SetUp();
        theirs = 0;
        for (int number : used)
            handle(number, SIG_DFL);
    }
    void TearDown() override
    {
        Forking::TearDown();
        for (int number : used) // whatever a test has left, nothing of it is the library's
            handle(number, SIG_DFL);
    }

  private:
    const std::vector<int> used = {SIGUSR1, SIGUSR2, SIGALRM, SIGCHLD, SIGWINCH};
};

INSTANTIATE_TEST_SUITE_P(Hosts, Signals, testing::ValuesIn(conformance::hosts),
                         conformance::nameOf);

TEST_P(Signals, areToldInALaterTurn)
{
    int calls = 0;
    Signal watch(reactor, SIGUSR1, [&] { calls++; });

    EXPECT_EQ(bight_signal_get_number(watch.get()), SIGUSR1);
    raise(SIGUSR1);
    EXPECT_EQ(calls, 0);
    turn();
    EXPECT_EQ(calls, 1);
    raise(SIGUSR1);
    turn();
    EXPECT_EQ(calls, 2);
    turn();
    EXPECT_EQ(calls, 2);
}

// No timer and no descriptor brings the loop round: it sleeps until the signal comes.
TEST_P(Signals, wakeALoopThatSleeps)
{
    const itimerval once = {{0, 0}, {0, 2000}};
    int calls = 0;
    Signal watch(reactor, SIGALRM, [&] {
        calls++;
        stop();
    });

    for (int round = 1; round <= 3; round++) {
        setitimer(ITIMER_REAL, &once, nullptr);
        run();
        EXPECT_EQ(calls, round);
    }
}

TEST_P(Signals, aFloodIsToldOnceATurn)
{
    int calls = 0;
    Signal watch(reactor, SIGUSR1, [&] { calls++; });

    for (int i = 0; i < 1000; i++)
        raise(SIGUSR1);
    turn();
    EXPECT_EQ(calls, 1);
}

TEST_P(Signals, oneThatArrivesInItsCallbackIsToldAgain)
{
    int calls = 0;
    Signal watch(reactor, SIGUSR1, [&] {
        if (++calls < 3)
            raise(SIGUSR1);
    });

    raise(SIGUSR1);
    EXPECT_TRUE(runUntil([&] { return calls == 3; }));
    turn();
    EXPECT_EQ(calls, 3);
}

TEST_P(Signals, goOnInANestedLoop)
{
    int first = 0, second = 0, deepest = 0, depth = 0;
    bool secondCame = false;
    Signal other(reactor, SIGUSR2, [&] { second++; });
    Signal watch(reactor, SIGUSR1, [&] {
        deepest = std::max(deepest, ++depth);
        if (++first == 1) {
            raise(SIGUSR1); // of its own: told when this has returned
            raise(SIGUSR2);
            secondCame = runUntil([&] { return second == 1; });
            EXPECT_EQ(first, 1);
        }
        depth--;
    });

    raise(SIGUSR1);
    EXPECT_TRUE(runUntil([&] { return first == 2; }));
    EXPECT_TRUE(secondCame);
    EXPECT_EQ(deepest, 1);
}

TEST_P(Signals, goOnInANestedLoopOfWhateverCallback)
{
    int calls = 0;
    bool came[3] = {};
    Signal watch(reactor, SIGUSR1, [&] { calls++; });
    auto nest = [&](bool &told) {
        int before = calls;
        raise(SIGUSR1);
        told = runUntil([&] { return calls == before + 1; });
    };
    Task task(reactor, [&] { nest(came[0]); });
    Timer timer(reactor, [&] { nest(came[1]); });

    task.schedule();
    EXPECT_TRUE(runUntil([&] { return calls == 1; }));
    timer.start(0);
    EXPECT_TRUE(runUntil([&] { return calls == 2; }));
    conformance::post(reactor, [&] { nest(came[2]); });
    EXPECT_TRUE(runUntil([&] { return calls == 3; }));
    turn();
    EXPECT_TRUE(came[0] && came[1] && came[2]);
}

TEST_P(Signals, tellAllWhoWatchOne)
{
    int calls[3] = {};
    Signal a(reactor, SIGUSR1, [&] { calls[0]++; }), b(reactor, SIGUSR1, [&] { calls[1]++; });
    Signal other(reactor, SIGUSR2, [&] { calls[2]++; });

    raise(SIGUSR1);
    turn();
    EXPECT_EQ(calls[0] + calls[1], 2);
    EXPECT_EQ(calls[2], 0);
    a.stop();
    raise(SIGUSR1);
    turn();
    EXPECT_EQ(calls[0], 1);
    EXPECT_EQ(calls[1], 2);
}

TEST_P(Signals, tellEachReactorOnItsOwnThread)
{
    std::atomic<bool> ready{false}, told{false};
    std::thread::id where;
    int calls = 0;
    Signal watch(reactor, SIGUSR1, [&] { calls++; });
    auto body = [&] {
        bight_reactor *own = host().open();
        {
            Signal there(own, SIGUSR1, [&] {
                where = std::this_thread::get_id();
                told = true;
            });
            Task begun(own, [&] { ready = true; });
            begun.schedule();
            conformance::runUntil(own, [&] { return told.load(); });
            EXPECT_EQ(where, std::this_thread::get_id());
        }
        bight_reactor_free(own);
    };
    std::thread thread([&] { host().onThread != nullptr ? host().onThread(body) : body(); });

    EXPECT_TRUE(runUntil([&] { return ready.load(); }));
    raise(SIGUSR1);
    EXPECT_TRUE(runUntil([&] { return calls == 1 && told; }));
    thread.join();
}

TEST_P(Signals, mayBeFreedInTheirOwnCallback)
{
    int calls = 0;
    std::unique_ptr<Signal> watch;
    watch = std::make_unique<Signal>(reactor, SIGUSR1, [&] {
        calls++;
        raise(SIGUSR1);
        watch.reset();
        handle(SIGUSR1, SIG_IGN);
    });

    raise(SIGUSR1);
    turn();
    turn();
    EXPECT_EQ(calls, 1);
}

TEST_P(Signals, tellNothingOnceTheyAreFreedOrStoppedByAnother)
{
    int calls = 0;
    std::unique_ptr<Signal> a, b, c, d;
    auto end = [&] {
        calls++;
        for (auto *each : {&a, &b})
            each->reset();
        c->stop();
        d->stop();
    };

    for (auto *each : {&a, &b, &c, &d})
        *each = std::make_unique<Signal>(reactor, SIGUSR1, end);
    raise(SIGUSR1);
    turn();
    turn();
    EXPECT_EQ(calls, 1);
}

TEST_P(Signals, thatCameBeforeAStopAreForgotten)
{
    int calls = 0;
    Signal watch(reactor, SIGUSR1, [&] { calls++; });

    EXPECT_TRUE(bight_signal_is_running(watch.get()));
    raise(SIGUSR1);
    watch.stop();
    EXPECT_FALSE(bight_signal_is_running(watch.get()));
    watch.start();
    turn();
    EXPECT_EQ(calls, 0);
    raise(SIGUSR1);
    turn();
    EXPECT_EQ(calls, 1);
}

TEST_P(Signals, outliveTheirReactorAndTellNothing)
{
    auto watch = std::make_unique<Signal>(reactor, SIGUSR1, [] { ADD_FAILURE(); });

    handle(SIGUSR2, countTheirs);
    auto other = std::make_unique<Signal>(reactor, SIGUSR2, [] { ADD_FAILURE(); });
    raise(SIGUSR1);
    freeReactor();
    EXPECT_EQ(actionOf(SIGUSR1).sa_handler, SIG_DFL);
    EXPECT_FALSE(bight_signal_is_running(watch->get()));
    watch->start();
    EXPECT_EQ(actionOf(SIGUSR1).sa_handler, SIG_DFL);
    raise(SIGUSR2);
    EXPECT_EQ(theirs, 1);
}

TEST_P(Signals, mayFreeTheReactor)
{
    int calls = 0;
    auto end = [&] {
        calls++;
        if (reactor != nullptr)
            freeReactor();
    };
    Signal a(reactor, SIGUSR1, end), b(reactor, SIGUSR1, end);

    raise(SIGUSR1);
    run();
    EXPECT_EQ(calls, 1);
}

TEST_P(Signals, refuseWhatCannotBeWatched)
{
    bight_signal *watch = nullptr;
    auto nothing = [](bight_signal *, void *) {};

    for (int number : {SIGKILL, SIGSTOP, SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGSYS, SIGABRT,
                       0, -1, 32, NSIG, 4711})
        EXPECT_EQ(bight_signal_new(reactor, number, nothing, nullptr, &watch), BIGHT_ERROR_INVALID)
            << number;
    EXPECT_EQ(watch, nullptr);
    for (int number : {SIGRTMIN, SIGRTMAX, SIGCHLD, SIGTSTP}) {
        EXPECT_EQ(bight_signal_new(reactor, number, nothing, nullptr, &watch), BIGHT_OK);
        bight_signal_free(watch);
    }
}

TEST_P(Signals, areNamedByTheWatchdog)
{
    bool told = false;
    Signal watch(reactor, SIGUSR1, [&] {
        uint64_t end = bight_monotonic_now() + BIGHT_MSEC(20);
        while (bight_monotonic_now() < end) {
        }
        told = true;
    });

    bight_signal_set_name(watch.get(), "the user's signal");
    bight_reactor_set_watchdog(reactor, BIGHT_NEVER); // which measures
    raise(SIGUSR1);
    EXPECT_TRUE(runUntil([&] { return told; }));
    EXPECT_STREQ(conformance::stats(reactor).longest_name, "the user's signal");
}

// -- The handlers of others --

TEST_P(Signals, leaveAHandlerThatWasThereInItsPlace)
{
    int calls = 0;
    struct sigaction mine = {}, found = {};

    mine.sa_sigaction = countTheirsWithInfo;
    mine.sa_flags = SA_SIGINFO | SA_NODEFER;
    sigaddset(&mine.sa_mask, SIGUSR2);
    sigaction(SIGUSR1, &mine, nullptr);
    {
        Signal watch(reactor, SIGUSR1, [&] { calls++; });
        Signal another(reactor, SIGUSR1, [&] { calls++; });
        found = actionOf(SIGUSR1);
        EXPECT_EQ(found.sa_flags & (SA_RESTART | SA_NODEFER), SA_NODEFER);
        EXPECT_EQ(sigismember(&found.sa_mask, SIGUSR2), 1);
        raise(SIGUSR1);
        EXPECT_EQ(theirs, 1);
        turn();
        EXPECT_EQ(calls, 2);
    }
    found = actionOf(SIGUSR1);
    EXPECT_EQ(found.sa_sigaction, countTheirsWithInfo);
    EXPECT_EQ(found.sa_flags & (SA_SIGINFO | SA_NODEFER), SA_SIGINFO | SA_NODEFER);
    raise(SIGUSR1);
    EXPECT_EQ(theirs, 2);
}

TEST_P(Signals, putBackWhatWasIgnoredOrDefault)
{
    for (auto before : {SIG_IGN, SIG_DFL}) {
        int calls = 0;
        handle(SIGUSR1, before);
        {
            Signal watch(reactor, SIGUSR1, [&] { calls++; });
            raise(SIGUSR1);
            turn();
        }
        EXPECT_EQ(calls, 1);
        EXPECT_EQ(actionOf(SIGUSR1).sa_handler, before);
    }
}

TEST_P(Signals, callAHandlerThatWantsOneSignalOnce)
{
    handle(SIGUSR1, countTheirs, static_cast<int>(SA_RESETHAND));
    {
        Signal watch(reactor, SIGUSR1, [] {});
        raise(SIGUSR1);
        raise(SIGUSR1);
        EXPECT_EQ(theirs, 1);
    }
    EXPECT_EQ(actionOf(SIGUSR1).sa_handler, SIG_DFL);
}

TEST_P(Signals, ofChildrenKeepWhatWasAskedOfTheSystem)
{
    handle(SIGCHLD, SIG_IGN); // so that nobody has to wait for children
    Signal watch(reactor, SIGCHLD, [&] { stop(); });
    EXPECT_NE(actionOf(SIGCHLD).sa_flags & SA_NOCLDWAIT, 0);
    pid_t child = fork();
    if (child == 0)
        _exit(0);
    run();
    EXPECT_EQ(waitpid(child, nullptr, 0), -1);
}

// Who comes later has the signal for itself, unless it calls what it has replaced.
TEST_P(Signals, areTakenByALaterHandlerUntilTheyAreStartedAgain)
{
    int calls = 0;
    Signal watch(reactor, SIGUSR1, [&] { calls++; });

    handle(SIGUSR1, countTheirs);
    raise(SIGUSR1);
    turn();
    EXPECT_EQ(calls, 0);
    EXPECT_EQ(theirs, 1);
    for (int round = 1; round <= 20; round++) { // as often as one likes
        watch.start();
        raise(SIGUSR1);
        turn();
        EXPECT_EQ(calls, round);
        EXPECT_EQ(theirs, 1 + round);
        handle(SIGUSR1, round % 2 == 0 ? SIG_DFL : countTheirs);
        if (round % 2 == 0)
            handle(SIGUSR1, countTheirs);
    }
}

TEST_P(Signals, areToldOnceByALaterHandlerThatCallsOurs)
{
    int calls = 0;
    auto watch = std::make_unique<Signal>(reactor, SIGUSR1, [&] { calls++; });

    handleAndGoOn(SIGUSR1);
    for (int round = 1; round <= 3; round++) {
        raise(SIGUSR1);
        turn();
        EXPECT_EQ(calls, round);
        EXPECT_EQ(theirs, round);
        watch->start(); // above it, below it, and there already
    }
    watch.reset();
    EXPECT_EQ(actionOf(SIGUSR1).sa_sigaction, countAndGoOn) << "it is not ours to remove";
    raise(SIGUSR1);
    EXPECT_EQ(theirs, 4);
    Signal another(reactor, SIGUSR1, [&] { calls++; });
    raise(SIGUSR1);
    turn();
    EXPECT_EQ(calls, 4);
    EXPECT_EQ(theirs, 5);
}

TEST_P(Signals, neitherBlockNorUnblockAnything)
{
    sigset_t before, during;
    pthread_sigmask(SIG_BLOCK, nullptr, &before);
    Signal watch(reactor, SIGUSR1, [] {});
    raise(SIGUSR1);
    turn();
    pthread_sigmask(SIG_BLOCK, nullptr, &during);
    for (int number = 1; number < NSIG; number++)
        EXPECT_EQ(sigismember(&before, number), sigismember(&during, number)) << number;
}

TEST_P(Signals, leaveErrnoAlone)
{
    Signal watch(reactor, SIGUSR1, [] {});
    for (int i = 0; i < 3; i++) {
        errno = 4711;
        raise(SIGUSR1);
        EXPECT_EQ(errno, 4711);
    }
    turn();
}

// The handler runs on one thread while another changes what it looks at.
TEST_P(Signals, mayComeAndGoWhileTheyArriveOnAnotherThread)
{
    std::atomic<bool> over{false};
    std::atomic<unsigned> sent{0};
    int calls = 0;
    Signal always(reactor, SIGUSR1, [&] { calls++; });
    std::thread sender([&] {
        while (!over) {
            raise(SIGUSR1);
            sent++;
        }
    });

    for (unsigned i = 0; i < 300 || sent < 300; i++) {
        Signal a(reactor, SIGUSR1, [&] { calls++; }), b(reactor, SIGUSR2, [] {});
        if (i % 10 == 0)
            turn();
    }
    EXPECT_TRUE(runUntil([&] { return calls > 0; }));
    over = true;
    sender.join();
    turn();
    int before = calls;
    raise(SIGUSR1);
    turn();
    EXPECT_EQ(calls, before + 1);
}

// -- Fork --

TEST_P(Signals, inAChildAreToldAfterTheRebuildAndOnlyItsOwn)
{
    int calls = 0, others = 0;
    Signal watch(reactor, SIGUSR1, [&] { calls++; });
    Signal other(reactor, SIGUSR2, [&] { others++; });

    if (!host().forks)
        GTEST_SKIP() << "this loop cannot be used in a forked child";
    raise(SIGUSR1); // the parent's
    if (forked()) {
        raise(SIGUSR2); // its own, before it has a reactor
        rebuild();
        EXPECT_TRUE(runUntil([&] { return others == 1; }));
        EXPECT_EQ(calls, 0);
        raise(SIGUSR1);
        EXPECT_TRUE(runUntil([&] { return calls == 1; }));
        leave();
    }
    EXPECT_EQ(ending(), 0);
    turn();
    EXPECT_EQ(calls, 1);
    EXPECT_EQ(others, 0);
}

TEST_P(Signals, inAChildMayBeFreedWhileTheParentGoesOn)
{
    int calls = 0;
    auto watch = std::make_unique<Signal>(reactor, SIGUSR1, [&] { calls++; });

    if (!host().forks)
        GTEST_SKIP() << "this loop cannot be used in a forked child";
    for (const auto &life : lives()) {
        if (forked())
            live(
                life, [&] { watch.reset(); },
                [&] {
                    raise(SIGUSR1);
                    watch->stop();
                });
        EXPECT_EQ(ending(), 0);
    }
    raise(SIGUSR1);
    turn();
    EXPECT_EQ(calls, 1);
}

} // namespace
