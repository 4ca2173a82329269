// Names of IRC, their case, and masks.
#include <bight/irc_names.h>

#include <gtest/gtest.h>
#include <set>
#include <string>

namespace
{

bool matches(const char *mask, const char *text, bight_irc_case mapping = BIGHT_IRC_CASE_RFC1459)
{
    return bight_irc_mask_matches(mapping, bight_view_of(mask), bight_view_of(text));
}

bool equal(bight_irc_case mapping, const char *a, const char *b)
{
    return bight_irc_equal(mapping, bight_view_of(a), bight_view_of(b));
}

TEST(IrcCase, eachMappingLowersItsOwnBytes)
{
    EXPECT_TRUE(equal(BIGHT_IRC_CASE_ASCII, "NICK", "nick"));
    EXPECT_FALSE(equal(BIGHT_IRC_CASE_ASCII, "a[]\\~", "a{}|^"));
    EXPECT_TRUE(equal(BIGHT_IRC_CASE_RFC1459, "a[]\\^", "A{}|~"));
    EXPECT_TRUE(equal(BIGHT_IRC_CASE_RFC1459_STRICT, "a[]\\", "A{}|"));
    EXPECT_FALSE(equal(BIGHT_IRC_CASE_RFC1459_STRICT, "^", "~"));
    EXPECT_FALSE(equal(BIGHT_IRC_CASE_RFC1459, "ab", "abc"));
    EXPECT_FALSE(equal(BIGHT_IRC_CASE_RFC1459, "@", "`"));
    EXPECT_FALSE(equal(BIGHT_IRC_CASE_RFC1459, "_", "\x7f"));
    EXPECT_TRUE(equal(BIGHT_IRC_CASE_RFC1459, "\xC3\xA4", "\xC3\xA4"));
}

TEST(IrcCase, isFoundByItsName)
{
    bight_irc_case mapping = BIGHT_IRC_CASE_ASCII;

    for (bight_irc_case each :
         {BIGHT_IRC_CASE_ASCII, BIGHT_IRC_CASE_RFC1459, BIGHT_IRC_CASE_RFC1459_STRICT}) {
        EXPECT_EQ(bight_irc_case_find(bight_view_of(bight_irc_case_name(each)), &mapping),
                  BIGHT_OK);
        EXPECT_EQ(mapping, each);
    }
    EXPECT_EQ(bight_irc_case_find(bight_view_of("utf-8"), &mapping), BIGHT_ERROR_NOT_FOUND);
}

TEST(IrcCase, orderIsThatOfTheSmallForms)
{
    auto compare = [](const char *a, const char *b) {
        return bight_irc_compare(BIGHT_IRC_CASE_RFC1459, bight_view_of(a), bight_view_of(b));
    };

    EXPECT_EQ(compare("Bob", "bOB"), 0);
    EXPECT_LT(compare("alice", "Bob"), 0);
    EXPECT_GT(compare("Bobby", "bob"), 0);
    EXPECT_LT(compare("", "a"), 0);
}

TEST(IrcHash, isOneForOneName)
{
    const uint64_t seed[2] = {1, 2}, other[2] = {1, 3};
    auto hash = [](const char *name, const uint64_t *with) {
        return bight_irc_hash(BIGHT_IRC_CASE_RFC1459, bight_view_of(name), with);
    };
    std::set<uint64_t> hashes;

    EXPECT_EQ(hash("Nick[away]", seed), hash("nICK{AWAY}", seed));
    EXPECT_NE(hash("nick", seed), hash("nick", other));
    for (int i = 0; i < 10000; i++)
        hashes.insert(hash(("nick" + std::to_string(i)).c_str(), seed));
    EXPECT_EQ(hashes.size(), 10000U);
    EXPECT_NE(hash("a", seed), hash(std::string("aa").c_str(), seed));
}

TEST(IrcMask, matchesAsRfc2812Says)
{
    EXPECT_TRUE(matches("*!*@*.example.org", "dan!d@a.b.example.org"));
    EXPECT_FALSE(matches("*!*@*.example.org", "dan!d@example.org"));
    EXPECT_TRUE(matches("DAN!*@*", "dan!d@x"));
    EXPECT_TRUE(matches("d?n", "dan"));
    EXPECT_FALSE(matches("d?n", "dn"));
    EXPECT_TRUE(matches("*", ""));
    EXPECT_TRUE(matches("", ""));
    EXPECT_FALSE(matches("", "a"));
    EXPECT_FALSE(matches("?", ""));
    EXPECT_TRUE(matches("a**b", "ab"));
    EXPECT_TRUE(matches("*a*b*c", "xxaxxbxxbxc"));
    EXPECT_FALSE(matches("*a*b*c", "xxaxxbxxbxcd"));
    EXPECT_TRUE(matches("*ab", "aab"));
}

TEST(IrcMask, aBackslashTakesTheMeaningAway)
{
    EXPECT_TRUE(matches("a\\*b", "a*b"));
    EXPECT_FALSE(matches("a\\*b", "axb"));
    EXPECT_TRUE(matches("a\\?b", "a?b"));
    EXPECT_FALSE(matches("a\\?b", "axb"));
    EXPECT_TRUE(matches("a\\\\b", "a\\b"));
    EXPECT_TRUE(matches("nick\\x", "nick\\x"));
    EXPECT_TRUE(matches("x\\", "x\\"));
    EXPECT_TRUE(matches("*\\*", "aa*"));
}

// With a mask that makes careless matchers exponential; the test's timeout is the assertion.
TEST(IrcMask, aHostileMaskCostsNoMoreThanAProduct)
{
    std::string mask, text(4000, 'a');

    for (int i = 0; i < 500; i++)
        mask += "*a";
    mask += "*b";
    EXPECT_FALSE(matches(mask.c_str(), text.c_str()));
}

TEST(IrcNick, hasItsBytes)
{
    auto valid = [](const char *nick) { return bight_irc_nick_is_valid(bight_view_of(nick), 9); };

    for (const char *nick : {"a", "Nick", "[]\\`_^{|", "a-1", "_", "ninechars"})
        EXPECT_TRUE(valid(nick)) << nick;
    for (const char *nick : {"", "1a", "-a", "a b", "a!b", "a@b", "#a", "\xC3\xA4", "tenletters",
                             "a~", "a,b", "a:b", "a*", "a."})
        EXPECT_FALSE(valid(nick)) << nick;
}

TEST(IrcChannel, hasItsBytes)
{
    auto valid = [](bight_view name) { return bight_irc_channel_is_valid(name, "#&", 10); };

    for (const char *name : {"#a", "&a", "#", "##", "#\xC3\xA4", "#tenletter"})
        EXPECT_TRUE(valid(bight_view_of(name))) << name;
    for (const char *name :
         {"", "a", "+a", "#a b", "#a,b", "#a:b", "#a\a", "#a\r", "#a\n", "#eleven1234"})
        EXPECT_FALSE(valid(bight_view_of(name))) << name;
    EXPECT_FALSE(valid({reinterpret_cast<const uint8_t *>("#\0"), 2}));
    EXPECT_FALSE(valid({reinterpret_cast<const uint8_t *>("\0#"), 2}));
}

} // namespace
