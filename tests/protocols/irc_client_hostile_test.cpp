// A session that nothing may break: programs that free it in any event, servers that send anything,
// connections that end at any moment, memory that is not there.
#include "irc_client_fixture.hpp"

#include <random>
#include <sstream>

namespace irc
{
namespace
{

using IrcClientFree = ClientTest;
using IrcClientHostile = ClientTest;

// Everything that can be told, in an order that a server could send.
const Lines everything = {
    ":irc.test CAP * LS :multi-prefix server-time",
    ":irc.test CAP me ACK :multi-prefix server-time",
    ":irc.test 001 me :Welcome",
    ":irc.test 005 me PREFIX=(ov)@+ STATUSMSG=@+ :are supported",
    ":irc.test 376 me :End of MOTD",
    ":me!u@h JOIN #c",
    ":irc.test 332 me #c :Topic",
    ":irc.test 333 me #c ada 1",
    ":irc.test 353 me = #c :me @ada +bob",
    ":irc.test 366 me #c :End",
    ":irc.test 324 me #c +nt",
    ":me!u@h JOIN #d",
    ":irc.test 353 me = #d :me @ada +bob carl",
    ":irc.test 366 me #d :End",
    ":carl!c@h JOIN #c",
    ":ada!a@h PRIVMSG #c :Hello me",
    ":ada!a@h PRIVMSG me :\x01VERSION\x01",
    ":ada!a@h NICK bob",
    ":bob!a@h MODE #c +v carl",
    ":bob AWAY :x",
    ":bob CHGHOST x y",
    ":bob!a@h TOPIC #c :New",
    ":carl!c@h QUIT :gone",
    ":irc.test 005 me PREFIX=(vo)!@ :are supported",
    ":irc.test 311 me bob a h * :Bob",
    ":irc.test 318 me bob :End",
    ":irc.test 322 me #c 3 :Topic",
    ":irc.test 323 me :End",
    ":irc.test 301 me bob :away",
    ":irc.test 306 me :away",
    ":bob!a@h INVITE me #x",
    ":irc.test 474 me #x :banned",
    ":bob!a@h KICK #c me :out",
    ":me!u@h NICK you",
    ":irc.test 433 you x :in use",
    "PING x",
    "ERROR :bye",
};

// Play everything in one piece, and do something in the n-th event.
class IrcClientEveryEvent : public ClientTest
{
  public:
    void drop()
    {
        bight_irc_client_free(client);
        client = nullptr;
    }

  protected:
    // The number of events that there were.
    int play(int act, const std::function<void()> &action)
    {
        int count = 0;

        logLines = true;
        make();
        onEvent = [&, act, action](const std::string &) {
            if (count++ == act)
                action();
        };
        attach();
        std::string all;
        for (const std::string &line : everything)
            all += line + "\r\n";
        peer->send(all);
        settle();
        if (client && bight_irc_client_get_state(client) == BIGHT_IRC_READY) {
            EXPECT_EQ(bight_irc_client_say(client, "#d", "last words"), BIGHT_OK);
            settle();
        }
        if (peer->transport)
            peer->close();
        settle();
        onEvent = nullptr;
        drop();
        return count;
    }
};

TEST_F(IrcClientEveryEvent, mayFreeTheClient)
{
    int total = play(-1, nullptr);

    ASSERT_GT(total, 80);
    for (int i = 0; i < total; i++) {
        play(i, [&] { drop(); });
    }
}

TEST_F(IrcClientEveryEvent, mayQuit)
{
    int total = play(-1, nullptr);

    for (int i = 0; i < total; i++)
        play(i, [&] { bight_irc_client_quit(client, "now"); });
}

TEST_F(IrcClientEveryEvent, mayLoseTheConnectionInANestedLoop)
{
    int total = play(-1, nullptr);

    for (int i = 0; i < total; i++)
        play(i, [&] {
            if (peer->transport)
                peer->abort();
            bight_reactor_dispatch(reactor, BIGHT_BUDGET_UNLIMITED);
            bight_reactor_dispatch(reactor, BIGHT_BUDGET_UNLIMITED);
        });
}

TEST_F(IrcClientEveryEvent, mayFreeTheClientInANestedLoop)
{
    int total = play(-1, nullptr);

    for (int i = 0; i < total; i++)
        play(i, [&] {
            ASSERT_EQ(bight_reactor_post(
                          reactor,
                          [](void *data) { static_cast<IrcClientEveryEvent *>(data)->drop(); },
                          this, nullptr),
                      BIGHT_OK);
            bight_reactor_dispatch(reactor, BIGHT_BUDGET_UNLIMITED);
        });
}

TEST_F(IrcClientEveryEvent, mayFreeTheReactor)
{
    int total = play(-1, nullptr);

    for (int i = 0; i < total; i++) {
        play(i, [&] {
            bight_reactor_free(reactor);
            reactor = nullptr;
        });
        if (!reactor)
            reactor = bight_crank_reactor_new();
    }
}

TEST_F(IrcClientFree, offlineAndConnecting)
{
    make();
    bight_irc_client_free(client);
    make();
    ASSERT_EQ(bight_irc_client_connect(client, "tcp:127.0.0.1:1"), BIGHT_OK);
    bight_irc_client_free(client);
    make();
    ASSERT_EQ(bight_irc_client_connect(client, "tcp:127.0.0.1:1"), BIGHT_OK);
    bight_reactor_dispatch(reactor, BIGHT_BUDGET_UNLIMITED);
    bight_irc_client_free(client);
    client = nullptr;
    settle();
    bight_irc_client_free(nullptr);
}

TEST_F(IrcClientHostile, aLineWithoutEndIsSkippedAndTold)
{
    ready();
    peer->send(std::string(100000, 'x'));
    settle();
    EXPECT_EQ(told(),
              Lines{"problem 0 [] The server sent a line that is too long; it was skipped"});
    hear("\r\n:irc.test NOTICE me :still here");
    EXPECT_EQ(told(), Lines{"notice in [] from irc.test(server): still here"});
}

TEST_F(IrcClientHostile, longNamesAreNobodys)
{
    std::string name(400, 'n');

    ready();
    join("#c", "me " + name + " ada");
    hearAll({":" + name + "!u@h JOIN #c", ":ada!a@h NICK " + name,
             ":ada!a@h CHGHOST " + name + " h", ":irc.test 396 me " + name + " :x",
             ":irc.test 341 me " + name + " #c", ":me!" + name + "@" + name + " JOIN #d",
             ":irc.test 001 " + name + " :again"});
    EXPECT_EQ(members("#c"), (Lines{"ada", "me"}));
    EXPECT_EQ(bight_irc_client_say(client, "#c", "text"), BIGHT_OK);
}

// What servers send, and what comes near it.
Lines hostileWords()
{
    std::istringstream words(
        "JOIN|PART|KICK|QUIT|NICK|MODE|TOPIC|PRIVMSG|353|366|005|332|333|324|CAP|LS|ACK|NEW|"
        "DEL|001|311|318|433|352|AWAY|#c|#d|me|ada|bob|@ada|+o|-ov|+kl|=|*|:|:text x|@+bob|"
        "12|PREFIX=(ov)@+|PREFIX=(vo)+@|CASEMAPPING=ascii|CASEMAPPING=rfc1459|"
        "CHANMODES=b,k,l,n|-PREFIX|multi-prefix|\001VERSION\001|\377|INVITE|CHGHOST|NOTICE|"
        "ERROR|301|396|PONG");
    Lines all;

    for (std::string word; std::getline(words, word, '|');)
        all.push_back(word);
    return all;
}

// Random lines made of the words that matter, so that they reach deep; sanitizers are the judge.
TEST_F(IrcClientHostile, randomLinesNeverBreakIt)
{
    const Lines words = hostileWords();
    std::mt19937 chance(42);
    int connections = 0;
    auto pick = [&](size_t count) { return chance() % count; };

    options.members_max = 20;
    options.channels_max = 3;
    options.send_queue = 20;
    ready();
    join("#c", "me @ada +bob");
    for (int i = 0; i < 20000; i++) {
        std::string line = pick(8) == 0 ? "@time=x " : "";
        const char *sources[] = {":me!u@h ", ":ada!a@h ", ":bob!b@h ", ":irc.test ", "", ":me "};

        line += sources[pick(6)];
        for (size_t n = 1 + pick(6); n > 0; n--) {
            line += words[pick(words.size())];
            line += pick(20) == 0 ? "" : " ";
        }
        peer->send(line + "\r\n");
        if (pick(10) == 0) // rules that change are what it leaves a server for
            peer->send(std::string(":irc.test 005 me CASEMAPPING=") +
                       (pick(2) == 0 ? "ascii" : "rfc1459") + " :are supported\r\n");
        if (i % 50 == 0) {
            settle();
            peer->take();
            told();
            for (size_t c = 0; c < bight_irc_client_count_channels(client); c++)
                members(bight_irc_client_get_channel(client, c));
            EXPECT_LE(bight_irc_client_count_channels(client), 3u);
            EXPECT_LE(bight_irc_client_get_queued(client), 20u);
        }
        if (bight_irc_client_get_state(client) == BIGHT_IRC_OFFLINE) { // it had enough
            attach();
            welcome();
            join("#c", "me @ada +bob");
            connections++;
        }
    }
    EXPECT_GT(connections, 0);
    EXPECT_LT(connections, 400) << connections;
}

TEST_F(IrcClientHostile, aServerThatKeepsChangingItsRulesIsLeft)
{
    ready();
    join("#c", "me ada");
    for (int i = 0; i < 16; i++)
        hear(":irc.test 005 me CASEMAPPING=" + std::string(i % 2 ? "rfc1459" : "ascii") + " :are");
    EXPECT_EQ(bight_irc_client_get_state(client), BIGHT_IRC_READY);
    told();
    hear(":irc.test 005 me CASEMAPPING=ascii :are");
    EXPECT_EQ(told().back(), "state offline: irc.test keeps changing its rules");
}

TEST_F(IrcClientHostile, randomBytesNeverBreakIt)
{
    std::mt19937 chance(7);

    ready();
    for (int i = 0; i < 2000; i++) {
        std::string bytes(1 + chance() % 200, '\0');

        for (char &byte : bytes)
            byte = static_cast<char>(chance() % 16 == 0 ? '\n' : chance());
        peer->send(bytes);
        settle();
    }
    EXPECT_EQ(bight_irc_client_get_state(client), BIGHT_IRC_READY);
}

} // namespace
} // namespace irc
