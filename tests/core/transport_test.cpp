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
#include <vector>

namespace
{

struct Probe {
    bight_protocol protocol;
    bight_transport *transport = nullptr;
    std::string bytes;
    std::vector<std::string> events;
    std::vector<bight_status> closed_with;
    std::string reason;
    std::function<void()> on_received, on_ended, on_drained, on_connected, on_closed;
    size_t pieces = 0;

    Probe();
    Probe(const Probe &) = delete;
};

Probe *probe(bight_protocol *protocol)
{
    return reinterpret_cast<Probe *>(protocol);
}

void call(const std::function<void()> &function)
{
    if (function)
        function();
}

const bight_protocol_ops ops = {
    sizeof(bight_protocol_ops),
    "probe",
    [](bight_protocol *p, bight_transport *transport) {
        probe(p)->transport = transport;
        probe(p)->events.push_back("connected");
        call(probe(p)->on_connected);
    },
    [](bight_protocol *p, const uint8_t *bytes, size_t size) {
        probe(p)->bytes.append(reinterpret_cast<const char *>(bytes), size);
        probe(p)->pieces++;
        call(probe(p)->on_received);
    },
    [](bight_protocol *p) {
        probe(p)->events.push_back("ended");
        call(probe(p)->on_ended);
    },
    [](bight_protocol *p) {
        probe(p)->events.push_back("drained");
        call(probe(p)->on_drained);
    },
    [](bight_protocol *p, const bight_error *reason) {
        probe(p)->events.push_back("closed");
        probe(p)->closed_with.push_back(reason != nullptr ? bight_error_get_status(reason)
                                                          : BIGHT_OK);
        probe(p)->reason = reason != nullptr ? bight_error_get_message(reason) : "";
        probe(p)->transport = nullptr;
        call(probe(p)->on_closed);
    },
};

Probe::Probe() : protocol{&ops} {}

class Pair : public ::testing::Test
{
  protected:
    void SetUp() override
    {
        ASSERT_EQ(bight_pair_new(reactor, &a.protocol, &b.protocol), BIGHT_OK);
        EXPECT_TRUE(a.events.empty()) << "no callback inside the call that registers it";
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

    void write(Probe &from, const std::string &text)
    {
        bight_transport_write(from.transport, text.data(), text.size());
    }

    bight_reactor *reactor = bight_crank_reactor_new();
    Probe a, b;
};

TEST_F(Pair, bytesArriveInOrder)
{
    write(a, "one ");
    write(a, "two");
    EXPECT_TRUE(b.bytes.empty());
    settle();
    EXPECT_EQ(b.bytes, "one two");
    EXPECT_EQ(bight_transport_get_bytes_out(a.transport), 7u);
    EXPECT_EQ(bight_transport_get_bytes_in(b.transport), 7u);
    EXPECT_STREQ(bight_transport_get_peer(a.transport), "memory:b");
}

TEST_F(Pair, writesInOneCallbackArriveAsOne)
{
    b.on_received = [&] {
        write(b, "a");
        write(b, "b");
        write(b, "c");
    };
    write(a, "go");
    settle();
    EXPECT_EQ(a.bytes, "abc");
    EXPECT_EQ(a.pieces, 1u);
}

TEST_F(Pair, chunkSplitsWhatArrives)
{
    bight_pair_set_chunk(b.transport, 1);
    write(a, std::string(1000, 'x'));
    settle();
    EXPECT_EQ(b.bytes, std::string(1000, 'x'));
    EXPECT_EQ(b.pieces, 1000u);
}

TEST_F(Pair, closeSendsWhatWaitsAndTellsBothSides)
{
    write(a, std::string(300000, 'x'));
    bight_transport_close(a.transport);
    EXPECT_TRUE(a.closed_with.empty());
    b.on_ended = [&] { bight_transport_close(b.transport); };
    settle();
    EXPECT_EQ(b.bytes.size(), 300000u);
    EXPECT_EQ(a.closed_with, std::vector<bight_status>{BIGHT_OK});
    EXPECT_EQ(b.closed_with, std::vector<bight_status>{BIGHT_ERROR_CLOSED});
}

TEST_F(Pair, halfCloseKeepsTheOtherDirection)
{
    bight_transport_shutdown(a.transport);
    write(a, "ignored");
    settle();
    EXPECT_EQ(b.events.back(), "ended");
    EXPECT_EQ(b.bytes, "");
    write(b, "still here");
    settle();
    EXPECT_EQ(a.bytes, "still here");
    bight_transport_shutdown(b.transport);
    settle();
    EXPECT_EQ(a.closed_with, std::vector<bight_status>{BIGHT_OK});
    EXPECT_EQ(b.closed_with, std::vector<bight_status>{BIGHT_ERROR_CLOSED});
}

TEST_F(Pair, abortResetsThePeer)
{
    write(a, "lost");
    bight_transport_abort(a.transport);
    settle();
    EXPECT_EQ(a.closed_with, std::vector<bight_status>{BIGHT_ERROR_CANCELLED});
    EXPECT_EQ(b.closed_with, std::vector<bight_status>{BIGHT_ERROR_RESET});
}

TEST_F(Pair, freeTellsNothingMore)
{
    write(b, "unread");
    bight_transport_free(a.transport);
    settle();
    EXPECT_EQ(a.events, std::vector<std::string>{"connected"});
    EXPECT_EQ(a.bytes, "");
    EXPECT_EQ(b.closed_with.size(), 1u);
}

TEST_F(Pair, everyOrderToEndIsLegalInEveryCallback)
{
    using Order = void (*)(bight_transport *);
    for (Order order : {bight_transport_close, bight_transport_abort, bight_transport_free,
                        bight_transport_shutdown, bight_transport_pause}) {
        for (int where = 0; where < 4; where++) {
            Probe c, d;
            auto end = [&] {
                if (c.transport == nullptr)
                    return;
                order(c.transport);
                if (order == bight_transport_free)
                    c.transport = nullptr;
            };
            (where == 0   ? c.on_connected
             : where == 1 ? c.on_received
             : where == 2 ? c.on_ended
                          : c.on_drained) = end;
            ASSERT_EQ(bight_pair_new(reactor, &c.protocol, &d.protocol), BIGHT_OK);
            settle();
            if (d.transport != nullptr)
                write(d, "hello");
            if (c.transport != nullptr && c.events.size() == 1)
                write(c, std::string(200000, 'y'));
            settle();
            if (d.transport != nullptr)
                bight_transport_shutdown(d.transport);
            settle();
            for (Probe *one : {&c, &d})
                if (one->transport != nullptr)
                    bight_transport_free(one->transport);
            settle();
            EXPECT_LE(c.closed_with.size(), 1u);
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
    EXPECT_EQ(a.events.back(), "connected");
    bight_transport_resume(b.transport);
    settle();
    EXPECT_EQ(a.events.back(), "drained");
    EXPECT_EQ(b.bytes.size(), (written + 1) * block.size());
    EXPECT_EQ(bight_transport_get_pending(a.transport), 0u);
}

TEST_F(Pair, writerThatDoesNotListenIsStoppedAtTheLimit)
{
    bight_transport_set_marks(a.transport, 10, 100, 100000);
    bight_transport_pause(b.transport);
    for (int i = 0; i < 1000 && a.closed_with.empty(); i++) {
        write(a, std::string(1000, 'w'));
        if (i % 100 == 0)
            settle();
        if (a.transport == nullptr)
            break;
    }
    settle();
    EXPECT_EQ(a.closed_with, std::vector<bight_status>{BIGHT_ERROR_LIMIT});
}

TEST_F(Pair, closeIsBoundedByTheLinger)
{
    bight_transport_pause(b.transport);
    bight_transport_set_linger(a.transport, BIGHT_SEC(5));
    write(a, std::string(500000, 'v'));
    bight_transport_close(a.transport);
    bight_crank_advance(reactor, BIGHT_SEC(4));
    EXPECT_TRUE(a.closed_with.empty());
    bight_crank_advance(reactor, BIGHT_SEC(2));
    EXPECT_EQ(a.closed_with, std::vector<bight_status>{BIGHT_ERROR_TIMED_OUT});
}

TEST_F(Pair, lingerBeginsAnewWhenThePeerTakesSomething)
{
    b.on_received = [&] { bight_transport_pause(b.transport); };
    bight_transport_pause(b.transport);
    bight_transport_set_linger(a.transport, BIGHT_SEC(5));
    write(a, std::string(500000, 'v'));
    bight_transport_close(a.transport);
    for (int i = 0; i < 5; i++) { /* 64 KiB each time */
        bight_crank_advance(reactor, BIGHT_SEC(4));
        EXPECT_TRUE(a.closed_with.empty()) << i;
        bight_transport_resume(b.transport);
        settle();
    }
    bight_crank_advance(reactor, BIGHT_SEC(6));
    EXPECT_EQ(a.closed_with, std::vector<bight_status>{BIGHT_ERROR_TIMED_OUT});
}

TEST_F(Pair, lingerBeginsAnewWhenAllIsSent)
{
    b.on_ended = [] {};
    bight_transport_pause(b.transport);
    bight_transport_set_linger(a.transport, BIGHT_SEC(5));
    write(a, std::string(100000, 'v'));
    bight_transport_close(a.transport);
    bight_crank_advance(reactor, BIGHT_SEC(4));
    bight_transport_resume(b.transport);
    bight_crank_advance(reactor, BIGHT_SEC(4));
    EXPECT_EQ(b.bytes.size(), 100000u);
    EXPECT_TRUE(a.closed_with.empty());
    bight_crank_advance(reactor, BIGHT_SEC(2));
    EXPECT_EQ(a.closed_with, std::vector<bight_status>{BIGHT_ERROR_TIMED_OUT});
}

TEST_F(Pair, silenceLongerThanTheIdleTimeoutCloses)
{
    ASSERT_EQ(bight_transport_set_idle_timeout(a.transport, BIGHT_SEC(10)), BIGHT_OK);
    bight_crank_advance(reactor, BIGHT_SEC(9));
    write(b, "awake");
    bight_crank_advance(reactor, BIGHT_SEC(9));
    EXPECT_TRUE(a.closed_with.empty());
    bight_crank_advance(reactor, BIGHT_SEC(2));
    EXPECT_EQ(a.closed_with, std::vector<bight_status>{BIGHT_ERROR_TIMED_OUT});
}

TEST_F(Pair, protocolThatDoesNotHandleTheEndCloses)
{
    static const bight_protocol_ops plain = {sizeof(bight_protocol_ops),
                                             "plain",
                                             nullptr,
                                             [](bight_protocol *, const uint8_t *, size_t) {},
                                             nullptr,
                                             nullptr,
                                             nullptr};
    bight_protocol protocol = {&plain};
    bight_transport_set_protocol(b.transport, &protocol);
    bight_transport_shutdown(a.transport);
    settle();
    EXPECT_EQ(a.events.back(), "closed");
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
    EXPECT_EQ(b.bytes.size(), 10000 * (sizeof(text) - 1));
}

TEST_F(Pair, writevKeepsTheOrderOfParts)
{
    bight_view views[] = {bight_view_of("one "), bight_view_of(""), bight_view_of("two "),
                          bight_view_of("three")};
    bight_transport_writev(a.transport, views, 4);
    settle();
    EXPECT_EQ(b.bytes, "one two three");
}

TEST(PairInPieces, connectedComesFirstWhereverATurnEnds)
{
    const bight_budget one = {0, 1, 0};
    bight_reactor *reactor = bight_reactor_new();
    Probe a, b;

    a.on_connected = [&] {
        bight_transport_write(a.transport, std::string(20000, 'x').data(), 20000);
        bight_transport_shutdown(a.transport);
    };
    ASSERT_EQ(bight_pair_new(reactor, &a.protocol, &b.protocol), BIGHT_OK);
    for (int i = 0; i < 50 && b.events.size() < 3; i++)
        (void)bight_reactor_dispatch(reactor, one);
    ASSERT_GE(b.events.size(), 2u);
    EXPECT_EQ(b.events.front(), "connected");
    EXPECT_EQ(b.bytes.size(), 20000u);
    bight_reactor_free(reactor);
}

TEST_F(Pair, freeingTheReactorClosesEveryTransportOnce)
{
    bight_reactor_free(reactor);
    reactor = nullptr;
    EXPECT_EQ(a.closed_with, std::vector<bight_status>{BIGHT_ERROR_CANCELLED});
    EXPECT_EQ(b.closed_with.size(), 1u);
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
                          return &static_cast<Socket *>(data)->server.protocol;
                      },
                      this, &error, &listener),
                  BIGHT_OK)
            << bight_error_get_message(error);
    }

    void connect()
    {
        bight_deferred *deferred =
            bight_connect(reactor, bight_listener_get_endpoint(listener), &client.protocol);
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
    Probe server, client;
    void *connected_to = nullptr;
};

TEST_P(Socket, megabytesCrossUnharmedAndCloseCleanly)
{
    listen();
    connect();
    std::string data;
    for (int i = 0; i < 400000; i++)
        data += "line " + std::to_string(i) + "\n";
    server.on_received = [&] {};
    server.on_ended = [&] { bight_transport_close(server.transport); };
    bight_transport_write(client.transport, data.data(), data.size());
    bight_transport_shutdown(client.transport);
    run_until([&] { return !client.closed_with.empty() && !server.closed_with.empty(); });
    EXPECT_TRUE(server.bytes == data);
    EXPECT_EQ(client.closed_with.front(), BIGHT_OK);
    EXPECT_EQ(server.closed_with.front(), BIGHT_ERROR_CLOSED);
}

TEST_P(Socket, bannerThatComesWithTheConnectIsNotLost)
{
    listen();
    server.on_connected = [&] { bight_transport_write(server.transport, "220 hello\r\n", 11); };
    connect();
    run_until([&] { return client.bytes.size() == 11; });
    EXPECT_EQ(client.bytes, "220 hello\r\n");
}

TEST_P(Socket, whatWasClosedArrivesThoughTheReactorIsFreed)
{
    const std::string words(50000, 'w');
    bight_reactor *other = bight_reactor_new();

    listen();
    server.on_connected = [&] {
        bight_transport_write(server.transport, words.data(), words.size());
        bight_transport_close(server.transport);
        bight_reactor_free(reactor);
    };
    client.on_ended = [&] { bight_transport_close(client.transport); };
    client.on_closed = [&] { bight_reactor_stop(other); };
    bight_deferred_free(
        bight_connect(other, bight_listener_get_endpoint(listener), &client.protocol));
    ASSERT_EQ(bight_reactor_run(reactor), BIGHT_OK);
    reactor = other;
    EXPECT_EQ(server.closed_with, std::vector<bight_status>{BIGHT_ERROR_CANCELLED});
    ASSERT_EQ(bight_reactor_run(other), BIGHT_OK);
    EXPECT_EQ(client.bytes.size(), words.size());
    EXPECT_EQ(client.closed_with, std::vector<bight_status>{BIGHT_ERROR_CLOSED}) << client.reason;
}

TEST_P(Socket, lastWordsBeforeAResetAreReceived)
{
    listen();
    connect();
    bight_transport_write(server.transport, "bye", 3);
    bight_transport_close(server.transport);
    for (int i = 0; i < 5; i++)
        bight_transport_write(client.transport, "too late", 8);
    run_until([&] { return !client.closed_with.empty() || client.events.back() == "ended"; });
    if (client.transport != nullptr)
        bight_transport_close(client.transport);
    run_until([&] { return !client.closed_with.empty(); });
    EXPECT_EQ(client.bytes, "bye");
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
                      return &self->server.protocol;
                  },
                  this, &error, &listener),
              BIGHT_OK);
    client.on_connected = [&] { bight_transport_write(client.transport, "early", 5); };
    connect();
    run_until([&] { return server.bytes == "early"; });
    EXPECT_EQ(server.events.front(), "connected");
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
    EXPECT_EQ(client.closed_with, std::vector<bight_status>{BIGHT_ERROR_RESET});
    EXPECT_NE(client.reason.find(port), std::string::npos) << client.reason;
}

/* That there is room to send is known until a write finds none. */
TEST_P(Socket, anAcceptedConnectionIsNoWorkUntilItsPeerSpeaks)
{
    bight_reactor *elsewhere = bight_reactor_new();
    listen();
    bight_deferred *deferred =
        bight_connect(elsewhere, bight_listener_get_endpoint(listener), &client.protocol);
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
    Probe nobody;
    bight_deferred *attempt = bight_connect(reactor, "nonsense", &nobody.protocol);
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
