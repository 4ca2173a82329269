// The end of a client session, and the next one: quitting, reconnecting.
#include "irc_client_fixture.hpp"

#include <cerrno>

namespace irc
{
namespace
{

using IrcClientQuit = ClientTest;

class IrcClientReconnect : public ClientTest
{
  protected:
    // Nobody is there at first; a later attempt is welcomed.
    void comeByRetry()
    {
        options.reconnect = true;
        make();
        ASSERT_EQ(bight_irc_client_connect(client, "unix:/nonexistent/socket"), BIGHT_OK);
        settle();
        attach();
        welcome();
    }
};

TEST_F(IrcClientQuit, waitsForTheServerToClose)
{
    ready();
    join("#c");
    bight_irc_client_quit(client, "bye");
    EXPECT_EQ(told(), Lines{}); // not inside the call
    EXPECT_EQ(bight_irc_client_get_state(client), BIGHT_IRC_CLOSING);
    EXPECT_EQ(sent(), Lines{"QUIT bye"});
    EXPECT_EQ(told(), Lines{"state closing"});
    EXPECT_EQ(bight_irc_client_say(client, "#c", "late"), BIGHT_ERROR_STATE);
    peer->send("ERROR :Closing Link: bye\r\n");
    peer->close();
    settle();
    EXPECT_EQ(told(), (Lines{"left #c quit by me(self): ", "state offline"}));
}

TEST_F(IrcClientQuit, doesNotWaitForEver)
{
    ready();
    bight_irc_client_quit(client, nullptr);
    bight_irc_client_quit(client, "twice");
    EXPECT_EQ(sent(), Lines{"QUIT :"});
    advance(BIGHT_SEC(6));
    EXPECT_EQ(told().back(), "state offline");
    settle();
    EXPECT_TRUE(peer->closed);
}

TEST_F(IrcClientQuit, sendsWhatThePaceAllowsFirst)
{
    options.send_interval = BIGHT_SEC(2);
    options.send_burst = 3;
    ready();
    for (const char *text : {"1", "2", "3", "4", "5"})
        ASSERT_EQ(bight_irc_client_say(client, "#c", text), BIGHT_OK);
    bight_irc_client_quit(client, "bye");
    EXPECT_EQ(sent(), (Lines{"PRIVMSG #c 1", "PRIVMSG #c 2", "PRIVMSG #c 3", "QUIT bye"}));
    EXPECT_EQ(bight_irc_client_get_queued(client), 0u);
}

TEST_F(IrcClientQuit, closesAtOnceBeforeTheWelcome)
{
    make();
    attach();
    bight_irc_client_quit(client, nullptr);
    settle();
    EXPECT_EQ(told().back(), "state offline");
    EXPECT_TRUE(peer->closed);
}

TEST_F(IrcClientQuit, givesUpAnAttemptToConnect)
{
    make();
    ASSERT_EQ(bight_irc_client_connect(client, "tcp:127.0.0.1:1"), BIGHT_OK);
    bight_irc_client_quit(client, nullptr);
    settle();
    EXPECT_EQ(told(), (Lines{"state connecting", "state offline"}));
    EXPECT_EQ(bight_irc_client_connect(client, "tcp:127.0.0.1:1"), BIGHT_OK); // and it can again
    bight_irc_client_quit(client, nullptr);
}

TEST_F(IrcClientQuit, aFarewellIsOneLineAndCutToFit)
{
    ready();
    bight_irc_client_quit(client, ("bye\r\nJOIN #evil " + std::string(1000, 'x')).c_str());
    EXPECT_EQ(sent(), Lines{"QUIT bye"});
}

TEST_F(IrcClientReconnect, isOffAtFirst)
{
    ready();
    peer->abort();
    settle();
    EXPECT_EQ(bight_irc_client_get_state(client), BIGHT_IRC_OFFLINE);
    advance(BIGHT_SEC(3600));
    EXPECT_EQ(bight_irc_client_get_state(client), BIGHT_IRC_OFFLINE);
}

TEST_F(IrcClientReconnect, waitsLongerEachTimeAndGivesUp)
{
    options.reconnect = true;
    options.reconnect_min = BIGHT_SEC(1);
    options.reconnect_max = BIGHT_SEC(6);
    options.reconnect_attempts = 5;
    make();
    ASSERT_EQ(bight_irc_client_connect(client, "unix:/nonexistent/socket"), BIGHT_OK);
    settle();
    told();
    for (double expected : {1, 2, 4, 6, 6}) {
        ASSERT_EQ(bight_irc_client_get_state(client), BIGHT_IRC_WAITING);
        double waited = 0;
        while (!saw("state connecting") && waited < 100) {
            advance(BIGHT_MSEC(100));
            waited += 0.1;
        }
        EXPECT_GE(waited, expected * 0.75 - 0.01);
        EXPECT_LE(waited, expected * 1.25 + 0.2);
        told();
        settle();
    }
    EXPECT_EQ(bight_irc_client_get_state(client), BIGHT_IRC_OFFLINE);
}

TEST_F(IrcClientReconnect, sameSessionConnectsAgain)
{
    ready("NETWORK=One CASEMAPPING=ascii", "echo-message");
    join("#c");
    peer->close();
    settle();
    EXPECT_EQ(bight_irc_client_count_channels(client), 0u);
    told();
    attach();
    EXPECT_FALSE(bight_irc_client_has_capability(client, "echo-message"));
    EXPECT_EQ(bight_irc_client_get_feature(client, "NETWORK"), nullptr);
    welcome();
    EXPECT_EQ(told().back(), "state ready");
}

TEST_F(IrcClientReconnect, aPersonCanGiveUpTheWaitOrCutItShort)
{
    options.reconnect = true;
    options.reconnect_min = BIGHT_SEC(60);
    make();
    ASSERT_EQ(bight_irc_client_connect(client, "unix:/nonexistent/socket"), BIGHT_OK);
    settle();
    ASSERT_EQ(bight_irc_client_get_state(client), BIGHT_IRC_WAITING);
    told();
    ASSERT_EQ(bight_irc_client_connect(client, "unix:/nonexistent/other"), BIGHT_OK);
    settle();
    Lines all = told();
    ASSERT_EQ(all.size(), 2u);
    EXPECT_EQ(all[0], "state connecting");
    EXPECT_NE(all[1].find("state waiting to reconnect: "), std::string::npos);
    EXPECT_NE(all[1].find("/nonexistent/other"), std::string::npos);
    bight_irc_client_quit(client, nullptr);
    settle();
    EXPECT_EQ(told(), Lines{"state offline"});
    advance(BIGHT_SEC(600));
    EXPECT_EQ(told(), Lines{});
}

TEST_F(IrcClientReconnect, doesNotComeBackWhereItIsNotWanted)
{
    options.reconnect = true;
    make();
    ASSERT_EQ(bight_irc_client_connect(client, "unix:/nonexistent/socket"), BIGHT_OK);
    settle(); // waits, and knows an endpoint
    attach();
    hear(":irc.test 464 me :Password incorrect");
    peer->close();
    settle();
    EXPECT_EQ(bight_irc_client_get_state(client), BIGHT_IRC_OFFLINE);
}

TEST_F(IrcClientReconnect, joinsWhereItWasWithTheKeys)
{
    options.join = "#always";
    comeByRetry();
    join("#always");
    ASSERT_EQ(bight_irc_client_join(client, "#keyed", "secret"), BIGHT_OK);
    join("#keyed");
    join("#left");
    join("#plain");
    hear(":me!u@h PART #left");
    peer->abort();
    settle();
    ASSERT_EQ(bight_irc_client_get_state(client), BIGHT_IRC_WAITING);
    attach();
    forget();
    welcome();
    EXPECT_EQ(sent(), (Lines{"JOIN #always", "JOIN #keyed secret", "JOIN #plain"}));
}

TEST_F(IrcClientReconnect, channelsAreWantedOverManyLosses)
{
    comeByRetry();
    join("#a");
    join("#b");
    join("#c");
    for (int loss = 0; loss < 3; loss++) {
        peer->abort();
        settle();
        attach();
        forget();
        welcome();
        EXPECT_EQ(sent(), (Lines{"JOIN #a", "JOIN #b", "JOIN #c"}));
        join("#b"); // the connection is lost again before the others are joined
        settle();
    }
}

TEST_F(IrcClientReconnect, keysSetByModeAreUsed)
{
    options.join = "#first old";
    comeByRetry();
    join("#first");
    join("#second");
    ASSERT_EQ(bight_irc_client_join(client, "#third", "gone"), BIGHT_OK);
    join("#third");
    hear(":op!u@h MODE #first +k new");
    hear(":op!u@h MODE #second +k secret");
    hear(":irc.test 324 me #second +k *");
    hear(":op!u@h MODE #third -k gone");
    peer->abort();
    settle();
    attach();
    forget();
    welcome();
    EXPECT_EQ(sent(), (Lines{"JOIN #first new", "JOIN #second secret", "JOIN #third"}));
}

TEST_F(IrcClientReconnect, whatIsNotWantedIsNotJoined)
{
    comeByRetry();
    for (const char *channel : {"#banned", "#asked", "#full", "#left", "#kicked"})
        ASSERT_EQ(bight_irc_client_join(client, channel, nullptr), BIGHT_OK);
    hear(":irc.test 474 me #banned :Cannot join channel (+b)");
    join("#full");
    join("#left");
    join("#kicked");
    hear(":irc.test 471 me #full :a refusal later, for somebody that was in it");
    hear(":op!u@h KICK #kicked me :out");
    ASSERT_EQ(bight_irc_client_part(client, "#left", nullptr), BIGHT_OK);
    peer->abort(); // before the server has confirmed it
    settle();
    attach();
    forget();
    welcome();
    EXPECT_EQ(sent(), (Lines{"JOIN #asked", "JOIN #full"}));
    bight_irc_client_quit(client, nullptr);
    settle();
    peer->close();
    settle();
    attach();
    forget();
    welcome();
    EXPECT_EQ(sent(), Lines{}) << "a quit forgets them";
}

TEST_F(IrcClientReconnect, aRefusalAfterTheWelcomeEndsNothing)
{
    for (const char *numeric : {"464", "465"}) {
        comeByRetry();
        hear(std::string(":irc.test ") + numeric + " me :for OPER, or a service");
        peer->abort();
        settle();
        EXPECT_EQ(bight_irc_client_get_state(client), BIGHT_IRC_WAITING) << numeric;
        bight_irc_client_free(client);
        client = nullptr;
        told();
    }
}

TEST_F(IrcClientReconnect, linesThatWereNotSentAreTold)
{
    options.send_interval = BIGHT_SEC(2);
    options.send_burst = 1;
    ready();
    join("#c");
    advance(BIGHT_SEC(10)); // the modes were asked for
    ASSERT_EQ(bight_irc_client_say(client, "#c", "one"), BIGHT_OK);
    ASSERT_EQ(bight_irc_client_say(client, "#c", "two words"), BIGHT_OK);
    ASSERT_EQ(bight_irc_client_act(client, "#c", "waves"), BIGHT_OK);
    ASSERT_EQ(bight_irc_client_topic(client, "#c", "a topic"), BIGHT_OK);
    ASSERT_EQ(bight_irc_client_away(client, "for tea"), BIGHT_OK);
    settle();
    told();
    bight_status again = BIGHT_OK;
    onEvent = [&](const std::string &event) {
        if (event.find("unsent") == 0)
            again = bight_irc_client_say(client, "#c", "again");
    };
    peer->abort();
    settle();
    Lines all = told();
    ASSERT_GE(all.size(), 5u);
    EXPECT_EQ(all[0], "unsent PRIVMSG #c: two words");
    EXPECT_EQ(all[1], "unsent PRIVMSG #c (action): waves");
    EXPECT_EQ(all[2], "unsent TOPIC #c: a topic");
    EXPECT_EQ(all[3], "unsent AWAY : for tea");
    EXPECT_EQ(all[4].find("left #c"), 0u);
    EXPECT_EQ(again, BIGHT_ERROR_STATE);
    EXPECT_EQ(bight_irc_client_get_queued(client), 0u);
}

TEST_F(IrcClientReconnect, linesThatAQuitCutsOffAreTold)
{
    options.send_interval = BIGHT_SEC(2);
    options.send_burst = 1;
    ready();
    ASSERT_EQ(bight_irc_client_say(client, "ada", "one"), BIGHT_OK);
    ASSERT_EQ(bight_irc_client_say(client, "ada", "two"), BIGHT_OK);
    bight_irc_client_quit(client, "bye");
    settle();
    EXPECT_TRUE(saw("unsent PRIVMSG ada: two"));
    EXPECT_FALSE(saw("unsent PRIVMSG ada: one"));
}

TEST_F(IrcClientReconnect, anEndpointThatIsNoneIsTold)
{
    options.reconnect = true;
    make();
    ASSERT_EQ(bight_irc_client_connect(client, "nonsense"), BIGHT_OK);
    EXPECT_EQ(bight_irc_client_get_state(client), BIGHT_IRC_CONNECTING);
    EXPECT_EQ(bight_irc_client_connect(client, "nonsense"), BIGHT_ERROR_STATE);
    settle();
    Lines all = told();
    ASSERT_EQ(all.size(), 2u);
    EXPECT_EQ(all[0], "state connecting");
    EXPECT_EQ(all[1].substr(0, 14), "state offline:");
}

// What the program does in the event that tells of the wait, the first and a later one.
class IrcClientWait : public IrcClientReconnect, public testing::WithParamInterface<int>
{
  protected:
    void actInWait(const std::function<void()> &act)
    {
        options.reconnect = true;
        options.reconnect_min = BIGHT_SEC(1);
        make();
        onEvent = [act, left = GetParam()](const std::string &event) mutable {
            if (event.find("state waiting") == 0 && left-- == 0)
                act();
        };
        ASSERT_EQ(bight_irc_client_connect(client, "unix:/nonexistent/socket"), BIGHT_OK);
        settle();
        advance(BIGHT_SEC(10));
    }
};

TEST_P(IrcClientWait, aQuitEndsIt)
{
    actInWait([this] { bight_irc_client_quit(client, nullptr); });
    EXPECT_EQ(bight_irc_client_get_state(client), BIGHT_IRC_OFFLINE);
    EXPECT_EQ(told().back(), "state offline");
    advance(BIGHT_SEC(3600));
    EXPECT_EQ(told(), Lines{});
}

TEST_P(IrcClientWait, aConnectToSomewhereElseReplacesIt)
{
    actInWait([this] {
        EXPECT_EQ(bight_irc_client_connect(client, "nonsense"), BIGHT_OK);
        EXPECT_EQ(bight_irc_client_get_state(client), BIGHT_IRC_CONNECTING);
    });
    EXPECT_EQ(bight_irc_client_get_state(client), BIGHT_IRC_OFFLINE);
    EXPECT_EQ(told().back().find("state offline: "), 0U);
    advance(BIGHT_SEC(3600));
    EXPECT_EQ(told(), Lines{}) << "the attempts at the first endpoint are over";
}

TEST_P(IrcClientWait, aFreeEndsEverything)
{
    actInWait([this] {
        bight_irc_client_free(client);
        client = nullptr;
    });
    EXPECT_EQ(told().back().find("state waiting"), 0U);
}

TEST_P(IrcClientWait, aLoopThatIsRunInItGoesOnWithTheAttempts)
{
    actInWait([this] { settle(); });
    EXPECT_EQ(bight_irc_client_get_state(client), BIGHT_IRC_WAITING);
}

INSTANTIATE_TEST_SUITE_P(First, IrcClientWait, testing::Values(0, 2));

TEST_F(IrcClientReconnect, isToldItsEndWhenTheReactorIsFreedInTheWait)
{
    options.reconnect = true;
    make();
    ASSERT_EQ(bight_irc_client_connect(client, "unix:/nonexistent/socket"), BIGHT_OK);
    settle();
    ASSERT_EQ(bight_irc_client_get_state(client), BIGHT_IRC_WAITING);
    told();
    bight_reactor_free(reactor);
    reactor = nullptr;
    EXPECT_EQ(bight_irc_client_get_state(client), BIGHT_IRC_OFFLINE);
    EXPECT_EQ(told().size(), 1U);
}

} // namespace
} // namespace irc
