// Chapter: deferreds. Their steps run wherever the host wakes the reactor; what combines them with
// its clock, its connections and a nested loop must be the same on all.
#include "adapters/conformance.hpp"

#include <bight/coroutine.h>
#include <bight/endpoint.h>
#include <bight/gather.h>
#include <bight/later.h>
#include <bight/owner.h>

namespace
{

BIGHT_CHAPTER(Deferreds);

void count(void *data)
{
    ++*static_cast<int *>(data);
}

bight_status statusOf(bight_deferred *deferred)
{
    bight_result result;
    bight_status status;

    if (!bight_deferred_take(deferred, &result))
        return BIGHT_ERROR_STATE;
    status = result.error != nullptr ? bight_error_get_status(result.error) : BIGHT_OK;
    bight_result_free(result);
    return status;
}

TEST_P(Deferreds, aDelayFiresInALaterTurnAndNeverEarly)
{
    uint64_t due = bight_reactor_now(reactor) + BIGHT_MSEC(5);
    bight_deferred *delay = bight_delay(reactor, BIGHT_MSEC(5));
    bight_deferred *none = bight_delay(reactor, 0);

    EXPECT_FALSE(bight_deferred_is_done(none));
    EXPECT_TRUE(runUntil([&] { return bight_deferred_is_done(delay); }));
    EXPECT_GE(bight_reactor_now(reactor), due);
    EXPECT_TRUE(bight_deferred_is_done(none));
    bight_deferred_free(delay);
    bight_deferred_free(none);
}

TEST_P(Deferreds, aTimeoutEndsWhatWouldTakeForever)
{
    bight_promise *promise;
    bight_deferred *never = bight_deferred_new(&promise);

    bight_timeout(never, reactor, BIGHT_MSEC(5));
    EXPECT_TRUE(runUntil([&] { return bight_deferred_is_done(never); }));
    EXPECT_EQ(statusOf(never), BIGHT_ERROR_TIMED_OUT);
    bight_deferred_free(never);
    bight_promise_free(promise);
}

TEST_P(Deferreds, connectsAreGatheredAndTheRestIsCancelledByTheFirstThatFails)
{
    conformance::Server server(reactor, "tcp:127.0.0.1:0");
    conformance::Peer good, refused;
    bight_deferred *connects[] = {
        bight_connect(reactor, server.endpoint().c_str(), &good),
        bight_delay(reactor, BIGHT_SEC(3600)),
        bight_connect(reactor, "unix:@bight-nobody-listens-here", &refused),
    };
    bight_deferred *all = bight_gather_all(connects, 3);

    EXPECT_TRUE(runUntil([&] { return bight_deferred_is_done(all); }));
    EXPECT_EQ(statusOf(all), BIGHT_ERROR_REFUSED);
    EXPECT_FALSE(refused.connected);
    bight_deferred_free(all);
}

struct Beats {
    int seen = 0;
    static bight_result beat(bight_beat *beat, void *data)
    {
        beat->last = ++static_cast<Beats *>(data)->seen == 3;
        return bight_result_value(nullptr);
    }
};

TEST_P(Deferreds, aRepetitionBeatsUntilItsLast)
{
    Beats beats;
    uint64_t start = bight_reactor_now(reactor);
    bight_deferred *repetition = bight_repeat(reactor, BIGHT_MSEC(2), Beats::beat, &beats);

    EXPECT_TRUE(runUntil([&] { return bight_deferred_is_done(repetition); }));
    EXPECT_EQ(beats.seen, 3);
    EXPECT_GE(bight_reactor_now(reactor) - start, BIGHT_MSEC(6));
    bight_deferred_free(repetition);
}

TEST_P(Deferreds, aRetryConnectsOnceSomebodyListens)
{
    struct Attempts {
        bight_reactor *reactor;
        int made;
        static bight_result attempt(unsigned number, void *data)
        {
            Attempts *self = static_cast<Attempts *>(data);

            self->made++;
            if (number < 4)
                return bight_result_error(bight_error_new(BIGHT_ERROR_REFUSED, "nobody yet"));
            return bight_result_wait(bight_delay(self->reactor, BIGHT_MSEC(1)));
        }
    } attempts = {reactor, 0};
    bight_retry_options options = BIGHT_RETRY_OPTIONS_INIT;

    options.first_delay = BIGHT_MSEC(1);
    bight_deferred *retry = bight_retry(reactor, &options, Attempts::attempt, &attempts);
    EXPECT_TRUE(runUntil([&] { return bight_deferred_is_done(retry); }));
    EXPECT_EQ(attempts.made, 4);
    EXPECT_EQ(statusOf(retry), BIGHT_OK);
    bight_deferred_free(retry);
}

struct Walk {
    bight_co co;
    bight_reactor *reactor;
    int steps;
};

bight_result walk(bight_co *co, void *frame)
{
    Walk *self = static_cast<Walk *>(frame);

    BIGHT_CO_BEGIN(co);
    for (self->steps = 0; self->steps < 5; self->steps++)
        BIGHT_CO_TRY(co, bight_delay(self->reactor, BIGHT_MSEC(1)));
    BIGHT_CO_END(co);
}

TEST_P(Deferreds, aCoroutineGoesOnAlsoInANestedLoop)
{
    Walk inner = {}, outer = {};
    bool nested = false;
    inner.reactor = outer.reactor = reactor;
    bight_deferred *outer_done = bight_co_start(walk, &outer, &outer.co, nullptr);
    bight_deferred *inner_done = nullptr;
    conformance::Timer timer(reactor, [&] {
        inner_done = bight_co_start(walk, &inner, &inner.co, nullptr);
        nested = runUntil([&] {
            return bight_deferred_is_done(inner_done) && bight_deferred_is_done(outer_done);
        });
    });

    timer.start(BIGHT_MSEC(2));
    EXPECT_TRUE(runUntil([&] { return nested; }));
    EXPECT_EQ(inner.steps, 5);
    EXPECT_EQ(outer.steps, 5);
    bight_deferred_free(inner_done);
    bight_deferred_free(outer_done);
}

TEST_P(Deferreds, stepsOfAnOwnerThatWentAreNotRun)
{
    int ran = 0, kept = 0;
    bight_owner owner;
    bight_deferred *delay = bight_delay(reactor, BIGHT_MSEC(1));

    bight_owner_init(&owner);
    bight_deferred_bind(delay, &owner);
    bight_deferred_always(delay, count, &ran);
    bight_deferred_keep(delay, &kept, count);
    bight_deferred_free(delay);
    bight_owner_deinit(&owner);
    runFor(BIGHT_MSEC(5));
    EXPECT_EQ(ran, 0);
    EXPECT_EQ(kept, 1);
}

TEST_P(Deferreds, whatWaitsForTheClockIsCancelledWithTheReactor)
{
    int ended = 0;
    bight_deferred *delay = bight_delay(reactor, BIGHT_SEC(3600));
    Beats beats;
    bight_deferred *repetition = bight_repeat(reactor, BIGHT_SEC(3600), Beats::beat, &beats);

    bight_deferred_always(delay, count, &ended);
    bight_deferred_always(repetition, count, &ended);
    freeReactor();
    EXPECT_EQ(ended, 2);
    EXPECT_EQ(statusOf(delay), BIGHT_ERROR_CANCELLED);
    EXPECT_EQ(statusOf(repetition), BIGHT_ERROR_CANCELLED);
    bight_deferred_free(delay);
    bight_deferred_free(repetition);
}

} // namespace
