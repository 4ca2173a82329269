// The pool: how works are given, limited and ordered, and how they come back.
#include "threads_support.hpp"

#include <atomic>
#include <bight/gather.h>
#include <bight/owner.h>
#include <csignal>
#include <support/alloc.hpp>
#include <thread>
#include <vector>

using threads_support::Deferred;
using threads_support::Gate;
using threads_support::number;
using threads_support::outcome;

namespace
{

class Threads : public threads_support::Pool
{
  protected:
    // Adds a letter to the journal, which only one thread at a time may do.
    Deferred note(char letter, const bight_work_options *work_options = nullptr)
    {
        return run(
            [this, letter](bight_work *) {
                journal += letter;
                return number(letter);
            },
            work_options);
    }
    bool allDone(const std::vector<Deferred> &deferreds)
    {
        return until([&] {
            for (const Deferred &deferred : deferreds)
                if (!bight_deferred_is_done(deferred.get()))
                    return false;
            return true;
        });
    }
    std::string journal;
};

TEST_F(Threads, aWorkRunsElsewhereAndItsResultArrivesOnTheReactorsThread)
{
    std::thread::id here = std::this_thread::get_id(), there, stepped;
    Deferred deferred = run([&](bight_work *) {
        there = std::this_thread::get_id();
        return number(42);
    });

    threads_support::then(deferred, [&](bight_result in) {
        stepped = std::this_thread::get_id();
        return in;
    });
    EXPECT_FALSE(bight_deferred_is_done(deferred.get()));
    EXPECT_EQ(outcomeOf(deferred), "42");
    EXPECT_EQ(stepped, here);
    EXPECT_NE(there, here);
}

TEST_F(Threads, withoutWorkThereIsNoThread)
{
    EXPECT_EQ(support::countThreads(), guard.before());
    EXPECT_EQ(outcomeOf(run([](bight_work *) { return number(1); })), "1");
    EXPECT_EQ(support::countThreads(), guard.before() + 1);
}

TEST_F(Threads, anErrorOfTheWorkFailsTheDeferred)
{
    Deferred deferred = run([](bight_work *) {
        return bight_result_error(bight_error_new(BIGHT_ERROR_NOT_FOUND, "no such photo"));
    });

    EXPECT_EQ(outcomeOf(deferred), "[not found]");
}

struct Data {
    std::thread::id freed;
    bool stepped = false, freed_after_step = false;
    int frees = 0;
    static void destroy(void *data)
    {
        auto *self = static_cast<Data *>(data);

        self->freed = std::this_thread::get_id();
        self->freed_after_step = self->stepped;
        self->frees++;
    }
};

TEST_F(Threads, dataIsFreedOnTheReactorsThreadBehindTheSteps)
{
    Data data;
    bight_work_fn work = [](bight_work *, void *) { return number(1); };
    Deferred deferred = {bight_threads_run(threads, work, &data, Data::destroy),
                         bight_deferred_free};

    threads_support::then(deferred, [&](bight_result in) {
        data.stepped = true;
        return in;
    });
    EXPECT_EQ(outcomeOf(deferred), "1");
    EXPECT_EQ(data.freed, std::this_thread::get_id());
    EXPECT_TRUE(data.freed_after_step);
    EXPECT_EQ(data.frees, 1);
}

TEST_F(Threads, dataThatBecomesTheValueIsFreedWithIt)
{
    Data data;
    bight_work_fn work = [](bight_work *self, void *) {
        return bight_result_take(bight_work_steal_data(self), Data::destroy);
    };
    Deferred deferred = {bight_threads_run(threads, work, &data, Data::destroy),
                         bight_deferred_free};

    EXPECT_TRUE(until([&] { return bight_deferred_is_done(deferred.get()); }));
    EXPECT_EQ(data.frees, 0);
    deferred.reset();
    EXPECT_EQ(data.frees, 1);
}

TEST_F(Threads, moreWorksThanThreadsWaitAndAllAreDoneOnce)
{
    std::atomic<int> ran{0};
    std::vector<Deferred> deferreds;

    with(3);
    for (int i = 0; i < 500; i++)
        deferreds.push_back(run([&, i](bight_work *) {
            ran++;
            return number(i);
        }));
    EXPECT_LE(stats().threads, 3u);
    EXPECT_TRUE(allDone(deferreds));
    EXPECT_EQ(ran, 500);
    for (int i = 0; i < 500; i++)
        EXPECT_EQ(outcome(deferreds[i].get()), std::to_string(i));
}

TEST_F(Threads, noMoreRunAtATimeThanTheLimit)
{
    std::vector<Deferred> deferreds;
    Gate gate;

    with(2);
    for (int i = 0; i < 5; i++)
        deferreds.push_back(run(passing(gate)));
    ASSERT_TRUE(gate.await(2));
    EXPECT_EQ(stats().running, 2u);
    EXPECT_EQ(stats().queued, 3u);
    EXPECT_EQ(support::countThreads(), guard.before() + 2);
    EXPECT_EQ(gate.arrived(), 2);
    gate.open();
    EXPECT_TRUE(allDone(deferreds));
}

TEST_F(Threads, aFullQueueSaysSoAndFreesTheData)
{
    Gate gate;
    Data data;
    bight_work_fn work = [](bight_work *, void *) { return number(1); };

    with(1, 2);
    Deferred first = hold(gate);
    Deferred a = note('a'), b = note('b');
    Deferred over = {bight_threads_run(threads, work, &data, Data::destroy), bight_deferred_free};
    EXPECT_EQ(outcome(over.get()), "[limit reached]");
    EXPECT_EQ(data.frees, 1);
    gate.open();
    EXPECT_EQ(outcomeOf(b), std::to_string('b'));
    EXPECT_EQ(journal, "ab");
}

TEST_F(Threads, whoWaitsForRoomGoesOnInOrderAndTheQueueNeverOverflows)
{
    Gate gate;
    std::vector<Deferred> rooms, works;

    with(1, 2);
    Deferred first = hold(gate);
    for (char letter = 'a'; letter <= 'j'; letter++) {
        rooms.emplace_back(bight_threads_wait_room(threads), bight_deferred_free);
        threads_support::then(rooms.back(), [&, letter](bight_result in) {
            works.push_back(note(letter));
            return in;
        });
    }
    EXPECT_EQ(works.size(), 2u);
    gate.open();
    EXPECT_TRUE(until([&] { return works.size() == 10; }));
    EXPECT_TRUE(allDone(works));
    EXPECT_EQ(journal, "abcdefghij");
    for (Deferred &work : works)
        EXPECT_NE(outcome(work.get())[0], '[');
}

TEST_F(Threads, whoGivesUpWaitingForRoomIsForgotten)
{
    Gate gate;

    with(1, 1);
    Deferred first = hold(gate);
    Deferred second = note('a');
    Deferred room = {bight_threads_wait_room(threads), bight_deferred_free};
    bight_deferred_cancel(room.get());
    EXPECT_EQ(outcome(room.get()), "[cancelled]");
    gate.open();
    EXPECT_EQ(outcomeOf(second), std::to_string('a'));
    room.reset(bight_threads_wait_room(threads));
    EXPECT_EQ(outcome(room.get()), "0");
}

TEST_F(Threads, idleOnesEndAndNewOnesStartWhenThereIsWork)
{
    with(4, 1024, BIGHT_MSEC(1));
    for (int round = 0; round < 3; round++) {
        std::vector<Deferred> works;
        Gate gate;

        for (int i = 0; i < 4; i++)
            works.push_back(run(passing(gate)));
        ASSERT_TRUE(gate.await(4));
        gate.open();
        EXPECT_TRUE(allDone(works));
        EXPECT_TRUE(until([&] { return support::countThreads() == guard.before(); }));
        EXPECT_EQ(stats().threads, 0u);
    }
}

TEST_F(Threads, oneThatNeverEndsDoesAllTheWorks)
{
    std::thread::id first, other;

    with(1, 1024, BIGHT_NEVER);
    EXPECT_EQ(outcomeOf(run([&](bight_work *) {
                  first = std::this_thread::get_id();
                  return number(0);
              })),
              "0");
    EXPECT_TRUE(until([&] { return stats().idle == 1; }));
    EXPECT_EQ(outcomeOf(run([&](bight_work *) {
                  other = std::this_thread::get_id();
                  return number(0);
              })),
              "0");
    EXPECT_EQ(first, other);
}

TEST_F(Threads, aHighPriorityIsTakenFirst)
{
    bight_work_options low = BIGHT_WORK_OPTIONS_INIT, high = low;
    std::vector<Deferred> works;
    Gate gate;

    low.priority = BIGHT_PRIORITY_LOW;
    high.priority = BIGHT_PRIORITY_HIGH;
    with(1);
    works.push_back(hold(gate));
    works.push_back(note('l', &low));
    works.push_back(note('n'));
    works.push_back(note('h', &high));
    works.push_back(note('H', &high));
    gate.open();
    EXPECT_TRUE(allDone(works));
    EXPECT_EQ(journal, "hHnl");
}

TEST_F(Threads, aLowPriorityIsNotStarved)
{
    bight_work_options low = BIGHT_WORK_OPTIONS_INIT, high = low;
    std::vector<Deferred> works;
    Gate gate;

    low.priority = BIGHT_PRIORITY_LOW;
    high.priority = BIGHT_PRIORITY_HIGH;
    with(1);
    works.push_back(hold(gate));
    for (int i = 0; i < 100; i++)
        works.push_back(note('h', &high));
    works.push_back(note('l', &low));
    works.push_back(note('n'));
    gate.open();
    EXPECT_TRUE(allDone(works));
    EXPECT_LT(journal.find('l'), 32u);
    EXPECT_LT(journal.find('n'), 32u);
    EXPECT_EQ(journal.substr(0, 10), "hhhhhhhhhh");
}

TEST_F(Threads, theWorksOfALaneRunOneAfterTheOtherInTheirOrder)
{
    bight_work_options options_a = BIGHT_WORK_OPTIONS_INIT, options_b = options_a;
    std::string a, b;
    std::vector<Deferred> works;

    with(4);
    options_a.lane = bight_lane_new(threads);
    options_b.lane = bight_lane_new(threads);
    for (int i = 0; i < 300; i++) {
        std::string &journal_of = i % 2 == 0 ? a : b;

        works.push_back(run(
            [&journal_of, i](bight_work *) {
                journal_of += std::to_string(i) + " ";
                return number(i);
            },
            i % 2 == 0 ? &options_a : &options_b));
    }
    /* The works hold their lanes. */
    bight_lane_free(options_a.lane);
    bight_lane_free(options_b.lane);
    EXPECT_TRUE(allDone(works));
    std::string expected_a, expected_b;
    for (int i = 0; i < 300; i++)
        (i % 2 == 0 ? expected_a : expected_b) += std::to_string(i) + " ";
    EXPECT_EQ(a, expected_a);
    EXPECT_EQ(b, expected_b);
}

TEST_F(Threads, aLaneThatIsHeldUpHoldsUpNoOther)
{
    bight_work_options slow = BIGHT_WORK_OPTIONS_INIT;
    Gate gate;

    with(2);
    slow.lane = bight_lane_new(threads);
    Deferred held = run(
        [&](bight_work *) {
            gate.pass();
            return number(1);
        },
        &slow);
    std::vector<Deferred> behind;
    for (int i = 0; i < 10; i++)
        behind.push_back(note('x', &slow));
    ASSERT_TRUE(gate.await());
    EXPECT_EQ(outcomeOf(run([](bight_work *) { return number(2); })), "2");
    EXPECT_EQ(stats().queued, 10u);
    gate.open();
    EXPECT_TRUE(allDone(behind));
    bight_lane_free(slow.lane);
}

TEST_F(Threads, cancellingWhatIsReadyInALaneLetsTheNextGoOn)
{
    bight_work_options in_lane = BIGHT_WORK_OPTIONS_INIT;
    Gate gate;

    with(1);
    in_lane.lane = bight_lane_new(threads);
    Deferred blocker = hold(gate);
    Deferred a = note('a', &in_lane), b = note('b', &in_lane), c = note('c', &in_lane);
    bight_deferred_cancel(a.get());
    bight_deferred_cancel(c.get());
    gate.open();
    EXPECT_EQ(outcomeOf(b), std::to_string('b'));
    EXPECT_EQ(journal, "b");
    EXPECT_EQ(outcomeOf(note('d', &in_lane)), std::to_string('d'));
    bight_lane_free(in_lane.lane);
}

TEST_F(Threads, worksHaveAllSignalsBlocked)
{
    Deferred deferred = run([](bight_work *) {
        sigset_t blocked;

        pthread_sigmask(SIG_SETMASK, nullptr, &blocked);
        return number(sigismember(&blocked, SIGTERM) + sigismember(&blocked, SIGCHLD));
    });

    EXPECT_EQ(outcomeOf(deferred), "2");
}

TEST_F(Threads, areNamed)
{
    std::string name;

    options.name = "a name that is too long";
    with(1);
    EXPECT_EQ(outcomeOf(run([&](bight_work *) {
                  char text[16];

                  pthread_getname_np(pthread_self(), text, sizeof(text));
                  name = text;
                  return number(0);
              })),
              "0");
    EXPECT_EQ(name, "a name that is ");
}

TEST_F(Threads, aThreadThatCannotStartFailsTheWork)
{
    Data data;
    bight_work_fn work = [](bight_work *, void *) { return number(1); };

    options.stack = SIZE_MAX / 8 * 7 & ~size_t{4095}; // more than any machine gives
    with(2);
    Deferred deferred = {bight_threads_run(threads, work, &data, Data::destroy),
                         bight_deferred_free};
    EXPECT_EQ(outcome(deferred.get())[0], '[');
    EXPECT_EQ(data.frees, 1);
    EXPECT_EQ(stats().threads, 0u);
    EXPECT_EQ(stats().queued, 0u);
    options.stack = 0;
    with(2);
    EXPECT_EQ(outcomeOf(run([](bight_work *) { return number(1); })), "1");
}

TEST_F(Threads, aPoolThatMakesNoSenseIsRefused)
{
    bight_threads *none = nullptr;

    for (int fault = 0; fault < 3; fault++) {
        bight_threads_options bad = BIGHT_THREADS_OPTIONS_INIT;

        if (fault == 0)
            bad.size = 1;
        else if (fault == 1)
            bad.threads = 0;
        else
            bad.queue = 0;
        EXPECT_EQ(bight_threads_new(reactor, &bad, &none), BIGHT_ERROR_INVALID);
    }
    EXPECT_EQ(none, nullptr);
}

TEST_F(Threads, stepsOfAWindowThatWentAreNotRunAndItsWorkIsCancelled)
{
    bight_owner window;
    int ran = 0;
    Gate gate;
    Deferred deferred = run([&](bight_work *work) {
        gate.pass();
        return number(bight_work_is_cancelled(work));
    });

    ASSERT_TRUE(gate.await());
    bight_owner_init(&window);
    bight_deferred_bind(deferred.get(), &window);
    bight_deferred_always(
        deferred.get(), [](void *data) { ++*static_cast<int *>(data); }, &ran);
    bight_owner_deinit(&window);
    gate.open();
    EXPECT_TRUE(until([&] { return stats().running == 0; }));
    EXPECT_EQ(ran, 0);
}

TEST_F(Threads, manyAreGathered)
{
    bight_deferred *works[20];

    for (int i = 0; i < 20; i++)
        works[i] = run([i](bight_work *) { return number(i); }).release();
    Deferred all = {bight_gather_all(works, 20), bight_deferred_free};
    EXPECT_TRUE(until([&] { return bight_deferred_is_done(all.get()); }));
}

TEST_F(Threads, resultsComeInTheOrderInWhichOneThreadMakesThem)
{
    std::string order;
    std::vector<Deferred> works;

    with(1);
    for (char letter = 'a'; letter <= 'z'; letter++) {
        works.push_back(run([](bight_work *) { return number(0); }));
        threads_support::then(works.back(), [&order, letter](bight_result in) {
            order += letter;
            return in;
        });
    }
    EXPECT_TRUE(allDone(works));
    EXPECT_EQ(order, "abcdefghijklmnopqrstuvwxyz");
}

TEST_F(Threads, whatAWorkPostsIsRunBeforeItsResultIsDelivered)
{
    std::string order;

    for (int i = 0; i < 50; i++) {
        order.clear();
        Deferred deferred = run([&](bight_work *) {
            bight_call_fn say = [](void *text) { *static_cast<std::string *>(text) += "posted "; };

            return number(bight_reactor_post(reactor, say, &order, nullptr));
        });
        threads_support::then(deferred, [&](bight_result in) {
            order += "done";
            return in;
        });
        EXPECT_EQ(outcomeOf(deferred), "0");
        EXPECT_EQ(order, "posted done");
    }
}

TEST_F(Threads, oneTurnTakesNoMoreResultsThanItsBudget)
{
    std::vector<Deferred> works;
    Gate gate;
    int done = 0;

    for (int i = 0; i < 8; i++) {
        works.push_back(run(passing(gate)));
        threads_support::then(works.back(), [&](bight_result in) {
            done++;
            return in;
        });
    }
    ASSERT_TRUE(gate.await(8));
    gate.open();
    ASSERT_TRUE(support::waitUntil([&] { return stats().running == 0; }));
    for (int i = 1; i <= 8; i++) {
        bight_turn turn = bight_reactor_dispatch(reactor, BIGHT_BUDGET(0, 1));

        EXPECT_EQ(done, i);
        EXPECT_EQ(turn, i < 8 ? BIGHT_TURN_MORE : BIGHT_TURN_IDLE);
    }
}

// Every allocation of the reactor's thread fails once: the deferred then is NULL or fails, and what
// was given is freed.
TEST(ThreadsMemory, allocationsThatFailAreErrors)
{
    support::withEachAllocationFailing([] {
        bight_reactor *reactor = bight_reactor_new();
        bight_threads *threads = nullptr;
        bight_work_options options = BIGHT_WORK_OPTIONS_INIT;
        Data data[3];
        int given = 0;
        bight_work_fn work = [](bight_work *, void *) { return number(1); };

        if (reactor == nullptr)
            return;
        if (bight_threads_new(reactor, nullptr, &threads) == BIGHT_OK) {
            options.lane = bight_lane_new(threads);
            for (Data &each : data) {
                given++;
                bight_deferred_free(bight_threads_wait_room(threads));
                bight_deferred *deferred =
                    bight_threads_run_with(threads, &options, work, &each, Data::destroy);
                bight_deferred_cancel(deferred);
                bight_deferred_free(deferred);
            }
            bight_deferred_free(bight_threads_stop(threads));
            bight_lane_free(options.lane);
            bight_threads_free(threads);
        }
        for (int i = 0; i < given; i++)
            EXPECT_EQ(data[i].frees, 1);
        bight_reactor_free(reactor);
    });
}

} // namespace
