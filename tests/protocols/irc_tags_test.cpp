// Message tags of IRCv3.
#include <bight/irc_message.h>

#include <gtest/gtest.h>
#include <string>
#include <utility>
#include <vector>

namespace
{

std::string text(bight_view view)
{
    return view.size > 0 ? std::string(reinterpret_cast<const char *>(view.data), view.size) : "";
}

std::string unescape(const std::string &value)
{
    std::string buffer(value.size(), '\0');

    buffer.resize(bight_irc_tag_unescape(bight_view_of(value.c_str()), buffer.data()));
    return buffer;
}

using Pairs = std::vector<std::pair<std::string, std::string>>;

Pairs list(const char *tags)
{
    bight_view rest = bight_view_of(tags);
    bight_irc_tag tag;
    Pairs pairs;

    while (bight_irc_tags_next(&rest, &tag))
        pairs.emplace_back(text(tag.key), text(tag.value));
    return pairs;
}

TEST(IrcTags, areListed)
{
    EXPECT_EQ(list("a=1;b;c=;+v.org/d=x=y"),
              (Pairs{{"a", "1"}, {"b", ""}, {"c", ""}, {"+v.org/d", "x=y"}}));
    EXPECT_EQ(list(""), Pairs{});
    EXPECT_EQ(list(";;a;;=b;"), (Pairs{{"a", ""}}));
}

TEST(IrcTags, theLastOfOneKeyCounts)
{
    bight_irc_message message = {};
    bight_view value = {};

    message.tags = bight_view_of("a=1;b=2;a=3");
    EXPECT_TRUE(bight_irc_message_find_tag(&message, "a", &value));
    EXPECT_EQ(text(value), "3");
    EXPECT_TRUE(bight_irc_message_find_tag(&message, "b", nullptr));
    EXPECT_FALSE(bight_irc_message_find_tag(&message, "A", &value));
    EXPECT_FALSE(bight_irc_message_find_tag(&message, "", &value));
    EXPECT_EQ(text(value), "3");
}

TEST(IrcTags, escapesAreUndone)
{
    EXPECT_EQ(unescape("a\\sb\\:c\\\\d\\r\\n"), "a b;c\\d\r\n");
    EXPECT_EQ(unescape("\\b\\"), "b");
    EXPECT_EQ(unescape("\\\\s"), "\\s");
    EXPECT_EQ(unescape(""), "");
}

TEST(IrcTags, escapesAreUndoneInPlace)
{
    char buffer[] = "one\\stwo";
    size_t size = bight_irc_tag_unescape(bight_view_of(buffer), buffer);

    EXPECT_EQ(std::string(buffer, size), "one two");
}

TEST(IrcTags, areAddedAndComeBack)
{
    char buffer[256];
    size_t length = 0;

    EXPECT_EQ(bight_irc_tags_add(buffer, sizeof(buffer), &length, "time", bight_view_of("12:00")),
              BIGHT_OK);
    EXPECT_EQ(bight_irc_tags_add(buffer, sizeof(buffer), &length, "+v.org/x-1",
                                 bight_view_of("a; \r\n\\")),
              BIGHT_OK);
    EXPECT_EQ(bight_irc_tags_add(buffer, sizeof(buffer), &length, "bot", bight_view_of("")),
              BIGHT_OK);
    std::string written(buffer, length);
    EXPECT_EQ(written, "time=12:00;+v.org/x-1=a\\:\\s\\r\\n\\\\;bot");
    EXPECT_EQ(unescape(list(written.c_str())[1].second), "a; \r\n\\");
}

TEST(IrcTags, badKeysAreRefused)
{
    char buffer[64];
    size_t length = 0;

    for (const char *key :
         {"", "+", "a b", "a=b", "a;b", "/a", "a/", "a/b/c", "\xC3\xA4", "a.b", "++a", "a\n"})
        EXPECT_EQ(bight_irc_tags_add(buffer, sizeof(buffer), &length, key, bight_view_of("")),
                  BIGHT_ERROR_INVALID)
            << key;
    EXPECT_EQ(bight_irc_tags_add(buffer, sizeof(buffer), &length, "a",
                                 bight_view{reinterpret_cast<const uint8_t *>("\0"), 1}),
              BIGHT_ERROR_INVALID);
    EXPECT_EQ(length, 0U);
}

TEST(IrcTags, aFullBufferIsNotOverrun)
{
    const std::string whole = "key=a\\sb";

    for (size_t capacity = 0; capacity <= whole.size(); capacity++) {
        std::vector<char> buffer(whole.size() + 1, '~');
        size_t length = 0;
        bight_status status =
            bight_irc_tags_add(buffer.data(), capacity, &length, "key", bight_view_of("a b"));

        EXPECT_EQ(status, capacity < whole.size() ? BIGHT_ERROR_LIMIT : BIGHT_OK);
        EXPECT_EQ(length, capacity < whole.size() ? 0 : whole.size());
        EXPECT_EQ(buffer[capacity], '~');
    }
}

} // namespace
