// Coming, agreeing on capabilities, and going.
#include "irc_server_support.hpp"

#include <set>

namespace irc
{

TEST(IrcServerRegister, welcomesInTheOrderThatClientsExpect)
{
    World world([](bight_irc_server_options &options) { options.motd = "Hello\nWorld\n"; });
    auto peer = world.connect();
    std::vector<std::string> numerics;

    EXPECT_TRUE(peer->ask("NICK ada").empty());
    for (const std::string &line : peer->ask("USER ada 0 * :Ada Lovelace"))
        numerics.push_back(line.substr(line.find(' ') + 1, 3));
    EXPECT_EQ(numerics, (Lines{"001", "002", "003", "004", "005", "005", "251", "254", "255", "265",
                               "266", "375", "372", "372", "376"}));
    EXPECT_EQ(world.stats().users, 1U);
}

TEST(IrcServerRegister, saysWhoYouAre)
{
    World world;
    auto peer = world.connect();

    peer->send("USER ada 0 * :Ada Lovelace");
    Lines lines = peer->ask("NICK ada");
    EXPECT_EQ(lines[0], ":irc.localhost 001 ada :Welcome to the Bight IRC Network "
                        "ada!~ada@localhost");
    EXPECT_EQ(lines[2], ":irc.localhost 003 ada :This server was created 2024-05-06 07:08:09 UTC");
    EXPECT_EQ(lines[3], ":irc.localhost 004 ada irc.localhost bight-0.1 i biklmnostv bklov");
    EXPECT_TRUE(has(lines, " 422 ada :MOTD File is missing"));
}

TEST(IrcServerRegister, isupportTellsTheTruth)
{
    World world([](bight_irc_server_options &options) {
        options.nick_length = 12;
        options.channel_length = 20;
        options.topic_length = 100;
        options.max_channels = 3;
        options.case_mapping = BIGHT_IRC_CASE_ASCII;
        options.network = "Testers";
    });
    auto peer = world.join("ada");
    std::set<std::string> tokens;

    for (const std::string &line : with(peer->ask("VERSION"), " 005 ")) {
        size_t end = line.find(" :are supported by this server");

        ASSERT_NE(end, std::string::npos);
        std::string middle = line.substr(line.find("ada ") + 4, end - line.find("ada ") - 4);
        for (size_t at = 0; at != std::string::npos;) {
            size_t space = middle.find(' ', at);

            tokens.insert(middle.substr(at, space - at));
            at = space == std::string::npos ? space : space + 1;
        }
    }
    for (const char *token :
         {"NICKLEN=12", "CHANNELLEN=20", "TOPICLEN=100", "CHANLIMIT=#&:3", "CASEMAPPING=ascii",
          "NETWORK=Testers", "PREFIX=(ov)@+", "CHANMODES=b,k,l,imnst", "CHANTYPES=#&",
          "STATUSMSG=@+", "MAXLIST=b:60", "MODES=12"})
        EXPECT_EQ(tokens.count(token), 1U) << token;
}

TEST(IrcServerRegister, nicksInUseAreRefusedInAnyCase)
{
    World world;
    auto ada = world.join("ada[1]");
    auto other = world.connect();

    EXPECT_EQ(other->ask("NICK ADA{1}"),
              (Lines{":irc.localhost 433 * ADA{1} :Nickname is already in use"}));
    EXPECT_EQ(other->ask("NICK 1ada"), (Lines{":irc.localhost 432 * 1ada :Erroneous nickname"}));
    EXPECT_EQ(other->ask("NICK"), (Lines{":irc.localhost 431 * :No nickname given"}));
    other->send("USER o 0 * :o");
    EXPECT_TRUE(has(other->ask("NICK ada"), " 001 ada :"));
}

TEST(IrcServerRegister, aNickThatWasGivenUpIsFree)
{
    World world;
    auto first = world.connect();

    first->send("NICK ada");
    first->send("NICK bob");
    auto ada = world.join("ada");
    first->close();
    auto bob = world.join("bob");
}

TEST(IrcServerRegister, nothingElseWorksBefore)
{
    World world;
    auto peer = world.connect();

    EXPECT_EQ(peer->ask("JOIN #c"), (Lines{":irc.localhost 451 * :You have not registered"}));
    EXPECT_EQ(peer->ask("NONSENSE"), (Lines{":irc.localhost 451 * :You have not registered"}));
    EXPECT_EQ(peer->ask("USER a b"), (Lines{":irc.localhost 461 * USER :Not enough parameters"}));
    EXPECT_EQ(peer->ask("PING :x"), (Lines{":irc.localhost PONG irc.localhost :x"}));
}

TEST(IrcServerRegister, registeringTwiceIsRefused)
{
    World world;
    auto peer = world.join("ada");

    EXPECT_EQ(peer->ask("USER x 0 * :x"),
              (Lines{":irc.localhost 462 ada :You may not reregister"}));
    EXPECT_EQ(peer->ask("PASS x"), (Lines{":irc.localhost 462 ada :You may not reregister"}));
}

TEST(IrcServerRegister, aPasswordIsNeededWhereThereIsOne)
{
    World world([](bight_irc_server_options &options) { options.password = "secret"; });

    for (const char *pass : {"", "PASS wrong", "PASS secretsecret", "PASS secre", "PASS :"}) {
        auto peer = world.connect();

        if (*pass != '\0')
            peer->send(pass);
        peer->send("NICK ada");
        Lines lines = peer->ask("USER ada 0 * :Ada");
        EXPECT_TRUE(has(lines, " 464 * :Password incorrect")) << pass;
        EXPECT_TRUE(has(lines, "ERROR :Closing Link: localhost (Bad password)"));
        EXPECT_TRUE(peer->closed);
    }
    auto peer = world.connect();
    peer->send("PASS secret");
    peer->send("NICK ada");
    EXPECT_TRUE(has(peer->ask("USER ada 0 * :Ada"), " 001 ada "));
}

TEST(IrcServerRegister, anEmptyPasswordIsNone)
{
    World world([](bight_irc_server_options &options) { options.password = ""; });
    auto peer = world.join("ada");
}

TEST(IrcServerRegister, userNamesCannotBreakASource)
{
    World world;
    auto peer = world.connect();

    peer->send("NICK ada");
    EXPECT_TRUE(has(peer->ask("USER a!b@c*d?:e,fghijklmnop 0 * :x"), "ada!~abcdefghi@localhost"));
    auto other = world.connect();
    other->send("NICK bob");
    EXPECT_TRUE(has(other->ask("USER @@@ 0 * :x"), "bob!~u@localhost"));
}

TEST(IrcServerCap, negotiationHoldsTheWelcomeBack)
{
    World world;
    auto peer = world.connect();

    EXPECT_EQ(peer->ask("CAP LS 302"),
              (Lines{":irc.localhost CAP * LS :away-notify cap-notify echo-message invite-notify "
                     "message-tags multi-prefix server-time userhost-in-names"}));
    peer->send("NICK ada");
    EXPECT_TRUE(peer->ask("USER ada 0 * :Ada").empty());
    EXPECT_EQ(peer->ask("CAP REQ :multi-prefix echo-message"),
              (Lines{":irc.localhost CAP * ACK :multi-prefix echo-message"}));
    EXPECT_TRUE(has(peer->ask("CAP END"), " 001 ada "));
    EXPECT_EQ(peer->ask("CAP LIST"),
              (Lines{":irc.localhost CAP ada LIST :cap-notify echo-message multi-prefix"}));
}

TEST(IrcServerCap, aRequestIsGrantedAsAWholeOrNotAtAll)
{
    World world;
    auto peer = world.connect();

    EXPECT_EQ(peer->ask("CAP REQ :multi-prefix sasl"),
              (Lines{":irc.localhost CAP * NAK :multi-prefix sasl"}));
    EXPECT_EQ(peer->ask("CAP LIST"), (Lines{":irc.localhost CAP * LIST :"}));
    peer->send("CAP REQ :multi-prefix");
    EXPECT_EQ(peer->ask("CAP REQ :-multi-prefix server-time"),
              (Lines{":irc.localhost CAP * ACK :-multi-prefix server-time"}));
    EXPECT_TRUE(has(peer->ask("CAP LIST"), "LIST :server-time"));
    EXPECT_TRUE(has(peer->ask("CAP WHAT"), " 410 * WHAT :Invalid CAP command"));
}

TEST(IrcServerCap, serverTimeIsOnEveryLine)
{
    World world;
    auto peer = world.join("ada", "server-time");

    EXPECT_EQ(peer->ask("PING x"),
              (Lines{"@time=2024-05-06T07:08:09.012Z :irc.localhost PONG irc.localhost :x"}));
    world.advance(BIGHT_MSEC(1500));
    EXPECT_EQ(peer->ask("PING x")[0].substr(0, 30), "@time=2024-05-06T07:08:10.512Z");
}

TEST(IrcServerQuit, tellsThoseWhoShareAChannelOnce)
{
    World world;
    auto ada = world.join("ada"), bob = world.join("bob"), eve = world.join("eve");

    for (auto *peer : {&ada, &bob}) {
        (*peer)->send("JOIN #one,#two");
    }
    eve->send("JOIN #other");
    bob->take(), eve->take();
    EXPECT_EQ(ada->ask("QUIT :so long"), (Lines{"ERROR :Closing Link: localhost (Quit: so long)"}));
    EXPECT_TRUE(ada->closed);
    EXPECT_EQ(bob->take(), (Lines{":ada!~ada@localhost QUIT :Quit: so long"}));
    EXPECT_TRUE(eve->take().empty());
    EXPECT_EQ(world.stats().users, 2U);
    EXPECT_EQ(world.stats().connections, 2U);
}

TEST(IrcServerQuit, aConnectionThatEndsSaysWhy)
{
    World world;
    auto ada = world.join("ada"), bob = world.join("bob"), eve = world.join("eve");

    for (auto *peer : {&ada, &bob, &eve})
        (*peer)->send("JOIN #c");
    ada->take();
    bob->close();
    EXPECT_EQ(ada->take(), (Lines{":bob!~bob@localhost QUIT :Remote host closed the connection"}));
    bight_transport_abort(eve->transport);
    world.settle();
    EXPECT_EQ(ada->take(), (Lines{":eve!~eve@localhost QUIT :Connection reset by peer"}));
}

TEST(IrcServerNick, changesAreToldToPeersOnce)
{
    World world;
    auto ada = world.join("ada"), bob = world.join("bob");

    ada->send("JOIN #one,#two");
    bob->send("JOIN #one,#two");
    bob->take();
    EXPECT_EQ(ada->ask("NICK lovelace"), (Lines{":ada!~ada@localhost NICK :lovelace"}));
    EXPECT_EQ(bob->take(), (Lines{":ada!~ada@localhost NICK :lovelace"}));
    EXPECT_TRUE(has(bob->ask("WHOIS lovelace"), " 311 bob lovelace ~ada localhost * :Real ada"));
    EXPECT_TRUE(has(bob->ask("WHOIS ada"), " 401 bob ada :"));
    EXPECT_EQ(ada->ask("NICK LOVELACE"), (Lines{":lovelace!~ada@localhost NICK :LOVELACE"}));
    EXPECT_TRUE(ada->ask("NICK LOVELACE").empty());
    EXPECT_EQ(ada->ask("NICK bob"),
              (Lines{":irc.localhost 433 LOVELACE bob :Nickname is already in use"}));
}

TEST(IrcServerNick, casemappingIsTheOneThatIsAdvertised)
{
    World world(
        [](bight_irc_server_options &options) { options.case_mapping = BIGHT_IRC_CASE_ASCII; });
    auto one = world.join("ada["), two = world.join("ada{");

    EXPECT_TRUE(has(one->ask("WHOIS ADA{"), " 311 ada[ ada{ "));
}

TEST(IrcServerPing, asksTheSilentAndDropsTheDead)
{
    World world;
    auto alive = world.join("alive"), dead = world.join("dead");

    world.advance(BIGHT_SEC(91));
    EXPECT_EQ(alive->take(), (Lines{":irc.localhost PING :irc.localhost"}));
    EXPECT_EQ(dead->take(), (Lines{":irc.localhost PING :irc.localhost"}));
    alive->send("PONG irc.localhost");
    world.advance(BIGHT_SEC(61));
    EXPECT_TRUE(has(dead->take(), "(Ping timeout: 150 seconds)"));
    EXPECT_TRUE(dead->closed);
    EXPECT_FALSE(alive->closed);
    world.advance(BIGHT_SEC(60));
    EXPECT_EQ(alive->take(), (Lines{":irc.localhost PING :irc.localhost"}));
}

TEST(IrcServerPing, whoTalksIsNotAsked)
{
    World world;
    auto peer = world.join("ada");

    for (int i = 0; i < 10; i++) {
        world.advance(BIGHT_SEC(60));
        EXPECT_TRUE(peer->ask("PONG x").empty());
    }
    EXPECT_FALSE(peer->closed);
}

TEST(IrcServerPing, whoDoesNotRegisterInTimeIsDropped)
{
    World world;
    auto peer = world.connect();

    peer->send("NICK ada");
    world.advance(BIGHT_SEC(31));
    EXPECT_TRUE(has(peer->take(), "ERROR :Closing Link: localhost (Registration timed out)"));
    EXPECT_TRUE(peer->closed);
    EXPECT_EQ(world.stats().connections, 0U);
    auto other = world.join("ada");
}

} // namespace irc
