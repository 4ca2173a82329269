// Text as IRC carries it: repaired, stripped, split; nicks in it.
#include <bight/irc_text.h>

#include <gtest/gtest.h>
#include <string>
#include <vector>

namespace
{

std::string repaired(const std::string &text)
{
    std::vector<char> out(text.size() * 3 + 1);
    size_t size = bight_irc_repair(text.data(), text.size(), out.data(), out.size());

    EXPECT_EQ(size, std::string(out.data()).size());
    return out.data();
}

std::string stripped(const char *text)
{
    std::vector<char> out(std::string(text).size() + 1);

    bight_irc_strip(text, out.data(), out.size());
    return out.data();
}

const std::string replacement = "\xef\xbf\xbd";

TEST(IrcRepair, validTextIsLeftAlone)
{
    for (const char *text : {"", "plain", "gr\xc3\xbc\xc3\x9f", "\xe2\x82\xac \xf0\x9f\x98\x80",
                             "\xf4\x8f\xbf\xbf", "\xee\x80\x80", "\x02bold\x02"})
        EXPECT_EQ(repaired(text), text);
}

TEST(IrcRepair, eachBrokenSequenceBecomesOneReplacement)
{
    EXPECT_EQ(repaired("caf\xe9!"), "caf" + replacement + "!");
    EXPECT_EQ(repaired("\xe2\x82"), replacement);                          // cut short
    EXPECT_EQ(repaired("\xe2\x82x"), replacement + "x");                   // the x is kept
    EXPECT_EQ(repaired("\xf0\x9f\x98\xc3\xbc"), replacement + "\xc3\xbc"); // and a new start
    EXPECT_EQ(repaired("\x80\x80"), replacement + replacement);
}

TEST(IrcRepair, whatUnicodeForbidsIsBroken)
{
    EXPECT_EQ(repaired("\xc0\xaf"), replacement + replacement); // overlong '/'
    EXPECT_EQ(repaired("\xe0\x80\xaf"), replacement + replacement + replacement);
    EXPECT_EQ(repaired("\xed\xa0\x80"), replacement + replacement + replacement); // surrogate
    EXPECT_EQ(repaired("\xf4\x90\x80\x80").substr(0, 3), replacement);            // above U+10FFFF
    EXPECT_EQ(repaired("\xff"), replacement);
    EXPECT_EQ(repaired(std::string("a\0b", 3)), "a" + replacement + "b");
}

TEST(IrcRepair, whatDoesNotFitIsLeftOutBetweenCharacters)
{
    char out[5];

    EXPECT_EQ(bight_irc_repair("ab\xe2\x82\xac", 5, out, sizeof out), 5u);
    EXPECT_STREQ(out, "ab");
    EXPECT_EQ(bight_irc_repair("\xe2\x82\xac", 3, out, 4), 3u);
    EXPECT_STREQ(out, "\xe2\x82\xac");
    EXPECT_EQ(bight_irc_repair("abc", 3, nullptr, 0), 3u);
    // A character that does not fit is not jumped over for a smaller one behind it.
    bight_irc_repair("abc\xe2\x82\xac"
                     "d",
                     7, out, sizeof out);
    EXPECT_STREQ(out, "abc");
}

TEST(IrcStrip, coloursGoWithTheirNumbers)
{
    EXPECT_EQ(stripped("\x03"
                       "04red\x03 plain"),
              "red plain");
    EXPECT_EQ(stripped("\x03"
                       "4,12red on blue"),
              "red on blue");
    EXPECT_EQ(stripped("\x03"
                       "123"),
              "3");
    EXPECT_EQ(stripped("\x03"
                       "1,2,3"),
              ",3");
    EXPECT_EQ(stripped("\x03"
                       "4,x"),
              ",x");
    EXPECT_EQ(stripped("\x03,4"), ",4");
    EXPECT_EQ(stripped("\x04"
                       "ff0000red\x04"
                       "00ff00,0000ffx"),
              "redx");
    EXPECT_EQ(stripped("\x03"), "");
}

TEST(IrcStrip, everyControlCharacterGoes)
{
    EXPECT_EQ(stripped("\x02"
                       "b\x1di\x1fu\x1es\x11m\x16r\x0f \x07\x1b[0m\x7f"),
              "biusmr [0m");
    EXPECT_EQ(stripped("a\tb"), "a b");
    EXPECT_EQ(stripped("a\xc2\x9b"
                       "b\xc2\xa0"
                       "c"),
              "ab\xc2\xa0"
              "c");
}

TEST(IrcSplit, cutsAfterASpaceInTheSecondHalf)
{
    EXPECT_EQ(bight_irc_split("short", 10), 5u);
    EXPECT_EQ(bight_irc_split("exactly10!", 10), 10u);
    EXPECT_EQ(bight_irc_split("hello my world", 10), 9u);
    EXPECT_EQ(bight_irc_split("a verylongwordindeed", 10), 10u);
}

TEST(IrcSplit, neverCutsInsideACharacter)
{
    std::string text;

    for (int i = 0; i < 50; i++)
        text += i % 3 == 0 ? "\xf0\x9f\x98\x80" : i % 3 == 1 ? "\xc3\xbc" : "x";
    for (size_t max = 4; max < 40; max++) {
        std::string left = text, whole;

        while (!left.empty()) {
            size_t size = bight_irc_split(left.c_str(), max);

            ASSERT_GE(size, 1u);
            ASSERT_LE(size, max);
            EXPECT_EQ(repaired(left.substr(0, size)), left.substr(0, size)) << max;
            whole += left.substr(0, size);
            left = left.substr(size);
        }
        EXPECT_EQ(whole, text);
    }
}

TEST(IrcSplit, noRoomForACharacterIsMisuse)
{
    EXPECT_DEATH(bight_irc_split("text", 3), "bight_irc_split");
}

TEST(IrcNickColour, isTheSameForOnePersonAndInRange)
{
    unsigned ada = bight_irc_nick_colour("ada", 12);

    for (const char *nick : {"Ada", "ADA_", "ada__", "ada`", "ada2"})
        EXPECT_EQ(bight_irc_nick_colour(nick, 12), ada) << nick;
    EXPECT_EQ(bight_irc_nick_colour("anybody", 1), 0u);
    EXPECT_LT(bight_irc_nick_colour("", 3), 3u);
    EXPECT_LT(bight_irc_nick_colour("___", 3), 3u);
}

TEST(IrcNickColour, spreadsOverAllColours)
{
    std::vector<int> count(8);

    for (char a = 'a'; a <= 'z'; a++)
        for (char b = 'a'; b <= 'z'; b++)
            count[bight_irc_nick_colour((std::string() + a + b + "x").c_str(), 8)]++;
    for (int each : count)
        EXPECT_NEAR(each, 26 * 26 / 8, 35);
}

TEST(IrcMentions, findsANickOnlyAsAWord)
{
    for (const char *text : {"ada", "ada: hi", "hi Ada!", "(ada)", "@ADA, look",
                             "\xe4\xbd\xa0\xe5\xa5\xbd"
                             "ada",
                             "canada and ada"})
        EXPECT_TRUE(bight_irc_mentions(text, "ada")) << text;
    for (const char *text : {"", "canada", "adam", "ada_", "ada-b", "[ada]",
                             "\xc3\xa9"
                             "ada",
                             "ada\xc3\xa9"})
        EXPECT_FALSE(bight_irc_mentions(text, "ada")) << text;
    EXPECT_FALSE(bight_irc_mentions("anything", ""));
    EXPECT_TRUE(bight_irc_mentions("hello [X]", "[x]"));
}

} // namespace
