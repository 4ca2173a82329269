#include "deferred_support.hpp"
#include <bight/queue.h>
#include <gtest/gtest.h>
#include <support/alloc.hpp>

namespace
{

using deferred_support::count;
using deferred_support::Counted;
using deferred_support::number;
using deferred_support::outcome;

std::string finish(bight_deferred *deferred)
{
    std::string text = outcome(deferred);

    bight_deferred_free(deferred);
    return text;
}

std::string get(bight_queue *queue, int times = 1)
{
    std::string text;

    while (times-- > 0)
        text += finish(bight_queue_get(queue));
    return text;
}

TEST(Queue, givesValuesInTheOrderTheyWerePut)
{
    bight_queue *queue = bight_queue_new(10);

    for (int i = 1; i <= 3; i++)
        EXPECT_EQ(finish(bight_queue_put(queue, number(i), nullptr)), "0");
    EXPECT_EQ(bight_queue_get_size(queue), 3u);
    EXPECT_EQ(get(queue, 3), "123");
    bight_queue_free(queue);
}

TEST(Queue, whoAskedFirstGetsTheFirstValue)
{
    bight_queue *queue = bight_queue_new(10);
    bight_deferred *first = bight_queue_get(queue), *second = bight_queue_get(queue);

    EXPECT_EQ(bight_queue_get_getting(queue), 2u);
    EXPECT_EQ(finish(bight_queue_put(queue, number(1), nullptr)), "0");
    EXPECT_FALSE(bight_deferred_is_done(second));
    EXPECT_EQ(finish(bight_queue_put(queue, number(2), nullptr)), "0");
    EXPECT_EQ(finish(first) + finish(second), "12");
    EXPECT_EQ(bight_queue_get_size(queue), 0u);
    bight_queue_free(queue);
}

TEST(Queue, whoPutsTooFastWaitsUntilThereIsRoom)
{
    bight_queue *queue = bight_queue_new(2);
    bight_deferred *puts[4];

    for (int i = 0; i < 4; i++)
        puts[i] = bight_queue_put(queue, number(i + 1), nullptr);
    EXPECT_TRUE(bight_deferred_is_done(puts[1]));
    EXPECT_FALSE(bight_deferred_is_done(puts[2]));
    EXPECT_EQ(bight_queue_get_putting(queue), 2u);
    EXPECT_EQ(bight_queue_try_put(queue, number(9), nullptr), BIGHT_ERROR_LIMIT);
    EXPECT_EQ(get(queue), "1");
    EXPECT_TRUE(bight_deferred_is_done(puts[2]));
    EXPECT_FALSE(bight_deferred_is_done(puts[3]));
    EXPECT_EQ(get(queue, 3), "234");
    EXPECT_TRUE(bight_deferred_is_done(puts[3]));
    for (bight_deferred *put : puts)
        bight_deferred_free(put);
    bight_queue_free(queue);
}

TEST(Queue, withoutRoomAtAllHandsOverDirectly)
{
    bight_result result;
    bight_queue *queue = bight_queue_new(0);
    bight_deferred *put = bight_queue_put(queue, number(1), nullptr);

    EXPECT_FALSE(bight_deferred_is_done(put));
    ASSERT_TRUE(bight_queue_try_get(queue, &result));
    EXPECT_EQ(result.value, number(1));
    EXPECT_EQ(finish(put), "0");
    EXPECT_FALSE(bight_queue_try_get(queue, &result));
    EXPECT_EQ(bight_queue_try_put(queue, number(2), nullptr), BIGHT_ERROR_LIMIT);
    bight_deferred *asked = bight_queue_get(queue);
    EXPECT_EQ(bight_queue_try_put(queue, number(2), nullptr), BIGHT_OK);
    EXPECT_EQ(finish(asked), "2");
    bight_queue_free(queue);
}

TEST(Queue, withoutRoomGivesTheValueOfWhoeverWaitsToPut)
{
    bight_queue *queue = bight_queue_new(0);
    bight_deferred *put = bight_queue_put(queue, number(4), nullptr);

    EXPECT_EQ(get(queue), "4");
    EXPECT_EQ(finish(put), "0");
    bight_queue_free(queue);
}

TEST(Queue, tryGetTakesWhatIsThereButNotBeforeThoseWhoAsked)
{
    bight_result result;
    bight_queue *queue = bight_queue_new(1);
    bight_deferred *put = bight_queue_put(queue, number(1), nullptr);
    bight_deferred *waits = bight_queue_put(queue, number(2), nullptr);

    ASSERT_TRUE(bight_queue_try_get(queue, &result));
    EXPECT_EQ(result.value, number(1));
    EXPECT_TRUE(bight_deferred_is_done(waits));
    EXPECT_EQ(get(queue), "2");
    bight_deferred *asked = bight_queue_get(queue);
    EXPECT_FALSE(bight_queue_try_get(queue, &result));
    bight_queue_free(queue);
    EXPECT_EQ(finish(put) + finish(waits) + finish(asked), "00[closed]");
}

TEST(Queue, cancelTakesARequestBackAndFreesAValueThatWaits)
{
    int live = 0;
    bight_queue *queue = bight_queue_new(1);
    bight_deferred *asked = bight_queue_get(queue);

    bight_deferred_cancel(asked);
    EXPECT_EQ(finish(asked), "[cancelled]");
    EXPECT_EQ(finish(bight_queue_put(queue, number(1), nullptr)), "0");
    bight_deferred *put = bight_queue_put(queue, new Counted(live), Counted::destroy);
    bight_deferred_cancel(put);
    EXPECT_EQ(finish(put), "[cancelled]");
    EXPECT_EQ(live, 0);
    EXPECT_EQ(get(queue), "1");
    EXPECT_EQ(bight_queue_get_putting(queue), 0u);
    bight_queue_free(queue);
}

TEST(Queue, closedGivesWhatIsInItAndThenFails)
{
    int live = 0;
    bight_queue *queue = bight_queue_new(1);
    bight_deferred *in = bight_queue_put(queue, number(1), nullptr);
    bight_deferred *waits = bight_queue_put(queue, number(2), nullptr);

    bight_queue_close(queue);
    EXPECT_EQ(finish(bight_queue_put(queue, new Counted(live), Counted::destroy)), "[closed]");
    EXPECT_EQ(bight_queue_try_put(queue, nullptr, nullptr), BIGHT_ERROR_CLOSED);
    EXPECT_EQ(live, 0);
    EXPECT_EQ(get(queue, 3), "12[closed]");
    EXPECT_EQ(finish(in) + finish(waits), "00");
    bight_queue_free(queue);
}

TEST(Queue, closedFailsThoseWhoWaitForMore)
{
    bight_queue *queue = bight_queue_new(1);
    bight_deferred *first = bight_queue_get(queue), *second = bight_queue_get(queue);

    bight_queue_close(queue);
    EXPECT_EQ(finish(first) + finish(second), "[closed][closed]");
    bight_queue_free(queue);
}

TEST(Queue, freedFreesItsValuesAndFailsThoseWhoWait)
{
    int live = 0;
    bight_queue *queue = bight_queue_new(1);
    bight_deferred *in = bight_queue_put(queue, new Counted(live), Counted::destroy);
    bight_deferred *waits = bight_queue_put(queue, new Counted(live), Counted::destroy);

    EXPECT_EQ(live, 2);
    bight_queue_free(queue);
    EXPECT_EQ(live, 0);
    EXPECT_EQ(finish(in), "0");
    EXPECT_EQ(finish(waits), "[closed]");
    bight_queue_free(nullptr);
}

TEST(Queue, mayBeFreedByWhoeverGetsAValue)
{
    bight_queue *queue = bight_queue_new(0);
    bight_deferred *first = bight_queue_get(queue), *second = bight_queue_get(queue);

    bight_deferred_both(
        first,
        [](bight_result in, void *data) {
            bight_queue_free(static_cast<bight_queue *>(data));
            return in;
        },
        queue);
    EXPECT_EQ(finish(bight_queue_put(queue, number(1), nullptr)), "0");
    EXPECT_EQ(finish(first) + finish(second), "1[closed]");
}

// A consumer that asks for the next value in the step that gets one.
struct Consumer {
    bight_queue *queue;
    int seen = 0;
};

void ask(Consumer *consumer);

bight_result consume(bight_result in, void *data)
{
    Consumer *consumer = static_cast<Consumer *>(data);

    bight_result_free(in);
    consumer->seen++;
    ask(consumer);
    return bight_result_value(nullptr);
}

void ask(Consumer *consumer)
{
    bight_deferred *next = bight_queue_get(consumer->queue);

    bight_deferred_then(
        next, consume,
        [](bight_result in, void *) {
            bight_result_free(in);
            return bight_result_value(nullptr);
        },
        consumer);
    bight_deferred_free(next);
}

TEST(Queue, aConsumerThatAsksAgainInItsStepSeesAllOfAHundredThousand)
{
    Consumer consumer = {bight_queue_new(10), 0};

    ask(&consumer);
    for (int i = 0; i < 100000; i++)
        EXPECT_EQ(finish(bight_queue_put(consumer.queue, nullptr, nullptr)), "0");
    EXPECT_EQ(consumer.seen, 100000);
    bight_queue_free(consumer.queue);
}

TEST(Queue, withoutMemoryNoValueLeaksAndNoRequestHangs)
{
    support::withEachAllocationFailing([] {
        int live = 0, ends = 0;
        bight_queue *queue = bight_queue_new(1);

        if (queue == nullptr)
            return;
        auto end = [&ends](bight_deferred *deferred) {
            bight_deferred_both(
                deferred,
                [](bight_result in, void *data) {
                    ++*static_cast<int *>(data);
                    bight_result_free(in);
                    return bight_result_value(nullptr);
                },
                &ends);
            bight_deferred_free(deferred);
        };
        for (int i = 0; i < 3; i++)
            end(bight_queue_put(queue, new Counted(live), Counted::destroy));
        for (int i = 0; i < 4; i++)
            end(bight_queue_get(queue));
        bight_queue_free(queue);
        EXPECT_EQ(ends, 7);
        EXPECT_EQ(live, 0);
    });
}

} // namespace
