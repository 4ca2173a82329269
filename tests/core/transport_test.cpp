/* The rules of a transport, on the pair in memory and a clock that stands still. */
#include <bight/crank.h>
#include <bight/endpoint.h>
#include <bight/pair.h>
#include <bight/timer.h>
#include <bight/transport.h>
#include <gtest/gtest.h>
#include <poll.h>

#include <functional>
#include <string>
#include <string_view>

#include "support/peer.hpp"

using support::AtEnd;
using support::Peer;

namespace
{

class Pair : public ::testing::Test
{
  protected:
    void SetUp() override
    {
        ASSERT_EQ(bight_pair_new(reactor, &a, &b), BIGHT_OK);
        EXPECT_TRUE(a.toldNothing()) << "no callback inside the call that registers it";
        settle();
    }

    ~Pair() override
    {
        bight_reactor_free(reactor);
    }

    void settle()
    {
        bight_crank_settle(reactor);
    }

    void write(Peer &from, const std::string &text)
    {
        bight_transport_write(from.transport, text.data(), text.size());
    }

    bight_reactor *reactor = bight_crank_reactor_new();
    Peer a{AtEnd::stay}, b{AtEnd::stay};
};

TEST_F(Pair, bytesArriveInOrder)
{
    write(a, "one ");
    write(a, "two");
    EXPECT_EQ(b.bytes, 0u);
    settle();
    EXPECT_EQ(b.text, "one two");
    EXPECT_EQ(bight_transport_get_bytes_out(a.transport), 7u);
    EXPECT_EQ(bight_transport_get_bytes_in(b.transport), 7u);
    EXPECT_STREQ(bight_transport_get_peer(a.transport), "memory:b");
}

TEST_F(Pair, writesInOneCallbackArriveAsOne)
{
    b.onReceived = [&](std::string_view) {
        write(b, "a");
        write(b, "b");
        write(b, "c");
    };
    write(a, "go");
    settle();
    EXPECT_EQ(a.text, "abc");
    EXPECT_EQ(a.receivedCalls, 1u);
}

TEST_F(Pair, chunkSplitsWhatArrives)
{
    bight_pair_set_chunk(b.transport, 1);
    write(a, std::string(1000, 'x'));
    settle();
    EXPECT_EQ(b.text, std::string(1000, 'x'));
    EXPECT_EQ(b.receivedCalls, 1000u);
}

TEST_F(Pair, closeSendsWhatWaitsAndTellsBothSides)
{
    write(a, std::string(300000, 'x'));
    bight_transport_close(a.transport);
    EXPECT_FALSE(a.closed);
    b.onEnded = [&] { bight_transport_close(b.transport); };
    settle();
    EXPECT_EQ(b.bytes, 300000u);
    EXPECT_TRUE(a.closedWith(BIGHT_OK)) << a.reasonText;
    EXPECT_TRUE(b.closedWith(BIGHT_ERROR_CLOSED)) << b.reasonText;
}

TEST_F(Pair, halfCloseKeepsTheOtherDirection)
{
    bight_transport_shutdown(a.transport);
    write(a, "ignored");
    settle();
    EXPECT_TRUE(b.ended);
    EXPECT_EQ(b.text, "");
    write(b, "still here");
    settle();
    EXPECT_EQ(a.text, "still here");
    bight_transport_shutdown(b.transport);
    settle();
    EXPECT_TRUE(a.closedWith(BIGHT_OK)) << a.reasonText;
    EXPECT_TRUE(b.closedWith(BIGHT_ERROR_CLOSED)) << b.reasonText;
}

TEST_F(Pair, abortResetsThePeer)
{
    write(a, "lost");
    bight_transport_abort(a.transport);
    settle();
    EXPECT_TRUE(a.closedWith(BIGHT_ERROR_CANCELLED)) << a.reasonText;
    EXPECT_TRUE(b.closedWith(BIGHT_ERROR_RESET)) << b.reasonText;
}

TEST_F(Pair, freeTellsNothingMore)
{
    write(b, "unread");
    a.order(bight_transport_free);
    settle();
    EXPECT_FALSE(a.ended || a.closed);
    EXPECT_EQ(a.text, "");
    EXPECT_TRUE(b.closed);
}

TEST_F(Pair, everyOrderToEndIsLegalInEveryCallback)
{
    using Order = void (*)(bight_transport *);
    for (Order order : {bight_transport_close, bight_transport_abort, bight_transport_free,
                        bight_transport_shutdown, bight_transport_pause}) {
        for (int where = 0; where < 4; where++) {
            Peer c{AtEnd::stay}, d{AtEnd::stay};
            c.on(where, [&] { c.order(order); });
            ASSERT_EQ(bight_pair_new(reactor, &c, &d), BIGHT_OK);
            settle();
            if (d.transport != nullptr)
                write(d, "hello");
            if (c.transport != nullptr && !c.ended && c.drainedCalls == 0)
                write(c, std::string(200000, 'y'));
            settle();
            if (d.transport != nullptr)
                bight_transport_shutdown(d.transport);
            settle();
            for (Peer *one : {&c, &d})
                one->order(bight_transport_free);
            settle();
        }
    }
}

TEST_F(Pair, writerIsToldToWaitAndToGoOn)
{
    bight_transport_pause(b.transport);
    std::string block(50000, 'z');
    int written = 0;
    while (bight_transport_write(a.transport, block.data(), block.size()) == BIGHT_FLOW_GO)
        written++;
    settle();
    EXPECT_LE(written, 3);
    EXPECT_GT(bight_transport_get_pending(a.transport), 64u * 1024);
    EXPECT_EQ(a.drainedCalls, 0u);
    bight_transport_resume(b.transport);
    settle();
    EXPECT_EQ(a.drainedCalls, 1u);
    EXPECT_EQ(b.bytes, (written + 1) * block.size());
    EXPECT_EQ(bight_transport_get_pending(a.transport), 0u);
}

TEST_F(Pair, writerThatDoesNotListenIsStoppedAtTheLimit)
{
    bight_transport_set_marks(a.transport, 10, 100, 100000);
    bight_transport_pause(b.transport);
    for (int i = 0; i < 1000 && !a.closed; i++) {
        write(a, std::string(1000, 'w'));
        if (i % 100 == 0)
            settle();
        if (a.transport == nullptr)
            break;
    }
    settle();
    EXPECT_TRUE(a.closedWith(BIGHT_ERROR_LIMIT)) << a.reasonText;
}

TEST_F(Pair, closeIsBoundedByTheLinger)
{
    bight_transport_pause(b.transport);
    bight_transport_set_linger(a.transport, BIGHT_SEC(5));
    write(a, std::string(500000, 'v'));
    bight_transport_close(a.transport);
    bight_crank_advance(reactor, BIGHT_SEC(4));
    EXPECT_FALSE(a.closed);
    bight_crank_advance(reactor, BIGHT_SEC(2));
    EXPECT_TRUE(a.closedWith(BIGHT_ERROR_TIMED_OUT)) << a.reasonText;
}

TEST_F(Pair, lingerBeginsAnewWhenThePeerTakesSomething)
{
    b.onReceived = [&](std::string_view) { bight_transport_pause(b.transport); };
    bight_transport_pause(b.transport);
    bight_transport_set_linger(a.transport, BIGHT_SEC(5));
    write(a, std::string(500000, 'v'));
    bight_transport_close(a.transport);
    for (int i = 0; i < 5; i++) { /* 64 KiB each time */
        bight_crank_advance(reactor, BIGHT_SEC(4));
        EXPECT_FALSE(a.closed) << i;
        bight_transport_resume(b.transport);
        settle();
    }
    bight_crank_advance(reactor, BIGHT_SEC(6));
    EXPECT_TRUE(a.closedWith(BIGHT_ERROR_TIMED_OUT)) << a.reasonText;
}

TEST_F(Pair, lingerBeginsAnewWhenAllIsSent)
{
    b.onEnded = [] {};
    bight_transport_pause(b.transport);
    bight_transport_set_linger(a.transport, BIGHT_SEC(5));
    write(a, std::string(100000, 'v'));
    bight_transport_close(a.transport);
    bight_crank_advance(reactor, BIGHT_SEC(4));
    bight_transport_resume(b.transport);
    bight_crank_advance(reactor, BIGHT_SEC(4));
    EXPECT_EQ(b.bytes, 100000u);
    EXPECT_FALSE(a.closed);
    bight_crank_advance(reactor, BIGHT_SEC(2));
    EXPECT_TRUE(a.closedWith(BIGHT_ERROR_TIMED_OUT)) << a.reasonText;
}

TEST_F(Pair, silenceLongerThanTheIdleTimeoutCloses)
{
    ASSERT_EQ(bight_transport_set_idle_timeout(a.transport, BIGHT_SEC(10)), BIGHT_OK);
    bight_crank_advance(reactor, BIGHT_SEC(9));
    write(b, "awake");
    bight_crank_advance(reactor, BIGHT_SEC(9));
    EXPECT_FALSE(a.closed);
    bight_crank_advance(reactor, BIGHT_SEC(2));
    EXPECT_TRUE(a.closedWith(BIGHT_ERROR_TIMED_OUT)) << a.reasonText;
}

TEST_F(Pair, protocolThatDoesNotHandleTheEndCloses)
{
    b.ignoreEnded();
    bight_transport_shutdown(a.transport);
    settle();
    EXPECT_TRUE(a.closed);
}

TEST_F(Pair, sharedBytesAreNotCopiedAndAreLetGo)
{
    int freed = 0;
    static const char text[] = "shared by all";
    bight_bytes *bytes = bight_bytes_new_take(
        text, sizeof(text) - 1, [](void *data) { ++*static_cast<int *>(data); }, &freed);
    bight_transport_pause(b.transport);
    for (int i = 0; i < 10000; i++)
        bight_transport_write_bytes(a.transport, bytes);
    bight_bytes_unref(bytes);
    EXPECT_EQ(freed, 0);
    bight_transport_resume(b.transport);
    settle();
    EXPECT_EQ(freed, 1);
    EXPECT_EQ(b.bytes, 10000 * (sizeof(text) - 1));
}

TEST_F(Pair, writevKeepsTheOrderOfParts)
{
    bight_view views[] = {bight_view_of("one "), bight_view_of(""), bight_view_of("two "),
                          bight_view_of("three")};
    bight_transport_writev(a.transport, views, 4);
    settle();
    EXPECT_EQ(b.text, "one two three");
}

TEST(PairInPieces, connectedComesFirstWhereverATurnEnds)
{
    const bight_budget one = {0, 1, 0};
    bight_reactor *reactor = bight_reactor_new();
    Peer a{AtEnd::stay}, b{AtEnd::stay};

    a.onConnected = [&] {
        bight_transport_write(a.transport, std::string(20000, 'x').data(), 20000);
        bight_transport_shutdown(a.transport);
    };
    ASSERT_EQ(bight_pair_new(reactor, &a, &b), BIGHT_OK);
    for (int i = 0; i < 50 && !b.closed; i++)
        (void)bight_reactor_dispatch(reactor, one);
    EXPECT_TRUE(b.ended);
    EXPECT_EQ(b.bytes, 20000u);
    bight_reactor_free(reactor);
}

TEST_F(Pair, freeingTheReactorClosesEveryTransportOnce)
{
    bight_reactor_free(reactor);
    reactor = nullptr;
    EXPECT_TRUE(a.closedWith(BIGHT_ERROR_CANCELLED)) << a.reasonText;
    EXPECT_TRUE(b.closed);
}

/* -- Sockets -- */

class Socket : public ::testing::TestWithParam<const char *>
{
  public:
    ~Socket() override
    {
        bight_listener_free(listener);
        bight_reactor_free(reactor);
    }

    void listen()
    {
        bight_error *error = nullptr;
        ASSERT_EQ(bight_listen(
                      reactor, GetParam(),
                      [](bight_listener *, bight_transport *, void *data) -> bight_protocol * {
                          return &static_cast<Socket *>(data)->server;
                      },
                      this, &error, &listener),
                  BIGHT_OK)
            << bight_error_get_message(error);
    }

    void connect()
    {
        bight_deferred *deferred =
            bight_connect(reactor, bight_listener_get_endpoint(listener), &client);
        bight_deferred_then(
            deferred,
            [](bight_result in, void *data) {
                *static_cast<void **>(data) = in.value;
                return bight_result_value(nullptr);
            },
            nullptr, &connected_to);
        EXPECT_EQ(connected_to, nullptr);
        run_until([&] { return connected_to != nullptr && server.transport != nullptr; });
        bight_deferred_free(deferred);
        EXPECT_EQ(connected_to, client.transport);
    }

    void run_until(const std::function<bool()> &done)
    {
        while (!done()) {
            bight_timer *timer;
            ASSERT_EQ(bight_timer_new(
                          reactor,
                          [](bight_timer *, void *data) {
                              bight_reactor_stop(static_cast<bight_reactor *>(data));
                          },
                          reactor, &timer),
                      BIGHT_OK);
            bight_timer_start(timer, BIGHT_USEC(100));
            ASSERT_EQ(bight_reactor_run(reactor), BIGHT_OK);
            bight_timer_free(timer);
        }
    }

    bight_reactor *reactor = bight_reactor_new();
    bight_listener *listener = nullptr;
    Peer server{AtEnd::stay}, client{AtEnd::stay};
    void *connected_to = nullptr;
};

TEST_P(Socket, megabytesCrossUnharmedAndCloseCleanly)
{
    listen();
    connect();
    std::string data;
    for (int i = 0; i < 400000; i++)
        data += "line " + std::to_string(i) + "\n";
    server.onReceived = [&](std::string_view) {};
    server.onEnded = [&] { bight_transport_close(server.transport); };
    bight_transport_write(client.transport, data.data(), data.size());
    bight_transport_shutdown(client.transport);
    run_until([&] { return client.closed && server.closed; });
    EXPECT_TRUE(server.text == data);
    EXPECT_EQ(client.reason, BIGHT_OK);
    EXPECT_EQ(server.reason, BIGHT_ERROR_CLOSED);
}

TEST_P(Socket, bannerThatComesWithTheConnectIsNotLost)
{
    listen();
    server.onConnected = [&] { bight_transport_write(server.transport, "220 hello\r\n", 11); };
    connect();
    run_until([&] { return client.bytes == 11; });
    EXPECT_EQ(client.text, "220 hello\r\n");
}

TEST_P(Socket, whatWasClosedArrivesThoughTheReactorIsFreed)
{
    const std::string words(50000, 'w');
    bight_reactor *other = bight_reactor_new();

    listen();
    server.onConnected = [&] {
        bight_transport_write(server.transport, words.data(), words.size());
        bight_transport_close(server.transport);
        bight_reactor_free(reactor);
    };
    client.onEnded = [&] { bight_transport_close(client.transport); };
    client.onClosed = [&] { bight_reactor_stop(other); };
    bight_deferred_free(bight_connect(other, bight_listener_get_endpoint(listener), &client));
    ASSERT_EQ(bight_reactor_run(reactor), BIGHT_OK);
    reactor = other;
    EXPECT_TRUE(server.closedWith(BIGHT_ERROR_CANCELLED)) << server.reasonText;
    ASSERT_EQ(bight_reactor_run(other), BIGHT_OK);
    EXPECT_EQ(client.bytes, words.size());
    EXPECT_TRUE(client.closedWith(BIGHT_ERROR_CLOSED)) << client.reasonText;
}

TEST_P(Socket, lastWordsBeforeAResetAreReceived)
{
    listen();
    connect();
    bight_transport_write(server.transport, "bye", 3);
    bight_transport_close(server.transport);
    for (int i = 0; i < 5; i++)
        bight_transport_write(client.transport, "too late", 8);
    run_until([&] { return client.closed || client.ended; });
    if (client.transport != nullptr)
        bight_transport_close(client.transport);
    run_until([&] { return client.closed; });
    EXPECT_EQ(client.text, "bye");
}

TEST_P(Socket, nestedLoopInServeDeliversNothingToNobody)
{
    bight_error *error = nullptr;
    ASSERT_EQ(bight_listen(
                  reactor, GetParam(),
                  [](bight_listener *, bight_transport *, void *data) -> bight_protocol * {
                      auto *self = static_cast<Socket *>(data);
                      for (int i = 0; i < 5; i++)
                          bight_reactor_dispatch(self->reactor, BIGHT_BUDGET_UNLIMITED);
                      return &self->server;
                  },
                  this, &error, &listener),
              BIGHT_OK);
    client.onConnected = [&] { bight_transport_write(client.transport, "early", 5); };
    connect();
    run_until([&] { return server.text == "early"; });
    EXPECT_EQ(server.receivedCalls, 1u);
}

TEST_P(Socket, aPeerThatBrokeOffIsStillNamed)
{
    listen();
    connect();
    const std::string endpoint = bight_listener_get_endpoint(listener);
    const std::string port = endpoint.substr(endpoint.rfind(':'));
    bight_transport_pause(server.transport);
    bight_transport_write(client.transport, "never read", 10);
    bight_transport_abort(server.transport);
    run_until([&] { return client.transport == nullptr; });
    EXPECT_TRUE(client.closedWith(BIGHT_ERROR_RESET)) << client.reasonText;
    EXPECT_NE(client.reasonText.find(port), std::string::npos) << client.reasonText;
}

/* That there is room to send is known until a write finds none. */
TEST_P(Socket, anAcceptedConnectionIsNoWorkUntilItsPeerSpeaks)
{
    bight_reactor *elsewhere = bight_reactor_new();
    listen();
    bight_deferred *deferred =
        bight_connect(elsewhere, bight_listener_get_endpoint(listener), &client);
    pollfd ready = {bight_reactor_fd(reactor), POLLIN, 0};
    while (server.transport == nullptr) {
        bight_reactor_dispatch(elsewhere, BIGHT_BUDGET_UNLIMITED);
        bight_reactor_dispatch(reactor, BIGHT_BUDGET_UNLIMITED);
    }
    EXPECT_EQ(poll(&ready, 1, 0), 0);
    bight_deferred_free(deferred);
    bight_reactor_free(elsewhere);
}

std::string endpoint_name(const ::testing::TestParamInfo<const char *> &endpoint)
{
    static const char *const names[] = {"ipv4", "ipv6", "any", "abstract"};
    return names[endpoint.index];
}

INSTANTIATE_TEST_SUITE_P(Endpoints, Socket,
                         ::testing::Values("tcp:127.0.0.1:0", "tcp:[::1]:0", "tcp:0",
                                           "unix:@bight-core-transport-test"),
                         endpoint_name);

TEST(Endpoint, nonsenseIsRefusedWithAMessage)
{
    bight_reactor *reactor = bight_reactor_new();
    auto serve = [](bight_listener *, bight_transport *, void *) -> bight_protocol * {
        return nullptr;
    };
    for (const char *text : {"", "tcp", "tcp:", "tcp:x", "tcp:65536", "tcp:-1", "tcp:1.2.3.4",
                             "tcp:1.2.3.4:", "tcp:[::1:80", "tcp:[::1]80", "tcp:example.invalid:80",
                             "unix:", "udp:80", "tcp:+1", "tcp:999.0.0.1:80", "tcp:::1:80"}) {
        bight_error *error = nullptr;
        bight_listener *listener = nullptr;
        EXPECT_EQ(bight_listen(reactor, text, serve, nullptr, &error, &listener),
                  BIGHT_ERROR_INVALID)
            << text;
        EXPECT_NE(error, nullptr);
        bight_error_unref(error);
    }
    bight_reactor_free(reactor);
}

TEST(Endpoint, connectingToNonsenseSaysWhatIsWrong)
{
    bight_reactor *reactor = bight_crank_reactor_new();
    std::string message;
    auto note = [](bight_result result, void *data) {
        if (result.error != nullptr)
            *static_cast<std::string *>(data) = bight_error_get_message(result.error);
        bight_result_free(result);
        return bight_result_value(nullptr);
    };
    Peer nobody;
    bight_deferred *attempt = bight_connect(reactor, "nonsense", &nobody);
    bight_deferred_both(attempt, note, &message);
    EXPECT_EQ(message, "") << "never inside the call";
    bight_crank_settle(reactor);
    EXPECT_EQ(message, "connect to nonsense: column 1: expected one of tcp:, unix:, tls:, stdio:");
    bight_deferred_free(attempt);
    bight_reactor_free(reactor);
}

TEST(Endpoint, addressInUseSaysSo)
{
    bight_reactor *reactor = bight_reactor_new();
    bight_listener *first = nullptr, *second = nullptr;
    bight_error *error = nullptr;
    auto serve = [](bight_listener *, bight_transport *, void *) -> bight_protocol * {
        return nullptr;
    };
    ASSERT_EQ(bight_listen(reactor, "tcp:127.0.0.1:0", serve, nullptr, nullptr, &first), BIGHT_OK);
    EXPECT_EQ(
        bight_listen(reactor, bight_listener_get_endpoint(first), serve, nullptr, &error, &second),
        BIGHT_ERROR_ADDRESS_IN_USE);
    EXPECT_NE(std::string(bight_error_get_message(error)).find("Address already in use"),
              std::string::npos);
    bight_error_unref(error);
    bight_listener_free(first);
    bight_reactor_free(reactor);
}

} // namespace
