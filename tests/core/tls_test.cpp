/* TLS keeps the rules of a transport, on a pair in memory and a clock that stands still. */
#include "core/tls_support.hpp"

#include <bight/reactor.h>

using tls_test::Below;
using tls_test::makeClient;
using tls_test::makeServer;
using tls_test::Peer;
using tls_test::Tls;

namespace
{

TEST_F(Tls, bytesGoBothWays)
{
    join();
    server.echo();
    client.write("hello ");
    client.write("world");
    settle();
    EXPECT_EQ(client.text, "hello world");
    EXPECT_EQ(bight_transport_get_bytes_out(client.transport), 11u);
    EXPECT_EQ(bight_transport_get_bytes_in(client.transport), 11u);
}

TEST_F(Tls, knowsWhatWasAgreed)
{
    join();
    EXPECT_TRUE(bight_transport_is_tls(client.transport));
    EXPECT_FALSE(bight_transport_is_tls(clientBelow.transport));
    EXPECT_STREQ(bight_tls_get_version(client.transport), "TLSv1.3");
    EXPECT_EQ(std::string(bight_tls_get_cipher(server.transport)).substr(0, 4), "TLS_");
    EXPECT_EQ(bight_tls_get_alpn(client.transport).size, 0u);
    EXPECT_FALSE(bight_tls_is_resumed(client.transport));
    EXPECT_STREQ(bight_transport_get_peer(client.transport), "tls:memory:b");
    EXPECT_STREQ(bight_transport_get_local(client.transport), "tls:memory:a");
}

TEST_F(Tls, knowsThePeersCertificate)
{
    char subject[64];
    uint8_t fingerprint[BIGHT_TLS_FINGERPRINT_SIZE] = {};
    bight_bytes *der = nullptr;

    join();
    EXPECT_EQ(bight_tls_get_peer_subject(client.transport, subject, sizeof(subject)), 14u);
    EXPECT_STREQ(subject, "CN=server.test");
    EXPECT_EQ(bight_tls_get_peer_subject(client.transport, subject, 3), 14u);
    EXPECT_STREQ(subject, "CN");
    EXPECT_EQ(bight_tls_get_peer_subject(client.transport, nullptr, 0), 14u);
    EXPECT_TRUE(bight_tls_get_peer_fingerprint(client.transport, fingerprint));
    ASSERT_EQ(bight_tls_get_peer_certificate(client.transport, &der), BIGHT_OK);
    EXPECT_EQ(bight_bytes_get_view(der).data[0], 0x30) << "a sequence of ASN.1";
    bight_bytes_unref(der);
    EXPECT_EQ(bight_tls_get_peer_certificate(server.transport, &der), BIGHT_ERROR_NOT_FOUND);
    EXPECT_FALSE(bight_tls_get_peer_fingerprint(server.transport, fingerprint));
    EXPECT_EQ(bight_tls_get_peer_subject(server.transport, subject, sizeof(subject)), 0u);
    EXPECT_STREQ(subject, "");
}

TEST_F(Tls, nothingDependsOnHowBytesAreSplit)
{
    for (unsigned size : {1u, 2u, 3u, 5u, 7u, 64u, 1000u}) {
        forget();
        Peer a, b;
        std::string big(40000, 'x');
        bight_protocol *below[] = {&clientBelow, &serverBelow};

        ASSERT_EQ(bight_pair_new(reactor, below[0], below[1]), BIGHT_OK);
        settle();
        bight_pair_set_chunk(clientBelow.transport, size);
        bight_pair_set_chunk(serverBelow.transport, size);
        ASSERT_EQ(bight_tls_start_server(serverBelow.transport, serverContext, &b, &serverSide),
                  BIGHT_OK);
        ASSERT_EQ(bight_tls_start_client(clientBelow.transport, clientContext, "server.test", &a,
                                         &clientSide),
                  BIGHT_OK);
        settle();
        ASSERT_TRUE(a.connected && b.connected) << size << ": " << a.reasonText << b.reasonText;
        b.echo();
        a.write(big);
        bight_transport_shutdown(a.transport);
        b.onEnded = [&] { bight_transport_shutdown(b.transport); };
        settle();
        EXPECT_EQ(a.text.size(), big.size()) << size;
        EXPECT_EQ(a.reason, BIGHT_OK) << a.reasonText;
        EXPECT_EQ(b.reason, BIGHT_ERROR_CLOSED) << b.reasonText;
    }
}

TEST_F(Tls, writesInOneCallbackAreOneRecordAndArriveAsOne)
{
    join();
    server.onReceived = [&](std::string_view) {
        for (int i = 0; i < 100; i++)
            server.write("piece ");
    };
    client.write("go");
    settle();
    EXPECT_EQ(client.text.size(), 600u);
    EXPECT_EQ(client.receivedCalls, 1u);
}

TEST_F(Tls, manyRecordsArriveAsOne)
{
    join();
    bight_transport_pause(server.transport);
    for (int i = 0; i < 50; i++) {
        client.write("record");
        settle();
    }
    EXPECT_EQ(server.text, "");
    bight_transport_resume(server.transport);
    settle();
    EXPECT_EQ(server.text.size(), 300u);
    EXPECT_LE(server.receivedCalls, 2u);
}

TEST_F(Tls, whatIsWrittenBeforeTheHandshakeWaitsForIt)
{
    ASSERT_EQ(bight_pair_new(reactor, &clientBelow, &serverBelow), BIGHT_OK);
    settle();
    ASSERT_EQ(bight_tls_start_client(clientBelow.transport, clientContext, "server.test", &client,
                                     &clientSide),
              BIGHT_OK);
    bight_transport_write(clientSide, "early", 5);
    bight_transport_close(clientSide);
    settle();
    EXPECT_EQ(bight_transport_get_pending(clientSide), 5u);
    bight_transport_unread(serverBelow.transport, serverBelow.text.data(), serverBelow.text.size());
    ASSERT_EQ(bight_tls_start_server(serverBelow.transport, serverContext, &server, &serverSide),
              BIGHT_OK);
    settle();
    EXPECT_EQ(server.text, "early");
    EXPECT_EQ(client.reason, BIGHT_OK) << client.reasonText;
    EXPECT_EQ(server.reason, BIGHT_ERROR_CLOSED) << server.reasonText;
}

TEST_F(Tls, halfCloseIsACloseNotify)
{
    join();
    server.onEnded = [&] { server.write("after your end"); };
    client.onEnded = [&] {};
    client.write("request");
    bight_transport_shutdown(client.transport);
    settle();
    EXPECT_EQ(server.text, "request");
    EXPECT_TRUE(server.ended);
    EXPECT_EQ(client.text, "after your end");
    EXPECT_FALSE(client.closed);
    bight_transport_shutdown(server.transport);
    settle();
    EXPECT_EQ(client.reason, BIGHT_OK) << client.reasonText;
    EXPECT_EQ(server.reason, BIGHT_ERROR_CLOSED) << server.reasonText;
    EXPECT_TRUE(client.closed && server.closed);
}

TEST_F(Tls, closeSendsWhatWaitsAndWaitsUntilItLeft)
{
    std::string big(1 << 20, 'x');

    join();
    bight_transport_pause(server.transport);
    client.write(big);
    bight_transport_close(client.transport);
    settle();
    EXPECT_FALSE(client.closed) << "nobody took the bytes yet";
    bight_transport_resume(server.transport);
    settle();
    EXPECT_EQ(server.text.size(), big.size());
    EXPECT_EQ(client.reason, BIGHT_OK) << client.reasonText;
    EXPECT_EQ(server.reason, BIGHT_ERROR_CLOSED) << server.reasonText;
}

TEST_F(Tls, closeLingersForAPeerThatTakesNothingAndNoLonger)
{
    for (size_t size : {size_t{1} << 20, size_t{170000}}) {
        forget();
        Peer a, b;

        ASSERT_EQ(bight_pair_new(reactor, &clientBelow, &serverBelow), BIGHT_OK);
        settle();
        bight_transport *above = nullptr, *other = nullptr;
        ASSERT_EQ(bight_tls_start_server(serverBelow.transport, serverContext, &b, &other),
                  BIGHT_OK);
        ASSERT_EQ(
            bight_tls_start_client(clientBelow.transport, clientContext, "server.test", &a, &above),
            BIGHT_OK);
        settle();
        bight_transport_pause(b.transport);
        bight_transport_set_linger(a.transport, BIGHT_SEC(5));
        a.write(std::string(size, 'x'));
        bight_transport_close(a.transport);
        bight_crank_advance(reactor, BIGHT_SEC(4));
        EXPECT_FALSE(a.closed);
        bight_crank_advance(reactor, BIGHT_SEC(2));
        EXPECT_TRUE(a.closed);
        EXPECT_EQ(a.reason, BIGHT_ERROR_TIMED_OUT) << a.reasonText;
        b.order(bight_transport_free);
        settle();
    }
}

TEST_F(Tls, abortResetsBelowAndTellsBothSides)
{
    join();
    client.write("lost");
    bight_transport_abort(client.transport);
    EXPECT_FALSE(client.closed);
    settle();
    EXPECT_EQ(client.reason, BIGHT_ERROR_CANCELLED) << client.reasonText;
    EXPECT_EQ(server.reason, BIGHT_ERROR_RESET) << server.reasonText;
}

TEST_F(Tls, freeTellsNothingMore)
{
    join();
    client.order(bight_transport_free);
    settle();
    EXPECT_FALSE(client.closed);
    EXPECT_EQ(server.reason, BIGHT_ERROR_RESET) << server.reasonText;
}

TEST_F(Tls, backPressureStopsTheWriterAndGoesOn)
{
    size_t sent = 0;

    join();
    bight_transport_pause(server.transport);
    while (client.write(std::string(1000, 'x')) == BIGHT_FLOW_GO)
        sent += 1000;
    sent += 1000;
    settle();
    client.drainedCalls = 0;
    while (client.write(std::string(1000, 'y')) == BIGHT_FLOW_GO && sent < (1 << 22))
        sent += 1000;
    sent += 1000;
    settle();
    EXPECT_LT(sent, size_t{512} * 1024) << "something takes without a bound";
    EXPECT_EQ(client.drainedCalls, 0u);
    bight_transport_resume(server.transport);
    settle();
    EXPECT_GT(client.drainedCalls, 0u);
    EXPECT_EQ(server.text.size(), sent);
}

TEST_F(Tls, whoWritesOnIsStoppedAtTheLimit)
{
    join();
    bight_transport_set_marks(client.transport, 1000, 2000, 100000);
    bight_transport_pause(server.transport);
    for (int i = 0; i < 1000 && client.transport != nullptr; i++) {
        client.write(std::string(1000, 'x'));
        settle();
    }
    EXPECT_EQ(client.reason, BIGHT_ERROR_LIMIT) << client.reasonText;
}

TEST_F(Tls, aPausedProtocolSlowsThePeerBelowIt)
{
    std::string big(1 << 22, 'x');

    join();
    bight_transport_pause(server.transport);
    client.write(big);
    settle();
    EXPECT_GT(bight_transport_get_pending(client.transport), big.size() - 512 * 1024);
    EXPECT_EQ(server.text.size(), 0u);
    server.onReceived = [&](std::string_view) { bight_transport_pause(server.transport); };
    for (int i = 0; i < 1000 && server.text.size() < big.size(); i++) {
        unsigned before = server.receivedCalls;

        bight_transport_resume(server.transport);
        EXPECT_EQ(server.receivedCalls, before) << "received comes in a later turn";
        settle();
        EXPECT_EQ(server.receivedCalls, before + 1) << "one, and then it was paused";
    }
    EXPECT_EQ(server.text.size(), big.size());
}

TEST_F(Tls, anEndBehindAPauseIsToldWhenItIsOver)
{
    join();
    bight_transport_pause(server.transport);
    client.write("last words");
    bight_transport_shutdown(client.transport);
    settle();
    EXPECT_FALSE(server.ended);
    server.onReceived = [&](std::string_view) { bight_transport_pause(server.transport); };
    bight_transport_resume(server.transport);
    settle();
    EXPECT_EQ(server.text, "last words");
    EXPECT_FALSE(server.ended);
    bight_transport_resume(server.transport);
    settle();
    EXPECT_TRUE(server.ended);
}

TEST_F(Tls, everyOrderToEndIsLegalInEveryCallback)
{
    using Order = void (*)(bight_transport *);
    for (Order order : {bight_transport_close, bight_transport_abort, bight_transport_free,
                        bight_transport_shutdown, bight_transport_pause}) {
        for (int where = 0; where < Peer::lambdas; where++) {
            Peer a, b;
            Below belowA, belowB;
            bight_transport *above = nullptr, *other = nullptr;
            a.on(where, [&] { a.order(order); });
            ASSERT_EQ(bight_pair_new(reactor, &belowA, &belowB), BIGHT_OK);
            settle();
            ASSERT_EQ(bight_tls_start_server(belowB.transport, serverContext, &b, &other),
                      BIGHT_OK);
            ASSERT_EQ(
                bight_tls_start_client(belowA.transport, clientContext, "server.test", &a, &above),
                BIGHT_OK);
            settle();
            if (a.transport != nullptr)
                a.write(std::string(300000, 'x'));
            if (b.transport != nullptr) {
                b.write("hello");
                settle();
            }
            if (b.transport != nullptr) {
                b.write("bye");
                bight_transport_close(b.transport);
            }
            settle();
            if (a.transport != nullptr)
                a.order(bight_transport_free);
            if (b.transport != nullptr)
                b.order(bight_transport_free);
            settle();
        }
    }
}

TEST_F(Tls, freeingTheReactorTellsBothEnds)
{
    join();
    bight_reactor_free(reactor);
    reactor = bight_crank_reactor_new();
    EXPECT_EQ(client.reason, BIGHT_ERROR_CANCELLED) << client.reasonText;
    EXPECT_EQ(server.reason, BIGHT_ERROR_CANCELLED) << server.reasonText;
    EXPECT_TRUE(client.closed && server.closed);
}

TEST_F(Tls, countsAsOneConnectionWhoseBytesAreThoseOfTheWire)
{
    bight_reactor_stats before = {}, after = {};
    before.size = after.size = sizeof(before);

    join();
    bight_reactor_get_stats(reactor, &before);
    EXPECT_EQ(before.connections, 2u);
    client.write(std::string(1000, 'x'));
    settle();
    bight_reactor_get_stats(reactor, &after);
    EXPECT_GT(after.bytes_in - before.bytes_in, 1000u);
    EXPECT_LT(after.bytes_in - before.bytes_in, 1100u);
    EXPECT_EQ(after.bytes_out - before.bytes_out, after.bytes_in - before.bytes_in);
    bight_transport_close(client.transport);
    settle();
    bight_reactor_get_stats(reactor, &after);
    EXPECT_EQ(after.connections, 0u);
}

TEST_F(Tls, anIdleTimeoutCountsPlainBytes)
{
    join();
    ASSERT_EQ(bight_transport_set_idle_timeout(client.transport, BIGHT_SEC(10)), BIGHT_OK);
    bight_crank_advance(reactor, BIGHT_SEC(9));
    server.write("still here");
    bight_crank_advance(reactor, BIGHT_SEC(9));
    EXPECT_FALSE(client.closed);
    bight_crank_advance(reactor, BIGHT_SEC(2));
    EXPECT_EQ(client.reason, BIGHT_ERROR_TIMED_OUT) << client.reasonText;
}

/* TLS over TLS over memory. */
TEST_F(Tls, goesOverTlsItself)
{
    Peer a, b;
    client.freesTransport = server.freesTransport = false;
    bight_transport *above = nullptr, *other = nullptr;

    join();
    ASSERT_EQ(bight_tls_start_server(server.transport, serverContext, &b, &other), BIGHT_OK);
    ASSERT_EQ(bight_tls_start_client(client.transport, clientContext, "server.test", &a, &above),
              BIGHT_OK);
    settle();
    ASSERT_TRUE(a.connected && b.connected) << a.reasonText << b.reasonText;
    EXPECT_STREQ(bight_transport_get_peer(a.transport), "tls:tls:memory:b");
    b.echo();
    b.onEnded = [&] { bight_transport_shutdown(b.transport); };
    a.write(std::string(500000, 'x'));
    bight_transport_shutdown(a.transport);
    settle();
    EXPECT_EQ(a.text.size(), 500000u);
    EXPECT_EQ(a.reason, BIGHT_OK) << a.reasonText;
    EXPECT_EQ(b.reason, BIGHT_ERROR_CLOSED) << b.reasonText;
    EXPECT_TRUE(a.closed && b.closed);
    EXPECT_FALSE(client.closed || server.closed) << "they belong to what is on top";
}

TEST_F(Tls, aClosedTransportBelowCannotBeTaken)
{
    join();
    bight_transport *above = nullptr, *below = client.transport;
    Peer other;
    bight_transport_shutdown(below);
    EXPECT_EQ(bight_tls_start_client(below, clientContext, "server.test", &other, &above),
              BIGHT_ERROR_STATE);
    EXPECT_EQ(above, nullptr);
}

} // namespace
