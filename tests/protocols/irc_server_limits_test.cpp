// Those who mean harm, those who do not read, and the server's end.
#include "irc_server_support.hpp"

#include "support/guards.hpp"
#include <algorithm>
#include <random>

namespace irc
{

TEST(IrcServerHostile, inputOneByteAtATimeIsTheSame)
{
    World world;
    auto peer = world.connect();

    for (char byte : std::string("NICK ada\r\nUSER ada 0 * :Ada\r\nJOIN #c\n"))
        peer->write(std::string(1, byte));
    Lines lines = peer->take();
    EXPECT_TRUE(has(lines, " 001 ada "));
    EXPECT_TRUE(has(lines, "JOIN #c"));
}

TEST(IrcServerHostile, whoTalksToManyPaysForThem)
{
    World world([](bight_irc_server_options &options) {
        options.max_per_address = 0;
        options.burst = 20;
        options.line_interval = BIGHT_MSEC(500);
    });
    auto loud = world.join("loud"), quiet = world.join("quiet");
    std::vector<std::unique_ptr<Peer>> crowd;

    loud->send("JOIN #crowd");
    for (int i = 0; i < 400; i++) {
        crowd.push_back(world.join("a" + std::to_string(i)));
        crowd.back()->send("JOIN #crowd");
    }
    quiet->take();
    world.advance(BIGHT_SEC(60));
    crowd.back()->take();
    for (int i = 0; i < 20; i++) {
        loud->send("PRIVMSG #crowd :hi");
        loud->send("PRIVMSG quiet :hi");
        world.advance(BIGHT_MSEC(20)); // its turn is over
    }
    size_t heard = with(crowd.back()->take(), "PRIVMSG #crowd :hi").size();
    EXPECT_GE(heard, 3U);
    EXPECT_LE(heard, 5U) << "each costs as five, so that a burst is spent early";
    world.advance(BIGHT_SEC(60));
    EXPECT_EQ(with(crowd.back()->take(), "PRIVMSG #crowd :hi").size(), 20U - heard)
        << "the rest comes later";
}

TEST(IrcServerHostile, thoseWhoTalkToManyTakeTurns)
{
    World world([](bight_irc_server_options &options) { options.line_interval = BIGHT_MSEC(1); });
    std::vector<std::unique_ptr<Peer>> crowd;

    for (int i = 0; i < 200; i++) {
        crowd.push_back(world.join("a" + std::to_string(i)));
        crowd.back()->send("JOIN #crowd");
    }
    world.advance(BIGHT_SEC(60));
    for (auto &peer : crowd)
        peer->take();
    for (int i = 0; i < 100; i++)
        crowd[static_cast<size_t>(i)]->write("PRIVMSG #crowd :one\r\nPRIVMSG #crowd :two\r\n");
    Lines heard = crowd.back()->take();
    EXPECT_EQ(with(heard, ":one").size(), 100U) << "each has its first turn at once";
    EXPECT_LT(with(heard, ":two").size(), 10U) << "and waits for the others before its second";
    world.advance(BIGHT_SEC(2));
    EXPECT_EQ(with(crowd.back()->take(), ":two").size() + with(heard, ":two").size(), 100U);
}

TEST(IrcServerHostile, aLineOfTheMotdIsCutBetweenCharacters)
{
    std::string euros;
    for (int i = 0; i < 200; i++)
        euros += "\xE2\x82\xAC";
    World world([&](bight_irc_server_options &options) { options.motd = euros.c_str(); });
    auto peer = world.join("ada");

    EXPECT_TRUE(has(peer->ask("MOTD"), " 372 ada :- " + euros.substr(0, 399)));
    EXPECT_FALSE(has(peer->ask("MOTD"), " 372 ada :- " + euros.substr(0, 400)));
}

TEST(IrcServerHostile, garbageIsIgnored)
{
    World world;
    auto peer = world.join("ada");
    std::string nul("PRIVMSG ada :a\0b\r\n", 18);

    EXPECT_TRUE(peer->ask("").empty());
    EXPECT_TRUE(peer->ask("   ").empty());
    EXPECT_TRUE(peer->ask(":only.a.source").empty());
    EXPECT_TRUE(peer->ask("@tags=only").empty());
    EXPECT_TRUE(peer->ask("PRIVMSG ada :a\rQUIT").empty());
    peer->write(nul);
    EXPECT_TRUE(peer->take().empty());
    EXPECT_FALSE(peer->closed);
}

TEST(IrcServerHostile, aSourceThatAClientClaimsIsNotBelieved)
{
    World world;
    auto ada = world.join("ada"), bob = world.join("bob");

    ada->send(":bob!~bob@localhost PRIVMSG bob :from yourself");
    EXPECT_EQ(bob->take(), (Lines{":ada!~ada@localhost PRIVMSG bob :from yourself"}));
}

TEST(IrcServerHostile, longNonsenseComesBackInsideOneLine)
{
    World world;
    auto peer = world.join("ada");
    std::string word(480, 'x');

    for (const char *command : {"JOIN #", "NICK ", "WHOIS ", "WHO ", "MODE ", "KICK #a ", "PART #",
                                "INVITE x #", "NAMES #", "LIST #", "TOPIC #", "WHOWAS ",
                                "USERHOST ", "ISON ", "PING ", "FROB ", "CAP ", "MODE ada "})
        EXPECT_FALSE(peer->closed) << peer->ask(command + word).size();
    EXPECT_TRUE(has(peer->ask("NICK " + word), " :Erroneous nickname"));
}

// Every command with every small number of strange words, in a channel and out of one. The harness
// checks each line that comes back; the sanitizers check the rest.
TEST(IrcServerHostile, commandsWithStrangeWordsDoNoHarm)
{
    World world;
    auto witness = world.join("witness");
    std::mt19937 random(4711);
    const std::string words[] = {
        "",        ":",       "*",     "#c",   "#c,#c,#d",    "ada",
        "ada,ada", "witness", "0",     "-1",   "99999999999", "+o",
        "-b+b",    "b",       "+kkkk", "+l",   "@#c",         "+",
        "-",       ":a b c",  ":\001", "?*!@", "\xff\xfe",    std::string(200, 'a'),
        ",",       ":,,,",    "LS",    "302",  "REQ",         ":-",
        "END"};
    const char *const commands[] = {"ADMIN",    "AWAY",    "CAP",    "INFO",   "INVITE", "ISON",
                                    "JOIN",     "KICK",    "LIST",   "LUSERS", "MODE",   "MOTD",
                                    "NAMES",    "NICK",    "NOTICE", "PART",   "PASS",   "PING",
                                    "PONG",     "PRIVMSG", "TAGMSG", "TIME",   "TOPIC",  "USER",
                                    "USERHOST", "VERSION", "WHO",    "WHOIS",  "WHOWAS"};
    auto ada = world.join("ada", "message-tags server-time echo-message");

    witness->send("JOIN #c");
    for (int i = 0; i < 20000; i++) {
        std::string line = random() % 10 == 0 ? "@+a=b;c " : "";

        line += commands[random() % std::size(commands)];
        for (size_t count = random() % 5; count > 0; count--)
            line += " " + words[random() % std::size(words)];
        ada->send(line);
        if (ada->closed)
            ada = world.join("ada");
        ada->take(), witness->take();
    }
    EXPECT_TRUE(has(witness->ask("PING alive"), "alive"));
}

TEST(IrcServerPace, aBurstIsAllowedThenOneAtATime)
{
    World world([](bight_irc_server_options &options) {
        options.burst = 5;
        options.line_interval = BIGHT_SEC(1);
    });
    auto peer = world.join("ada");
    std::string flood;

    world.advance(BIGHT_SEC(60));
    for (int i = 0; i < 8; i++)
        flood += "PING " + std::to_string(i) + "\r\n";
    peer->write(flood);
    EXPECT_EQ(peer->take().size(), 5U);
    world.advance(BIGHT_MSEC(1100));
    EXPECT_EQ(peer->take().size(), 1U);
    world.advance(BIGHT_MSEC(5000));
    EXPECT_EQ(with(peer->take(), "PONG").size(), 2U);
    EXPECT_FALSE(peer->closed);
}

TEST(IrcServerPace, costlyCommandsCountForMore)
{
    World world([](bight_irc_server_options &options) {
        options.burst = 8;
        options.line_interval = BIGHT_SEC(1);
    });
    auto peer = world.join("ada");

    world.advance(BIGHT_SEC(60));
    peer->write("LIST\r\nLIST\r\nLIST\r\n");
    EXPECT_EQ(with(peer->take(), " 323 ").size(), 2U);
    world.advance(BIGHT_SEC(60));
    peer->take();
    peer->write("WHO a*\r\nWHO a*\r\nWHO a*\r\n");
    EXPECT_EQ(with(peer->take(), " 315 ").size(), 2U) << "a mask is matched against everybody";
}

TEST(IrcServerPace, whoFloodsIsDroppedAndOthersAreServed)
{
    World world([](bight_irc_server_options &options) {
        options.line_interval = BIGHT_MSEC(500);
        options.receive_queue = 4096;
    });
    auto evil = world.join("evil"), good = world.join("good");
    std::string flood;

    evil->send("JOIN #c"), good->send("JOIN #c");
    good->take();
    for (int i = 0; i < 2000; i++)
        flood += "PRIVMSG #c :flood\r\n";
    evil->write(flood);
    world.advance(BIGHT_SEC(1)); // to its next turn
    EXPECT_TRUE(evil->closed);
    Lines lines = good->take();
    EXPECT_LE(with(lines, "PRIVMSG").size(), 20U);
    EXPECT_EQ(lines.back(), ":evil!~evil@localhost QUIT :Excess Flood");
    EXPECT_TRUE(has(good->ask("PING x"), "PONG"));
}

TEST(IrcServerQueue, whoDoesNotReadIsDroppedAndOthersAreServed)
{
    World world([](bight_irc_server_options &options) { options.send_queue = 65536; });
    auto slow = world.join("slow"), good = world.join("good"), talker = world.join("talker");
    std::string text(400, 'x');

    for (auto *peer : {&slow, &good, &talker})
        (*peer)->send("JOIN #c");
    slow->pause();
    good->take();
    int sent = 0;
    for (; sent < 2000 && world.stats().users == 3; sent++) {
        talker->send("PRIVMSG #c :" + text);
        good->take();
    }
    /* 64 KiB in the pair's own inbox, and 64 KiB in the queue. */
    EXPECT_GT(sent, 200);
    EXPECT_LT(sent, 400);
    EXPECT_TRUE(has(talker->take(), ":slow!~slow@localhost QUIT :SendQ exceeded"));
    EXPECT_TRUE(has(good->ask("PING x"), "PONG"));
    slow->resume();
    EXPECT_TRUE(slow->closed);
    EXPECT_EQ(world.stats().connections, 2U);
}

TEST(IrcServerQueue, whoReadsAgainInTimeMissesNothing)
{
    World world;
    auto slow = world.join("slow"), talker = world.join("talker");

    slow->send("JOIN #c"), talker->send("JOIN #c");
    slow->take();
    slow->pause();
    for (int i = 0; i < 1000; i++)
        talker->send("PRIVMSG #c :" + std::string(200, 'x') + std::to_string(i));
    slow->resume();
    Lines lines = slow->take();
    ASSERT_EQ(with(lines, "PRIVMSG").size(), 1000U);
    EXPECT_EQ(lines.back().substr(lines.back().size() - 4), "x999");
}

// A LIST of more than a queue is sent as it is read, while channels come and go.
TEST(IrcServerQueue, aLongListIsPaced)
{
    World world([](bight_irc_server_options &options) {
        options.send_queue = 32768;
        options.max_channels = 1500;
        options.max_connections = 0;
    });
    auto ada = world.join("ada"), bob = world.join("bob"), reader = world.join("reader");
    std::string topic(300, 't');

    for (int i = 0; i < 1000; i++) {
        std::string name = "#c" + std::to_string(i);

        ada->send("JOIN " + name);
        ada->send("TOPIC " + name + " :" + topic);
        ada->take();
    }
    reader->pause();
    reader->write("LIST\r\n");
    EXPECT_FALSE(reader->closed) << "a list of 300 KB does not fill a queue of 32 KiB";
    for (int i = 200; i < 1000; i += 2)
        ada->send("PART #c" + std::to_string(i));
    bob->send("JOIN #new");
    reader->resume();
    Lines lines = reader->take();
    EXPECT_TRUE(has(lines, " 323 "));
    EXPECT_TRUE(has(lines, " #c999 1 :"));
    EXPECT_TRUE(has(lines, " #new 1 :"));
    EXPECT_FALSE(has(lines, " #c998 "));
    size_t all = with(lines, " 322 ").size();
    EXPECT_GE(all, 601U);
    EXPECT_LT(all, 1001U);
}

TEST(IrcServerQueue, aListInProgressSurvivesItsReader)
{
    World world([](bight_irc_server_options &options) { options.send_queue = 16384; });
    auto ada = world.join("ada"), reader = world.join("reader");

    for (int i = 0; i < 50; i++) {
        ada->send("JOIN #c" + std::to_string(i));
        ada->send("TOPIC #c" + std::to_string(i) + " :" + std::string(300, 't'));
    }
    reader->pause();
    reader->write("LIST\r\nLIST\r\nLIST\r\n");
    bight_transport_abort(reader->transport);
    world.settle();
    ada->send("JOIN 0");
    EXPECT_EQ(world.stats().channels, 0U);
}

TEST(IrcServerQueue, whoIsCutWhereTheQueueIsHalfFull)
{
    World world([](bight_irc_server_options &options) { options.send_queue = 8192; });
    std::vector<std::unique_ptr<Peer>> crowd;

    for (int i = 0; i < 100; i++)
        crowd.push_back(world.join("nick" + std::to_string(i)));
    Lines lines = crowd[0]->ask("WHO *");
    EXPECT_TRUE(has(lines, " 416 nick0 WHO * :Too many matches"));
    EXPECT_TRUE(has(lines, " 315 "));
    EXPECT_FALSE(crowd[0]->closed);
}

TEST(IrcServerConnections, haveALimit)
{
    World world([](bight_irc_server_options &options) { options.max_connections = 3; });
    std::vector<std::unique_ptr<Peer>> peers;

    for (int i = 0; i < 3; i++)
        peers.push_back(world.join("nick" + std::to_string(i)));
    auto more = world.connect();
    EXPECT_EQ(more->take(), (Lines{"ERROR :Closing Link: localhost (The server is full)"}));
    EXPECT_TRUE(more->closed);
    peers.pop_back();
    world.settle();
    auto again = world.join("again");
}

TEST(IrcServerConnections, farBeyondTheLimitAreJustRefused)
{
    World world([](bight_irc_server_options &options) { options.max_connections = 1; });
    std::vector<std::unique_ptr<Peer>> peers;

    for (int i = 0; i < 33; i++)
        peers.push_back(std::make_unique<Peer>(world));
    Peer refused(world);
    EXPECT_TRUE(refused.closed);
    world.settle();
}

TEST(IrcServerChange, isToldOnceATurn)
{
    World world;
    int changes = 0;

    bight_irc_server_on_change(
        world.server, [](bight_irc_server *, void *data) { ++*static_cast<int *>(data); },
        &changes);
    auto ada = world.join("ada");
    EXPECT_EQ(changes, 1);
    ada->send("JOIN #a,#b,#c");
    EXPECT_EQ(changes, 2);
    ada->send("QUIT");
    EXPECT_EQ(changes, 3);
    EXPECT_EQ(world.stats().most_users, 1U);
    EXPECT_EQ(world.stats().users, 0U);
    EXPECT_EQ(world.stats().channels, 0U);
}

TEST(IrcServerChange, theServerMayBeFreedInIt)
{
    World world;

    bight_irc_server_on_change(
        world.server,
        [](bight_irc_server *, void *data) { static_cast<World *>(data)->freeServer(); }, &world);
    auto peer = world.connect();
    peer->write("NICK ada\r\nUSER ada 0 * :Ada\r\nJOIN #c\r\n");
    EXPECT_TRUE(has(peer->take(), "(The server is shutting down)"));
    EXPECT_TRUE(peer->closed);
    EXPECT_EQ(world.server, nullptr);
}

TEST(IrcServerEnd, tellsEverybody)
{
    World world;
    auto ada = world.join("ada"), bob = world.join("bob"), stranger = world.connect();

    ada->send("JOIN #c"), bob->send("JOIN #c"), bob->send("INVITE ada #c");
    ada->send("MODE #c +b x!*@*"), ada->send("TOPIC #c :t"), bob->send("AWAY :x");
    ada->take();
    world.freeServer();
    world.settle();
    EXPECT_EQ(ada->take().back(), "ERROR :Closing Link: localhost (The server is shutting down)");
    EXPECT_TRUE(ada->closed && bob->closed && stranger->closed);
}

TEST(IrcServerEnd, aPeerThatDoesNotReadHoldsItNotUp)
{
    World world;
    auto slow = world.join("slow"), talker = world.join("talker");

    slow->pause();
    for (int i = 0; i < 400; i++)
        talker->send("PRIVMSG slow :" + std::string(400, 'x'));
    world.freeServer();
    world.advance(BIGHT_SEC(6));
    slow->resume();
    EXPECT_TRUE(slow->closed);
}

TEST(IrcServerOptions, nonsenseIsRefused)
{
    bight_reactor *reactor = bight_crank_reactor_new();
    bight_irc_server *server = nullptr;
    auto refused = [&](const std::function<void(bight_irc_server_options &)> &change) {
        bight_irc_server_options options = BIGHT_IRC_SERVER_OPTIONS_INIT;

        change(options);
        return bight_irc_server_new(reactor, &options, &server) == BIGHT_ERROR_INVALID;
    };
    using Options = bight_irc_server_options;

    EXPECT_TRUE(refused([](Options &o) { o.size = 1; }));
    EXPECT_TRUE(refused([](Options &o) { o.name = "two words"; }));
    EXPECT_TRUE(refused([](Options &o) { o.name = ""; }));
    EXPECT_TRUE(refused([](Options &o) { o.name = ":x"; }));
    EXPECT_TRUE(refused([](Options &o) { o.network = nullptr; }));
    EXPECT_TRUE(refused([](Options &o) { o.description = "a\r\nb"; }));
    EXPECT_TRUE(refused([](Options &o) { o.motd = "a\r\nb"; }));
    EXPECT_TRUE(refused([](Options &o) { o.nick_length = 64; }));
    EXPECT_TRUE(refused([](Options &o) { o.topic_length = 400; }));
    EXPECT_TRUE(refused([](Options &o) { o.reason_length = 0; }));
    EXPECT_TRUE(refused([](Options &o) { o.max_channels = 0; }));
    EXPECT_TRUE(refused([](Options &o) { o.burst = 0; }));
    EXPECT_TRUE(refused([](Options &o) { o.ping_interval = 0; }));
    EXPECT_EQ(server, nullptr);
    bight_irc_server_free(nullptr);
    bight_reactor_free(reactor);
}

TEST(IrcServerLeaks, aThousandVisitorsLeaveNothing)
{
    support::FdGuard guard;
    World world;

    for (int i = 0; i < 1000; i++) {
        auto peer = world.join("nick" + std::to_string(i));

        peer->send("JOIN #a,#b" + std::to_string(i));
        if (i % 2 == 0)
            peer->send("QUIT");
    }
    world.settle();
    EXPECT_EQ(world.stats().connections, 0U);
    EXPECT_EQ(world.stats().channels, 0U);
    EXPECT_EQ(world.stats().accepted, 1000U);
}

} // namespace irc
