// The life of a client session: registration, capabilities, nicks, silence.
#include "irc_client_fixture.hpp"

#include <cerrno>

namespace irc
{
namespace
{

using IrcClientRegister = ClientTest;
using IrcClientNick = ClientTest;
using IrcClientCap = ClientTest;
using IrcClientPing = ClientTest;
using IrcClientNew = ClientTest;

TEST_F(IrcClientNew, refusesOptionsThatCannotWork)
{
    bight_irc_client *none = nullptr;

    for (const char *nick : {"", "two words", ":colon", "a,b", "line\nbreak"}) {
        options.nick = nick;
        EXPECT_EQ(bight_irc_client_new(reactor, &options, &Recorder::events,
                                       static_cast<Recorder *>(this), &none),
                  BIGHT_ERROR_INVALID)
            << nick;
    }
    options.nick = nullptr;
    EXPECT_EQ(bight_irc_client_new(reactor, &options, &Recorder::events,
                                   static_cast<Recorder *>(this), &none),
              BIGHT_ERROR_INVALID);
    options.nick = "me";
    options.password = "two\nlines";
    EXPECT_EQ(bight_irc_client_new(reactor, &options, &Recorder::events,
                                   static_cast<Recorder *>(this), &none),
              BIGHT_ERROR_INVALID);
    options.password = nullptr;
    options.size = 1;
    EXPECT_EQ(bight_irc_client_new(reactor, &options, &Recorder::events,
                                   static_cast<Recorder *>(this), &none),
              BIGHT_ERROR_INVALID);
    EXPECT_EQ(none, nullptr);
}

TEST_F(IrcClientNew, isOfflineAndRefusesToAct)
{
    make();
    EXPECT_EQ(bight_irc_client_get_state(client), BIGHT_IRC_OFFLINE);
    EXPECT_STREQ(bight_irc_client_get_nick(client), "me");
    EXPECT_EQ(bight_irc_client_say(client, "#c", "text"), BIGHT_ERROR_STATE);
    EXPECT_EQ(bight_irc_client_join(client, "#c", nullptr), BIGHT_ERROR_STATE);
    EXPECT_EQ(bight_irc_client_raw(client, "LUSERS"), BIGHT_ERROR_STATE);
    EXPECT_EQ(bight_irc_client_count_channels(client), 0u);
    EXPECT_EQ(bight_irc_client_find_channel(client, "#c"), nullptr);
    bight_irc_client_quit(client, nullptr);
    settle();
    EXPECT_EQ(told(), Lines{});
}

TEST_F(IrcClientRegister, saysWhoItIsAndIsReadyAfterTheMotd)
{
    options.password = "a secret";
    make();
    attach();
    EXPECT_EQ(told(), Lines{"state registering"});
    EXPECT_EQ(sent(),
              (Lines{"CAP LS 302", "PASS :a secret", "NICK me", "USER myuser 0 * :My Name"}));
    hear(":irc.test 001 me :Welcome");
    EXPECT_EQ(told(), Lines{"info 1 [] Welcome"});
    hearAll({":irc.test 375 me :- begin", ":irc.test 372 me :- text", ":irc.test 376 me :end"});
    EXPECT_EQ(told(), (Lines{"info 375 [] - begin", "info 372 [] - text", "info 376 [] end",
                             "state ready"}));
    EXPECT_EQ(sent(), Lines{});
}

TEST_F(IrcClientRegister, worksWithAnySplitOfTheInput)
{
    chunk = 1;
    ready("NETWORK=TestNet", "message-tags server-time");
    EXPECT_STREQ(bight_irc_client_get_network(client), "TestNet");
}

TEST_F(IrcClientRegister, userNameIsMadeOfTheNick)
{
    options.user = nullptr;
    options.real_name = nullptr;
    options.nick = "[Ada]-Lovelace^1815";
    make();
    attach();
    EXPECT_EQ(sent().back(), "USER AdaLovela 0 * [Ada]-Lovelace^1815");
}

TEST_F(IrcClientRegister, takesTheNickThatTheServerGives)
{
    make();
    attach();
    hearAll({":irc.test 001 me_cut :Welcome", ":irc.test 422 me_cut :No MOTD"});
    EXPECT_STREQ(bight_irc_client_get_nick(client), "me_cut");
    EXPECT_STREQ(bight_irc_client_get_network(client), "irc.test");
}

TEST_F(IrcClientRegister, isReadyAfterAWhileIfTheMotdNeverEnds)
{
    make();
    attach();
    hear(":irc.test 001 me :Welcome");
    EXPECT_EQ(bight_irc_client_get_state(client), BIGHT_IRC_REGISTERING);
    advance(BIGHT_SEC(11));
    EXPECT_EQ(bight_irc_client_get_state(client), BIGHT_IRC_READY);
}

TEST_F(IrcClientRegister, joinsTheChannelsOfTheOptions)
{
    options.join = "#a, #b key ,,&c";
    make();
    attach();
    sent();
    welcome();
    EXPECT_EQ(sent(), (Lines{"JOIN #a", "JOIN #b key", "JOIN &c"}));
}

TEST_F(IrcClientRegister, givesUpOnAServerThatSaysNothing)
{
    make();
    attach();
    advance(BIGHT_SEC(59));
    EXPECT_EQ(bight_irc_client_get_state(client), BIGHT_IRC_REGISTERING);
    advance(BIGHT_SEC(2));
    EXPECT_EQ(told().back(), "state offline: no answer from the server in time");
    settle();
    EXPECT_TRUE(peer->closed);
}

TEST_F(IrcClientRegister, answersAPingWithItsCookie)
{
    make();
    attach();
    sent();
    hear("PING :cookie with space");
    EXPECT_EQ(sent(), Lines{"PONG :cookie with space"});
    hear("PING plain");
    EXPECT_EQ(sent(), Lines{"PONG plain"});
}

TEST_F(IrcClientRegister, tellsWhyTheServerThrewItOut)
{
    make();
    attach();
    told();
    peer->send(":irc.test 465 me :You are banned\r\nERROR :Closing Link: me (banned)\r\n");
    peer->close();
    settle();
    Lines all = told();
    ASSERT_EQ(all.size(), 2u);
    EXPECT_EQ(all[0], "problem 465 [] You are banned");
    EXPECT_EQ(all[1].find("state offline: the server said: Closing Link: me (banned): "), 0u)
        << all[1];
}

TEST_F(IrcClientRegister, thatIsRefusedKeepsTheNumericBehindTheLastWords)
{
    make();
    attach();
    told();
    peer->send(":irc.test 464 me :Password incorrect\r\nERROR :Closing Link\r\n");
    peer->close();
    settle();
    EXPECT_EQ(told(), (Lines{"problem 464 [] Password incorrect",
                             "state offline: the server said: Closing Link: the server refused the "
                             "password: Password incorrect"}));
    EXPECT_EQ(lastStatus, BIGHT_ERROR_DENIED);
    EXPECT_EQ(lastDomain, BIGHT_DOMAIN_IRC);
    EXPECT_EQ(lastCode, 464);
}

TEST_F(IrcClientRegister, thatIsRefusedAndThenGrantedIsNoReason)
{
    make();
    attach();
    hear(":irc.test 464 me :Password incorrect");
    hear(":irc.test 001 me :Welcome");
    hear(":irc.test 464 me :Password of an operator");
    peer->close();
    settle();
    EXPECT_EQ(lastStatus, BIGHT_ERROR_CLOSED);
    EXPECT_EQ(lastDomain, "");
}

TEST_F(IrcClientRegister, whatAConnectFailsOfIsTold)
{
    make();
    ASSERT_EQ(bight_irc_client_connect(client, "unix:/nonexistent/socket"), BIGHT_OK);
    settle();
    EXPECT_TRUE(
        saw("state offline: connect to unix:/nonexistent/socket: No such file or directory"));
    EXPECT_EQ(lastDomain, BIGHT_DOMAIN_ERRNO);
    EXPECT_EQ(lastCode, ENOENT);
}

TEST_F(IrcClientRegister, theLogOfLinesStarsOutThePassword)
{
    logLines = true;
    options.password = "secret";
    make();
    attach();
    EXPECT_EQ(told(), (Lines{"state registering", ">> CAP LS 302", ">> PASS ***", ">> NICK me",
                             ">> USER myuser 0 * :My Name"}));
    hear(":irc.test NOTICE * :caf\xe9");
    EXPECT_EQ(told()[0], "<< :irc.test NOTICE * :caf\xef\xbf\xbd");
}

TEST_F(IrcClientNick, takesTheAlternativesThenDecorates)
{
    options.alternatives = "you, them";
    make();
    attach();
    sent();
    for (const char *next : {"you", "them", "me_", "me__", "me___"}) {
        hear(":irc.test 433 * x :Nickname is already in use");
        EXPECT_EQ(sent(), Lines{std::string("NICK ") + next});
        EXPECT_STREQ(bight_irc_client_get_nick(client), next);
    }
    told();
    hear(":irc.test 433 * me___ :Nickname is already in use");
    EXPECT_EQ(sent(), Lines{});
    EXPECT_EQ(told(), Lines{"nick needed after me___: Nickname is already in use"});
}

TEST_F(IrcClientNick, decorationKeepsTheLengthThatEveryServerTakes)
{
    options.nick = "ninechars";
    make();
    attach();
    sent();
    hear(":irc.test 433 * ninechars :in use");
    hear(":irc.test 433 * ninechar_ :in use");
    EXPECT_EQ(sent(), (Lines{"NICK ninechar_", "NICK ninecha__"}));
}

TEST_F(IrcClientNick, aPersonIsNotHurriedAndCanAnswerLater)
{
    make();
    attach();
    sent();
    hear(":irc.test 432 * me :Erroneous nickname");
    EXPECT_EQ(told().back(), "nick needed after me: Erroneous nickname");
    advance(BIGHT_SEC(600));
    ASSERT_EQ(bight_irc_client_nick(client, "ada"), BIGHT_OK);
    EXPECT_EQ(sent(), Lines{"NICK ada"});
    hear(":irc.test 433 * ada :in use");
    EXPECT_EQ(told(), Lines{"nick needed after ada: in use"});
    ASSERT_EQ(bight_irc_client_nick(client, "bob"), BIGHT_OK);
    hearAll({":irc.test 001 bob :Welcome", ":irc.test 422 bob :No MOTD"});
    EXPECT_EQ(told().back(), "state ready");
    EXPECT_STREQ(bight_irc_client_get_nick(client), "bob");
}

TEST_F(IrcClientNick, inUseLaterIsOnlyAProblem)
{
    ready();
    ASSERT_EQ(bight_irc_client_nick(client, "taken"), BIGHT_OK);
    EXPECT_EQ(sent(), Lines{"NICK taken"});
    hear(":irc.test 433 me taken :Nickname is already in use");
    EXPECT_EQ(told(), Lines{"problem 433 [taken] taken: Nickname is already in use"});
    EXPECT_STREQ(bight_irc_client_get_nick(client), "me");
    hear(":me!myuser@my.host NICK :other");
    EXPECT_EQ(told(), Lines{"nick me!myuser@my.host(self) -> other"});
    EXPECT_STREQ(bight_irc_client_get_nick(client), "other");
}

TEST_F(IrcClientNick, oneThatWasForcedIsNotWantedNextTime)
{
    ready();
    hear(":me!u@h NICK Guest1");
    EXPECT_STREQ(bight_irc_client_get_nick(client), "Guest1");
    peer->close();
    settle();
    attach();
    EXPECT_EQ(sent()[1], "NICK me");
    welcome();
    ASSERT_EQ(bight_irc_client_nick(client, "chosen"), BIGHT_OK);
    hear(":me!u@h NICK chosen");
    peer->close();
    settle();
    attach();
    EXPECT_EQ(sent()[1], "NICK chosen");
}

TEST_F(IrcClientNick, chosenOfflineIsUsedForTheNextConnection)
{
    make();
    ASSERT_EQ(bight_irc_client_nick(client, "later"), BIGHT_OK);
    attach();
    EXPECT_EQ(sent()[1], "NICK later");
    EXPECT_EQ(bight_irc_client_nick(client, "two words"), BIGHT_ERROR_INVALID);
}

TEST_F(IrcClientCap, asksForWhatIsOfferedAndKnown)
{
    make();
    attach();
    sent();
    hearAll({":irc.test CAP * LS * :sasl=PLAIN,EXTERNAL multi-prefix",
             ":irc.test CAP * LS :server-time"});
    EXPECT_EQ(sent(), Lines{"CAP REQ :server-time multi-prefix"});
    hear(":irc.test CAP me ACK :server-time multi-prefix");
    EXPECT_EQ(sent(), Lines{"CAP END"});
    EXPECT_TRUE(bight_irc_client_has_capability(client, "server-time"));
    EXPECT_TRUE(bight_irc_client_has_capability(client, "multi-prefix"));
    EXPECT_FALSE(bight_irc_client_has_capability(client, "echo-message"));
    EXPECT_FALSE(bight_irc_client_has_capability(client, "sasl"));
}

TEST_F(IrcClientCap, endsTheTalkWhenNothingIsOfUse)
{
    make();
    attach();
    sent();
    hear(":irc.test CAP * LS :sasl tls");
    EXPECT_EQ(sent(), Lines{"CAP END"});
}

TEST_F(IrcClientCap, endsTheTalkWhenRefused)
{
    make();
    attach();
    sent();
    hearAll({":irc.test CAP * LS :echo-message", ":irc.test CAP * NAK :echo-message"});
    EXPECT_EQ(sent(), (Lines{"CAP REQ echo-message", "CAP END"}));
    EXPECT_FALSE(bight_irc_client_has_capability(client, "echo-message"));
}

TEST_F(IrcClientCap, aServerWithoutThemIsFine)
{
    make();
    attach();
    sent();
    told();
    hear(":irc.test 421 * CAP :Unknown command");
    EXPECT_EQ(told(), Lines{});
    welcome();
    EXPECT_EQ(told().back(), "state ready");
    EXPECT_EQ(sent(), Lines{});
}

TEST_F(IrcClientCap, comeAndGoLater)
{
    ready("", "cap-notify");
    hear(":irc.test CAP me NEW :away-notify unknown");
    EXPECT_EQ(sent(), Lines{"CAP REQ away-notify"});
    hear(":irc.test CAP me ACK :away-notify");
    EXPECT_TRUE(bight_irc_client_has_capability(client, "away-notify"));
    EXPECT_EQ(sent(), Lines{}); // no CAP END after the welcome
    hear(":irc.test CAP me DEL :away-notify");
    EXPECT_FALSE(bight_irc_client_has_capability(client, "away-notify"));
}

TEST_F(IrcClientPing, asksASilentServerAndNotesTheLag)
{
    ready();
    advance(BIGHT_SEC(59));
    EXPECT_EQ(sent(), Lines{});
    advance(BIGHT_SEC(2));
    EXPECT_EQ(sent(), Lines{"PING bight"});
    advance(BIGHT_MSEC(500));
    hear(":irc.test PONG irc.test :bight");
    EXPECT_GE(bight_irc_client_get_lag(client), BIGHT_MSEC(500));
    EXPECT_LE(bight_irc_client_get_lag(client), BIGHT_SEC(2));
    advance(BIGHT_SEC(59));
    EXPECT_EQ(sent(), Lines{});
    EXPECT_EQ(bight_irc_client_get_state(client), BIGHT_IRC_READY);
}

TEST_F(IrcClientPing, doesNotAskAServerThatTalks)
{
    ready();
    for (int i = 0; i < 10; i++) {
        advance(BIGHT_SEC(30));
        hear(":irc.test NOTICE me :still here");
    }
    EXPECT_EQ(sent(), Lines{});
}

TEST_F(IrcClientPing, anythingHeardIsAnAnswer)
{
    ready();
    advance(BIGHT_SEC(61));
    hear(":irc.test NOTICE me :busy");
    advance(BIGHT_SEC(40));
    EXPECT_EQ(bight_irc_client_get_state(client), BIGHT_IRC_READY);
}

TEST_F(IrcClientPing, aServerThatDoesNotAnswerIsDead)
{
    ready();
    join("#c");
    advance(BIGHT_SEC(89));
    EXPECT_EQ(bight_irc_client_get_state(client), BIGHT_IRC_READY);
    advance(BIGHT_SEC(2));
    EXPECT_EQ(told(), (Lines{"left #c quit by me(self): irc.test does not answer any more",
                             "state offline: irc.test does not answer any more"}));
    settle();
    EXPECT_TRUE(peer->closed);
}

} // namespace
} // namespace irc
