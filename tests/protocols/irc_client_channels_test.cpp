// Channels and the people in them, as the server tells of them.
#include "irc_client_fixture.hpp"

namespace irc
{
namespace
{

using IrcClientJoin = ClientTest;
using IrcClientLeave = ClientTest;
using IrcClientMembers = ClientTest;
using IrcClientNames = ClientTest;
using IrcClientModes = ClientTest;
using IrcClientTopic = ClientTest;
using IrcClientFeatures = ClientTest;
using IrcClientPeople = ClientTest;

TEST_F(IrcClientJoin, tellsTheChannelThenItsMembers)
{
    ready();
    ASSERT_EQ(bight_irc_client_join(client, "#c", "key"), BIGHT_OK);
    EXPECT_EQ(sent(), Lines{"JOIN #c key"});
    hearAll({":me!myuser@my.host JOIN #C", ":irc.test 332 me #C :A topic",
             ":irc.test 333 me #C ada!a@b 1600000000", ":irc.test 353 me = #C :me @ada",
             ":irc.test 353 me = #C :+bob zoe ", ":irc.test 366 me #C :End of NAMES"});
    EXPECT_EQ(told(), (Lines{"joined #C", "joined #C me ->0 by me!myuser@my.host(self)",
                             "topic of #C: A topic", "members of #C"}));
    EXPECT_EQ(sent(), Lines{"MODE #C"});
    EXPECT_EQ(members("#c"), (Lines{"@ada", "+bob", "me", "zoe"}));

    bight_irc_channel *channel = bight_irc_client_get_channel(client, 0);
    EXPECT_STREQ(bight_irc_channel_get_name(channel), "#C");
    EXPECT_STREQ(bight_irc_channel_get_topic(channel), "A topic");
    EXPECT_STREQ(bight_irc_channel_get_topic_setter(channel), "ada");
    EXPECT_EQ(bight_irc_channel_get_topic_time(channel), 1600000000000);
    EXPECT_EQ(bight_irc_client_get_channel(client, 1), nullptr);
}

TEST_F(IrcClientJoin, channelsAreSortedByName)
{
    ready();
    for (const char *name : {"#m", "#Z", "#a", "&x"})
        join(name);
    ASSERT_EQ(bight_irc_client_count_channels(client), 4u);
    EXPECT_STREQ(bight_irc_channel_get_name(bight_irc_client_get_channel(client, 0)), "#a");
    EXPECT_STREQ(bight_irc_channel_get_name(bight_irc_client_get_channel(client, 2)), "#Z");
    EXPECT_EQ(bight_irc_client_find_channel(client, "#A"), bight_irc_client_get_channel(client, 0));
    EXPECT_EQ(bight_irc_client_find_channel(client, "#b"), nullptr);
}

TEST_F(IrcClientJoin, twiceIsOnce)
{
    ready();
    join("#c", "me ada");
    hear(":me!myuser@my.host JOIN #c");
    EXPECT_EQ(told(), Lines{});
    EXPECT_EQ(members("#c"), (Lines{"ada", "me"}));
}

TEST_F(IrcClientJoin, tooManyChannelsAreParted)
{
    options.channels_max = 2;
    ready();
    join("#a");
    join("#b");
    hear(":me!myuser@my.host JOIN #c");
    EXPECT_EQ(sent(), Lines{"PART #c"});
    EXPECT_EQ(told(), Lines{"problem 0 [#c] #c: There are too many channels already"});
    EXPECT_EQ(bight_irc_client_count_channels(client), 2u);
}

TEST_F(IrcClientJoin, namesThatCannotBeAreIgnored)
{
    ready();
    hearAll({":me!u@h JOIN", ":me!u@h JOIN nochannel", ":me!u@h JOIN :",
             ":me!u@h JOIN #" + std::string(300, 'x'), ":irc.test JOIN #c", "JOIN #c"});
    EXPECT_EQ(told(), Lines{});
    EXPECT_EQ(bight_irc_client_count_channels(client), 0u);
}

TEST_F(IrcClientJoin, requestsAreChecked)
{
    ready();
    EXPECT_EQ(bight_irc_client_join(client, "", nullptr), BIGHT_ERROR_INVALID);
    EXPECT_EQ(bight_irc_client_join(client, "#a b", nullptr), BIGHT_ERROR_INVALID);
    EXPECT_EQ(bight_irc_client_join(client, "#a,#b", nullptr), BIGHT_ERROR_INVALID);
    EXPECT_EQ(bight_irc_client_join(client, "#a\r\nQUIT", nullptr), BIGHT_ERROR_INVALID);
    EXPECT_EQ(bight_irc_client_join(client, "#a", "k k"), BIGHT_ERROR_INVALID);
    EXPECT_EQ(sent(), Lines{});
}

TEST_F(IrcClientLeave, partKickAndQuit)
{
    ready();
    join("#a");
    join("#b");
    ASSERT_EQ(bight_irc_client_part(client, "#a", "enough"), BIGHT_OK);
    EXPECT_EQ(sent(), Lines{"PART #a enough"});
    hear(":me!myuser@my.host PART #a :enough");
    EXPECT_EQ(told(), Lines{"left #a parted by me!myuser@my.host(self): enough"});
    hear(":ada!a@h KICK #b ME :out");
    EXPECT_EQ(told(), Lines{"left #b kicked by ada!a@h: out"});
    EXPECT_EQ(bight_irc_client_count_channels(client), 0u);
    hear(":me!myuser@my.host PART #a");
    EXPECT_EQ(told(), Lines{});
}

TEST_F(IrcClientLeave, theChannelIsReadableInTheEventAndNotListed)
{
    ready();
    join("#c", "me @ada");
    size_t seen = 0;
    bight_irc_channel *channel = bight_irc_client_find_channel(client, "#c");

    onEvent = [&](const std::string &) {
        EXPECT_EQ(bight_irc_client_find_channel(client, "#c"), nullptr);
        EXPECT_EQ(bight_irc_client_count_channels(client), 0u);
        seen = members(channel).size();
    };
    hear(":me!myuser@my.host PART #c");
    EXPECT_EQ(seen, 2u);
}

TEST_F(IrcClientMembers, comeAndGoWithTheirPositions)
{
    ready();
    join("#c", "me @ada +bob");
    hearAll({":carl!c@h JOIN #c", ":carl!c@h PART #c :gone", ":Zed!z@h JOIN :#c",
             ":ada!a@h KICK #c bob :out", ":Zed!z@h QUIT :Ping timeout"});
    EXPECT_EQ(told(),
              (Lines{"joined #c carl ->2 by carl!c@h", "parted #c carl 2>- by carl!c@h: gone",
                     "joined #c Zed ->3 by Zed!z@h", "kicked #c +bob 1>- by ada!a@h: out",
                     "quit #c Zed 2>- by Zed!z@h: Ping timeout"}));
    EXPECT_EQ(members("#c"), (Lines{"@ada", "me"}));
}

TEST_F(IrcClientMembers, knowTheirAddress)
{
    ready();
    join("#c");
    hear(":carl!c@host.example JOIN #c");
    bight_irc_member *carl =
        bight_irc_channel_find_member(bight_irc_client_find_channel(client, "#c"), "CARL");
    ASSERT_NE(carl, nullptr);
    EXPECT_STREQ(bight_irc_member_get_user(carl), "c");
    EXPECT_STREQ(bight_irc_member_get_host(carl), "host.example");
    hear(":carl!c@host.example CHGHOST d other.example");
    EXPECT_STREQ(bight_irc_member_get_user(carl), "d");
    EXPECT_STREQ(bight_irc_member_get_host(carl), "other.example");
    EXPECT_FALSE(bight_irc_member_is_away(carl));
    told();
    hearAll({":carl AWAY :lunch", ":carl AWAY :lunch"});
    EXPECT_EQ(told(), Lines{"updated #c carl 0>0 by carl"});
    EXPECT_TRUE(bight_irc_member_is_away(carl));
    hear(":carl AWAY");
    EXPECT_FALSE(bight_irc_member_is_away(carl));
    hear(":irc.test 352 me #c e third.example irc.test carl G :0 Carl");
    EXPECT_STREQ(bight_irc_member_get_user(carl), "e");
    EXPECT_TRUE(bight_irc_member_is_away(carl));
}

TEST_F(IrcClientMembers, quitAndNickAreToldForEachSharedChannel)
{
    ready();
    join("#a", "me ada");
    join("#b", "me @ada");
    join("#c", "me");
    hear(":ada!a@h NICK zoe");
    EXPECT_EQ(told(), (Lines{"renamed #a zoe 0>1 was ada by ada!a@h",
                             "renamed #b @zoe 0>0 was ada by ada!a@h", "nick ada!a@h -> zoe"}));
    hear(":zoe!a@h QUIT");
    EXPECT_EQ(told(), (Lines{"quit #a zoe 1>- by zoe!a@h", "quit #b @zoe 0>- by zoe!a@h"}));
    EXPECT_EQ(members("#b"), Lines{"me"});
}

TEST_F(IrcClientMembers, ownNickIsFollowed)
{
    ready();
    join("#c", "me ada");
    hear(":me!myuser@my.host NICK :Zorro");
    EXPECT_EQ(told(), (Lines{"renamed #c Zorro 1>1 was me by me!myuser@my.host(self)",
                             "nick me!myuser@my.host(self) -> Zorro"}));
    EXPECT_STREQ(bight_irc_client_get_nick(client), "Zorro");
    hear(":zorro!myuser@my.host PART #c");
    EXPECT_EQ(bight_irc_client_count_channels(client), 0u);
}

TEST_F(IrcClientMembers, aNickThatIsTakenOverHasNoGhost)
{
    ready();
    join("#c", "me ada bob");
    hear(":ada!a@h NICK bob");
    EXPECT_EQ(told(), (Lines{"members of #c", "renamed #c bob 0>0 was ada by ada!a@h",
                             "nick ada!a@h -> bob"}));
    EXPECT_EQ(members("#c"), (Lines{"bob", "me"}));
    hear(":bob!a@h NICK BOB"); // the case alone
    EXPECT_EQ(members("#c"), (Lines{"BOB", "me"}));
}

TEST_F(IrcClientMembers, whatConcernsStrangersIsIgnored)
{
    ready();
    join("#c", "me ada");
    hearAll({":nobody!n@h PART #c", ":nobody!n@h QUIT :x", ":nobody!n@h KICK #c nobody2",
             ":ada!a@h PART #other", ":ada!a@h KICK #other me", ":ada!a@h JOIN #other", ":ada PART",
             ":ada KICK #c", "KICK", "QUIT", "PART", ":ada!a@h MODE #other +o ada",
             ":nobody AWAY :x"});
    EXPECT_EQ(told(), Lines{});
    EXPECT_EQ(members("#c"), (Lines{"ada", "me"}));
}

TEST_F(IrcClientMembers, haveALimit)
{
    options.members_max = 5;
    ready();
    join("#a", "me ada bob carl");
    join("#b", "me dora emil");
    EXPECT_EQ(members("#a").size() + members("#b").size(), 5u);
    hear(":zed!z@h JOIN #b");
    EXPECT_EQ(members("#a").size() + members("#b").size(), 5u);
    hear(":carl!c@h QUIT");
    hear(":zed!z@h JOIN #a"); // there is room again
    EXPECT_EQ(members("#a"), (Lines{"ada", "bob", "me", "zed"}));
}

TEST_F(IrcClientMembers, manyStaySorted)
{
    ready();
    std::string names = "me";
    for (int i = 0; i < 60; i++)
        names += " " +
                 std::string(i % 7 == 0   ? "@"
                             : i % 5 == 0 ? "+"
                                          : "") +
                 "n" + std::to_string((i * 37) % 61);
    join("#c", names);
    Lines all = members("#c");
    EXPECT_EQ(all.size(), 61u);
    for (int i = 0; i < 60; i += 2)
        hear(":n" + std::to_string((i * 37) % 61) + "!u@h PART #c");
    EXPECT_EQ(members("#c").size(), 31u);
    auto rank = [](const std::string &name) { return name[0] == '@' ? 0 : name[0] == '+' ? 1 : 2; };
    all = members("#c");
    for (size_t i = 1; i < all.size(); i++) {
        EXPECT_LE(rank(all[i - 1]), rank(all[i]));
        if (rank(all[i - 1]) == rank(all[i])) {
            EXPECT_LT(all[i - 1], all[i]);
        }
    }
}

TEST_F(IrcClientNames, multiPrefixAndAddresses)
{
    ready("PREFIX=(qaohv)~&@%+", "multi-prefix userhost-in-names");
    bight_irc_channel *channel = join("#c", "~@ada!a@ada.host &bob!b@h %+carl!c@h me!u@h");
    EXPECT_EQ(members(channel), (Lines{"~@ada", "&bob", "%+carl", "me"}));
    bight_irc_member *ada = bight_irc_channel_find_member(channel, "ada");
    EXPECT_STREQ(bight_irc_member_get_user(ada), "a");
    EXPECT_STREQ(bight_irc_member_get_host(ada), "ada.host");
}

TEST_F(IrcClientNames, aRefreshRepairsTheList)
{
    ready();
    join("#c", "me @ada bob");
    // ada has lost her rank, bob is gone, carl is new, and dora joins in between.
    hearAll({":irc.test 353 me = #c :me ada", ":dora!d@h JOIN #c", ":irc.test 353 me = #c :carl",
             ":irc.test 366 me #c :End"});
    EXPECT_EQ(members("#c"), (Lines{"ada", "carl", "dora", "me"}));
    EXPECT_EQ(told().back(), "members of #c");
}

TEST_F(IrcClientNames, withoutMultiPrefixLowerRanksAreNotForgotten)
{
    ready("PREFIX=(ohv)@%+");
    join("#c", "me @ada");
    hear(":irc.test MODE #c +v ada");
    EXPECT_EQ(members("#c")[0], "@+ada");
    hearAll({":irc.test 353 me = #c :me @ada", ":irc.test 366 me #c :End"});
    EXPECT_EQ(members("#c")[0], "@+ada");
    hearAll({":irc.test 353 me = #c :me %ada", ":irc.test 366 me #c :End"});
    EXPECT_EQ(members("#c")[0], "%+ada"); // @ would be shown if it was there
    hearAll({":irc.test 353 me = #c :me ada", ":irc.test 366 me #c :End"});
    EXPECT_EQ(members("#c")[0], "ada");
}

TEST_F(IrcClientNames, ofAChannelThatWeAreNotInIsInformation)
{
    ready();
    hearAll({":irc.test 353 me = #other :ada bob", ":irc.test 366 me #other :End"});
    EXPECT_EQ(told(), Lines{"info 353 [#other] ada bob"});
}

TEST_F(IrcClientModes, ranksChangePositions)
{
    ready();
    join("#c", "me ada bob");
    hear(":irc.test MODE #c +ov bob ada");
    EXPECT_EQ(told(), (Lines{"ranked #c @bob 1>0 by irc.test(server)",
                             "ranked #c +ada 1>1 by irc.test(server)",
                             "modes of #c by irc.test(server): +ov bob ada"}));
    hear(":bob!b@h MODE #c -o+v bob bob");
    EXPECT_EQ(told(), (Lines{"ranked #c bob 0>1 by bob!b@h", "ranked #c +bob 1>1 by bob!b@h",
                             "modes of #c by bob!b@h: -o+v bob bob"}));
    hear(":bob!b@h MODE #c +v bob"); // has it already
    EXPECT_EQ(told(), Lines{"modes of #c by bob!b@h: +v bob"});
}

TEST_F(IrcClientModes, argumentsGoToTheRightLetters)
{
    ready("CHANMODES=beI,k,lj,imnpst PREFIX=(ov)@+");
    bight_irc_channel *channel = join("#c", "me ada");
    hear(":irc.test 324 me #c +ntk old");
    EXPECT_STREQ(bight_irc_channel_get_modes(channel), "+ntk old");
    hear(":x!x@h MODE #c +bl-t+ko *!*@bad 25 key ada");
    EXPECT_STREQ(bight_irc_channel_get_modes(channel), "+nlk 25 key");
    EXPECT_EQ(members(channel)[0], "@ada");
    hear(":x!x@h MODE #c -l-k+mi key");
    EXPECT_STREQ(bight_irc_channel_get_modes(channel), "+imn");
}

TEST_F(IrcClientModes, lettersWithoutTheirArgumentsAreHarmless)
{
    ready();
    join("#c", "me @ada");
    hearAll({":x!x@h MODE #c +ooooovvvbbkkll", ":x!x@h MODE #c", ":x!x@h MODE #c :",
             ":x!x@h MODE #c ++--1!\x01", ":irc.test 324 me", ":irc.test 324 me #c", "MODE"});
    EXPECT_EQ(members("#c"), (Lines{"@ada", "me"}));
}

TEST_F(IrcClientModes, ownModesAreToldWithoutAChannel)
{
    ready();
    hearAll({":me MODE me :+i", ":irc.test MODE other :+i"});
    EXPECT_EQ(told(), Lines{"modes of me by me(self): +i"});
}

TEST_F(IrcClientModes, areSentWithTheirArguments)
{
    ready();
    ASSERT_EQ(bight_irc_client_mode(client, "#c", "+ov ada bob"), BIGHT_OK);
    ASSERT_EQ(bight_irc_client_mode(client, "#c", nullptr), BIGHT_OK);
    EXPECT_EQ(bight_irc_client_mode(client, "#c", "+o a\r\nQUIT"), BIGHT_ERROR_INVALID);
    EXPECT_EQ(sent(), (Lines{"MODE #c +ov ada bob", "MODE #c"}));
}

TEST_F(IrcClientTopic, changesAndGoes)
{
    ready();
    bight_irc_channel *channel = join("#c");
    EXPECT_STREQ(bight_irc_channel_get_topic(channel), "");
    ASSERT_EQ(bight_irc_client_topic(client, "#c", "New topic"), BIGHT_OK);
    ASSERT_EQ(bight_irc_client_topic(client, "#c", ""), BIGHT_OK);
    EXPECT_EQ(sent(), (Lines{"TOPIC #c :New topic", "TOPIC #c :"}));
    hear(":ada!a@h TOPIC #c :New topic");
    EXPECT_EQ(told(), Lines{"topic of #c by ada!a@h: New topic"});
    EXPECT_STREQ(bight_irc_channel_get_topic_setter(channel), "ada");
    hearAll({":ada!a@h TOPIC #c :", ":irc.test 331 me #c :No topic is set"});
    EXPECT_EQ(told(), (Lines{"topic of #c by ada!a@h: ", "topic of #c: "}));
    hear(":irc.test 332 me #other :Theirs");
    EXPECT_EQ(told(), Lines{"info 332 [#other] Theirs"});
}

TEST_F(IrcClientFeatures, areKeptChangedAndForgotten)
{
    ready("NICKLEN=30 NETWORK=Test\\x20Net SAFELIST ELIST=CTU");
    EXPECT_STREQ(bight_irc_client_get_feature(client, "NICKLEN"), "30");
    EXPECT_STREQ(bight_irc_client_get_feature(client, "SAFELIST"), "");
    EXPECT_STREQ(bight_irc_client_get_network(client), "Test Net");
    hear(":irc.test 005 me NICKLEN=9 -SAFELIST -NEVERSEEN :are supported");
    EXPECT_STREQ(bight_irc_client_get_feature(client, "NICKLEN"), "9");
    EXPECT_EQ(bight_irc_client_get_feature(client, "SAFELIST"), nullptr);
    EXPECT_STREQ(bight_irc_client_get_feature(client, "ELIST"), "CTU");
}

TEST_F(IrcClientFeatures, escapesCannotMakeInvalidText)
{
    ready("NETWORK=a\\xFFb\\x00c\\x4");
    EXPECT_STREQ(bight_irc_client_get_network(client), "a\xef\xbf\xbd"
                                                       "b\\x00c\\x4");
}

TEST_F(IrcClientFeatures, caseMappingDecidesWhoIsTheSame)
{
    ready("CASEMAPPING=ascii");
    EXPECT_TRUE(bight_irc_client_same_name(client, "Ada", "aDA"));
    EXPECT_FALSE(bight_irc_client_same_name(client, "a[]", "a{}"));
    join("#c", "me a[] a{}");
    EXPECT_EQ(members("#c"), (Lines{"a[]", "a{}", "me"}));
    hear(":irc.test 005 me -X :are supported");
    EXPECT_EQ(told(), Lines{});
    // Changed in the middle, two people become one; nothing may break, whoever leaves.
    hear(":irc.test 005 me CASEMAPPING=rfc1459 :are supported");
    EXPECT_EQ(told(), Lines{"members of #c"});
    hearAll({":a{}!u@h PART #c", ":a[]!u@h QUIT", ":me!myuser@my.host PART #c"});
    EXPECT_EQ(bight_irc_client_count_channels(client), 0u);
}

TEST_F(IrcClientFeatures, newPrefixesSortAnew)
{
    ready();
    join("#c", "me @ada +bob");
    hear(":irc.test 005 me PREFIX=(vo)!@ :are supported");
    EXPECT_EQ(told(), Lines{"members of #c"});
    EXPECT_EQ(members("#c"), (Lines{"!bob", "@ada", "me"}));
    hear(":irc.test 005 me PREFIX= :are supported");
    EXPECT_EQ(members("#c"), (Lines{"ada", "bob", "me"}));
}

TEST_F(IrcClientFeatures, nonsenseChangesNothing)
{
    ready();
    hear(":irc.test 005 me PREFIX=(ov)@ PREFIX=ov@+ PREFIX=(1!)@+ LINELEN=1 CHANMODES=,,,,, "
         "CHANTYPES=#&! =x - :are supported");
    join("#c", "me @ada");
    EXPECT_EQ(members("#c"), (Lines{"@ada", "me"}));
    EXPECT_TRUE(bight_irc_client_is_channel(client, "!x"));
    EXPECT_FALSE(bight_irc_client_is_channel(client, ""));
    for (int i = 0; i < 300; i++)
        hear(":irc.test 005 me F" + std::to_string(i) + "=1 :are supported");
    EXPECT_EQ(bight_irc_client_get_feature(client, "F299"), nullptr); // there is a limit
}

TEST_F(IrcClientPeople, whoisIsCollected)
{
    ready();
    ASSERT_EQ(bight_irc_client_whois(client, "ada"), BIGHT_OK);
    EXPECT_EQ(sent(), Lines{"WHOIS ada"});
    hearAll({":irc.test 311 me ada a ada.host * :Ada L", ":irc.test 319 me ada :@#c",
             ":irc.test 319 me ada :#d", ":irc.test 312 me ada irc.test :The server",
             ":irc.test 301 me ada :lunch", ":irc.test 313 me ada :is an IRC operator",
             ":irc.test 330 me ada adas :is logged in as", ":irc.test 671 me ada :is secure",
             ":irc.test 317 me ada 42 1600000000 :seconds idle, signon time"});
    EXPECT_EQ(told(), Lines{});
    hear(":irc.test 318 me ada :End of WHOIS");
    EXPECT_EQ(told(), Lines{"whois ada!a@ada.host (Ada L) on irc.test in @#c #d account adas away "
                            "lunch idle 42 since 1600000000000 oper secure"});
    hearAll({":irc.test 401 me nobody :No such nick", ":irc.test 318 me nobody :End of WHOIS"});
    EXPECT_EQ(told(), Lines{"problem 401 [nobody] nobody: No such nick"});
}

TEST_F(IrcClientPeople, awayInvitesAndLists)
{
    ready();
    ASSERT_EQ(bight_irc_client_away(client, "lunch"), BIGHT_OK);
    ASSERT_EQ(bight_irc_client_away(client, nullptr), BIGHT_OK);
    ASSERT_EQ(bight_irc_client_list(client, nullptr), BIGHT_OK);
    ASSERT_EQ(bight_irc_client_invite(client, "ada", "#c"), BIGHT_OK);
    ASSERT_EQ(bight_irc_client_kick(client, "#c", "ada", "go away"), BIGHT_OK);
    EXPECT_EQ(sent(),
              (Lines{"AWAY lunch", "AWAY", "LIST", "INVITE ada #c", "KICK #c ada :go away"}));
    hear(":irc.test 306 me :You are away");
    EXPECT_TRUE(bight_irc_client_is_away(client));
    hear(":irc.test 305 me :You are back");
    EXPECT_FALSE(bight_irc_client_is_away(client));
    hearAll({":irc.test 301 me ada :asleep", ":irc.test 341 me ada #c", ":ada!a@h INVITE me :#d",
             ":ada!a@h INVITE other #d", ":irc.test 321 me Channel :Users",
             ":irc.test 322 me #c 3 :Topic",
             ":irc.test 322 me #d 99999999999999 :", ":irc.test 323 me :End"});
    EXPECT_EQ(told(), (Lines{"I am away", "I am back", "away ada: asleep",
                             "info 341 [#c] ada is invited to #c", "invited to #d by ada!a@h",
                             "list #c 3 Topic", "list #d 10000000 ", "list end"}));
}

TEST_F(IrcClientPeople, unknownNumericsAreInformationAndErrorsAreProblems)
{
    ready();
    hearAll({":irc.test 251 me :There are 3 users", ":irc.test 252 me 1 :operators online",
             ":irc.test 799 me a b :c", ":irc.test 474 me #c :Cannot join channel (+b)",
             ":irc.test 499 me", ":irc.test 400", ":irc.test 999", "FAIL JOIN X #c :Not so",
             ":irc.test WALLOPS :attention", "UNKNOWN stuff", ":irc.test NOTE * Z :Look"});
    EXPECT_EQ(told(), (Lines{"info 251 [] There are 3 users", "info 252 [1] 1 operators online",
                             "info 799 [a] a b c", "problem 474 [#c] #c: Cannot join channel (+b)",
                             "problem 499 [] me", "problem 400 [] ", "info 999 [] ",
                             "problem 0 [JOIN] JOIN: Not so", "info 0 [irc.test] attention",
                             "info 0 [*] Look"}));
}

} // namespace
} // namespace irc
