// Messages of IRC, read and written.
#include <bight/irc_message.h>

#include <gtest/gtest.h>
#include <optional>
#include <string>
#include <vector>

namespace
{

std::string text(bight_view view)
{
    return view.size > 0 ? std::string(reinterpret_cast<const char *>(view.data), view.size) : "";
}

bight_view view(const std::string &string)
{
    return {reinterpret_cast<const uint8_t *>(string.data()), string.size()};
}

std::optional<bight_irc_message> parse(const std::string &line)
{
    bight_irc_message message;

    if (bight_irc_message_parse(view(line).data, line.size(), &message) != BIGHT_OK)
        return std::nullopt;
    return message;
}

std::vector<std::string> params(const bight_irc_message &message)
{
    std::vector<std::string> list;

    for (size_t i = 0; i < message.param_count; i++)
        list.push_back(text(message.params[i]));
    return list;
}

std::string format(const bight_irc_message &message)
{
    std::string buffer(BIGHT_IRC_MAX_MESSAGE, '\0');
    size_t length = 0;
    bight_status status =
        bight_irc_message_format(&message, buffer.data(), buffer.size(), 0, &length);

    if (status != BIGHT_OK)
        return bight_status_text(status);
    return buffer.substr(0, length);
}

using Params = std::vector<std::string>;

TEST(IrcMessage, everyPartIsFound)
{
    std::string line = "@time=12;+typing :dan!d@localhost PRIVMSG #chan :Hello  there ";
    auto message = parse(line);

    ASSERT_TRUE(message);
    EXPECT_EQ(text(message->tags), "time=12;+typing");
    EXPECT_EQ(text(message->source), "dan!d@localhost");
    EXPECT_EQ(text(message->nick), "dan");
    EXPECT_EQ(text(message->user), "d");
    EXPECT_EQ(text(message->host), "localhost");
    EXPECT_EQ(text(message->command), "PRIVMSG");
    EXPECT_EQ(params(*message), (Params{"#chan", "Hello  there "}));
    EXPECT_TRUE(message->trailing);
    EXPECT_EQ(message->params[2].data, nullptr);
}

TEST(IrcMessage, absentPartsAreNull)
{
    std::string line = "QUIT";
    auto message = parse(line);

    ASSERT_TRUE(message);
    EXPECT_EQ(message->tags.data, nullptr);
    EXPECT_EQ(message->source.data, nullptr);
    EXPECT_EQ(message->nick.data, nullptr);
    EXPECT_EQ(message->param_count, 0U);
    EXPECT_FALSE(message->trailing);
    EXPECT_EQ(bight_irc_message_param(&*message, 0).data, nullptr);
    EXPECT_EQ(bight_irc_message_param(&*message, SIZE_MAX).size, 0U);
}

TEST(IrcMessage, anEmptyTrailingParameterIsThere)
{
    auto message = parse("TOPIC #c :");

    ASSERT_TRUE(message);
    EXPECT_EQ(message->param_count, 2U);
    EXPECT_EQ(message->params[1].size, 0U);
    EXPECT_NE(message->params[1].data, nullptr);
}

TEST(IrcMessage, extraSpacesAreTolerated)
{
    std::string line = "@a=b   :src   PING    one   two   ";
    auto message = parse(line);

    ASSERT_TRUE(message);
    EXPECT_EQ(text(message->source), "src");
    EXPECT_EQ(params(*message), (Params{"one", "two"}));
}

TEST(IrcMessage, colonsInsideAreText)
{
    std::string line = "PRIVMSG a:b ::)";
    auto message = parse(line);

    ASSERT_TRUE(message);
    EXPECT_EQ(params(*message), (Params{"a:b", ":)"}));
}

TEST(IrcMessage, theFifteenthParameterTakesTheRest)
{
    std::string line = "CMD 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 :17";
    auto message = parse(line);

    ASSERT_TRUE(message);
    ASSERT_EQ(message->param_count, 15U);
    EXPECT_EQ(text(message->params[13]), "14");
    EXPECT_EQ(text(message->params[14]), "15 16 :17");
}

TEST(IrcMessage, theFifteenthParameterMayHaveItsColon)
{
    std::string line = "CMD 1 2 3 4 5 6 7 8 9 10 11 12 13 14 :15 16";
    auto message = parse(line);

    ASSERT_TRUE(message);
    EXPECT_EQ(text(message->params[14]), "15 16");
}

struct Source {
    const char *whole, *nick, *user, *host;
};

class IrcSource : public testing::TestWithParam<Source>
{
};

TEST_P(IrcSource, isSplit)
{
    std::string line = std::string(":") + GetParam().whole + " X";
    auto message = parse(line);

    ASSERT_TRUE(message);
    EXPECT_EQ(text(message->source), GetParam().whole);
    EXPECT_EQ(text(message->nick), GetParam().nick);
    EXPECT_EQ(text(message->user), GetParam().user);
    EXPECT_EQ(text(message->host), GetParam().host);
}

INSTANTIATE_TEST_SUITE_P(
    Forms, IrcSource,
    testing::Values(Source{"coolguy", "coolguy", "", ""},
                    Source{"coolguy!ag@127.0.0.1", "coolguy", "ag", "127.0.0.1"},
                    Source{"coolguy@127.0.0.1", "coolguy", "", "127.0.0.1"},
                    Source{"coolguy!ag", "coolguy", "ag", ""},
                    Source{"irc.example.org", "irc.example.org", "", ""},
                    Source{"a@b!c@d", "a@b", "c", "d"}, Source{"!@", "", "", ""},
                    Source{"@!", "@", "", ""}, Source{"n!u@h@i", "n", "u", "h@i"},
                    Source{"c!~a@net\x03w\x03ork.admin", "c", "~a", "net\x03w\x03ork.admin"}));

class IrcNoMessage : public testing::TestWithParam<std::string>
{
};

TEST_P(IrcNoMessage, isRefused)
{
    EXPECT_FALSE(parse(GetParam()));
}

INSTANTIATE_TEST_SUITE_P(Lines, IrcNoMessage,
                         testing::Values("", " ", ":", ":src", ":src ", "@", "@a=b", "@a=b ",
                                         "@a :src", ":src :cmd", "PRIV MSG\r", "A\nB",
                                         std::string("A\0B", 3), "PRIV-MSG x", "12 x", "1234 x",
                                         "A1B", "\xC3\xA4 x", "@a=b :src :x"));

TEST(IrcMessage, commandsCompareInAnyCase)
{
    std::string line = "PrivMsg x :y", numeric = ":irc 001 me :hi";
    auto message = parse(line);

    ASSERT_TRUE(message);
    EXPECT_TRUE(bight_irc_message_is(&*message, "PRIVMSG"));
    EXPECT_FALSE(bight_irc_message_is(&*message, "PRIVMS"));
    EXPECT_EQ(bight_irc_message_numeric(&*message), -1);
    message = parse(numeric);
    ASSERT_TRUE(message);
    EXPECT_EQ(bight_irc_message_numeric(&*message), 1);
    line = "ABC";
    message = parse(line);
    EXPECT_EQ(bight_irc_message_numeric(&*message), -1);
}

TEST(IrcFormat, writesWhatWasMeant)
{
    const char *const arguments[] = {"#c", "two words"};
    bight_irc_message message = bight_irc_message_of("PRIVMSG", arguments, 2);

    EXPECT_EQ(format(message), "PRIVMSG #c :two words\r\n");
    message.params[1] = bight_view_of("word");
    EXPECT_EQ(format(message), "PRIVMSG #c word\r\n");
    message.trailing = true;
    EXPECT_EQ(format(message), "PRIVMSG #c :word\r\n");
    message.params[1] = bight_view_of("");
    message.trailing = false;
    EXPECT_EQ(format(message), "PRIVMSG #c :\r\n");
    message.params[1] = bight_view_of(":)");
    EXPECT_EQ(format(message), "PRIVMSG #c ::)\r\n");
    message.source = bight_view_of("dan!d@host");
    message.tags = bight_view_of("a=b");
    EXPECT_EQ(format(message), "@a=b :dan!d@host PRIVMSG #c ::)\r\n");
}

TEST(IrcFormat, aNullEndsTheArguments)
{
    const char *const arguments[] = {"#c", nullptr, "never"};

    EXPECT_EQ(format(bight_irc_message_of("JOIN", arguments, 3)), "JOIN #c\r\n");
    EXPECT_EQ(format(bight_irc_message_of("QUIT", nullptr, 0)), "QUIT\r\n");
}

// Each of these would smuggle something in, or parse back as something else.
TEST(IrcFormat, refusesWhatWouldParseDifferently)
{
    std::string invalid = bight_status_text(BIGHT_ERROR_INVALID);
    const std::string evil[] = {"a\rb", "a\nb", std::string("a\0b", 3), "a\r\nQUIT"};

    for (const std::string &bytes : evil) {
        bight_irc_message message = {};

        message.command = bight_view_of("PRIVMSG");
        message.param_count = 2;
        message.params[0] = view(bytes);
        message.params[1] = bight_view_of("x");
        EXPECT_EQ(format(message), invalid);
        std::swap(message.params[0], message.params[1]);
        EXPECT_EQ(format(message), invalid);
        message.params[1] = bight_view_of("x");
        message.source = view(bytes);
        EXPECT_EQ(format(message), invalid);
        message.source = {};
        message.tags = view(bytes);
        EXPECT_EQ(format(message), invalid);
        message.tags = {};
        message.command = view(bytes);
        EXPECT_EQ(format(message), invalid);
    }
    for (const char *middle : {"", "two words", ":colon"}) {
        const char *const arguments[] = {middle, "x"};

        EXPECT_EQ(format(bight_irc_message_of("PRIVMSG", arguments, 2)), invalid) << middle;
    }
    for (const char *command : {"", "A B", "12", "A1", ":A"})
        EXPECT_EQ(format(bight_irc_message_of(command, nullptr, 0)), invalid) << command;
}

TEST(IrcFormat, neverTrustsACount)
{
    std::vector<const char *> many(20, "x");
    bight_irc_message message = bight_irc_message_of("CMD", many.data(), many.size());

    EXPECT_EQ(format(message), bight_status_text(BIGHT_ERROR_INVALID));
    EXPECT_EQ(bight_irc_message_param(&message, 17).data, nullptr);
    message.param_count = BIGHT_IRC_MAX_PARAMS;
    EXPECT_EQ(format(message).size(), 3U + 15 * 2 + 2);
}

TEST(IrcFormat, lengthsHaveLimits)
{
    std::string limit = bight_status_text(BIGHT_ERROR_LIMIT);
    std::string body(BIGHT_IRC_MAX_BODY - 2 - 10, 'x');
    std::string tags(BIGHT_IRC_MAX_TAGS - 2, 't');
    const char *arguments[] = {"ab", body.c_str()};
    bight_irc_message message = bight_irc_message_of("NOTE", arguments, 2);

    message.trailing = true; // "NOTE ab :" is 9
    EXPECT_EQ(format(message).size(), BIGHT_IRC_MAX_BODY - 1U);
    body += "x";
    message.params[1] = view(body);
    message.tags = view(tags);
    EXPECT_EQ(format(message).size(), static_cast<size_t>(BIGHT_IRC_MAX_MESSAGE));
    body += "x";
    message.params[1] = view(body);
    EXPECT_EQ(format(message), limit);
    message.params[1] = bight_view_of("x");
    tags += "t";
    message.tags = view(tags);
    EXPECT_EQ(format(message), limit);
}

TEST(IrcFormat, aSmallBufferIsNotOverrun)
{
    const char *const arguments[] = {"#c"};
    bight_irc_message message = bight_irc_message_of("JOIN", arguments, 1);
    size_t length = 99;

    for (size_t capacity = 0; capacity < 9; capacity++) {
        std::vector<char> buffer(capacity + 1, '~');

        EXPECT_EQ(bight_irc_message_format(&message, buffer.data(), capacity, 0, &length),
                  BIGHT_ERROR_LIMIT);
        EXPECT_EQ(buffer, std::vector<char>(capacity + 1, '~'));
    }
    EXPECT_EQ(length, 99U);
    char enough[9];
    EXPECT_EQ(bight_irc_message_format(&message, enough, sizeof(enough), 0, &length), BIGHT_OK);
    EXPECT_EQ(length, 9U);
}

TEST(IrcFormat, aServerMayAllowLongerLines)
{
    std::string body(1000, 'x');
    const char *const arguments[] = {body.c_str()};
    bight_irc_message message = bight_irc_message_of("NOTE", arguments, 1);
    char buffer[2048];
    size_t length = 0;

    EXPECT_EQ(bight_irc_message_format(&message, buffer, sizeof(buffer), 1006, &length),
              BIGHT_ERROR_LIMIT);
    EXPECT_EQ(bight_irc_message_format(&message, buffer, sizeof(buffer), 1007, &length), BIGHT_OK);
}

TEST(IrcTextFit, neverCutsACharacter)
{
    std::string text = "a\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80z"; // 1, 2, 3, 4 and 1 bytes
    const size_t expected[] = {0, 1, 1, 3, 3, 3, 6, 6, 6, 6, 10, 11, 11};

    for (size_t max = 0; max < sizeof(expected) / sizeof(*expected); max++)
        EXPECT_EQ(bight_irc_text_fit(view(text), max), expected[max]) << max;
}

TEST(IrcTextFit, bytesThatAreNoTextAreCutAnywhere)
{
    std::string stray(10, '\x80'), latin = "\xE4\xF6\xFC\xE4\xF6";

    EXPECT_EQ(bight_irc_text_fit(view(stray), 7), 7U);
    EXPECT_EQ(bight_irc_text_fit(view(latin), 3), 3U);
    std::string ascii = "abc\x80\x80"
                        "def";
    EXPECT_EQ(bight_irc_text_fit(view(ascii), 4), 4U);
}

} // namespace
