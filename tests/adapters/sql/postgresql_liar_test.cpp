// Servers that do not speak the protocol, or not truthfully: each is an error, and never a crash or
// a wait without an end.
#include "adapters/connections.hpp"
#include "adapters/sql/postgresql_own.hpp"

#include <bight/later.h>
#include <memory>

using conformance::Peer;
using sql::Outcome;
using sql::Postgresql;

namespace
{

class Liar : public Postgresql
{
  protected:
    // What comes of a query when a server says the first when it is greeted, and the second when it
    // is asked something.
    Outcome ask(const std::string &greeting, const std::string &answer = "", bool closes = true)
    {
        conformance::Server liar(reactor, "tcp:127.0.0.1:0", [&](Peer &peer) {
            peer.onReceived = [&, count = std::make_shared<int>(0)](std::string_view) {
                int calls = ++*count;
                if (calls == 1)
                    peer.write(greeting);
                else if (calls == 2)
                    peer.write(answer);
                if (closes && (answer.empty() || calls == 2))
                    bight_transport_close(peer.transport);
            };
        });
        bight_sql_options options = BIGHT_SQL_OPTIONS_INIT;
        options.connect_timeout = closes ? BIGHT_SEC(15) : BIGHT_MSEC(300);
        bight_sql *other = openAt("postgresql://bight@127.0.0.1:" + std::to_string(liar.port()) +
                                      "/x?sslmode=disable",
                                  &options);
        bight_deferred *deferred = bight_sql_query(other, "select 1", nullptr, 0);
        bight_timeout(deferred, reactor, closes ? BIGHT_SEC(15) : BIGHT_SEC(1));
        Outcome outcome = await(deferred);
        close(other);
        return outcome;
    }
    static void expectError(const Outcome &outcome)
    {
        EXPECT_NE(outcome.status, BIGHT_OK);
        EXPECT_NE(outcome.status, BIGHT_ERROR_TIMED_OUT) << outcome.message;
        EXPECT_FALSE(outcome.message.empty());
    }
    static std::string message(char type, const std::string &body)
    {
        size_t size = body.size() + 4;
        return std::string(1, type) + char(size >> 24) + char(size >> 16) + char(size >> 8) +
               char(size) + body;
    }
    // Authenticated, with a key for cancels, and ready.
    static std::string greeting()
    {
        return message('R', std::string(4, '\0')) + message('K', std::string(8, '\1')) +
               message('Z', "I");
    }
};

TEST_F(Liar, whoTalksNonsenseIsAnError)
{
    for (const std::string &nonsense :
         {std::string("HTTP/1.1 400 Bad Request\r\n\r\n"), std::string(5000, '\xff'),
          std::string(1, '\0'), message('R', "x"), message('Z', "I"),
          message('R', std::string(4, '\x7f')), std::string("R\x7f\xff\xff\xff"),
          std::string("E\0\0\0\4", 5)}) {
        expectError(ask(nonsense));
    }
}

TEST_F(Liar, whoAnswersNonsenseAfterTheGreetingIsAnError)
{
    std::string columns("\0\1a\0\0\0\0\0\0\0\0\0\0\x17\0\4\xff\xff\xff\xff\0\0", 22);
    for (const std::string &nonsense :
         {std::string("D\x7f\xff\xff\xff"), message('D', std::string("\0\5", 2)),
          message('T', columns) + message('D', std::string("\0\1\x7f\xff\xff\xff", 6)),
          message('T', std::string("\xff\xff", 2)), message('T', columns) + message('T', columns),
          message('C', "SELECT"), std::string(10000, 'D'), message('G', std::string("\0\0\0", 3)),
          message('!', ""), message('N', std::string(20, 'x'))}) {
        expectError(ask(greeting(), nonsense));
        expectError(ask(greeting() + nonsense));
    }
}

TEST_F(Liar, whoHangsUpOrFallsSilentIsAnError)
{
    for (size_t length = 0; length < greeting().size(); length += 3)
        EXPECT_NE(ask(greeting().substr(0, length)).status, BIGHT_OK) << length;
    EXPECT_EQ(ask("", "", false).status, BIGHT_ERROR_TIMED_OUT);
    EXPECT_NE(ask(greeting(), "", false).status, BIGHT_OK) << "the time limit of the statement";
}

// -- A standby --

// The first one is the real server, and no standby; the second one says that it is one.
TEST_F(Liar, whoIsAStandbyIsPreferredToTheFirstHost)
{
    using namespace std::string_literals;
    conformance::Server standby(reactor, "tcp:127.0.0.1:0", [&](Peer &peer) {
        peer.onReceived = [&](std::string_view) {
            peer.write(message('R', std::string(4, '\0')) +
                       message('S', "server_version\00015.0\0"s) +
                       message('S', "in_hot_standby\0on\0"s) +
                       message('S', "default_transaction_read_only\0off\0"s) +
                       message('K', std::string(8, '\1')) + message('Z', "I"));
        };
    });
    std::string real = "127.0.0.1:" + std::to_string(server().port());
    std::string fake = "127.0.0.1:" + std::to_string(standby.port());
    const std::string end = "/postgres?sslmode=disable&target_session_attrs=prefer-standby";

    EXPECT_EQ(connectTo("postgresql://bight@" + real + "," + fake + end).status, BIGHT_OK);
    EXPECT_EQ(standby.peers.size(), 1u);
    Outcome outcome = connectTo("postgresql://bight@" + real + end);
    EXPECT_EQ(outcome.status, BIGHT_OK) << "without a standby any will do: " << outcome.message;
}

} // namespace
