// The parts of the GTK window that need no display: addresses, words for events, the text of a
// conversation.
#include <bight/irc_client.h>
#include <gtk/gtk.h>

extern "C" {
#include "log.h"
#include "style.h"
#include "target.h"
#include "wording.h"
}

#include <gtest/gtest.h>
#include <memory>
#include <string>

namespace
{

std::string take(char *text)
{
    const std::string taken = text ? text : "(none)";

    g_free(text);
    return taken;
}

TEST(target, aServerAndAPortBecomeAnEndpoint)
{
    EXPECT_EQ(take(chat_target_endpoint("irc.example.org", "6667")), "tcp:irc.example.org:6667");
    EXPECT_EQ(take(chat_target_endpoint("::1", "0")), "tcp:[::1]:0");
    EXPECT_EQ(take(chat_target_endpoint("[::1]", "65535")), "tcp:[::1]:65535");
}

TEST(target, anEndpointStaysAsItIs)
{
    EXPECT_EQ(take(chat_target_endpoint("unix:/run/chat", "")), "unix:/run/chat");
    EXPECT_EQ(take(chat_target_endpoint("tcp:localhost:1", "2")), "tcp:localhost:1");
}

TEST(target, whatIsNeitherIsRefused)
{
    EXPECT_EQ(take(chat_target_endpoint("", "6667")), "(none)");
    EXPECT_EQ(take(chat_target_endpoint("two words", "6667")), "(none)");
    EXPECT_EQ(take(chat_target_endpoint("localhost", "65536")), "(none)");
    EXPECT_EQ(take(chat_target_endpoint("localhost", "-1")), "(none)");
    EXPECT_EQ(take(chat_target_endpoint("localhost", "")), "(none)");
}

TEST(target, completingGivesChannelsTheirSign)
{
    chat_target given = {};
    given.join = const_cast<char *>(" harbour, #dry-dock key,,&local");
    chat_target *target = chat_target_dup(&given);

    chat_target_complete(target);
    EXPECT_STREQ(target->join, "#harbour,#dry-dock key,&local");
    EXPECT_STRNE(target->nick, "");
    chat_target_free(target);
}

bight_irc_source somebody(const char *nick, bool is_self = false)
{
    return {nick, "", "", is_self, false};
}

TEST(wording, aTopicIsToldSetAndRemoved)
{
    const bight_irc_source bob = somebody("bob"), me = somebody("ada", true);

    EXPECT_EQ(take(chat_wording_of_topic(nullptr, "Tea")), "The topic is: Tea");
    EXPECT_EQ(take(chat_wording_of_topic(nullptr, "")), "(none)");
    EXPECT_EQ(take(chat_wording_of_topic(&bob, "Tea")), "bob changed the topic to: Tea");
    EXPECT_EQ(take(chat_wording_of_topic(&me, "")), "You removed the topic");
}

TEST(wording, leavingIsToldWithItsReason)
{
    bight_irc_departure why = {BIGHT_IRC_PARTED, somebody("ada", true), "", 0};

    EXPECT_EQ(take(chat_wording_of_departure(&why)), "You left");
    why = {BIGHT_IRC_KICKED, somebody("bob"), "enough", 0};
    EXPECT_EQ(take(chat_wording_of_departure(&why)), "You were kicked by bob: enough");
    why = {BIGHT_IRC_QUIT, somebody("ada", true), "timed out", 0};
    EXPECT_EQ(take(chat_wording_of_departure(&why)), "Disconnected: timed out");
}

TEST(wording, theStateIsSilentWhenAllIsWell)
{
    EXPECT_EQ(take(chat_wording_of_state(BIGHT_IRC_READY, "here", nullptr)), "(none)");
    EXPECT_EQ(take(chat_wording_of_state(BIGHT_IRC_WAITING, "here", "connect to x: refused")),
              "Connect to x: refused. Trying again …");
}

// A log with the tags that it uses, which chat_style_new() would make: that needs a display.
class Log : public testing::Test
{
  protected:
    Log()
    {
        for (const char *name : {CHAT_TAG_HEAD, CHAT_TAG_BODY, CHAT_TAG_TIME, CHAT_TAG_NOTE,
                                 CHAT_TAG_ACTION, CHAT_TAG_EVENT, CHAT_TAG_INFO, CHAT_TAG_ERROR,
                                 CHAT_TAG_DAY, CHAT_TAG_MENTION, CHAT_TAG_LINK}) {
            GtkTextTag *tag = gtk_text_tag_new(name);
            gtk_text_tag_table_add(m_tags, tag);
            g_object_unref(tag);
        }
        m_log = chat_log_new(m_tags);
    }

    ~Log() override
    {
        chat_log_free(m_log);
        g_object_unref(m_tags);
    }

    GtkTextBuffer *buffer()
    {
        return chat_log_get_buffer(m_log);
    }

    std::string text()
    {
        GtkTextIter start, end;

        gtk_text_buffer_get_bounds(buffer(), &start, &end);
        return take(gtk_text_buffer_get_text(buffer(), &start, &end, FALSE));
    }

    // What a tag covers, its pieces behind each other with a "|" between.
    std::string tagged(const char *name)
    {
        GtkTextTag *tag = gtk_text_tag_table_lookup(m_tags, name);
        std::string pieces;
        GtkTextIter start;

        gtk_text_buffer_get_start_iter(buffer(), &start);
        while (gtk_text_iter_starts_tag(&start, tag) ||
               gtk_text_iter_forward_to_tag_toggle(&start, tag)) {
            GtkTextIter end = start;
            gtk_text_iter_forward_to_tag_toggle(&end, tag);
            pieces += (pieces.empty() ? "" : "|") +
                      take(gtk_text_buffer_get_text(buffer(), &start, &end, FALSE));
            start = end;
        }
        return pieces;
    }

    void say(const char *nick, const char *words, int64_t after = 0,
             bight_irc_manner manner = BIGHT_IRC_MESSAGE, bool mentions_me = false)
    {
        bight_irc_words said = {};

        said.manner = manner;
        said.from = somebody(nick);
        said.mentions_me = mentions_me;
        said.text = words;
        said.time = m_noon + after;
        chat_log_add_words(m_log, &said);
    }

    static int64_t noon()
    {
        GDateTime *now = g_date_time_new_now_local();
        GDateTime *noon =
            g_date_time_new_local(g_date_time_get_year(now), g_date_time_get_month(now),
                                  g_date_time_get_day_of_month(now), 12, 0, 0);
        const int64_t time = g_date_time_to_unix(noon) * 1000;

        g_date_time_unref(now);
        g_date_time_unref(noon);
        return time;
    }

    const int64_t m_noon = noon();
    GtkTextTagTable *m_tags = gtk_text_tag_table_new();
    chat_log *m_log = nullptr;
};

TEST_F(Log, wordsOfOnePersonStandUnderOneHead)
{
    say("ada", "one");
    say("ada", "two", 60000);
    say("bob", "three", 61000);
    EXPECT_EQ(text(), "ada  12:00\none\ntwo\nbob  12:01\nthree");
}

TEST_F(Log, someMinutesBeginANewHead)
{
    say("ada", "one");
    say("ada", "two", 180000);
    EXPECT_EQ(text(), "ada  12:00\none\nada  12:03\ntwo");
}

TEST_F(Log, whatComesBetweenBeginsANewHead)
{
    say("ada", "one");
    chat_log_add_line(m_log, CHAT_LINE_EVENT, m_noon, "bob joined");
    say("ada", "two");
    say("ada", "waves", 0, BIGHT_IRC_ACTION);
    say("ada", "three");
    EXPECT_EQ(text(), "ada  12:00\none\nbob joined  12:00\nada  12:00\ntwo\nada waves  12:00\n"
                      "ada  12:00\nthree");
}

TEST_F(Log, aNewDayIsAnnounced)
{
    say("ada", "yesterday", -86400000);
    say("ada", "today");
    EXPECT_EQ(tagged(CHAT_TAG_DAY).find('|'), tagged(CHAT_TAG_DAY).rfind('|')) << text();
    EXPECT_NE(tagged(CHAT_TAG_DAY).find('|'), std::string::npos) << text();
}

TEST_F(Log, linksAreFoundWithoutTheFullStop)
{
    say("ada", "Süd: see https://example.org/a?b=c. And (http://x.y/z), not example.org");
    EXPECT_EQ(tagged(CHAT_TAG_LINK), "https://example.org/a?b=c|http://x.y/z");
}

TEST_F(Log, coloursAreTakenOut)
{
    say("ada", "\00304,05red\017 and \002bold\002");
    EXPECT_EQ(text(), "ada  12:00\nred and bold");
}

TEST_F(Log, aMentionIsMarked)
{
    say("ada", "one");
    say("ada", "bob: two", 0, BIGHT_IRC_MESSAGE, true);
    EXPECT_EQ(tagged(CHAT_TAG_MENTION), "bob: two");
}

TEST_F(Log, severalLinesAreOneEvent)
{
    chat_log_add_line(m_log, CHAT_LINE_INFO, m_noon, "one\ntwo");
    EXPECT_EQ(text(), "one\ntwo");
    EXPECT_EQ(tagged(CHAT_TAG_INFO), "one|two");
}

TEST_F(Log, theOldestLinesGo)
{
    for (int i = 0; i < 20000; ++i)
        chat_log_add_line(m_log, CHAT_LINE_EVENT, m_noon, std::to_string(i).c_str());
    EXPECT_LE(gtk_text_buffer_get_line_count(buffer()), 5500);
    EXPECT_GE(gtk_text_buffer_get_line_count(buffer()), 5000);
    EXPECT_EQ(text().substr(text().rfind('\n')), "\n19999  12:00");
}

TEST_F(Log, clearedItBeginsAnew)
{
    say("ada", "one");
    chat_log_clear(m_log);
    say("ada", "two");
    EXPECT_EQ(text(), "ada  12:00\ntwo");
}

} // namespace
