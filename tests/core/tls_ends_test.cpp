/* How TLS ends when the other side does not keep to it: cut off, silent, hostile. */
#include "core/tls_support.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>

using tls_test::Context;
using tls_test::identity;
using tls_test::makeClient;
using tls_test::makeServer;
using tls_test::Peer;
using tls_test::Tls;
using tls_test::viewOf;

namespace
{

/* One TLS end, on the other a plain protocol that says what it likes. */
class TlsEnds : public Tls
{
  protected:
    void startServer()
    {
        ASSERT_EQ(bight_pair_new(reactor, &clientBelow, &serverBelow), BIGHT_OK);
        settle();
        ASSERT_EQ(
            bight_tls_start_server(serverBelow.transport, serverContext, &server, &serverSide),
            BIGHT_OK);
    }
    void startClient()
    {
        ASSERT_EQ(bight_pair_new(reactor, &clientBelow, &serverBelow), BIGHT_OK);
        settle();
        ASSERT_EQ(bight_tls_start_client(clientBelow.transport, clientContext, "server.test",
                                         &client, &clientSide),
                  BIGHT_OK);
        settle();
    }
    // Joined, with somebody between who hands on what he likes: all of it, at first.
    void joinThrough()
    {
        ASSERT_EQ(bight_pair_new(reactor, &clientBelow, &near), BIGHT_OK);
        ASSERT_EQ(bight_pair_new(reactor, &far, &serverBelow), BIGHT_OK);
        settle();
        handOn(near, far);
        handOn(far, near);
        ASSERT_EQ(
            bight_tls_start_server(serverBelow.transport, serverContext, &server, &serverSide),
            BIGHT_OK);
        ASSERT_EQ(bight_tls_start_client(clientBelow.transport, clientContext, "server.test",
                                         &client, &clientSide),
                  BIGHT_OK);
        settle();
    }
    static void handOn(Peer &from, Peer &to)
    {
        from.onReceived = [&from, &to](std::string_view) {
            std::string text;
            std::swap(text, from.text);
            if (to.transport != nullptr)
                to.write(text);
        };
    }
};

TEST_F(TlsEnds, aConnectionThatIsCutIsNoCleanEnd)
{
    joinThrough();
    ASSERT_TRUE(server.connected) << server.reasonText;
    client.write("pay ");
    settle();
    bight_transport_close(far.transport);
    settle();
    EXPECT_EQ(server.text, "pay ");
    EXPECT_FALSE(server.ended);
    EXPECT_EQ(server.reason, BIGHT_ERROR_TRUNCATED) << server.reasonText;
    EXPECT_NE(server.reasonText.find("tls:memory:a"), std::string::npos) << server.reasonText;
}

TEST_F(TlsEnds, aCutIsToldToWhoHasHalfClosedToo)
{
    joinThrough();
    bight_transport_shutdown(client.transport);
    server.onEnded = [] {};
    settle();
    ASSERT_TRUE(server.ended);
    bight_transport_close(near.transport);
    settle();
    EXPECT_EQ(client.reason, BIGHT_ERROR_TRUNCATED) << client.reasonText;
}

TEST_F(TlsEnds, theEndBehindACloseNotifyIsNone)
{
    joinThrough();
    server.onEnded = [] {};
    bight_transport_shutdown(client.transport);
    settle();
    bight_transport_shutdown(far.transport);
    settle();
    EXPECT_FALSE(server.closed) << server.reasonText;
    bight_transport_close(server.transport);
    settle();
    EXPECT_EQ(server.reason, BIGHT_ERROR_CLOSED) << server.reasonText;
}

TEST_F(TlsEnds, aFlippedBitIsFound)
{
    for (size_t place : {0u, 6u, 20u}) {
        forget();
        joinThrough();
        ASSERT_TRUE(server.connected) << server.reasonText;
        near.onReceived = [&](std::string_view) {
            near.text[place] ^= 1;
            far.write(near.text);
            near.text.clear();
        };
        client.write("hello");
        settle();
        EXPECT_EQ(server.reason, BIGHT_ERROR_PROTOCOL) << place << server.reasonText;
        EXPECT_NE(server.reasonCode, 0);
        EXPECT_EQ(server.text, "");
        EXPECT_TRUE(client.closed);
        EXPECT_NE(client.reasonText.find("alert"), std::string::npos) << client.reasonText;
        near.order(bight_transport_free);
        settle();
    }
}

TEST_F(TlsEnds, whatCameBeforeAFaultIsDeliveredFirst)
{
    joinThrough();
    ASSERT_TRUE(server.connected) << server.reasonText;
    near.onReceived = [&](std::string_view) {
        far.write(near.text + "and then no TLS");
        near.text.clear();
    };
    client.write("good");
    settle();
    EXPECT_EQ(server.text, "good");
    EXPECT_EQ(server.reason, BIGHT_ERROR_PROTOCOL) << server.reasonText;
}

TEST_F(TlsEnds, garbageIsNoHandshake)
{
    for (const char *garbage : {"GET / HTTP/1.1\r\n\r\n", "\x16\x03\x01", "\x80\x2e\x01\x03\x01"}) {
        forget();
        startServer();
        clientBelow.write(garbage);
        bight_transport_shutdown(clientBelow.transport);
        clientBelow.onEnded = [this] { bight_transport_close(clientBelow.transport); };
        settle();
        EXPECT_FALSE(server.connected);
        EXPECT_TRUE(server.closed);
        EXPECT_TRUE(server.reason == BIGHT_ERROR_PROTOCOL || server.reason == BIGHT_ERROR_TRUNCATED)
            << server.reasonText;
        EXPECT_NE(server.reasonText.find("handshake with tls:memory:a"), std::string::npos)
            << server.reasonText;
    }
}

TEST_F(TlsEnds, aHandshakeThatIsCutAnywhereIsAnError)
{
    startClient();
    std::string hello = serverBelow.text;
    bight_transport_free(clientSide);
    settle();
    ASSERT_GT(hello.size(), 100u);
    for (size_t size = 0; size < hello.size(); size += size < 20 ? 1 : 37) {
        forget();
        startServer();
        clientBelow.write(hello.substr(0, size));
        bight_transport_close(clientBelow.transport);
        settle();
        EXPECT_TRUE(server.closed);
        EXPECT_EQ(server.reason, BIGHT_ERROR_TRUNCATED) << size << ": " << server.reasonText;
    }
}

TEST_F(TlsEnds, aResetDuringTheHandshakeIsTold)
{
    startClient();
    bight_transport_abort(serverBelow.transport);
    settle();
    EXPECT_EQ(client.reason, BIGHT_ERROR_RESET) << client.reasonText;
    EXPECT_EQ(client.reasonText, "TLS handshake: reset by memory:b");
}

TEST_F(TlsEnds, aHandshakeHasItsTime)
{
    startClient();
    bight_crank_advance(reactor, BIGHT_SEC(29));
    EXPECT_FALSE(client.closed);
    bight_crank_advance(reactor, BIGHT_SEC(2));
    EXPECT_EQ(client.reason, BIGHT_ERROR_TIMED_OUT) << client.reasonText;
    EXPECT_NE(client.reasonText.find("handshake with tls:memory:b: not done in 30.0 s"),
              std::string::npos)
        << client.reasonText;
}

TEST_F(TlsEnds, theTimeOfAHandshakeIsOverWithIt)
{
    join();
    bight_crank_advance(reactor, BIGHT_SEC(100));
    EXPECT_FALSE(client.closed || server.closed);
}

TEST_F(TlsEnds, everyOrderToEndIsLegalBeforeTheHandshakeIsDone)
{
    using Order = void (*)(bight_transport *);
    for (Order order : {bight_transport_close, bight_transport_abort, bight_transport_free}) {
        for (int when = 0; when < 2; when++) {
            forget();
            ASSERT_EQ(bight_pair_new(reactor, &clientBelow, &serverBelow), BIGHT_OK);
            settle();
            ASSERT_EQ(bight_tls_start_client(clientBelow.transport, clientContext, "server.test",
                                             &client, &clientSide),
                      BIGHT_OK);
            if (when == 1)
                settle();
            order(clientSide);
            EXPECT_FALSE(client.closed) << "never inside a call";
            settle();
            EXPECT_EQ(client.closed, order != bight_transport_free);
            EXPECT_EQ(client.reason,
                      order == bight_transport_abort ? BIGHT_ERROR_CANCELLED : BIGHT_OK)
                << client.reasonText;
            EXPECT_FALSE(client.connected);
        }
    }
}

/* -- A peer that keeps to the letter alone -- */

/* OpenSSL itself, which can be made to say what no honest peer says. */
class RawClient
{
  public:
    RawClient(Peer &below, int version) : below_(below), context_(SSL_CTX_new(TLS_client_method()))
    {
        SSL_CTX_set_max_proto_version(context_, version);
        ssl = SSL_new(context_);
        SSL_set_bio(ssl, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
        SSL_set_connect_state(ssl);
        below_.onReceived = [this](std::string_view) { pump(); };
        pump();
    }
    ~RawClient()
    {
        below_.onReceived = nullptr;
        SSL_free(ssl);
        SSL_CTX_free(context_);
        ERR_clear_error();
    }
    RawClient(const RawClient &) = delete;
    RawClient &operator=(const RawClient &) = delete;

    // What came is read, what OpenSSL has to say is sent.
    void pump()
    {
        char text[4096];

        BIO_write(SSL_get_rbio(ssl), below_.text.data(), static_cast<int>(below_.text.size()));
        below_.text.clear();
        if (!SSL_is_init_finished(ssl))
            SSL_do_handshake(ssl);
        while (SSL_read(ssl, text, sizeof(text)) > 0) {
        }
        ERR_clear_error();
        send();
    }
    void send()
    {
        char text[4096];
        int size;

        while ((size = BIO_read(SSL_get_wbio(ssl), text, sizeof(text))) > 0)
            below_.write(std::string(text, static_cast<size_t>(size)));
    }
    void askForKeys()
    {
        EXPECT_EQ(SSL_key_update(ssl, SSL_KEY_UPDATE_REQUESTED), 1);
        EXPECT_EQ(SSL_do_handshake(ssl), 1);
        send();
    }

    SSL *ssl;

  private:
    Peer &below_;
    SSL_CTX *context_;
};

TEST_F(TlsEnds, aPeerThatAsksForAnswersAndDoesNotReadThemIsBrokenOff)
{
    startServer();
    RawClient hostile(clientBelow, TLS1_3_VERSION);
    settle();
    ASSERT_TRUE(server.connected) << server.reasonText;
    bight_transport_pause(clientBelow.transport);
    for (int i = 0; i < 20000 && !server.closed; i++) {
        hostile.askForKeys();
        if (i % 100 == 0)
            settle();
    }
    settle();
    EXPECT_EQ(server.reason, BIGHT_ERROR_LIMIT) << server.reasonText;
}

TEST_F(TlsEnds, aPeerThatReadsMayAskAsOftenAsItLikes)
{
    startServer();
    RawClient raw(clientBelow, TLS1_3_VERSION);
    settle();
    ASSERT_TRUE(server.connected) << server.reasonText;
    for (int i = 0; i < 5000; i++) {
        raw.askForKeys();
        settle();
    }
    EXPECT_FALSE(server.closed) << server.reasonText;
    server.write("still here");
    settle();
}

TEST_F(TlsEnds, keysAreNotRenegotiated)
{
    startServer();
    RawClient raw(clientBelow, TLS1_2_VERSION);
    settle();
    ASSERT_TRUE(server.connected) << server.reasonText;
    SSL_renegotiate(raw.ssl);
    SSL_do_handshake(raw.ssl);
    raw.send();
    settle();
    EXPECT_TRUE(SSL_is_init_finished(raw.ssl) == 0 || server.closed) << "it was renegotiated";
    EXPECT_EQ(server.text, "");
}

/* -- STARTTLS -- */

TEST_F(TlsEnds, startTlsIsOneCallInReceivedOnBothSides)
{
    ASSERT_EQ(bight_pair_new(reactor, &clientBelow, &serverBelow), BIGHT_OK);
    settle();
    server.echo();
    serverBelow.onReceived = [&](std::string_view) {
        ASSERT_EQ(serverBelow.text, "STARTTLS\r\n");
        serverBelow.write("220 go ahead\r\n");
        EXPECT_EQ(
            bight_tls_start_server(serverBelow.transport, serverContext, &server, &serverSide),
            BIGHT_OK);
    };
    clientBelow.onReceived = [&](std::string_view) {
        ASSERT_EQ(clientBelow.text, "220 go ahead\r\n");
        EXPECT_EQ(bight_tls_start_client(clientBelow.transport, clientContext, "server.test",
                                         &client, &clientSide),
                  BIGHT_OK);
        EXPECT_FALSE(client.connected);
    };
    client.onConnected = [&] { client.write("under TLS"); };
    clientBelow.write("STARTTLS\r\n");
    settle();
    EXPECT_EQ(client.text, "under TLS");
    EXPECT_EQ(clientBelow.text, "220 go ahead\r\n") << "nothing more in clear";
    bight_transport_close(client.transport);
    settle();
    EXPECT_FALSE(clientBelow.closed || serverBelow.closed);
}

/* RFC 3207, section 6: a command in the same segment is somebody else's. */
TEST_F(TlsEnds, aCommandBehindStartTlsIsNotObeyedUnderTls)
{
    ASSERT_EQ(bight_pair_new(reactor, &clientBelow, &serverBelow), BIGHT_OK);
    settle();
    serverBelow.onReceived = [&](std::string_view) {
        std::string rest = serverBelow.text.substr(10);
        serverBelow.write("220 go ahead\r\n");
        bight_transport_unread(serverBelow.transport, rest.data(), rest.size());
        EXPECT_EQ(
            bight_tls_start_server(serverBelow.transport, serverContext, &server, &serverSide),
            BIGHT_OK);
        EXPECT_FALSE(server.closed);
    };
    clientBelow.write("STARTTLS\r\nRCPT TO:<victim>\r\n");
    settle();
    EXPECT_FALSE(server.connected);
    EXPECT_EQ(server.text, "");
    EXPECT_EQ(server.reason, BIGHT_ERROR_PROTOCOL) << server.reasonText;
}

/* What is in the same segment and is TLS belongs to the handshake: a proxy's line in front. */
TEST_F(TlsEnds, theHandshakeMayStandBehindTheLine)
{
    startClient();
    std::string hello = serverBelow.text;
    bight_transport_unread(serverBelow.transport, hello.data(), hello.size());
    ASSERT_EQ(bight_tls_start_server(serverBelow.transport, serverContext, &server, &serverSide),
              BIGHT_OK);
    EXPECT_FALSE(server.connected);
    settle();
    EXPECT_TRUE(server.connected) << server.reasonText;
    EXPECT_TRUE(client.connected) << client.reasonText;
}

/* -- What was agreed -- */

TEST_F(TlsEnds, theServersChoiceOfAlpnWins)
{
    const char *offered[] = {"a", "b", "c", nullptr}, *spoken[] = {"c", "b", nullptr};
    Context mine = makeClient(tls_test::authority().certificate(),
                              [&](bight_tls_options &options) { options.alpn = offered; });
    Context theirs =
        makeServer(identity(), [&](bight_tls_options &options) { options.alpn = spoken; });

    join(mine, theirs);
    ASSERT_TRUE(client.connected) << client.reasonText;
    for (Peer *end : {&client, &server}) {
        bight_view chosen = bight_tls_get_alpn(end->transport);
        EXPECT_EQ(std::string(reinterpret_cast<const char *>(chosen.data), chosen.size), "c");
    }
}

TEST_F(TlsEnds, nothingInCommonIsAnError)
{
    const char *offered[] = {"a", nullptr}, *spoken[] = {"b", nullptr};
    Context mine = makeClient(tls_test::authority().certificate(),
                              [&](bight_tls_options &options) { options.alpn = offered; });
    Context theirs =
        makeServer(identity(), [&](bight_tls_options &options) { options.alpn = spoken; });

    join(mine, theirs);
    EXPECT_EQ(client.reason, BIGHT_ERROR_PROTOCOL);
    EXPECT_NE(client.reasonText.find("it speaks none of the offered protocols"), std::string::npos)
        << client.reasonText;
    EXPECT_EQ(server.reason, BIGHT_ERROR_PROTOCOL) << server.reasonText;
}

TEST_F(TlsEnds, versionsWithoutACommonOneAreAnError)
{
    Context mine = makeClient(tls_test::authority().certificate(),
                              [&](bight_tls_options &options) { options.most = BIGHT_TLS_1_2; });
    Context theirs =
        makeServer(identity(), [&](bight_tls_options &options) { options.least = BIGHT_TLS_1_3; });

    join(mine, theirs);
    EXPECT_NE(client.reasonText.find("it speaks no version of TLS"), std::string::npos)
        << client.reasonText;
}

TEST_F(TlsEnds, sessionsAreResumedWithinAContextForAHost)
{
    for (bight_tls_version version : {BIGHT_TLS_1_2, BIGHT_TLS_1_3}) {
        Context mine = makeClient(tls_test::authority().certificate(),
                                  [&](bight_tls_options &options) { options.most = version; });
        auto once = [&](const char *host) {
            forget();
            Peer a, b;
            bool resumed = false;
            bight_transport *above = nullptr, *other = nullptr;
            EXPECT_EQ(bight_pair_new(reactor, &clientBelow, &serverBelow), BIGHT_OK);
            settle();
            EXPECT_EQ(bight_tls_start_server(serverBelow.transport, serverContext, &b, &other),
                      BIGHT_OK);
            EXPECT_EQ(bight_tls_start_client(clientBelow.transport, mine, host, &a, &above),
                      BIGHT_OK);
            settle();
            EXPECT_TRUE(a.connected) << a.reasonText;
            if (a.transport != nullptr) {
                resumed = bight_tls_is_resumed(a.transport);
                EXPECT_EQ(bight_tls_is_resumed(b.transport), resumed);
                bight_transport_abort(a.transport);
            }
            settle();
            return resumed;
        };
        EXPECT_FALSE(once("server.test"));
        EXPECT_TRUE(once("server.test"));
        EXPECT_TRUE(once("server.test"));
        EXPECT_FALSE(once("x.wild.test")) << "another host";
    }
}

TEST_F(TlsEnds, noResumptionWhereItIsNotWanted)
{
    Context mine = makeClient(tls_test::authority().certificate(),
                              [&](bight_tls_options &options) { options.no_resumption = true; });

    for (int i = 0; i < 2; i++) {
        forget();
        join(mine, serverContext);
        ASSERT_TRUE(client.connected) << client.reasonText;
        EXPECT_FALSE(bight_tls_is_resumed(client.transport));
        client.order(bight_transport_free);
        settle();
    }
}

} // namespace
