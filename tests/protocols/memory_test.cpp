// The server and the line parser when memory runs out: at the first allocation, the second, and so
// on. Nobody expects a chat then; but nothing may crash, leak or be left half done.
#include "support/alloc.hpp"
#include "support/peer.hpp"
#include "support/table.hpp"

#include <bight/crank.h>
#include <bight/irc_message.h>
#include <bight/irc_server.h>
#include <bight/line.h>
#include <bight/line_client.h>
#include <bight/pair.h>

#include <cstring>
#include <gtest/gtest.h>
#include <string>

namespace
{

// A client that never minds.
struct Client : support::Peer {
    bight_reactor *reactor;

    Client(bight_reactor *on, bight_irc_server *server) : reactor(on)
    {
        bight_protocol *served = bight_irc_server_serve(server);

        closesUnconnected = true;
        if (served != nullptr && bight_pair_new(reactor, this, served) == BIGHT_OK)
            bight_crank_settle(reactor);
    }

    void send(const char *lines)
    {
        if (transport != nullptr)
            (void)write(lines);
        bight_crank_settle(reactor);
    }
};

void converse(bight_reactor *reactor, bight_irc_server *server)
{
    Client ada(reactor, server), bob(reactor, server);

    ada.send("PASS secret\r\nCAP REQ :message-tags server-time\r\nNICK ada\r\nUSER a 0 * :a\r\nCAP "
             "END\r\n");
    bob.send("PASS secret\r\nNICK bob\r\nUSER b 0 * :b\r\nJOIN #c\r\n");
    ada.send("JOIN #c,#d,#e\r\nTOPIC #d :the topic\r\nAWAY :gone\r\nMODE #d +b x!*@*\r\n");
    ada.send("INVITE bob #d\r\n@+t=1 PRIVMSG #c :hello\r\nPRIVMSG bob :half a li");
    bob.send("JOIN #d\r\nWHO #c\r\nLIST\r\nNAMES #d\r\nWHOIS ada\r\nNICK robert\r\n");
    ada.send("ne\r\nTOPIC #d :another\r\nAWAY :still\r\nPART #c\r\nQUIT :bye\r\n");
}

void visitTheServer()
{
    bight_reactor *reactor = bight_crank_reactor_new();
    bight_irc_server_options options = BIGHT_IRC_SERVER_OPTIONS_INIT;
    bight_irc_server *server = nullptr;

    if (reactor == nullptr)
        return;
    options.motd = "Hello\n";
    options.password = "secret";
    bight_status status = bight_irc_server_new(reactor, &options, &server);
    if (status == BIGHT_OK)
        converse(reactor, server);
    else
        EXPECT_EQ(status, BIGHT_ERROR_NO_MEMORY);
    bight_irc_server_free(server);
    bight_reactor_free(reactor);
}

TEST(IrcServerMemory, runningOutAnywhereDoesNoHarm)
{
    support::withEachAllocationFailing(visitTheServer);
}

// Who is there while memory is short may be dropped; who comes afterwards is served.
TEST(IrcServerMemory, theServerRecovers)
{
    support::AllocGuard guard;
    bight_reactor *reactor = bight_crank_reactor_new();
    bight_irc_server_options options = BIGHT_IRC_SERVER_OPTIONS_INIT;
    bight_irc_server *server = nullptr;

    ASSERT_EQ(bight_irc_server_new(reactor, &options, &server), BIGHT_OK);
    for (size_t spared = 0; spared < 30; spared++) {
        guard.failAfter(spared, true);
        converse(reactor, server);
        guard.relent();
        bight_crank_settle(reactor);
        Client late(reactor, server);
        late.send("NICK late\r\nUSER l 0 * :l\r\n");
        EXPECT_GT(late.bytes, 500U) << spared;
    }
    bight_irc_server_free(server);
    bight_reactor_free(reactor);
}

TEST(IrcServerMemory, anIdleConnectionIsSmall)
{
    bight_reactor *reactor = bight_crank_reactor_new();
    bight_irc_server_options options = BIGHT_IRC_SERVER_OPTIONS_INIT;
    bight_irc_server *server = nullptr;

    ASSERT_EQ(bight_irc_server_new(reactor, &options, &server), BIGHT_OK);
    {
        Client first(reactor, server);
        first.send("NICK first\r\nUSER f 0 * :f\r\nJOIN #c\r\n");
        support::AllocGuard guard;
        size_t before = guard.liveBytes();
        {
            Client idle(reactor, server);
            idle.send("NICK idle\r\nUSER i 0 * :i\r\nJOIN #c\r\n");
            bight_crank_settle(reactor);
            /* Both ends of the pair, the user, its parser, timers and membership. */
            EXPECT_LT(guard.liveBytes() - before, 4096U);
        }
        bight_crank_settle(reactor);
    }
    bight_irc_server_free(server);
    bight_reactor_free(reactor);
}

void parseLines()
{
    static const bight_line_events events = {
        sizeof(bight_line_events),
        [](bight_line_parser *parser, const uint8_t *, size_t size, void *) {
            if (size == 1)
                bight_line_parser_pause(parser);
        },
        nullptr, nullptr};
    bight_line_options options = BIGHT_LINE_OPTIONS_INIT;
    bight_line_parser *parser = nullptr;
    std::string half(1000, 'x'), bytes = "a\nb\nc" + half;
    bight_status status;

    if (bight_line_parser_new(&options, &events, nullptr, &parser) != BIGHT_OK)
        return;
    for (const std::string &part : {half, half, std::string("\n"), bytes, half}) {
        status = bight_line_parser_feed(parser, reinterpret_cast<const uint8_t *>(part.data()),
                                        part.size());
        EXPECT_TRUE(status == BIGHT_OK || status == BIGHT_ERROR_NO_MEMORY);
    }
    for (int i = 0; i < 4; i++) {
        status = bight_line_parser_resume(parser);
        EXPECT_TRUE(status == BIGHT_OK || status == BIGHT_ERROR_NO_MEMORY);
    }
    bight_line_parser_free(parser);
}

TEST(LineParserMemory, runningOutAnywhereDoesNoHarm)
{
    support::withEachAllocationFailing(parseLines);
}

TEST(LineParserMemory, betweenLinesItOwnsNoBuffer)
{
    static const bight_line_events events = {
        sizeof(bight_line_events), [](bight_line_parser *, const uint8_t *, size_t, void *) {},
        nullptr, nullptr};
    bight_line_options options = BIGHT_LINE_OPTIONS_INIT;
    bight_line_parser *parser = nullptr;
    support::AllocGuard guard;
    auto feed = [&](const char *bytes) {
        EXPECT_EQ(bight_line_parser_feed(parser, reinterpret_cast<const uint8_t *>(bytes),
                                         std::strlen(bytes)),
                  BIGHT_OK);
    };

    ASSERT_EQ(bight_line_parser_new(&options, &events, nullptr, &parser), BIGHT_OK);
    size_t calls = guard.calls();
    feed("whole lines\nof any number\nneed none\n");
    EXPECT_EQ(guard.calls(), calls);
    feed("half a line");
    EXPECT_EQ(guard.liveBlocks(), 2U);
    feed("and the rest\n");
    EXPECT_EQ(guard.liveBlocks(), 1U);
    bight_line_parser_free(parser);
}

void sessionLife()
{
    static const bight_line_session_ops ops =
        support::tableOf<bight_line_session_ops>([](auto &table) {
            table.line = [](bight_line_session *, const uint8_t *, size_t, void *) {};
            table.closed = [](bight_line_session *, const bight_error *, void *data) {
                ++*static_cast<int *>(data);
            };
        });
    bight_reactor *reactor = bight_crank_reactor_new();
    bight_line_options options = BIGHT_LINE_OPTIONS_INIT;
    bight_line_session *one = nullptr, *two = nullptr;
    int closed = 0;

    if (reactor == nullptr)
        return;
    if (bight_line_session_new(&options, &ops, &closed, &one) == BIGHT_OK &&
        bight_line_session_new(&options, &ops, &closed, &two) == BIGHT_OK &&
        bight_pair_new(reactor, bight_line_session_get_protocol(one),
                       bight_line_session_get_protocol(two)) == BIGHT_OK) {
        bight_crank_settle(reactor);
        bight_status status = bight_line_session_send(one, "hello", 5, nullptr);
        EXPECT_TRUE(status == BIGHT_OK || status == BIGHT_ERROR_STATE);
        bight_line_session_pause(two);
        bight_line_session_resume(two);
        bight_crank_settle(reactor);
    }
    bight_line_session_free(one);
    bight_crank_settle(reactor);
    bight_line_session_free(two);
    bight_reactor_free(reactor);
}

TEST(LineSessionMemory, runningOutAnywhereDoesNoHarm)
{
    support::withEachAllocationFailing(sessionLife);
}

// A client that nobody answers, and then closes: without memory there is less of it, but one end.
void clientLife()
{
    static const bight_line_client_events events =
        support::tableOf<bight_line_client_events>([](auto &table) {
            table.line = [](bight_line_client *, const uint8_t *, size_t, void *) {};
            table.failed = [](bight_line_client *, const bight_error *, void *data) {
                ++*static_cast<int *>(data);
            };
            table.closed = [](bight_line_client *, void *data) { ++*static_cast<int *>(data); };
        });
    bight_reactor *reactor = bight_crank_reactor_new();
    bight_line_client *client = nullptr;
    int ends = 0;

    if (reactor == nullptr)
        return;
    if (bight_line_client_new(reactor, "unix:@bight-nobody-listens", nullptr, &events, &ends,
                              &client) == BIGHT_OK &&
        bight_line_client_open(client) == BIGHT_OK) {
        bight_crank_settle(reactor);
        bight_crank_advance(reactor, BIGHT_SEC(2));
        bight_line_client_close(client);
        bight_crank_settle(reactor);
        EXPECT_EQ(ends, 1);
    }
    bight_line_client_free(client);
    bight_reactor_free(reactor);
}

TEST(LineClientMemory, runningOutAnywhereDoesNoHarm)
{
    support::withEachAllocationFailing(clientLife);
}

} // namespace
