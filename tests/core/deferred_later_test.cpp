#include "deferred_support.hpp"
#include <bight/crank.h>
#include <bight/later.h>
#include <bight/owner.h>
#include <bight/timer.h>
#include <gtest/gtest.h>
#include <support/alloc.hpp>

namespace
{

using deferred_support::count;
using deferred_support::countCancel;
using deferred_support::Counted;
using deferred_support::error;
using deferred_support::Journal;
using deferred_support::Messages;
using deferred_support::number;
using deferred_support::outcome;
using deferred_support::returnWait;

class Later : public testing::Test
{
  protected:
    ~Later() override
    {
        bight_reactor_free(reactor);
    }
    // Milliseconds since the start.
    uint64_t now()
    {
        return (bight_reactor_now(reactor) - start) / BIGHT_MSEC(1);
    }
    void advance(uint64_t milliseconds)
    {
        bight_crank_advance(reactor, BIGHT_MSEC(milliseconds));
    }
    // A reactor keeps the memory of its first timers.
    void haveHadATimer()
    {
        bight_timer *timer = nullptr;

        ASSERT_EQ(bight_timer_new(
                      reactor, [](bight_timer *, void *) {}, nullptr, &timer),
                  BIGHT_OK);
        bight_timer_free(timer);
    }
    bight_reactor *reactor = bight_crank_reactor_new();
    uint64_t start = bight_reactor_now(reactor);
};

TEST_F(Later, aDelayFiresWhenItsTimeHasPassed)
{
    bight_deferred *delay = bight_delay(reactor, BIGHT_MSEC(10));

    advance(9);
    EXPECT_EQ(outcome(delay), "waiting");
    advance(1);
    EXPECT_EQ(outcome(delay), "0");
    bight_deferred_free(delay);
}

TEST_F(Later, aDelayOfNothingFiresInTheNextTurn)
{
    bight_deferred *delay = bight_delay(reactor, 0);

    EXPECT_EQ(outcome(delay), "waiting");
    bight_crank_settle(reactor);
    EXPECT_EQ(outcome(delay), "0");
    bight_deferred_free(delay);
}

TEST_F(Later, aDelayThatIsCancelledLeavesNoTimer)
{
    bight_deferred *delay = bight_delay(reactor, BIGHT_MSEC(10));

    bight_deferred_cancel(delay);
    EXPECT_EQ(outcome(delay), "[cancelled]");
    EXPECT_EQ(bight_reactor_get_deadline(reactor), BIGHT_NEVER);
    bight_deferred_free(delay);
}

TEST_F(Later, delaysFailWhenTheReactorIsFreedAndSoDoNewOnes)
{
    struct Again {
        bight_reactor *reactor;
        bight_deferred *next;
    } again = {reactor, nullptr};
    bight_deferred *delay = bight_delay(reactor, BIGHT_MSEC(10));

    bight_deferred_both(
        delay,
        [](bight_result in, void *data) {
            Again *self = static_cast<Again *>(data);

            self->next = bight_delay(self->reactor, 0);
            return in;
        },
        &again);
    bight_reactor_free(reactor);
    reactor = nullptr;
    EXPECT_EQ(outcome(delay), "[cancelled]");
    EXPECT_EQ(outcome(again.next), "[cancelled]");
    bight_deferred_free(delay);
    bight_deferred_free(again.next);
}

TEST_F(Later, aTimeoutCancelsAndTellsTheStepsAfterIt)
{
    Journal journal;
    int told = 0;
    bight_promise *promise;
    bight_deferred *deferred = bight_deferred_new(&promise);

    bight_promise_on_cancel(promise, countCancel, &told);
    bight_deferred_always(
        deferred, [](void *) {}, nullptr);
    bight_timeout(deferred, reactor, BIGHT_SEC(5));
    bight_deferred_both(deferred, Journal::run, journal.note("after", 0));
    advance(4999);
    EXPECT_EQ(told, 0);
    advance(1);
    EXPECT_EQ(told, 1);
    EXPECT_EQ(journal.text(), "after[timed out] ");
    bight_deferred_free(deferred);
}

TEST_F(Later, aTimeoutIsGoneWithTheResult)
{
    bight_promise *promise;
    bight_deferred *deferred = bight_deferred_new(&promise);
    bight_deferred *done = bight_deferred_fired(number(1), nullptr);

    bight_timeout(deferred, reactor, BIGHT_SEC(5));
    EXPECT_EQ(bight_timeout(done, reactor, BIGHT_SEC(5)), done);
    EXPECT_EQ(bight_timeout(nullptr, reactor, BIGHT_SEC(5)), nullptr);
    bight_promise_fire(promise, number(3), nullptr);
    EXPECT_EQ(bight_reactor_get_deadline(reactor), BIGHT_NEVER);
    EXPECT_EQ(outcome(deferred), "3");
    bight_deferred_free(deferred);
    bight_deferred_free(done);
}

TEST_F(Later, aTimeoutIsNoTimeoutIfAStepMakesAValueOfIt)
{
    Journal journal;
    bight_promise *promise;
    bight_deferred *deferred = bight_deferred_new(&promise);

    bight_deferred_then(deferred, nullptr, Journal::run, journal.note("recovers", 7));
    bight_timeout(deferred, reactor, BIGHT_SEC(5));
    advance(5000);
    EXPECT_EQ(journal.text(), "recovers[cancelled] ");
    EXPECT_EQ(outcome(deferred), "7");
    bight_deferred_free(deferred);
    bight_promise_free(promise);
}

TEST_F(Later, aTimeoutOfADroppedChainLeavesNoTimer)
{
    bight_owner owner;
    bight_promise *promise;
    bight_deferred *deferred = bight_deferred_new(&promise);

    bight_owner_init(&owner);
    bight_deferred_bind(deferred, &owner);
    bight_timeout(deferred, reactor, BIGHT_SEC(5));
    bight_deferred_free(deferred);
    bight_owner_deinit(&owner);
    EXPECT_EQ(bight_reactor_get_deadline(reactor), BIGHT_NEVER);
    bight_promise_free(promise);
}

TEST_F(Later, aTimeoutThatNobodyHandlesIsReported)
{
    Messages messages;
    bight_promise *promise;

    bight_deferred_free(bight_timeout(bight_deferred_new(&promise), reactor, BIGHT_SEC(2)));
    advance(2000);
    ASSERT_EQ(messages.all.size(), 1u);
    EXPECT_NE(messages.all[0].find("not done after 2000 ms"), std::string::npos);
    bight_promise_free(promise);
}

// Writes down when it beats, and what it missed; each beat takes as long as it is told to.
struct Drum {
    bight_reactor *reactor;
    uint64_t start;
    std::vector<uint64_t> durations;
    std::string log = {};
    uint64_t last = 0;
    int live = 0;

    static bight_result beat(bight_beat *beat, void *data)
    {
        Drum *self = static_cast<Drum *>(data);
        uint64_t now = (bight_reactor_now(self->reactor) - self->start) / BIGHT_MSEC(1);
        size_t index = beat->number - 1;

        self->log += std::to_string(beat->number) + "@" + std::to_string(now);
        self->log += "-" + std::to_string(beat->missed) + " ";
        beat->last = beat->number == self->last;
        if (index < self->durations.size())
            return bight_result_wait(
                bight_delay(self->reactor, BIGHT_MSEC(self->durations[index])));
        return bight_result_take(new Counted(self->live), Counted::destroy);
    }
};

TEST_F(Later, repeatBeatsWithoutDriftUntilTheLast)
{
    Drum drum = {reactor, start, {}, "", 3, 0};
    bight_deferred *beats = bight_repeat(reactor, BIGHT_MSEC(10), Drum::beat, &drum);

    EXPECT_EQ(drum.log, "");
    advance(100);
    EXPECT_EQ(drum.log, "1@10-0 2@20-0 3@30-0 ");
    EXPECT_TRUE(bight_deferred_is_done(beats));
    EXPECT_EQ(drum.live, 1);
    bight_deferred_free(beats);
    EXPECT_EQ(drum.live, 0);
}

TEST_F(Later, repeatSkipsAndCountsBeatsWhileOneIsWorking)
{
    Drum drum = {reactor, start, {25, 0, 0, 10}, "", 6, 0};
    bight_deferred *beats = bight_repeat(reactor, BIGHT_MSEC(10), Drum::beat, &drum);

    advance(200);
    EXPECT_EQ(drum.log, "1@10-0 4@40-2 5@50-0 6@60-0 ");
    EXPECT_TRUE(bight_deferred_is_done(beats));
    bight_deferred_free(beats);
}

TEST_F(Later, repeatEndsWithTheErrorOfABeat)
{
    bight_deferred *beats = bight_repeat(
        reactor, BIGHT_MSEC(10), [](bight_beat *, void *) { return bight_result_error(error()); },
        nullptr);

    advance(10);
    EXPECT_EQ(outcome(beats), "[connection refused]");
    bight_deferred_free(beats);
}

TEST_F(Later, repeatEndsWhenItIsCancelledBetweenBeatsOrInOne)
{
    Drum drum = {reactor, start, {}, "", 0, 0};
    Drum slow = {reactor, start, {1000}, "", 0, 0};
    bight_deferred *between = bight_repeat(reactor, BIGHT_MSEC(10), Drum::beat, &drum);
    bight_deferred *in_one = bight_repeat(reactor, BIGHT_MSEC(10), Drum::beat, &slow);

    advance(15);
    bight_deferred_cancel(between);
    bight_deferred_cancel(in_one);
    EXPECT_EQ(outcome(between), "[cancelled]");
    EXPECT_EQ(outcome(in_one), "[cancelled]");
    EXPECT_EQ(bight_reactor_get_deadline(reactor), BIGHT_NEVER);
    EXPECT_EQ(drum.live, 0);
    bight_deferred_free(between);
    bight_deferred_free(in_one);
}

TEST_F(Later, repeatEndsWithTheReactorAlsoWhenTheBeatOutlivesIt)
{
    bight_promise *promise = nullptr;
    bight_deferred *beats = bight_repeat(
        reactor, BIGHT_MSEC(10),
        [](bight_beat *, void *data) {
            return bight_result_wait(bight_deferred_new(static_cast<bight_promise **>(data)));
        },
        &promise);

    advance(10);
    bight_reactor_free(reactor);
    reactor = nullptr;
    bight_promise_fire(promise, nullptr, nullptr);
    EXPECT_EQ(outcome(beats), "[cancelled]");
    bight_deferred_free(beats);
}

// Fails until the attempt that works; random numbers are the caller's.
struct Server {
    bight_reactor *reactor;
    uint64_t start;
    unsigned works;
    uint64_t random = 0;
    bight_status status = BIGHT_ERROR_REFUSED;
    bool later = false;
    std::string log = {};
    std::string delays = {};

    static bight_result attempt(unsigned attempt, void *data)
    {
        Server *self = static_cast<Server *>(data);

        self->log +=
            std::to_string(attempt) + "@" +
            std::to_string((bight_reactor_now(self->reactor) - self->start) / BIGHT_MSEC(1)) + " ";
        if (attempt == self->works)
            return bight_result_value(number(attempt));
        if (self->later)
            return bight_result_wait(bight_deferred_failed(error(self->status)));
        return bight_result_error(error(self->status));
    }
    bight_retry_options options()
    {
        bight_retry_options options = BIGHT_RETRY_OPTIONS_INIT;

        options.first_delay = BIGHT_MSEC(100);
        options.random = [](void *data) { return static_cast<Server *>(data)->random; };
        options.waiting = [](unsigned attempt, uint64_t delay, const bight_error *why, void *data) {
            EXPECT_EQ(bight_error_get_status(why), static_cast<Server *>(data)->status);
            static_cast<Server *>(data)->delays +=
                std::to_string(attempt) + ":" + std::to_string(delay / BIGHT_MSEC(1)) + " ";
        };
        options.data = this;
        return options;
    }
};

TEST_F(Later, retryGoesOnWithGrowingDelaysUntilAnAttemptWorks)
{
    Server server = {reactor, start, 5};
    bight_retry_options options = server.options();
    options.longest_delay = BIGHT_MSEC(350);
    bight_deferred *result = bight_retry(reactor, &options, Server::attempt, &server);

    advance(10000);
    EXPECT_EQ(server.log, "1@0 2@100 3@300 4@650 5@1000 ");
    EXPECT_EQ(server.delays, "1:100 2:200 3:350 4:350 ");
    EXPECT_EQ(outcome(result), "5");
    bight_deferred_free(result);
}

TEST_F(Later, retryTakesARandomPartOfEachDelayAway)
{
    Server server = {reactor, start, 3, UINT64_MAX};
    Server half = {reactor, start, 3, UINT64_C(1) << 63};
    bight_retry_options options = server.options(), other = half.options();
    other.jitter = 1;
    bight_deferred *first = bight_retry(reactor, &options, Server::attempt, &server);
    bight_deferred *second = bight_retry(reactor, &other, Server::attempt, &half);

    advance(1000);
    EXPECT_EQ(server.delays, "1:50 2:100 ");
    EXPECT_EQ(half.delays, "1:50 2:100 ");
    bight_deferred_free(first);
    bight_deferred_free(second);
}

TEST_F(Later, retryGivesUpAfterItsAttempts)
{
    bight_result result;
    Server server = {reactor, start, 0};
    server.later = true;
    bight_retry_options options = server.options();
    options.attempts = 3;
    bight_deferred *deferred = bight_retry(reactor, &options, Server::attempt, &server);

    advance(10000);
    EXPECT_EQ(server.log, "1@0 2@100 3@300 ");
    ASSERT_TRUE(bight_deferred_take(deferred, &result));
    EXPECT_EQ(bight_error_get_status(result.error), BIGHT_ERROR_REFUSED);
    EXPECT_STREQ(bight_error_get_message(result.error), "given up after 3 attempts: no");
    EXPECT_STREQ(bight_error_get_message(bight_error_get_cause(result.error)), "no");
    bight_result_free(result);
    bight_deferred_free(deferred);
}

TEST_F(Later, retryGivesUpBeforeADelayThatWouldTakeTooLong)
{
    Server server = {reactor, start, 0};
    bight_retry_options options = server.options();
    options.time = BIGHT_MSEC(500);
    bight_deferred *deferred = bight_retry(reactor, &options, Server::attempt, &server);

    advance(300);
    EXPECT_EQ(server.log, "1@0 2@100 3@300 ");
    EXPECT_EQ(outcome(deferred), "[connection refused]");
    bight_deferred_free(deferred);
}

TEST_F(Later, retryAsksWhetherAnErrorIsWorthIt)
{
    Server server = {reactor, start, 0};
    server.status = BIGHT_ERROR_PERMISSION;
    bight_retry_options options = server.options();
    options.again = [](const bight_error *why, void *) {
        return bight_error_get_status(why) != BIGHT_ERROR_PERMISSION;
    };
    bight_deferred *deferred = bight_retry(reactor, &options, Server::attempt, &server);

    EXPECT_EQ(outcome(deferred), "[permission denied]");
    EXPECT_EQ(server.log, "1@0 ");
    bight_deferred_free(deferred);
}

TEST_F(Later, retryEndsWhenItIsCancelledInADelay)
{
    Server server = {reactor, start, 0};
    bight_retry_options options = server.options();
    bight_deferred *deferred = bight_retry(reactor, &options, Server::attempt, &server);

    bight_deferred_cancel(deferred);
    EXPECT_EQ(outcome(deferred), "[cancelled]");
    EXPECT_EQ(bight_reactor_get_deadline(reactor), BIGHT_NEVER);
    bight_deferred_free(deferred);
}

TEST_F(Later, retryWithItsDefaultsSpreadsTheDelaysByItself)
{
    Server server = {reactor, start, 2};
    bight_deferred *deferred = bight_retry(reactor, nullptr, Server::attempt, &server);
    uint64_t delay = bight_reactor_get_deadline(reactor) - start;

    EXPECT_GE(delay, BIGHT_MSEC(250));
    EXPECT_LE(delay, BIGHT_MSEC(500));
    advance(500);
    EXPECT_EQ(outcome(deferred), "2");
    bight_deferred_free(deferred);
}

TEST_F(Later, withoutMemoryEverythingEndsAndNothingLeaks)
{
    haveHadATimer();
    support::withEachAllocationFailing([this] {
        Messages messages;
        int ends = 0;
        Drum drum = {reactor, bight_reactor_now(reactor), {5}, "", 2, 0};
        Server server = {reactor, start, 3};
        bight_retry_options options = server.options();
        options.waiting = nullptr;
        bight_promise *promise = nullptr;
        bight_deferred *all[] = {
            bight_delay(reactor, BIGHT_MSEC(1)),
            bight_repeat(reactor, BIGHT_MSEC(10), Drum::beat, &drum),
            bight_retry(reactor, &options, Server::attempt, &server),
            bight_timeout(bight_deferred_new(&promise), reactor, BIGHT_MSEC(10)),
        };

        for (bight_deferred *deferred : all) {
            bight_deferred_always(deferred, count, &ends);
            bight_deferred_free(deferred);
        }
        bight_crank_advance(reactor, BIGHT_SEC(2));
        bight_promise_free(promise);
        EXPECT_EQ(ends, 4);
        EXPECT_EQ(drum.live, 0);
    });
}

using LaterDeathTest = Later;

TEST_F(LaterDeathTest, optionsThatMakeNoSenseAreMisuse)
{
    bight_retry_options options = BIGHT_RETRY_OPTIONS_INIT;

    options.jitter = 1.5;
    EXPECT_DEATH(bight_deferred_free(bight_retry(reactor, &options, Server::attempt, nullptr)),
                 "a jitter is from 0 to 1");
    EXPECT_DEATH(bight_deferred_free(bight_repeat(reactor, 0, Drum::beat, nullptr)), "every 0 ns");
}

} // namespace
