// What a person types: commands, and completing words.
#include "irc_client_fixture.hpp"

#include <bight/irc_entry.h>

namespace irc
{
namespace
{

class IrcEntry : public ClientTest
{
  protected:
    bight_status run(const std::string &where, const std::string &text)
    {
        return bight_irc_entry_run(client, where.c_str(), text.c_str(), &result);
    }

    // What typing it sends; nothing else is to be done then.
    Lines sends(const std::string &where, const std::string &text)
    {
        EXPECT_EQ(run(where, text), BIGHT_OK) << text << ": " << result.text;
        EXPECT_EQ(result.todo, BIGHT_IRC_ENTRY_NOTHING) << text;
        return sent();
    }

    std::string fails(const std::string &where, const std::string &text, bight_status status)
    {
        EXPECT_EQ(run(where, text), status) << text;
        EXPECT_EQ(result.todo, BIGHT_IRC_ENTRY_FAILED) << text;
        EXPECT_EQ(sent(), Lines{}) << text;
        return result.text;
    }

    std::string refusal(const std::string &where, const std::string &text)
    {
        EXPECT_EQ(run(where, text), BIGHT_ERROR_STATE) << text;
        return result.text;
    }

    bight_irc_entry_result result;
};

TEST_F(IrcEntry, textIsSaidWhereItIsTyped)
{
    ready();
    join("#c");
    EXPECT_EQ(sends("#c", "Hello there"), Lines{"PRIVMSG #c :Hello there"});
    EXPECT_EQ(sends("ada", "psst"), Lines{"PRIVMSG ada psst"});
    EXPECT_EQ(sends("#c", "//not a command"), Lines{"PRIVMSG #c :/not a command"});
    EXPECT_EQ(sends("#c", "/say /me"), Lines{"PRIVMSG #c /me"});
    EXPECT_EQ(sends("#c", "pasted\ntwo /lines"),
              (Lines{"PRIVMSG #c pasted", "PRIVMSG #c :two /lines"}));
    EXPECT_EQ(sends("#c", ""), Lines{});
    EXPECT_EQ(sends("#c", "/me waves"), Lines{"PRIVMSG #c :\x01"
                                              "ACTION waves\x01"});
}

TEST_F(IrcEntry, textThatNobodyWouldHearFails)
{
    ready();
    EXPECT_NE(fails("", "hello", BIGHT_ERROR_STATE).find("/join"), std::string::npos);
    EXPECT_NE(fails("#left", "hello", BIGHT_ERROR_STATE).find("not in #left"), std::string::npos);
    EXPECT_NE(fails("", "/me waves", BIGHT_ERROR_STATE).find("/join"), std::string::npos);
    join("#c");
    EXPECT_NE(fails("#c", "/me", BIGHT_ERROR_INVALID).find("/me text"), std::string::npos);
    EXPECT_EQ(fails("#c", "\n", BIGHT_ERROR_INVALID), "There is nothing to say.");
}

TEST_F(IrcEntry, offlineItSaysSo)
{
    make();
    EXPECT_EQ(refusal("#c", "hello"), "You are not connected.");
    EXPECT_EQ(refusal("", "/join #c"), "You are not connected.");
    EXPECT_EQ(run("", "/quit"), BIGHT_OK);
    EXPECT_EQ(run("", "/nick later"), BIGHT_OK);
    attach();
    EXPECT_EQ(refusal("#c", "hello"), "The connection is not ready yet.");
}

TEST_F(IrcEntry, channelsAreJoinedAndLeft)
{
    ready();
    EXPECT_EQ(sends("", "/join #a"), Lines{"JOIN #a"});
    EXPECT_EQ(sends("", "/JOIN a key"), Lines{"JOIN #a key"});
    EXPECT_EQ(sends("", "/j #a,b key1,key2"), (Lines{"JOIN #a key1", "JOIN #b key2"}));
    EXPECT_EQ(sends("", "/j   #a,&b"), (Lines{"JOIN #a", "JOIN &b"}));
    EXPECT_EQ(sends("#c", "/part"), Lines{"PART #c"});
    EXPECT_EQ(sends("#c", "/part good bye"), Lines{"PART #c :good bye"});
    EXPECT_EQ(sends("#c", "/leave #d good bye"), Lines{"PART #d :good bye"});
    EXPECT_EQ(fails("", "/join", BIGHT_ERROR_INVALID), "/join #channel [key]: go into a channel");
    EXPECT_EQ(fails("ada", "/part", BIGHT_ERROR_INVALID),
              "/part [#channel] [reason]: leave a channel");
}

TEST_F(IrcEntry, peopleAreTalkedTo)
{
    ready();
    EXPECT_EQ(sends("#c", "/msg ada hello  you"), Lines{"PRIVMSG ada :hello  you"});
    EXPECT_EQ(sends("#c", "/m #d hi"), Lines{"PRIVMSG #d hi"});
    EXPECT_EQ(sends("", "/notice ada hi"), Lines{"NOTICE ada hi"});
    EXPECT_EQ(sends("", "/ctcp ada version"), Lines{"PRIVMSG ada \x01VERSION\x01"});
    EXPECT_EQ(sends("", "/ctcp ada ping 1 2"), Lines{"PRIVMSG ada :\x01PING 1 2\x01"});
    EXPECT_EQ(sends("", "/whois ada"), Lines{"WHOIS ada"});
    EXPECT_EQ(sends("bob", "/whois"), Lines{"WHOIS bob"});
    EXPECT_EQ(sends("", "/invite ada #c"), Lines{"INVITE ada #c"});
    EXPECT_EQ(sends("#c", "/invite ada"), Lines{"INVITE ada #c"});
    EXPECT_EQ(sends("#c", "/kick ada"), Lines{"KICK #c ada"});
    EXPECT_EQ(sends("#c", "/kick #d ada be nice"), Lines{"KICK #d ada :be nice"});
    fails("", "/msg", BIGHT_ERROR_INVALID);
    fails("", "/msg ada", BIGHT_ERROR_INVALID);
    fails("", "/kick ada", BIGHT_ERROR_INVALID);
    fails("", "/whois", BIGHT_ERROR_INVALID);
    fails("", "/ctcp ada", BIGHT_ERROR_INVALID);
}

TEST_F(IrcEntry, queryOpensAConversation)
{
    ready();
    ASSERT_EQ(run("#c", "/query ada"), BIGHT_OK);
    EXPECT_EQ(result.todo, BIGHT_IRC_ENTRY_OPEN);
    EXPECT_STREQ(result.text, "ada");
    ASSERT_EQ(run("#c", "/q ada hello you"), BIGHT_OK);
    EXPECT_EQ(result.todo, BIGHT_IRC_ENTRY_OPEN);
    EXPECT_EQ(sent(), Lines{"PRIVMSG ada :hello you"});
    fails("#c", "/query", BIGHT_ERROR_INVALID);
    fails("#c", "/query a,b", BIGHT_ERROR_INVALID);
}

TEST_F(IrcEntry, aTextThatTheServerWouldCutIsRefusedWithAReason)
{
    std::string most(20, 'x'), more(21, 'x'), line(600, 'x');

    ready("TOPICLEN=20 KICKLEN=20 AWAYLEN=20");
    join("#c");
    EXPECT_EQ(sends("#c", "/topic " + most), Lines{"TOPIC #c " + most});
    EXPECT_EQ(sends("#c", "/kick ada " + most), Lines{"KICK #c ada " + most});
    EXPECT_EQ(sends("#c", "/away " + most), Lines{"AWAY " + most});
    for (const char *command : {"/topic ", "/kick ada ", "/away "})
        EXPECT_EQ(fails("#c", command + more, BIGHT_ERROR_LIMIT),
                  "This text is too long: the server accepts 20 bytes here, and it has 21.");
    bight_irc_client_free(client);
    ready();
    join("#c");
    for (const char *command : {"/topic ", "/kick ada ", "/away ", "/part "})
        EXPECT_EQ(fails("#c", command + line, BIGHT_ERROR_LIMIT).find("This text is too long"), 0u)
            << command;
    EXPECT_EQ(fails("#c", "/topic two\nlines", BIGHT_ERROR_INVALID), "This text must be one line.");
}

TEST_F(IrcEntry, topicIsShownSetAndTakenAway)
{
    ready();
    join("#c");
    ASSERT_EQ(run("#c", "/topic"), BIGHT_OK);
    EXPECT_STREQ(result.text, "#c has no topic.");
    hear(":ada!a@h TOPIC #c :The topic");
    ASSERT_EQ(run("", "/topic #c"), BIGHT_OK);
    EXPECT_EQ(result.todo, BIGHT_IRC_ENTRY_SHOW);
    EXPECT_STREQ(result.text, "The topic of #c is: The topic");
    EXPECT_EQ(sends("#c", "/topic Another one"), Lines{"TOPIC #c :Another one"});
    EXPECT_EQ(sends("", "/topic #c x"), Lines{"TOPIC #c x"});
    EXPECT_EQ(sends("#c", "/topic -"), Lines{"TOPIC #c :"});
    fails("", "/topic", BIGHT_ERROR_INVALID);
    fails("", "/topic text", BIGHT_ERROR_INVALID);
}

TEST_F(IrcEntry, modesAndRanks)
{
    ready("MODES=2");
    join("#c");
    EXPECT_EQ(sends("#c", "/mode +m"), Lines{"MODE #c +m"});
    EXPECT_EQ(sends("#c", "/mode #d +k key"), Lines{"MODE #d +k key"});
    EXPECT_EQ(sends("", "/mode +i"), Lines{"MODE me +i"});
    EXPECT_EQ(sends("#c", "/mode me +i"), Lines{"MODE me +i"});
    EXPECT_EQ(sends("#c", "/mode"), Lines{"MODE #c"}); // not known yet
    hear(":irc.test 324 me #c +nt");
    ASSERT_EQ(run("#c", "/mode"), BIGHT_OK);
    EXPECT_STREQ(result.text, "The modes of #c are +nt");
    EXPECT_EQ(sends("#c", "/op a b c"), (Lines{"MODE #c +oo a b", "MODE #c +o c"}));
    EXPECT_EQ(sends("#c", "/deop a"), Lines{"MODE #c -o a"});
    EXPECT_EQ(sends("", "/voice #d a b"), Lines{"MODE #d +vv a b"});
    EXPECT_EQ(sends("#c", "/devoice a"), Lines{"MODE #c -v a"});
    fails("#c", "/op", BIGHT_ERROR_INVALID);
    fails("", "/op ada", BIGHT_ERROR_INVALID);
}

TEST_F(IrcEntry, theRest)
{
    ready();
    EXPECT_EQ(sends("", "/nick other"), Lines{"NICK other"});
    EXPECT_EQ(sends("", "/away"), Lines{"AWAY away"});
    EXPECT_EQ(sends("", "/away at lunch"), Lines{"AWAY :at lunch"});
    EXPECT_EQ(sends("", "/back"), Lines{"AWAY"});
    EXPECT_EQ(sends("", "/list"), Lines{"LIST"});
    EXPECT_EQ(sends("", "/list *foo*"), Lines{"LIST *foo*"});
    EXPECT_EQ(sends("#c", "/names"), Lines{"NAMES #c"});
    EXPECT_EQ(sends("", "/raw LUSERS"), Lines{"LUSERS"});
    EXPECT_EQ(sends("", "/quote PRIVMSG x :a  b"), Lines{"PRIVMSG x :a  b"});
    fails("", "/nick", BIGHT_ERROR_INVALID);
    fails("", "/nick a,b", BIGHT_ERROR_INVALID);
    fails("", "/raw", BIGHT_ERROR_INVALID);
    fails("", "/raw a\nb", BIGHT_ERROR_INVALID);
    fails("", "/names", BIGHT_ERROR_INVALID);
    fails("", ("/away " + std::string(5000, 'x')).c_str(), BIGHT_ERROR_LIMIT);
    EXPECT_EQ(sends("", "/quit good bye"), Lines{"QUIT :good bye"});
}

TEST_F(IrcEntry, theWindowIsAskedToClearAndClose)
{
    ready();
    join("#c");
    ASSERT_EQ(run("#c", "/clear"), BIGHT_OK);
    EXPECT_EQ(result.todo, BIGHT_IRC_ENTRY_CLEAR);
    ASSERT_EQ(run("#c", "/close bye"), BIGHT_OK);
    EXPECT_EQ(result.todo, BIGHT_IRC_ENTRY_CLOSE);
    EXPECT_EQ(sent(), Lines{"PART #c bye"});
    ASSERT_EQ(run("ada", "/close"), BIGHT_OK);
    EXPECT_EQ(result.todo, BIGHT_IRC_ENTRY_CLOSE);
    EXPECT_EQ(sent(), Lines{});
}

TEST_F(IrcEntry, helpNamesEveryCommand)
{
    ready();
    ASSERT_EQ(run("", "/help"), BIGHT_OK);
    EXPECT_EQ(result.todo, BIGHT_IRC_ENTRY_SHOW);
    std::string help = result.text;
    for (const char *name : {"/join", "/part", "/me", "/msg", "/nick", "/topic", "/quit", "/away",
                             "/whois", "/kick", "/notice", "/invite", "/mode", "/query", "/help"})
        EXPECT_NE(help.find(std::string(name) + " "), std::string::npos) << name;
    EXPECT_LT(help.size(), sizeof result.text - 200); // room for more
    ASSERT_EQ(run("", "/help topic"), BIGHT_OK);
    EXPECT_STREQ(result.text,
                 "/topic [#channel] [text]: show or set the topic; \"-\" takes it away");
    ASSERT_EQ(run("", "/help /m"), BIGHT_OK);
    EXPECT_STREQ(result.text, "/msg who text: say something to a channel or a person");
    EXPECT_NE(fails("", "/frobnicate", BIGHT_ERROR_NOT_FOUND).find("/frobnicate"),
              std::string::npos);
    fails("", "/", BIGHT_ERROR_NOT_FOUND);
    fails("", "/help frobnicate", BIGHT_ERROR_INVALID);
}

TEST_F(IrcEntry, aLongAnswerIsCutBetweenCharacters)
{
    ready("LINELEN=4096");
    join("#c");
    std::string topic;
    for (int i = 0; i < 1200; i++)
        topic += "\xe2\x82\xac";
    hear(":ada!a@h TOPIC #c :" + topic);
    ASSERT_EQ(run("#c", "/topic"), BIGHT_OK);
    std::string text = result.text;
    EXPECT_LT(text.size(), sizeof result.text);
    EXPECT_EQ((text.size() - strlen("The topic of #c is: ")) % 3, 0u);
}

class IrcCompletion : public ClientTest
{
  protected:
    ~IrcCompletion() override
    {
        bight_irc_completion_free(completion);
    }

    // Press the key with '|' as the cursor; what the entry shows then, or "nothing".
    std::string press(const std::string &marked, bool backwards = false)
    {
        size_t cursor = marked.find('|');
        std::string text = marked.substr(0, cursor) + marked.substr(cursor + 1);
        const char *out;
        size_t at;

        if (!bight_irc_completion_next(completion, client, where.c_str(), text.c_str(), cursor,
                                       backwards, &out, &at))
            return "nothing";
        std::string shown = out;
        return shown.insert(at, "|");
    }

    std::string where = "#c";
    bight_irc_completion *completion = bight_irc_completion_new();
};

TEST_F(IrcCompletion, aNickAtTheBeginningAndElsewhere)
{
    ready();
    join("#c", "me @Ada bob +adam");
    EXPECT_EQ(press("ad|"), "Ada: |");
    EXPECT_EQ(press("b|"), "bob: |");
    EXPECT_EQ(press("hi B|"), "hi bob |");
    EXPECT_EQ(press("hi b| there"), "hi bob| there");
    EXPECT_EQ(press("b| there"), "bob:| there");
    EXPECT_EQ(press("hi b|!"), "hi bob |!");
    EXPECT_EQ(press("x|"), "nothing");
    EXPECT_EQ(press("|"), "nothing");
    EXPECT_EQ(press("hi |"), "nothing");
    EXPECT_EQ(press("m|"), "nothing"); // not oneself
}

TEST_F(IrcCompletion, goesRoundThroughWhatWasTyped)
{
    ready();
    join("#c", "me ada adam adele");
    std::string shown = "say ad|";
    for (const char *next : {"say ada |", "say adam |", "say adele |", "say ad|", "say ada |"}) {
        shown = press(shown);
        EXPECT_EQ(shown, next);
    }
    EXPECT_EQ(press(shown, true), "say ad|");
    EXPECT_EQ(press("say ad|", true), "say adele |");
}

TEST_F(IrcCompletion, beginsAnewWhenTheEntryHasChanged)
{
    ready();
    join("#c", "me ada bob");
    EXPECT_EQ(press("a|"), "ada: |");
    EXPECT_EQ(press("ada: b|"), "ada: bob |");
    bight_irc_completion_reset(completion);
    EXPECT_EQ(press("ada: bob |"), "nothing");
}

TEST_F(IrcCompletion, channelsCommandsAndTheOtherPerson)
{
    ready();
    join("#c");
    join("#cats");
    join("#dogs");
    EXPECT_EQ(press("look at #d|"), "look at #dogs |");
    EXPECT_EQ(press("#CA|"), "#cats |");
    EXPECT_EQ(press("/jo|"), "/join |");
    EXPECT_EQ(press("/TOP| x"), "/topic| x");
    EXPECT_EQ(press("/frob|"), "nothing");
    EXPECT_EQ(press("/msg #do|"), "/msg #dogs |");
    where = "zoe";
    EXPECT_EQ(press("z|"), "zoe: |");
    where = "";
    EXPECT_EQ(press("z|"), "nothing");
    EXPECT_EQ(press("/q|"), "/query |");
}

TEST_F(IrcCompletion, survivesAChannelThatIsGone)
{
    ready();
    join("#c", "me ada adam");
    EXPECT_EQ(press("ad|"), "ada: |");
    hear(":me!myuser@my.host PART #c");
    EXPECT_EQ(press("ada: |"), "adam: |"); // still from what was collected
    bight_irc_completion_reset(completion);
    EXPECT_EQ(press("ad|"), "nothing");
}

} // namespace
} // namespace irc
