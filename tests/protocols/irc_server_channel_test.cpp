// Channels: joining, leaving, topics, kicks, invitations, modes and bans.
#include "irc_server_support.hpp"

namespace irc
{

// ada made #c and is its operator; bob is in it, eve is not.
class IrcServerChannel : public testing::Test
{
  protected:
    IrcServerChannel()
    {
        ada->send("JOIN #c");
        bob->send("JOIN #c");
        clear();
    }

    void clear()
    {
        ada->take(), bob->take(), eve->take();
    }

    World world;
    std::unique_ptr<Peer> ada = world.join("ada"), bob = world.join("bob"), eve = world.join("eve");
};

TEST_F(IrcServerChannel, theFirstOneInIsItsOperator)
{
    EXPECT_EQ(eve->ask("JOIN #New"),
              (Lines{":eve!~eve@localhost JOIN #New", ":irc.localhost 353 eve = #New :@eve",
                     ":irc.localhost 366 eve #New :End of /NAMES list"}));
}

TEST_F(IrcServerChannel, whoJoinsIsSeenAndSeesWhoIsThere)
{
    ada->send("TOPIC #c :All about c");
    clear();
    EXPECT_EQ(eve->ask("JOIN #C"),
              (Lines{":eve!~eve@localhost JOIN #c", ":irc.localhost 332 eve #c :All about c",
                     ":irc.localhost 333 eve #c ada!~ada@localhost 1714979289",
                     ":irc.localhost 353 eve = #c :@ada bob eve",
                     ":irc.localhost 366 eve #c :End of /NAMES list"}));
    EXPECT_EQ(ada->take(), (Lines{":eve!~eve@localhost JOIN #c"}));
    EXPECT_TRUE(eve->ask("JOIN #c").empty());
    EXPECT_TRUE(ada->take().empty());
}

TEST_F(IrcServerChannel, severalAreJoinedWithTheirKeys)
{
    ada->send("JOIN #k1,#k2");
    ada->send("MODE #k1 +k one");
    ada->send("MODE #k2 +k two");
    Lines lines = eve->ask("JOIN #k1,#free,#k2 one,,two");
    EXPECT_EQ(with(lines, " JOIN ").size(), 3U);
    EXPECT_TRUE(has(bob->ask("JOIN #k1,#k2 two,two"), " 475 bob #k1 :Cannot join channel (+k)"));
}

TEST_F(IrcServerChannel, badNamesAreRefused)
{
    for (const char *name : {"c", "!c", "#a\ab", "@#c"})
        EXPECT_EQ(with(eve->ask(std::string("JOIN ") + name), " 403 eve ").size(), 1U) << name;
    EXPECT_TRUE(has(eve->ask("JOIN #" + std::string(50, 'x')), " 403 eve "));
    EXPECT_TRUE(has(eve->ask("JOIN :#a b"), " 403 eve "));
    EXPECT_TRUE(has(eve->ask("JOIN"), " 461 eve JOIN "));
    EXPECT_TRUE(has(eve->ask("JOIN :"), " 461 eve JOIN "));
    EXPECT_TRUE(eve->ask("JOIN ,,,").empty());
    EXPECT_EQ(world.stats().channels, 1U);
}

TEST_F(IrcServerChannel, whoLeavesIsToldAndTheChannelGoesWithTheLast)
{
    EXPECT_EQ(bob->ask("PART #c :bye now"), (Lines{":bob!~bob@localhost PART #c :bye now"}));
    EXPECT_EQ(ada->take(), (Lines{":bob!~bob@localhost PART #c :bye now"}));
    EXPECT_EQ(bob->ask("PART #c"),
              (Lines{":irc.localhost 442 bob #c :You're not on that channel"}));
    EXPECT_EQ(bob->ask("PART #none"), (Lines{":irc.localhost 403 bob #none :No such channel"}));
    EXPECT_EQ(ada->ask("PART #C"), (Lines{":ada!~ada@localhost PART #c"}));
    EXPECT_EQ(world.stats().channels, 0U);
}

TEST_F(IrcServerChannel, joinZeroLeavesAll)
{
    ada->send("JOIN #d");
    EXPECT_EQ(with(ada->ask("JOIN 0"), " PART ").size(), 2U);
    EXPECT_EQ(world.stats().channels, 1U);
}

TEST_F(IrcServerChannel, topicsAreSetShownAndProtected)
{
    EXPECT_EQ(bob->ask("TOPIC #c"), (Lines{":irc.localhost 331 bob #c :No topic is set"}));
    EXPECT_EQ(bob->ask("TOPIC #c :mine"),
              (Lines{":irc.localhost 482 bob #c :You're not channel operator"}));
    EXPECT_EQ(eve->ask("TOPIC #c :mine"),
              (Lines{":irc.localhost 442 eve #c :You're not on that channel"}));
    ada->send("MODE #c -t");
    clear();
    EXPECT_EQ(bob->ask("TOPIC #c :mine"), (Lines{":bob!~bob@localhost TOPIC #c :mine"}));
    EXPECT_TRUE(has(eve->ask("TOPIC #c"), " 332 eve #c :mine"));
    EXPECT_EQ(bob->ask("TOPIC #c :"), (Lines{":bob!~bob@localhost TOPIC #c :"}));
    EXPECT_TRUE(has(eve->ask("TOPIC #c"), " 331 eve #c "));
    ada->send("MODE #c +s");
    EXPECT_TRUE(has(eve->ask("TOPIC #c"), " 442 eve #c "));
}

TEST_F(IrcServerChannel, aLongTopicIsCutBetweenCharacters)
{
    std::string euros;

    for (int i = 0; i < 150; i++)
        euros += "\xE2\x82\xAC";
    ada->send("TOPIC #c :" + euros);
    EXPECT_EQ(bob->take(), (Lines{":ada!~ada@localhost TOPIC #c :" + euros.substr(0, 306)}));
}

TEST_F(IrcServerChannel, kicksNeedAnOperator)
{
    EXPECT_TRUE(has(bob->ask("KICK #c ada"), " 482 bob #c "));
    EXPECT_TRUE(has(eve->ask("KICK #c ada"), " 442 eve #c "));
    EXPECT_TRUE(has(ada->ask("KICK #none bob"), " 403 ada #none "));
    EXPECT_TRUE(has(ada->ask("KICK #c eve"), " 441 ada eve #c :They aren't on that channel"));
    EXPECT_TRUE(has(ada->ask("KICK #c nobody"), " 401 ada nobody "));
    EXPECT_EQ(ada->ask("KICK #c bob :out with you"),
              (Lines{":ada!~ada@localhost KICK #c bob :out with you"}));
    EXPECT_EQ(bob->take().back(), ":ada!~ada@localhost KICK #c bob :out with you");
    EXPECT_TRUE(has(bob->ask("PRIVMSG #c :hi"), " 404 "));
}

TEST_F(IrcServerChannel, severalAreKickedAndEvenOneself)
{
    eve->send("JOIN #c");
    clear();
    Lines lines = ada->ask("KICK #c bob,ada,eve");
    EXPECT_EQ(with(lines, " KICK #c ").size(), 2U);
    EXPECT_TRUE(has(lines, " KICK #c bob :ada"));
    EXPECT_TRUE(has(lines, " 442 ada #c "));
    EXPECT_TRUE(has(eve->take(), " KICK #c ada "));
}

TEST_F(IrcServerChannel, inviteOpensAClosedDoorOnce)
{
    ada->send("MODE #c +i");
    EXPECT_EQ(eve->ask("JOIN #c"), (Lines{":irc.localhost 473 eve #c :Cannot join channel (+i)"}));
    EXPECT_TRUE(has(bob->ask("INVITE eve #c"), " 482 bob #c "));
    EXPECT_EQ(ada->ask("INVITE EVE #C"), (Lines{":irc.localhost 341 ada eve #c"}));
    EXPECT_EQ(eve->take(), (Lines{":ada!~ada@localhost INVITE eve #c"}));
    EXPECT_TRUE(has(eve->ask("JOIN #c"), " JOIN #c"));
    EXPECT_TRUE(has(ada->ask("INVITE eve #c"), " 443 ada eve #c :is already on channel"));
    eve->send("PART #c");
    EXPECT_TRUE(has(eve->ask("JOIN #c"), " 473 "));
}

TEST_F(IrcServerChannel, invitesToNobodyAndNowhere)
{
    EXPECT_TRUE(has(ada->ask("INVITE nobody #c"), " 401 ada nobody "));
    EXPECT_TRUE(has(ada->ask("INVITE eve #none"), " 403 ada #none "));
    EXPECT_TRUE(has(eve->ask("INVITE ada #c"), " 442 eve #c "));
    EXPECT_TRUE(has(ada->ask("INVITE eve"), " 461 ada INVITE "));
}

TEST_F(IrcServerChannel, aLimitAndAnInvitationAboveIt)
{
    ada->send("MODE #c +l 2");
    EXPECT_TRUE(has(eve->ask("JOIN #c"), " 471 eve #c :Cannot join channel (+l)"));
    ada->send("INVITE eve #c");
    EXPECT_TRUE(has(eve->ask("JOIN #c"), " JOIN #c"));
}

TEST_F(IrcServerChannel, bansKeepOutAndSilent)
{
    ada->send("MODE #c +b EVE!*@*");
    EXPECT_TRUE(has(eve->ask("JOIN #c"), " 474 eve #c :Cannot join channel (+b)"));
    ada->send("MODE #c +b *!~bob@*");
    EXPECT_TRUE(has(bob->ask("PRIVMSG #c :hi"), " 404 bob #c :Cannot send to channel"));
    ada->send("MODE #c +v bob");
    EXPECT_TRUE(bob->ask("PRIVMSG #c :hi").size() <= 1);
    EXPECT_TRUE(has(ada->take(), "PRIVMSG #c :hi"));
    ada->send("MODE #c -v+b-b bob robert!*@* *!~bob@*");
    EXPECT_FALSE(has(bob->ask("PRIVMSG #c :hi"), " 404 "));
    bob->send("NICK robert");
    EXPECT_TRUE(has(bob->ask("PRIVMSG #c :hi"), " 404 "));
}

TEST_F(IrcServerChannel, theBanListIsForEverybody)
{
    ada->send("MODE #c +bbb eve x@y *!*@1.2.3.4");
    EXPECT_EQ(bob->take(), (Lines{":ada!~ada@localhost MODE #c +bbb eve!*@* *!x@y *!*@1.2.3.4"}));
    Lines expected{":irc.localhost 367 bob #c eve!*@* ada 1714979289",
                   ":irc.localhost 367 bob #c *!x@y ada 1714979289",
                   ":irc.localhost 367 bob #c *!*@1.2.3.4 ada 1714979289",
                   ":irc.localhost 368 bob #c :End of channel ban list"};
    EXPECT_EQ(bob->ask("MODE #c b"), expected);
    EXPECT_EQ(bob->ask("MODE #c +b"), expected);
    EXPECT_EQ(bob->ask("MODE #c bbb"), expected);
    EXPECT_TRUE(has(bob->ask("MODE #c +b x"), " 482 "));
    EXPECT_TRUE(ada->ask("MODE #c +b EVE").empty()) << "there already";
    EXPECT_TRUE(ada->ask("MODE #c -b none").empty());
}

TEST_F(IrcServerChannel, modesAreShown)
{
    EXPECT_EQ(bob->ask("MODE #c"),
              (Lines{":irc.localhost 324 bob #c +nt", ":irc.localhost 329 bob #c 1714979289"}));
    EXPECT_EQ(ada->ask("MODE #c +smikl key 9"),
              (Lines{":ada!~ada@localhost MODE #c +smikl key 9"}));
    EXPECT_EQ(bob->ask("MODE #c")[0], ":irc.localhost 324 bob #c +imnstkl key 9");
}

TEST_F(IrcServerChannel, theKeyIsShownToMembersOnly)
{
    ada->send("MODE #c +kl secret 9");
    clear();
    EXPECT_EQ(bob->ask("MODE #c")[0], ":irc.localhost 324 bob #c +ntkl secret 9");
    EXPECT_EQ(eve->ask("MODE #c")[0], ":irc.localhost 324 eve #c +ntkl * 9");
}

TEST_F(IrcServerChannel, severalChangesAreToldInOneLineAndOnlyThoseWithEffect)
{
    EXPECT_EQ(ada->ask("MODE #c +m-t+v-n+nv bob nobody"),
              (Lines{":irc.localhost 401 ada nobody :No such nick/channel",
                     ":ada!~ada@localhost MODE #c +m-t+v-n+n bob"}));
    EXPECT_TRUE(ada->ask("MODE #c +m+v bob").empty());
    EXPECT_EQ(ada->ask("MODE #c +o bob"), (Lines{":ada!~ada@localhost MODE #c +o bob"}));
    EXPECT_TRUE(has(bob->ask("MODE #c -o ada"), "MODE #c -o ada"));
    EXPECT_TRUE(has(ada->ask("MODE #c -o bob"), " 482 ada #c "));
}

TEST_F(IrcServerChannel, bansMayNameAddressesOfTheSixthVersion)
{
    EXPECT_EQ(ada->ask("MODE #c +b *!*@2001:DB8:0::1"),
              (Lines{":ada!~ada@localhost MODE #c +b *!*@2001:db8::1"}));
    EXPECT_EQ(ada->ask("MODE #c +b *!*@::1"), (Lines{":ada!~ada@localhost MODE #c +b *!*@0::1"}));
    EXPECT_EQ(ada->ask("MODE #c +b 2001:db8::2"),
              (Lines{":ada!~ada@localhost MODE #c +b *!*@2001:db8::2"}));
    EXPECT_EQ(ada->ask("MODE #c +b *!*@2001:db8:*"),
              (Lines{":ada!~ada@localhost MODE #c +b *!*@2001:db8:*"}));
    EXPECT_EQ(ada->ask("MODE #c -b *!*@2001:db8::0:1"),
              (Lines{":ada!~ada@localhost MODE #c -b *!*@2001:db8::1"}));
}

TEST_F(IrcServerChannel, anInvitationWithoutRankOpensNothing)
{
    bob->send("INVITE eve #c"); // everybody in it may, without +i
    eve->take();
    for (const char *mode : {"+b eve", "+k secret", "+l 1", "+i"}) {
        ada->send(std::string("MODE #c ") + mode);
        EXPECT_FALSE(has(eve->ask("JOIN #c"), " JOIN #c")) << mode;
    }
    ada->send("INVITE eve #c");
    eve->take();
    EXPECT_TRUE(has(eve->ask("JOIN #c"), " JOIN #c")) << "an operator's opens all";
}

TEST_F(IrcServerChannel, aSecretChannelSaysNothingToOutsiders)
{
    ada->send("MODE #c +sb bob");
    clear();
    for (const char *command : {"MODE #c", "MODE #c b", "MODE #c +b", "TOPIC #c"})
        EXPECT_EQ(eve->ask(command),
                  (Lines{":irc.localhost 442 eve #c :You're not on that channel"}))
            << command;
    EXPECT_TRUE(has(bob->ask("MODE #c b"), " 367 bob #c bob!*@* "));
}

TEST_F(IrcServerChannel, channelsAndNicksAreKickedInPairs)
{
    ada->send("JOIN #d");
    bob->send("JOIN #d"), eve->send("JOIN #d"), eve->send("JOIN #c");
    clear();
    EXPECT_EQ(ada->ask("KICK #c,#d bob,eve :out"), (Lines{":ada!~ada@localhost KICK #c bob :out",
                                                          ":ada!~ada@localhost KICK #d eve :out"}));
    EXPECT_EQ(ada->ask("KICK #c,#d eve"),
              (Lines{":irc.localhost 461 ada KICK :Not as many nicks as channels"}));
    Lines lines = ada->ask("KICK #none,#d x,bob");
    EXPECT_TRUE(has(lines, " 403 ada #none "));
    EXPECT_TRUE(has(lines, " KICK #d bob ")) << "the others are tried";
}

TEST_F(IrcServerChannel, modesThatMakeNoSenseAreTold)
{
    EXPECT_TRUE(has(ada->ask("MODE #c +x"), " 472 ada x :is unknown mode char to me"));
    EXPECT_TRUE(has(ada->ask("MODE #c +l many"), " 696 ada #c l many "));
    EXPECT_TRUE(has(ada->ask("MODE #c +l -3"), " 696 ada #c l -3 "));
    EXPECT_TRUE(has(ada->ask("MODE #c +l 99999999999999999999"), " 696 "));
    EXPECT_TRUE(has(ada->ask("MODE #c +l"), " 696 ada #c l * "));
    EXPECT_TRUE(has(ada->ask("MODE #c +k"), " 696 ada #c k * "));
    EXPECT_TRUE(has(ada->ask("MODE #c +k a,b"), " 696 ada #c k * "));
    EXPECT_TRUE(has(ada->ask("MODE #c +k :a b"), " 696 "));
    EXPECT_TRUE(has(ada->ask("MODE #c +k " + std::string(24, 'k')), " 696 "));
    EXPECT_TRUE(has(ada->ask("MODE #c +b " + std::string(151, 'b')), " 696 "));
    EXPECT_TRUE(has(ada->ask("MODE #c +v eve"), " 441 ada eve #c "));
    EXPECT_TRUE(has(ada->ask("MODE #none +m"), " 403 ada #none "));
    EXPECT_TRUE(has(eve->ask("MODE #c +m"), " 482 eve #c "));
    EXPECT_EQ(bob->ask("MODE #c +mist").size(), 1U) << "one 482 is enough";
    EXPECT_TRUE(ada->ask("MODE #c +o").empty());
    EXPECT_EQ(ada->ask("MODE #c")[0], ":irc.localhost 324 ada #c +nt");
}

TEST_F(IrcServerChannel, theKeyIsTakenOffWithAnyWord)
{
    ada->send("MODE #c +k one");
    EXPECT_EQ(ada->ask("MODE #c -k *"), (Lines{":ada!~ada@localhost MODE #c -k one"}));
    EXPECT_TRUE(ada->ask("MODE #c -k").empty());
}

TEST_F(IrcServerChannel, manyLongMasksAreToldInSeveralLines)
{
    std::string masks, letters(12, 'b');

    for (int i = 0; i < 12; i++)
        masks += " " + std::string(1, static_cast<char>('a' + i)) + std::string(30, 'x') + "!*@*";
    Lines lines = ada->ask("MODE #c +" + letters + masks);
    EXPECT_GT(lines.size(), 1U);
    EXPECT_EQ(with(lines, "MODE #c +b").size(), lines.size());
    EXPECT_EQ(with(ada->ask("MODE #c b"), " 367 ").size(), 12U);
    EXPECT_TRUE(ada->ask("MODE #c +" + std::string(400, 'b')).size() > 1) << "shows the list";
}

TEST_F(IrcServerChannel, moderatedChannelsAreForVoices)
{
    ada->send("MODE #c +m");
    EXPECT_TRUE(has(bob->ask("PRIVMSG #c :hi"), " 404 bob #c "));
    ada->send("MODE #c +v bob");
    EXPECT_FALSE(has(bob->ask("PRIVMSG #c :hi"), " 404 "));
    EXPECT_TRUE(has(eve->ask("NAMES #c"), " 353 eve = #c :@ada +bob"));
}

TEST_F(IrcServerChannel, multiPrefixShowsBothMarks)
{
    auto modern = world.join("modern", "multi-prefix userhost-in-names");

    ada->send("MODE #c +ov bob bob");
    modern->send("JOIN #c");
    EXPECT_TRUE(has(modern->take(), " 353 modern = #c :@ada!~ada@localhost @+bob!~bob@localhost "
                                    "modern!~modern@localhost"));
    EXPECT_TRUE(has(eve->ask("NAMES #c"), " :@ada @bob modern"));
}

TEST_F(IrcServerChannel, inviteNotifyTellsOperators)
{
    auto op = world.join("op", "invite-notify"), plain = world.join("plain", "invite-notify");

    op->send("JOIN #c"), plain->send("JOIN #c");
    ada->send("MODE #c +o op");
    op->take(), plain->take();
    ada->send("INVITE eve #c");
    EXPECT_EQ(op->take(), (Lines{":ada!~ada@localhost INVITE eve #c"}));
    EXPECT_TRUE(plain->take().empty());
}

TEST(IrcServerLimits, channelsOfOneUserAndBansOfOneChannel)
{
    World world([](bight_irc_server_options &options) {
        options.max_channels = 2;
        options.max_list = 2;
    });
    auto ada = world.join("ada");

    ada->send("JOIN #a,#b");
    EXPECT_TRUE(has(ada->ask("JOIN #c"), " 405 ada #c :You have joined too many channels"));
    EXPECT_TRUE(has(ada->ask("MODE #a +bbb x y z"), " 478 ada #a z!*@* :"));
    ada->send("PART #a");
    EXPECT_TRUE(has(ada->ask("JOIN #c"), "JOIN #c"));
}

TEST(IrcServerLimits, invitationsForOneUserAreForgottenTheOldestFirst)
{
    World world([](bight_irc_server_options &options) { options.max_channels = 100; });
    auto ada = world.join("ada"), bob = world.join("bob");

    for (int i = 0; i < 40; i++) {
        std::string name = "#c" + std::to_string(i);

        ada->send("JOIN " + name);
        ada->send("MODE " + name + " +i");
        ada->send("INVITE bob " + name);
    }
    EXPECT_TRUE(has(bob->ask("JOIN #c7"), " 473 "));
    EXPECT_TRUE(has(bob->ask("JOIN #c8"), " JOIN #c8"));
    EXPECT_TRUE(has(bob->ask("JOIN #c39"), " JOIN #c39"));
}

} // namespace irc
