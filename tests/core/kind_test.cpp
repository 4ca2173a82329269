/* Kinds from outside: what bight/kind.h promises beyond what every transport does, for which the
 * chapter of streams holds them. */
#include "core/tls_support.hpp"
#include "support/table.hpp"

#include <bight/kind.h>

#include <cerrno>

using tls_test::Below;
using tls_test::Peer;

namespace
{

// A kind out of lambdas; what it is given to send is kept.
struct Script {
    bight_kind *kind = nullptr;
    std::string sent;
    std::function<ptrdiff_t()> send; // instead of keeping it
    std::function<void()> resume;
    unsigned shutdowns = 0, resumes = 0, ends = 0, releases = 0;
    bool reset = false, lives = false;
};

Script *scriptOf(const bight_kind *kind)
{
    return *static_cast<Script **>(bight_kind_get_state(kind));
}

ptrdiff_t scriptSend(bight_kind *kind, const bight_view *parts, size_t count)
{
    Script *self = scriptOf(kind);
    ptrdiff_t total = 0;

    EXPECT_EQ(self->ends, 0u);
    if (self->send)
        return self->send();
    for (size_t i = 0; i < count; i++) {
        EXPECT_GT(parts[i].size, 0u);
        self->sent.append(reinterpret_cast<const char *>(parts[i].data), parts[i].size);
        total += static_cast<ptrdiff_t>(parts[i].size);
    }
    return total;
}

void scriptDisconnect(bight_kind *kind, bool reset)
{
    EXPECT_EQ(scriptOf(kind)->ends++, 0u);
    scriptOf(kind)->reset = reset;
}

const bight_kind_ops scriptOps = support::tableOf<bight_kind_ops>([](auto &table) {
    table.name = "script";
    table.send = scriptSend;
    table.shutdown = [](bight_kind *kind) { scriptOf(kind)->shutdowns++; };
    table.resume = [](bight_kind *kind) {
        scriptOf(kind)->resumes++;
        if (scriptOf(kind)->resume)
            scriptOf(kind)->resume();
    };
    table.disconnect = scriptDisconnect;
    table.release = [](bight_kind *kind) { scriptOf(kind)->releases++; };
});

const bight_kind_ops leastOps = support::tableOf<bight_kind_ops>([](auto &table) {
    table.name = "least";
    table.send = scriptSend;
});

class Kinds : public testing::Test
{
  protected:
    ~Kinds() override
    {
        bight_reactor_free(reactor);
        EXPECT_EQ(script.releases, script.lives ? 1u : 0u);
    }
    void make(const bight_kind_ops &ops = scriptOps)
    {
        ASSERT_EQ(bight_kind_new(reactor, &ops, sizeof(Script *), &script.kind), BIGHT_OK);
        *static_cast<Script **>(bight_kind_get_state(script.kind)) = &script;
        script.lives = ops.release != nullptr;
    }
    void open(const bight_kind_ops &ops = scriptOps)
    {
        make(ops);
        bight_kind_open(script.kind, &near);
        EXPECT_TRUE(near.toldNothing()) << "told inside the call";
        settle();
        ASSERT_TRUE(near.connected);
    }
    bight_flow receive(const std::string &bytes)
    {
        return bight_kind_received(script.kind, bytes.data(), bytes.size());
    }
    void settle()
    {
        bight_crank_settle(reactor);
    }

    bight_reactor *reactor = bight_crank_reactor_new();
    Peer near;
    Script script;
};

TEST_F(Kinds, thatAreDiscardedAreReleasedAlone)
{
    make();
    bight_kind_discard(script.kind);
    EXPECT_EQ(script.releases, 1u);
    EXPECT_EQ(script.ends, 0u);
}

TEST_F(Kinds, areKnownByTheirTable)
{
    open();
    EXPECT_EQ(bight_kind_of(near.transport, &scriptOps), script.kind);
    EXPECT_EQ(bight_kind_of(near.transport, &leastOps), nullptr);
    EXPECT_EQ(bight_kind_get_transport(script.kind), near.transport);
    EXPECT_STREQ(bight_transport_get_peer(near.transport), "script");
    EXPECT_EQ(bight_transport_get_peer_address(near.transport).family, BIGHT_ADDRESS_NONE);
}

TEST_F(Kinds, tellConnectedBeforeTheFirstBytes)
{
    make();
    bight_kind_open(script.kind, &near);
    EXPECT_EQ(receive("early"), BIGHT_FLOW_GO);
    EXPECT_TRUE(near.connected);
    EXPECT_FALSE(near.ended || near.closed || near.drainedCalls > 0);
    EXPECT_EQ(near.text, "early");
}

TEST_F(Kinds, areResumedInATurnOfTheirOwn)
{
    open();
    near.onReceived = [this](std::string_view) { bight_transport_pause(near.transport); };
    EXPECT_EQ(receive("one"), BIGHT_FLOW_WAIT);
    near.onReceived = nullptr;
    unsigned before = script.resumes;
    bight_transport_resume(near.transport);
    EXPECT_EQ(script.resumes, before);
    script.resume = [this] {
        script.resume = nullptr;
        EXPECT_EQ(receive(" two"), BIGHT_FLOW_GO);
        bight_kind_ended(script.kind);
    };
    settle();
    EXPECT_EQ(near.text, "one two");
    EXPECT_TRUE(near.ended);
    EXPECT_TRUE(near.closed);
}

TEST_F(Kinds, keepWhatIsBroughtToAPausedProgram)
{
    open();
    bight_transport_pause(near.transport);
    EXPECT_EQ(receive("kept "), BIGHT_FLOW_WAIT);
    EXPECT_EQ(receive("in order "), BIGHT_FLOW_WAIT);
    bight_transport_unread(near.transport, "put back ", 9);
    bight_kind_ended(script.kind);
    settle();
    EXPECT_EQ(near.text, "");
    bight_transport_resume(near.transport);
    settle();
    EXPECT_EQ(near.text, "put back kept in order ");
    EXPECT_TRUE(near.ended);
    EXPECT_EQ(near.reason, BIGHT_ERROR_CLOSED);
}

TEST_F(Kinds, keepNoMoreThanTheLimit)
{
    open();
    bight_transport_set_marks(near.transport, 10, 20, 30);
    bight_transport_pause(near.transport);
    receive(std::string(30, 'x'));
    settle();
    EXPECT_FALSE(near.closed);
    receive("x");
    settle();
    EXPECT_EQ(near.reason, BIGHT_ERROR_LIMIT) << near.reasonText;
    EXPECT_TRUE(script.reset);
}

TEST_F(Kinds, sendWhenThereIsRoomAgain)
{
    open();
    script.send = [] { return -EAGAIN; };
    EXPECT_EQ(near.write(std::string(100000, 'x')), BIGHT_FLOW_WAIT);
    settle();
    script.send = nullptr;
    near.write("y");
    settle();
    EXPECT_EQ(script.sent, "") << "nobody has said that there is room";
    bight_kind_writable(script.kind);
    settle();
    EXPECT_EQ(script.sent.size(), 100001u);
    EXPECT_GT(near.drainedCalls, 0u);
}

TEST_F(Kinds, bringWhatHasComeAfterAWriteThatFailed)
{
    open();
    script.send = [] { return -EPIPE; };
    script.resume = [this] { receive("last words"); };
    near.write("hello");
    settle();
    EXPECT_EQ(near.text, "last words");
    EXPECT_EQ(near.reasonText, "write to script: Broken pipe");
    EXPECT_TRUE(near.closed);
}

TEST_F(Kinds, mayFailInTheirSlots)
{
    open();
    script.send = [this] {
        bight_kind_fail(script.kind, bight_error_new(BIGHT_ERROR_PROTOCOL, "no carrier"));
        return 3;
    };
    bight_kind *kind = bight_kind_ref(script.kind);
    near.write(std::string(100000, 'x'));
    EXPECT_FALSE(near.closed);
    settle();
    EXPECT_EQ(near.reasonText, "no carrier");
    EXPECT_EQ(receive("late"), BIGHT_FLOW_WAIT);
    bight_kind_unref(kind);
}

TEST_F(Kinds, mayBeFreedWhileTheyAreReferenced)
{
    open();
    near.onReceived = [this](std::string_view) {
        near.order(bight_transport_free);
        near.transport = nullptr;
    };
    bight_kind *kind = bight_kind_ref(script.kind);
    EXPECT_EQ(receive("hello"), BIGHT_FLOW_WAIT);
    EXPECT_EQ(script.ends, 1u);
    EXPECT_EQ(script.releases, 0u);
    bight_kind_unref(kind);
    EXPECT_EQ(script.releases, 1u);
}

TEST_F(Kinds, thatCannotEndOneDirectionCloseWhenAllIsSent)
{
    open(leastOps);
    near.write("bye");
    bight_transport_close(near.transport);
    settle();
    EXPECT_EQ(script.sent, "bye");
    EXPECT_EQ(near.reason, BIGHT_OK);
    EXPECT_TRUE(near.closed);
}

TEST_F(Kinds, closeWhenThePeerHasEnded)
{
    open();
    bight_transport_close(near.transport);
    settle();
    EXPECT_EQ(script.shutdowns, 1u);
    EXPECT_FALSE(near.closed);
    EXPECT_EQ(receive("dropped"), BIGHT_FLOW_GO) << "so that the peer can go on";
    bight_kind_ended(script.kind);
    settle();
    EXPECT_EQ(near.reason, BIGHT_OK);
    EXPECT_TRUE(near.closed);
    EXPECT_EQ(near.text, "");
    EXPECT_FALSE(script.reset);
}

TEST_F(Kinds, areMisusedBeforeTheyAreOpen)
{
    GTEST_FLAG_SET(death_test_style, "fast");
    make();
    EXPECT_DEATH(receive("x"), "misuse in bight_kind_received");
    EXPECT_DEATH(bight_kind_ended(script.kind), "misuse in bight_kind_ended");
    bight_kind_discard(script.kind);
}

// TLS on a kind from outside: two scripts, each of which brings what the other has sent.
TEST_F(Kinds, carryTls)
{
    tls_test::Context clientTls = tls_test::makeClient(tls_test::authority().certificate());
    tls_test::Context serverTls = tls_test::makeServer(tls_test::identity());
    Script other;
    Peer nearTls, farTls;
    Below far;
    bight_transport *above = nullptr;

    near.freesTransport = false; // TLS stands on it
    open();
    ASSERT_EQ(bight_kind_new(reactor, &leastOps, sizeof(Script *), &other.kind), BIGHT_OK);
    *static_cast<Script **>(bight_kind_get_state(other.kind)) = &other;
    bight_kind_open(other.kind, &far);
    settle();
    ASSERT_EQ(bight_tls_start_server(far.transport, serverTls, &farTls, &above), BIGHT_OK);
    ASSERT_EQ(bight_tls_start_client(near.transport, clientTls, "server.test", &nearTls, &above),
              BIGHT_OK);
    auto exchange = [&] {
        for (int i = 0; i < 10; i++) {
            std::string there = std::exchange(script.sent, ""),
                        back = std::exchange(other.sent, "");
            if (!there.empty())
                bight_kind_received(other.kind, there.data(), there.size());
            if (!back.empty())
                bight_kind_received(script.kind, back.data(), back.size());
            settle();
        }
    };
    exchange();
    ASSERT_TRUE(nearTls.connected) << nearTls.reasonText;
    nearTls.write("under TLS");
    exchange();
    EXPECT_EQ(farTls.text, "under TLS");
    EXPECT_STREQ(bight_transport_get_peer(farTls.transport), "tls:least");
    nearTls.order(bight_transport_free);
    farTls.order(bight_transport_free);
    settle();
}

} // namespace
