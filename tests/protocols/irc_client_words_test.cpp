// What is said and heard: messages, actions, notices, CTCP; splitting, pacing, echoes.
#include "irc_client_fixture.hpp"

#include <numeric>

namespace irc
{
namespace
{

using IrcClientHear = ClientTest;
using IrcClientSay = ClientTest;
using IrcClientPace = ClientTest;
using IrcClientCtcp = ClientTest;

TEST_F(IrcClientHear, messagesNoticesAndActions)
{
    ready();
    join("#C", "me ada");
    hearAll({":ada!a@h PRIVMSG #c :Hello there", ":ada!a@h NOTICE #c :note",
             ":ada!a@h PRIVMSG #c :\x01"
             "ACTION waves\x01",
             ":ada!a@h PRIVMSG #c :\x01"
             "ACTION forgets the end",
             ":ada!a@h PRIVMSG me :secret", ":ada!a@h PRIVMSG #other :leaked"});
    EXPECT_EQ(
        told(),
        (Lines{"message in [#C] from ada!a@h: Hello there", "notice in [#C] from ada!a@h: note",
               "action in [#C] from ada!a@h: waves", "action in [#C] from ada!a@h: forgets the end",
               "message in [ada] from ada!a@h: secret",
               "message in [#other] from ada!a@h: leaked"}));
}

TEST_F(IrcClientHear, theServersOwnWordsHaveNoConversation)
{
    ready();
    hearAll({":irc.test NOTICE me :Server going down", "NOTICE AUTH :*** Looking up",
             ":NickServ!s@services NOTICE me :This nick is registered"});
    EXPECT_EQ(told(),
              (Lines{"notice in [] from irc.test(server): Server going down",
                     "notice in [] from irc.test(server): *** Looking up",
                     "notice in [NickServ] from NickServ!s@services: This nick is registered"}));
}

TEST_F(IrcClientHear, wordsForOperatorsOnly)
{
    ready("STATUSMSG=@+");
    join("#c", "@me ada");
    hear(":ada!a@h PRIVMSG @#c :psst");
    EXPECT_EQ(told(), Lines{"message in [#c] from ada!a@h to status @: psst"});
    hear(":ada!a@h PRIVMSG @ada :not a channel");
    EXPECT_EQ(told(), Lines{"message in [ada] from ada!a@h: not a channel"});
}

TEST_F(IrcClientHear, ownNickIsAMention)
{
    ready();
    join("#c", "me ada");
    hearAll({":ada!a@h PRIVMSG #c :Me: look", ":ada!a@h PRIVMSG #c :same",
             ":ada!a@h PRIVMSG #c :\x02\x03"
             "04me\x03\x02!"});
    EXPECT_EQ(told(), (Lines{"message in [#c] from ada!a@h (mention): Me: look",
                             "message in [#c] from ada!a@h: same",
                             "message in [#c] from ada!a@h (mention): \x02\x03"
                             "04me\x03\x02!"}));
}

TEST_F(IrcClientHear, textIsAlwaysValid)
{
    ready();
    join("#c", "me ada");
    hear(":ada!a@h PRIVMSG #c :caf\xe9 \xc0\xaf \xf0\x9f\x98\x80");
    EXPECT_EQ(told()[0], "message in [#c] from ada!a@h: caf\xef\xbf\xbd "
                         "\xef\xbf\xbd\xef\xbf\xbd \xf0\x9f\x98\x80");
}

TEST_F(IrcClientHear, theServersTimeCounts)
{
    ready("", "server-time");
    wall = 5;
    hear("@time=2024-02-29T12:30:45.678Z;x=y :ada!a@h PRIVMSG me :then");
    EXPECT_EQ(lastTime, 1709209845678);
    hear("@time=2024-02-29T12:30:45Z :ada!a@h PRIVMSG me :then");
    EXPECT_EQ(lastTime, 1709209845000);
    for (const char *wrong : {"", "yesterday", "2024-02-29T12:30:45", "2024-02-29T12:30:45.Zulu",
                              "1900-01-01T00:00:00Z", "9999999-01-01T00:00:00.000Z"}) {
        hear("@time=" + std::string(wrong) + " :ada!a@h PRIVMSG me :now");
        EXPECT_EQ(lastTime, 5) << wrong;
        lastTime = 0;
    }
}

TEST_F(IrcClientHear, incompleteWordsAreIgnored)
{
    ready();
    hearAll({":ada!a@h PRIVMSG", ":ada!a@h PRIVMSG me", "PRIVMSG", ":ada!a@h PRIVMSG me :\x01",
             ":ada!a@h PRIVMSG me :\x01\x01", ":ada!a@h PRIVMSG me :\x01 x\x01"});
    EXPECT_EQ(told(), Lines{});
    hearAll({":ada!a@h PRIVMSG me :", ":ada!a@h PRIVMSG @ :x"});
    EXPECT_EQ(told().size(), 2u);
}

TEST_F(IrcClientSay, isToldWhenItWasSent)
{
    ready();
    join("#c");
    ASSERT_EQ(bight_irc_client_say(client, "#c", "Hello  world"), BIGHT_OK);
    ASSERT_EQ(bight_irc_client_act(client, "#C", "waves"), BIGHT_OK);
    ASSERT_EQ(bight_irc_client_notice(client, "ada", "note"), BIGHT_OK);
    ASSERT_EQ(bight_irc_client_say(client, "ada", ":) :("), BIGHT_OK);
    EXPECT_EQ(told(), Lines{}); // not inside the calls
    EXPECT_EQ(sent(), (Lines{"PRIVMSG #c :Hello  world",
                             "PRIVMSG #C :\x01"
                             "ACTION waves\x01",
                             "NOTICE ada note", "PRIVMSG ada ::) :("}));
    EXPECT_EQ(told(), (Lines{"message in [#c] from me!myuser@my.host(self): Hello  world",
                             "action in [#c] from me!myuser@my.host(self): waves",
                             "notice in [ada] from me!myuser@my.host(self): note",
                             "message in [ada] from me!myuser@my.host(self): :) :("}));
}

TEST_F(IrcClientSay, isToldOnceWithEcho)
{
    ready("", "echo-message");
    join("#c");
    ASSERT_EQ(bight_irc_client_say(client, "#c", "Hello"), BIGHT_OK);
    ASSERT_EQ(bight_irc_client_say(client, "ada", "secret"), BIGHT_OK);
    EXPECT_EQ(sent().size(), 2u);
    EXPECT_EQ(told(), Lines{});
    hearAll({":me!myuser@my.host PRIVMSG #c :Hello", ":me!myuser@my.host PRIVMSG ada :secret"});
    EXPECT_EQ(told(), (Lines{"message in [#c] from me!myuser@my.host(self): Hello",
                             "message in [ada] from me!myuser@my.host(self): secret"}));
}

TEST_F(IrcClientSay, aMessageToOneselfIsToldOnce)
{
    const std::string heard = ":me!myuser@my.host PRIVMSG me :note";
    const Lines once{"message in [me] from me!myuser@my.host(self): note"};

    ready();
    ASSERT_EQ(bight_irc_client_say(client, "me", "note"), BIGHT_OK);
    EXPECT_EQ(sent(), Lines{"PRIVMSG me note"});
    EXPECT_EQ(told(), Lines{}) << "the server delivers it";
    hear(heard);
    EXPECT_EQ(told(), once);
    bight_irc_client_free(client);
    ready("", "echo-message");
    for (int round = 0; round < 40; round++) {
        ASSERT_EQ(bight_irc_client_say(client, "me", "note"), BIGHT_OK);
        sent();
        hearAll({heard, heard}); // the echo and the message itself
        EXPECT_EQ(told(), once) << round;
    }
    ASSERT_EQ(bight_irc_client_say(client, "me", "note"), BIGHT_OK);
    ASSERT_EQ(bight_irc_client_say(client, "me", "other"), BIGHT_OK);
    sent();
    hearAll({heard, ":me!myuser@my.host PRIVMSG me :other"}); // a server that sends one
    EXPECT_EQ(told().size(), 2u);
}

TEST_F(IrcClientSay, eachLineIsAMessage)
{
    ready();
    ASSERT_EQ(bight_irc_client_say(client, "#c", "one\r\n\ntwo\n  three\n"), BIGHT_OK);
    EXPECT_EQ(sent(), (Lines{"PRIVMSG #c one", "PRIVMSG #c two", "PRIVMSG #c :  three"}));
    EXPECT_EQ(bight_irc_client_say(client, "#c", ""), BIGHT_ERROR_INVALID);
    EXPECT_EQ(bight_irc_client_say(client, "#c", "\n\r\n"), BIGHT_ERROR_INVALID);
    EXPECT_EQ(bight_irc_client_say(client, "", "x"), BIGHT_ERROR_INVALID);
    EXPECT_EQ(bight_irc_client_say(client, "#a b", "x"), BIGHT_ERROR_INVALID);
    EXPECT_EQ(bight_irc_client_say(client, "ada\r\nQUIT", "x"), BIGHT_ERROR_INVALID);
}

TEST_F(IrcClientSay, nothingCanSmuggleInALine)
{
    ready();
    ASSERT_EQ(bight_irc_client_say(client, "#c", "a\rQUIT\nJOIN #x"), BIGHT_OK);
    EXPECT_EQ(sent(), (Lines{"PRIVMSG #c a", "PRIVMSG #c QUIT", "PRIVMSG #c :JOIN #x"}));
    EXPECT_EQ(bight_irc_client_topic(client, "#c", "a\r\nQUIT"), BIGHT_ERROR_INVALID);
    EXPECT_EQ(bight_irc_client_part(client, "#c", "a\nQUIT"), BIGHT_ERROR_INVALID);
    EXPECT_EQ(bight_irc_client_away(client, "a\nQUIT"), BIGHT_ERROR_INVALID);
    EXPECT_EQ(bight_irc_client_nick(client, "a\nQUIT"), BIGHT_ERROR_INVALID);
    EXPECT_EQ(bight_irc_client_raw(client, "LUSERS\r\nQUIT"), BIGHT_ERROR_INVALID);
    EXPECT_EQ(bight_irc_client_ctcp(client, "ada", "VERSION", "a\nQUIT"), BIGHT_ERROR_INVALID);
    EXPECT_EQ(sent(), Lines{});
}

// The text of the messages that others would get, each checked against the server's limit.
std::string asRelayed(const Lines &lines, const std::string &prefix, size_t limit)
{
    std::string whole;

    for (const std::string &line : lines) {
        EXPECT_LE(prefix.size() + line.size() + 2, limit) << line;
        EXPECT_GT(prefix.size() + line.size() + 2, limit / 2) << line;
        size_t at = line.find(' ', 8) + 1; // after "PRIVMSG target "
        whole += line.substr(at + (line[at] == ':'));
    }
    return whole;
}

TEST_F(IrcClientSay, longTextsArriveWholeWithOurNameInFront)
{
    ready();
    join("#c");
    std::string text;
    for (int i = 0; i < 200; i++)
        text += "w\xc3\xb6rd" + std::to_string(i) + " ";
    text += "end";
    ASSERT_EQ(bight_irc_client_say(client, "#c", text.c_str()), BIGHT_OK);
    Lines lines = sent();
    EXPECT_EQ(lines.size(), 4u);
    // Cut between words: a space at the end of each part but the last.
    for (size_t i = 0; i + 1 < lines.size(); i++)
        EXPECT_EQ(lines[i].back(), ' ');
    EXPECT_EQ(asRelayed({lines.begin(), lines.end() - 1}, ":me!myuser@my.host ", 512) +
                  lines.back().substr(12),
              text);
}

TEST_F(IrcClientSay, textWithoutSpacesIsCutBetweenCharacters)
{
    ready();
    join("#c");
    std::string text;
    for (int i = 0; i < 300; i++)
        text += "\xf0\x9f\x98\x80";
    ASSERT_EQ(bight_irc_client_say(client, "#c", text.c_str()), BIGHT_OK);
    std::string whole;
    for (const std::string &event : told())
        ADD_FAILURE() << event;
    sent();
    for (const std::string &event : told()) {
        std::string part = event.substr(event.find(": ") + 2);
        EXPECT_EQ(part.size() % 4, 0u);
        whole += part;
    }
    EXPECT_EQ(whole, text);
}

TEST_F(IrcClientSay, actionsKeepTheirFrameInEveryPart)
{
    ready();
    join("#c");
    ASSERT_EQ(bight_irc_client_act(client, "#c", std::string(1000, 'x').c_str()), BIGHT_OK);
    for (const std::string &line : sent()) {
        EXPECT_EQ(line.substr(0, 20), "PRIVMSG #c :\x01"
                                      "ACTION ");
        EXPECT_EQ(line.back(), '\x01');
        EXPECT_LE(line.size() + strlen(":me!myuser@my.host \r\n"), 512u);
    }
}

TEST_F(IrcClientSay, usesLongerLinesWhereTheServerHasThem)
{
    ready("LINELEN=2048");
    join("#c");
    ASSERT_EQ(bight_irc_client_say(client, "#c", std::string(1900, 'x').c_str()), BIGHT_OK);
    EXPECT_EQ(sent().size(), 1u);
}

TEST_F(IrcClientSay, anUnknownHostIsAssumedToBeLong)
{
    ready(); // no JOIN has shown our address
    ASSERT_EQ(bight_irc_client_say(client, "ada", std::string(600, 'x').c_str()), BIGHT_OK);
    Lines lines = sent();
    ASSERT_EQ(lines.size(), 2u);
    EXPECT_LE(lines[0].size() + 2 + strlen(":me!~1234567890@") + 63 + 1, 512u);
    hear(":irc.test 396 me h :is now your hidden host");
    ASSERT_EQ(bight_irc_client_say(client, "ada", std::string(600, 'x').c_str()), BIGHT_OK);
    EXPECT_GT(sent()[0].size(), lines[0].size());
}

TEST_F(IrcClientSay, invalidTextIsRepairedOnTheWayOut)
{
    ready();
    ASSERT_EQ(bight_irc_client_say(client, "#c", "caf\xe9"), BIGHT_OK);
    EXPECT_EQ(sent(), Lines{"PRIVMSG #c caf\xef\xbf\xbd"});
}

TEST_F(IrcClientSay, whatIsLongerThanALineIsRefused)
{
    ready();
    std::string longText(600, 'x');
    EXPECT_EQ(bight_irc_client_topic(client, "#c", longText.c_str()), BIGHT_ERROR_LIMIT);
    EXPECT_EQ(bight_irc_client_raw(client, longText.c_str()), BIGHT_ERROR_LIMIT);
    EXPECT_EQ(bight_irc_client_part(client, "#c", std::string(9000, 'x').c_str()),
              BIGHT_ERROR_LIMIT);
    EXPECT_EQ(bight_irc_client_mode(client, "#c", std::string(9000, 'x').c_str()),
              BIGHT_ERROR_LIMIT);
    EXPECT_EQ(bight_irc_client_join(client, ("#" + longText).c_str(), nullptr),
              BIGHT_ERROR_INVALID);
    EXPECT_EQ(sent(), Lines{});
}

TEST_F(IrcClientPace, aBurstFirstThenOneInAWhile)
{
    options.send_interval = BIGHT_SEC(2);
    options.send_burst = 5;
    ready();
    for (int i = 0; i < 10; i++)
        ASSERT_EQ(bight_irc_client_say(client, "ada", std::to_string(i).c_str()), BIGHT_OK);
    EXPECT_EQ(sent().size(), 5u);
    EXPECT_EQ(told().size(), 5u);
    EXPECT_EQ(bight_irc_client_get_queued(client), 5u);
    advance(BIGHT_MSEC(1900));
    EXPECT_EQ(sent(), Lines{});
    advance(BIGHT_MSEC(200));
    EXPECT_EQ(sent(), Lines{"PRIVMSG ada 5"});
    advance(BIGHT_SEC(8));
    EXPECT_EQ(sent().size(), 4u);
    EXPECT_EQ(bight_irc_client_get_queued(client), 0u);
    advance(BIGHT_SEC(4)); // two tokens come back
    for (int i = 0; i < 5; i++)
        ASSERT_EQ(bight_irc_client_say(client, "ada", "again"), BIGHT_OK);
    EXPECT_EQ(sent().size(), 2u);
}

TEST_F(IrcClientPace, answersToPingDoNotWait)
{
    options.send_interval = BIGHT_SEC(2);
    options.send_burst = 1;
    ready();
    for (int i = 0; i < 5; i++)
        ASSERT_EQ(bight_irc_client_say(client, "ada", "text"), BIGHT_OK);
    sent();
    hear("PING x");
    EXPECT_EQ(sent(), Lines{"PONG x"});
}

TEST_F(IrcClientPace, askingForModesDoesNotHoldUpWords)
{
    options.send_interval = BIGHT_SEC(2);
    options.send_burst = 2;
    ready();
    hearAll({":me!u@h JOIN #a", ":me!u@h JOIN #b", ":me!u@h JOIN #c"});
    EXPECT_EQ(sent(), Lines{"MODE #a"});
    ASSERT_EQ(bight_irc_client_say(client, "#a", "hi"), BIGHT_OK);
    EXPECT_EQ(sent(), Lines{"PRIVMSG #a hi"});
    advance(BIGHT_MSEC(3900));
    EXPECT_EQ(sent(), Lines{});
    advance(BIGHT_SEC(3));
    EXPECT_EQ(sent(), (Lines{"MODE #b", "MODE #c"}));
}

TEST_F(IrcClientPace, theQueueIsBounded)
{
    options.send_interval = BIGHT_SEC(2);
    options.send_queue = 10;
    ready();
    for (int i = 0; i < 10; i++)
        ASSERT_EQ(bight_irc_client_say(client, "ada", "text"), BIGHT_OK);
    EXPECT_EQ(bight_irc_client_say(client, "ada", "text"), BIGHT_ERROR_LIMIT);
    sent();
    // A text of many parts is queued whole or not at all.
    EXPECT_EQ(bight_irc_client_say(client, "ada", "1\n2\n3\n4\n5\n6\n7"), BIGHT_ERROR_LIMIT);
    EXPECT_EQ(bight_irc_client_get_queued(client), 5u);
    EXPECT_EQ(bight_irc_client_say(client, "ada", "1\n2\n3\n4\n5"), BIGHT_OK);
}

TEST_F(IrcClientPace, aProgramThatAnswersItselfDoesNotHoldTheLoop)
{
    ready(); // no pace
    int count = 0;
    onEvent = [&](const std::string &) {
        if (count++ < 1000) {
            EXPECT_EQ(bight_irc_client_say(client, "ada", "again"), BIGHT_OK);
        }
    };
    ASSERT_EQ(bight_irc_client_say(client, "ada", "first"), BIGHT_OK);
    bight_reactor_dispatch(reactor, BIGHT_BUDGET_UNLIMITED);
    EXPECT_LE(count, 130);
    settle();
    EXPECT_EQ(count, 1001);
}

TEST_F(IrcClientCtcp, requestsAreAnsweredPolitely)
{
    options.version = "Test 1.0";
    ready();
    hearAll({":ada!a@h PRIVMSG me :\x01VERSION\x01", ":ada!a@h PRIVMSG me :\x01PING 12345 67\x01"});
    EXPECT_EQ(told(), (Lines{"ctcp VERSION from ada!a@h: ", "ctcp PING from ada!a@h: 12345 67"}));
    EXPECT_EQ(sent(),
              (Lines{"NOTICE ada :\x01VERSION Test 1.0\x01", "NOTICE ada :\x01PING 12345 67\x01"}));
}

TEST_F(IrcClientCtcp, timeAndClientInfo)
{
    ready();
    hearAll({":ada!a@h PRIVMSG me :\x01TIME\x01", ":ada!a@h PRIVMSG #c :\x01"
                                                  "clientinfo"});
    EXPECT_EQ(sent(), (Lines{"NOTICE ada :\x01TIME 2023-11-14T22:13:20Z\x01",
                             "NOTICE ada :\x01"
                             "clientinfo ACTION CLIENTINFO PING TIME VERSION\x01"}));
}

TEST_F(IrcClientCtcp, aFloodOfRequestsIsNotAnswered)
{
    ready();
    for (int i = 0; i < 50; i++)
        hear(":ada!a@h PRIVMSG me :\x01PING " + std::to_string(i) + "\x01");
    EXPECT_EQ(sent().size(), 2u);
    advance(BIGHT_SEC(21));
    hearAll({":ada!a@h PRIVMSG me :\x01VERSION\x01", ":ada!a@h PRIVMSG me :\x01VERSION\x01"});
    EXPECT_EQ(sent().size(), 1u);
}

TEST_F(IrcClientCtcp, someAreNeverAnswered)
{
    options.version = "";
    ready();
    hearAll({":ada!a@h PRIVMSG me :\x01VERSION\x01", ":ada!a@h NOTICE me :\x01VERSION x\x01",
             ":irc.test PRIVMSG me :\x01TIME\x01", ":me!m@h PRIVMSG me :\x01TIME\x01",
             ":ada!a@h PRIVMSG me :\x01PING " + std::string(300, 'x') + "\x01",
             ":ada!a@h PRIVMSG me :\x01" + std::string(100, 'X') + "\x01",
             ":ada!a@h PRIVMSG me :\x01"
             "DCC SEND x\x01"});
    EXPECT_EQ(sent(), Lines{});
    Lines all = told();
    EXPECT_EQ(all[0], "ctcp VERSION from ada!a@h: ");
    EXPECT_EQ(all[1], "ctcp reply VERSION from ada!a@h: x");
    EXPECT_EQ(all.back(), "ctcp DCC from ada!a@h: SEND x");
}

TEST_F(IrcClientCtcp, requestsAreSent)
{
    ready();
    ASSERT_EQ(bight_irc_client_ctcp(client, "ada", "PING", "42"), BIGHT_OK);
    ASSERT_EQ(bight_irc_client_ctcp(client, "ada", "VERSION", nullptr), BIGHT_OK);
    EXPECT_EQ(sent(), (Lines{"PRIVMSG ada :\x01PING 42\x01", "PRIVMSG ada \x01VERSION\x01"}));
    EXPECT_EQ(told(), Lines{});
}

} // namespace
} // namespace irc
