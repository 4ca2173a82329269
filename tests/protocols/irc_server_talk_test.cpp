// PRIVMSG, NOTICE, TAGMSG and AWAY; and what asks about people and channels.
#include "irc_server_support.hpp"

#include <algorithm>

namespace irc
{

class IrcServerTalk : public testing::Test
{
  protected:
    IrcServerTalk()
    {
        ada->send("JOIN #c"), bob->send("JOIN #c");
        ada->take(), bob->take();
    }

    World world;
    std::unique_ptr<Peer> ada = world.join("ada"), bob = world.join("bob"), eve = world.join("eve");
};

TEST_F(IrcServerTalk, reachesAChannelButNotOneself)
{
    EXPECT_TRUE(ada->ask("PRIVMSG #C :hello  all ").empty());
    EXPECT_EQ(bob->take(), (Lines{":ada!~ada@localhost PRIVMSG #c :hello  all "}));
    EXPECT_TRUE(eve->take().empty());
    EXPECT_TRUE(ada->ask("NOTICE #c hi").empty());
    EXPECT_EQ(bob->take(), (Lines{":ada!~ada@localhost NOTICE #c :hi"}));
}

TEST_F(IrcServerTalk, reachesPeople)
{
    EXPECT_TRUE(ada->ask("PRIVMSG EVE,bob :\001ACTION waves\001").empty());
    EXPECT_EQ(eve->take(), (Lines{":ada!~ada@localhost PRIVMSG eve :\001ACTION waves\001"}));
    EXPECT_EQ(bob->take(), (Lines{":ada!~ada@localhost PRIVMSG bob :\001ACTION waves\001"}));
    EXPECT_EQ(ada->ask("PRIVMSG ada :note to self").size(), 1U);
}

TEST_F(IrcServerTalk, mistakesOfPrivmsgAreToldThoseOfNoticeAreNot)
{
    const char *const mistakes[][2] = {
        {"", " 411 ada :No recipient given"},    {" bob", " 412 ada :No text to send"},
        {" bob :", " 412 ada :No text to send"}, {" nobody :x", " 401 ada nobody "},
        {" #none :x", " 403 ada #none "},        {" a,b,c,d,e :x", " 407 ada e :Too many targets"}};

    for (auto &mistake : mistakes) {
        EXPECT_TRUE(has(ada->ask(std::string("PRIVMSG") + mistake[0]), mistake[1])) << mistake[0];
        EXPECT_TRUE(ada->ask(std::string("NOTICE") + mistake[0]).empty()) << mistake[0];
    }
    EXPECT_TRUE(has(eve->ask("PRIVMSG #c :from outside"), " 404 eve #c "));
    ada->send("MODE #c -n");
    EXPECT_TRUE(eve->ask("PRIVMSG #c :from outside").empty());
    EXPECT_TRUE(has(bob->take(), "from outside"));
}

TEST_F(IrcServerTalk, statusmsgReachesThoseWithTheMark)
{
    auto voice = world.join("voice");

    voice->send("JOIN #c");
    ada->send("MODE #c +v voice");
    bob->take(), voice->take(), ada->take();
    bob->send("PRIVMSG @#c :for ops");
    EXPECT_EQ(ada->take(), (Lines{":bob!~bob@localhost PRIVMSG @#c :for ops"}));
    EXPECT_TRUE(voice->take().empty());
    ada->send("PRIVMSG +#c :for voices");
    EXPECT_EQ(voice->take(), (Lines{":ada!~ada@localhost PRIVMSG +#c :for voices"}));
    EXPECT_TRUE(bob->take().empty());
}

TEST_F(IrcServerTalk, textThatIsTooLongIsCutToALine)
{
    std::string text(490, 'x');

    ada->send("PRIVMSG #c :" + text);
    Lines lines = bob->take();
    ASSERT_EQ(lines.size(), 1U);
    EXPECT_EQ(lines[0].size(), 510U);
    EXPECT_TRUE(has(ada->ask("PRIVMSG #c :" + std::string(500, 'x')), " 417 ada :"));
    EXPECT_TRUE(has(ada->ask(std::string(10000, 'x')), " 417 ada :Input line was too long"));
    EXPECT_TRUE(ada->ask("PRIVMSG #c :still here").empty());
}

TEST_F(IrcServerTalk, echoMessageEchoes)
{
    auto me = world.join("me", "echo-message server-time");

    me->send("JOIN #c");
    EXPECT_EQ(me->ask("PRIVMSG #c :hi"),
              (Lines{"@time=2024-05-06T07:08:09.012Z :me!~me@localhost PRIVMSG #c :hi"}));
    EXPECT_EQ(me->ask("NOTICE eve :hi"),
              (Lines{"@time=2024-05-06T07:08:09.012Z :me!~me@localhost NOTICE eve :hi"}));
}

TEST_F(IrcServerTalk, tagsOfClientsReachThoseWhoWantTags)
{
    auto tags = world.join("tags", "message-tags"),
         both = world.join("both", "message-tags server-time");

    tags->send("JOIN #c"), both->send("JOIN #c");
    tags->take(), both->take(), ada->take();
    tags->send("@+a=1;server=no;+b;x PRIVMSG #c :hi");
    EXPECT_EQ(ada->take(), (Lines{":tags!~tags@localhost PRIVMSG #c :hi"}));
    EXPECT_EQ(both->take(), (Lines{"@time=2024-05-06T07:08:09.012Z;+a=1;+b "
                                   ":tags!~tags@localhost PRIVMSG #c :hi"}));
    both->send("@+a=1 PRIVMSG #c :hi");
    EXPECT_EQ(tags->take(), (Lines{"@+a=1 :both!~both@localhost PRIVMSG #c :hi"}));
    ada->send("@+a=1 PRIVMSG #c :hi");
    EXPECT_EQ(tags->take(), (Lines{":ada!~ada@localhost PRIVMSG #c :hi"})) << "did not negotiate";
}

TEST_F(IrcServerTalk, tagmsgIsForThoseWithTagsOnly)
{
    auto one = world.join("one", "message-tags"), two = world.join("two", "message-tags");

    one->send("JOIN #c"), two->send("JOIN #c");
    one->take(), two->take(), ada->take();
    EXPECT_TRUE(one->ask("@+typing=active TAGMSG #c").empty());
    EXPECT_EQ(two->take(), (Lines{"@+typing=active :one!~one@localhost TAGMSG #c"}));
    EXPECT_TRUE(ada->take().empty());
    one->send("TAGMSG #c");
    ada->send("@+x TAGMSG #c");
    EXPECT_TRUE(two->take().empty());
    EXPECT_TRUE(has(one->ask("@+x TAGMSG nobody"), " 401 one nobody "));
}

TEST_F(IrcServerTalk, tagsOfTheGreatestSizePass)
{
    auto one = world.join("one", "message-tags"), two = world.join("two", "message-tags");
    std::string most = "+t=" + std::string(4094 - 3, 'x');

    EXPECT_TRUE(one->ask("@" + most + " PRIVMSG two :hi").empty());
    EXPECT_EQ(two->take(), (Lines{"@" + most + " :one!~one@localhost PRIVMSG two :hi"}));
    std::string pair = "+a=" + std::string(2000, 'x') + ";+b=" + std::string(4094 - 2007, 'y');
    one->send("@" + pair + " PRIVMSG two :hi");
    EXPECT_EQ(two->take(), (Lines{"@" + pair + " :one!~one@localhost PRIVMSG two :hi"}));
}

TEST_F(IrcServerTalk, tagsThatAreNotUtf8AreNotPassedOn)
{
    auto one = world.join("one", "message-tags"), two = world.join("two", "message-tags");

    for (const char *bad : {"\xff", "\xc0\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xe2\x82",
                            "\x80", "\xe0\x80\x80"}) {
        one->send(std::string("@+good=\xe2\x82\xac;+bad=") + bad + " PRIVMSG two :hi");
        EXPECT_EQ(two->take(), (Lines{"@+good=\xe2\x82\xac :one!~one@localhost PRIVMSG two :hi"}));
    }
}

TEST_F(IrcServerTalk, tooManyTagsAreRefused)
{
    auto peer = world.join("peer", "message-tags");
    auto talk = [&](size_t size) {
        return peer->ask("@+t=" + std::string(size - 5, 'x') + " PRIVMSG ada :hi");
    };

    EXPECT_TRUE(talk(4096).empty());
    EXPECT_TRUE(has(talk(4097), " 417 peer "));
    EXPECT_EQ(ada->take().size(), 1U);
}

TEST_F(IrcServerTalk, whoIsAwaySaysSo)
{
    auto watcher = world.join("watcher", "away-notify");

    watcher->send("JOIN #c");
    ada->take(), watcher->take();
    EXPECT_EQ(bob->ask("AWAY :lunch"),
              (Lines{":irc.localhost 306 bob :You have been marked as being away"}));
    EXPECT_EQ(watcher->take(), (Lines{":bob!~bob@localhost AWAY :lunch"}));
    EXPECT_TRUE(ada->take().empty());
    EXPECT_EQ(ada->ask("PRIVMSG bob :hi"), (Lines{":irc.localhost 301 ada bob :lunch"}));
    EXPECT_TRUE(ada->ask("NOTICE bob :hi").empty());
    EXPECT_TRUE(has(ada->ask("WHOIS bob"), " 301 ada bob :lunch"));
    EXPECT_TRUE(has(ada->ask("WHO bob"), " bob G :0 Real bob"));
    EXPECT_TRUE(has(ada->ask("USERHOST bob"), " :bob=-~bob@localhost"));
    bob->take();
    EXPECT_EQ(bob->ask("AWAY"),
              (Lines{":irc.localhost 305 bob :You are no longer marked as being away"}));
    EXPECT_EQ(watcher->take(), (Lines{":bob!~bob@localhost AWAY"}));
    EXPECT_TRUE(ada->ask("PRIVMSG bob :hi").empty());
}

TEST_F(IrcServerTalk, whoisShowsWhatOneMayKnow)
{
    bob->send("JOIN #open"), bob->send("JOIN #secret");
    bob->send("MODE #secret +s");
    world.advance(BIGHT_SEC(5));
    EXPECT_EQ(ada->ask("WHOIS BOB"),
              (Lines{":irc.localhost 311 ada bob ~bob localhost * :Real bob",
                     ":irc.localhost 319 ada bob :#c @#open",
                     ":irc.localhost 312 ada bob irc.localhost :A Bight chat server",
                     ":irc.localhost 317 ada bob 5 1714979289 :seconds idle, signon time",
                     ":irc.localhost 318 ada BOB :End of /WHOIS list"}));
    EXPECT_TRUE(has(bob->ask("WHOIS bob bob"), "@#secret"));
    EXPECT_EQ(ada->ask("WHOIS nobody"),
              (Lines{":irc.localhost 401 ada nobody :No such nick/channel",
                     ":irc.localhost 318 ada nobody :End of /WHOIS list"}));
    bob->send("MODE bob +i");
    EXPECT_FALSE(has(ada->ask("WHOIS bob"), "#open"));
    EXPECT_TRUE(has(ada->take().empty() ? ada->ask("WHOWAS bob") : Lines{}, " 406 ada bob "));
}

TEST_F(IrcServerTalk, whoListsAChannelOrAMask)
{
    EXPECT_EQ(eve->ask("WHO #c"),
              (Lines{":irc.localhost 352 eve #c ~ada localhost irc.localhost ada H@ :0 Real ada",
                     ":irc.localhost 352 eve #c ~bob localhost irc.localhost bob H :0 Real bob",
                     ":irc.localhost 315 eve #c :End of WHO list"}));
    EXPECT_EQ(eve->ask("WHO b*").size(), 2U);
    EXPECT_EQ(eve->ask("WHO").size(), 4U);
    EXPECT_EQ(eve->ask("WHO 0 o").size(), 1U);
    bob->send("MODE bob +i");
    EXPECT_EQ(eve->ask("WHO #c").size(), 2U) << "invisible";
    EXPECT_EQ(eve->ask("WHO b*").size(), 1U);
    EXPECT_EQ(ada->ask("WHO b*").size(), 2U) << "they share a channel";
    ada->send("MODE #c +s");
    EXPECT_EQ(eve->ask("WHO #c").size(), 1U);
    EXPECT_EQ(ada->ask("WHO #none").size(), 1U);
}

TEST_F(IrcServerTalk, namesHidesWhatIsSecret)
{
    ada->send("MODE #c +s");
    EXPECT_EQ(eve->ask("NAMES #c"), (Lines{":irc.localhost 366 eve #c :End of /NAMES list"}));
    EXPECT_TRUE(has(bob->ask("NAMES #c"), " 353 bob @ #c :@ada bob"));
    EXPECT_EQ(eve->ask("NAMES"), (Lines{":irc.localhost 366 eve * :End of /NAMES list"}));
}

TEST_F(IrcServerTalk, namesOfManyNeedSeveralLines)
{
    std::vector<std::unique_ptr<Peer>> crowd;
    size_t names = 0;

    for (int i = 0; i < 60; i++) {
        crowd.push_back(world.join("somebodywithalongnick" + std::to_string(i)));
        crowd.back()->send("JOIN #c");
    }
    Lines lines = with(eve->ask("NAMES #c"), " 353 ");
    EXPECT_GT(lines.size(), 2U);
    for (const std::string &line : lines)
        names += static_cast<size_t>(std::count(line.begin() + 30, line.end(), ' ')) + 1;
    EXPECT_GE(names, 62U);
    EXPECT_EQ(with(lines, "somebodywithalongnick59").size(), 1U);
}

TEST_F(IrcServerTalk, listShowsChannelsAndHidesSecretOnes)
{
    ada->send("JOIN #hidden"), ada->send("MODE #hidden +s");
    ada->send("TOPIC #c :the topic");
    EXPECT_EQ(eve->ask("LIST"), (Lines{":irc.localhost 321 eve Channel :Users  Name",
                                       ":irc.localhost 322 eve #c 2 :the topic",
                                       ":irc.localhost 323 eve :End of /LIST"}));
    EXPECT_EQ(ada->ask("LIST").size(), 4U);
    EXPECT_EQ(eve->ask("LIST >1").size(), 3U);
    EXPECT_EQ(eve->ask("LIST >2").size(), 2U);
    EXPECT_EQ(eve->ask("LIST <2").size(), 2U);
    EXPECT_EQ(eve->ask("LIST #C").size(), 3U);
    EXPECT_EQ(eve->ask("LIST #none").size(), 2U);
    EXPECT_EQ(eve->ask("LIST #*").size(), 3U);
    EXPECT_EQ(eve->ask("LIST #d*").size(), 2U);
}

TEST_F(IrcServerTalk, smallQuestionsAreAnswered)
{
    EXPECT_EQ(ada->ask("ISON bob nobody EVE"), (Lines{":irc.localhost 303 ada :bob eve"}));
    EXPECT_EQ(ada->ask("ISON :eve bob"), (Lines{":irc.localhost 303 ada :eve bob"}));
    EXPECT_EQ(ada->ask("USERHOST bob nobody"),
              (Lines{":irc.localhost 302 ada :bob=+~bob@localhost"}));
    EXPECT_TRUE(has(ada->ask("LUSERS"), " 251 ada :There are 3 users"));
    EXPECT_TRUE(has(ada->ask("TIME"), " 391 ada irc.localhost :2024-05-06 07:08:09 UTC"));
    EXPECT_TRUE(has(ada->ask("VERSION"), " 351 ada bight-0.1 irc.localhost :Bight"));
    EXPECT_TRUE(has(ada->ask("MOTD"), " 422 "));
    EXPECT_TRUE(has(ada->ask("INFO"), " 374 "));
    EXPECT_TRUE(has(ada->ask("ADMIN"), " 423 "));
    EXPECT_EQ(ada->ask("FROB x"), (Lines{":irc.localhost 421 ada FROB :Unknown command"}));
    EXPECT_EQ(ada->ask("ping :a b"), (Lines{":irc.localhost PONG irc.localhost :a b"}));
    EXPECT_TRUE(has(ada->ask("PING"), " 409 ada "));
}

TEST_F(IrcServerTalk, userModesAreOnesOwn)
{
    EXPECT_EQ(ada->ask("MODE ada"), (Lines{":irc.localhost 221 ada +"}));
    EXPECT_EQ(ada->ask("MODE ada +i"), (Lines{":ada MODE ada :+i"}));
    EXPECT_EQ(ada->ask("MODE ada"), (Lines{":irc.localhost 221 ada +i"}));
    EXPECT_EQ(ada->ask("MODE ada +x"), (Lines{":irc.localhost 501 ada :Unknown MODE flag"}));
    EXPECT_TRUE(has(ada->ask("MODE bob +i"), " 502 ada "));
    EXPECT_TRUE(has(ada->ask("MODE nobody"), " 401 ada nobody "));
}

TEST_F(IrcServerTalk, theServerSpeaksToEverybody)
{
    auto stranger = world.connect();

    EXPECT_EQ(bight_irc_server_notice(world.server, "back in five"), BIGHT_OK);
    world.settle();
    EXPECT_EQ(ada->take(), (Lines{":irc.localhost NOTICE ada :back in five"}));
    EXPECT_TRUE(stranger->take().empty());
    EXPECT_EQ(bight_irc_server_notice(world.server, "two\r\nlines"), BIGHT_ERROR_INVALID);
}

} // namespace irc
