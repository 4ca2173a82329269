/* The limit on bytes a second, on a clock that is moved by hand: what has passed at which moment is
 * a matter of arithmetic. */
#include "core/tls_support.hpp"

#include <bight/rate_limit.h>

using tls_test::Below;
using tls_test::Peer;

namespace
{

class RateLimit : public testing::Test
{
  protected:
    ~RateLimit() override
    {
        bight_layer_factory_unref(factory);
        bight_reactor_free(reactor);
    }
    void limit(uint64_t received, uint64_t sent, uint64_t burst, bool shared = false)
    {
        bight_rate_limit_options options = BIGHT_RATE_LIMIT_OPTIONS_INIT;

        options.received = received;
        options.sent = sent;
        options.burst = burst;
        ASSERT_EQ(shared ? bight_rate_limit_new_shared_layer(reactor, &options, &factory)
                         : bight_rate_limit_new_layer(&options, &factory),
                  BIGHT_OK);
    }
    // A pair in memory whose near end has the limit.
    void join(Peer &one, Peer &other)
    {
        Peer *below = &belows[used++];

        ASSERT_EQ(bight_pair_new(reactor, below, &other), BIGHT_OK);
        settle();
        bight_transport *above = nullptr;
        ASSERT_EQ(
            bight_layer_factory_start(factory, below->transport, BIGHT_LAYER_CLIENT, &one, &above),
            BIGHT_OK);
        settle();
        ASSERT_TRUE(one.connected);
    }
    void settle()
    {
        bight_crank_settle(reactor);
    }
    void advance(uint64_t time)
    {
        bight_crank_advance(reactor, time);
        settle();
    }

    bight_reactor *reactor = bight_crank_reactor_new();
    bight_layer_factory *factory = nullptr;
    Peer near[3], far[3];
    Below belows[3];
    unsigned used = 0;
};

TEST_F(RateLimit, letsTheBurstPassAndThenTheRate)
{
    limit(0, 1000, 500);
    join(near[0], far[0]);
    near[0].write(std::string(3000, 'x'));
    settle();
    EXPECT_EQ(far[0].text.size(), 500u);
    advance(BIGHT_MSEC(10));
    EXPECT_EQ(far[0].text.size(), 510u);
    advance(BIGHT_MSEC(990));
    EXPECT_EQ(far[0].text.size(), 1500u);
    advance(BIGHT_SEC(1));
    EXPECT_EQ(far[0].text.size(), 2500u);
    advance(BIGHT_SEC(1));
    EXPECT_EQ(far[0].text.size(), 3000u);
}

TEST_F(RateLimit, savesNoMoreThanTheBurst)
{
    limit(0, 1000, 500);
    join(near[0], far[0]);
    near[0].write(std::string(500, 'x'));
    settle();
    advance(BIGHT_SEC(3600));
    near[0].write(std::string(3000, 'x'));
    settle();
    EXPECT_EQ(far[0].text.size(), 1000u);
}

TEST_F(RateLimit, holdsWhatIsReceivedAndSlowsThePeer)
{
    limit(100000, 0, 1000);
    join(near[0], far[0]);
    EXPECT_EQ(far[0].write(std::string(1 << 20, 'x')), BIGHT_FLOW_WAIT);
    settle();
    EXPECT_EQ(near[0].text.size(), 1000u);
    EXPECT_GT(bight_transport_get_pending(far[0].transport), 800000u) << "the peer keeps it";
    advance(BIGHT_SEC(1));
    EXPECT_EQ(near[0].text.size(), 101000u);
    near[0].write(std::string(100000, 'y'));
    settle();
    EXPECT_EQ(far[0].text.size(), 100000u) << "the other direction is free";
    advance(BIGHT_SEC(10));
    EXPECT_EQ(near[0].text.size(), 1u << 20);
}

TEST_F(RateLimit, tellsTheProgramToWait)
{
    limit(0, 100000, 1000);
    join(near[0], far[0]);
    EXPECT_EQ(near[0].write(std::string(200000, 'x')), BIGHT_FLOW_WAIT);
    advance(BIGHT_SEC(1));
    EXPECT_EQ(near[0].drainedCalls, 0u);
    EXPECT_EQ(bight_transport_get_pending(near[0].transport), 99000u);
    advance(BIGHT_SEC(1));
    EXPECT_GT(near[0].drainedCalls, 0u);
}

TEST_F(RateLimit, delaysACloseAndLosesNothing)
{
    limit(0, 1000, 100);
    join(near[0], far[0]);
    near[0].write(std::string(2100, 'x'));
    bight_transport_close(near[0].transport);
    settle();
    advance(BIGHT_SEC(1));
    EXPECT_FALSE(far[0].ended);
    advance(BIGHT_SEC(1));
    EXPECT_EQ(far[0].text.size(), 2100u);
    EXPECT_EQ(near[0].reason, BIGHT_OK) << near[0].reasonText;
    EXPECT_TRUE(near[0].closed);
}

TEST_F(RateLimit, ofLessThanAByteInAPortionIsKept)
{
    limit(0, 3, 1);
    join(near[0], far[0]);
    near[0].write("0123456789");
    settle();
    EXPECT_EQ(far[0].text, "0");
    advance(BIGHT_SEC(1) + BIGHT_USEC(1)); // a third of a second is no whole number of nanoseconds
    EXPECT_EQ(far[0].text, "0123");
    for (int i = 0; i < 100; i++)
        advance(BIGHT_MSEC(10));
    EXPECT_EQ(far[0].text, "0123456");
}

TEST_F(RateLimit, thatIsSharedIsOneForAll)
{
    limit(0, 3000, 300, true);
    for (unsigned i = 0; i < 3; i++)
        join(near[i], far[i]);
    for (Peer &each : near)
        each.write(std::string(10000, 'x'));
    settle();
    size_t total = 0;
    for (Peer &each : far)
        total += each.text.size();
    EXPECT_EQ(total, 300u);
    advance(BIGHT_SEC(3));
    total = 0;
    for (Peer &each : far) {
        total += each.text.size();
        EXPECT_GE(each.text.size(), 2970u) << "they take turns";
    }
    EXPECT_EQ(total, 9300u);
}

TEST_F(RateLimit, leavesToTheOthersWhatAnEndedOneWaitsFor)
{
    limit(0, 1000, 100, true);
    for (unsigned i = 0; i < 3; i++)
        join(near[i], far[i]);
    for (Peer &each : near)
        each.write(std::string(10000, 'x'));
    settle();
    bight_transport_abort(near[0].transport);
    near[1].order(bight_transport_free);
    settle();
    advance(BIGHT_SEC(1));
    EXPECT_EQ(far[2].text.size(), 1000u);
}

// The program has paused, so that its turn is not used; the others go on.
TEST_F(RateLimit, ofAPausedOneGoesOnForTheOthers)
{
    limit(1000, 0, 100, true);
    for (unsigned i = 0; i < 2; i++) {
        join(near[i], far[i]);
        far[i].write(std::string(10000, 'x'));
    }
    settle();
    bight_transport_pause(near[0].transport);
    size_t before = near[0].text.size();
    advance(BIGHT_SEC(2));
    EXPECT_EQ(near[0].text.size(), before);
    EXPECT_GE(near[1].text.size(), 1980u);
    bight_transport_resume(near[0].transport);
    advance(BIGHT_SEC(1));
    EXPECT_GT(near[0].text.size(), before + 400);
}

TEST_F(RateLimit, outlivesItsReactorAndItsFactory)
{
    limit(0, 1000, 100, true);
    join(near[0], far[0]);
    near[0].write(std::string(10000, 'x'));
    settle();
    bight_layer_factory_unref(factory);
    factory = nullptr;
    advance(BIGHT_SEC(1));
    EXPECT_EQ(far[0].text.size(), 1100u);
}

TEST_F(RateLimit, isOfOneReactorIfShared)
{
    limit(0, 1000, 100, true);
    bight_reactor *other = bight_crank_reactor_new();
    Peer one, two;
    bight_transport *above = nullptr;

    ASSERT_EQ(bight_pair_new(other, &one, &two), BIGHT_OK);
    bight_crank_settle(other);
    EXPECT_EQ(bight_layer_factory_start(factory, one.transport, BIGHT_LAYER_CLIENT, &two, &above),
              BIGHT_ERROR_INVALID);
    bight_reactor_free(other);
}

TEST_F(RateLimit, hasItsRange)
{
    for (auto [received, sent, burst] : {std::tuple<uint64_t, uint64_t, uint64_t>{1, 1, 0},
                                         {(UINT64_C(1) << 34) + 1, 1, 1},
                                         {1, (UINT64_C(1) << 34) + 1, 1},
                                         {1, 1, (UINT64_C(1) << 33) + 1}}) {
        bight_rate_limit_options options = BIGHT_RATE_LIMIT_OPTIONS_INIT;

        options.received = received;
        options.sent = sent;
        options.burst = burst;
        EXPECT_EQ(bight_rate_limit_new_layer(&options, &factory), BIGHT_ERROR_INVALID);
    }
    limit(UINT64_C(1) << 34, UINT64_C(1) << 34, UINT64_C(1) << 33);
    join(near[0], far[0]);
    advance(BIGHT_SEC(1000000));
    near[0].write(std::string(1 << 20, 'x'));
    settle();
    EXPECT_EQ(far[0].text.size(), 1u << 20);
}

} // namespace
