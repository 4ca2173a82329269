/* Consecutive messages of one person form a group with one head, which shows the nick and the
 * time. Any other line, or a few minutes, begins a new group.
 *
 * A newline is inserted before a line, not after it, so that the view ends with the last message.
 * The number of lines is bounded. The oldest lines are removed, many at a time, because each
 * removal makes the view lay out its text again. */
#include "log.h"

#include "style.h"
#include <bight/irc_text.h>
#include <string.h>

#define LINES_KEPT 5000
#define LINES_SLACK 500
#define GROUP_MILLISECONDS (INT64_C(3) * 60 * 1000)

struct chat_log {
    GtkTextBuffer *buffer;
    GRegex *link;
    char *speaker; /* of the open group; NULL if none is */
    bight_irc_manner manner;
    int64_t began; /* the group, milliseconds since 1970 */
    int day;       /* of the last line, as year * 1000 + day; 0 before the first */
};

/* A link, without a full stop or a bracket after it. */
#define LINK_PATTERN "\\b(?:https?|ircs?)://[^\\s<>\"]*[^\\s<>\"'.,;:!?)\\]}]"

chat_log *chat_log_new(GtkTextTagTable *style)
{
    chat_log *log = g_new0(chat_log, 1);

    log->buffer = gtk_text_buffer_new(style);
    gtk_text_buffer_set_enable_undo(log->buffer, FALSE);
    log->link = g_regex_new(LINK_PATTERN, G_REGEX_CASELESS | G_REGEX_OPTIMIZE, 0, NULL);
    return log;
}

void chat_log_free(chat_log *log)
{
    g_regex_unref(log->link);
    g_object_unref(log->buffer);
    g_free(log->speaker);
    g_free(log);
}

GtkTextBuffer *chat_log_get_buffer(chat_log *log)
{
    return log->buffer;
}

static void end_group(chat_log *log)
{
    g_clear_pointer(&log->speaker, g_free);
}

void chat_log_clear(chat_log *log)
{
    gtk_text_buffer_set_text(log->buffer, "", 0);
    end_group(log);
    log->day = 0;
}

/* Append text with up to two tags; returns the offset where it begins. */
static int chat_log_append(chat_log *log, const char *text, const char *tag, GtkTextTag *second)
{
    GtkTextIter start, end;
    int offset;

    gtk_text_buffer_get_end_iter(log->buffer, &end);
    offset = gtk_text_iter_get_offset(&end);
    gtk_text_buffer_insert(log->buffer, &end, text, -1);
    gtk_text_buffer_get_iter_at_offset(log->buffer, &start, offset);
    if (tag)
        gtk_text_buffer_apply_tag_by_name(log->buffer, tag, &start, &end);
    if (second)
        gtk_text_buffer_apply_tag(log->buffer, second, &start, &end);
    return offset;
}

static void tag_from(chat_log *log, int offset, const char *tag)
{
    GtkTextIter start, end;

    gtk_text_buffer_get_iter_at_offset(log->buffer, &start, offset);
    gtk_text_buffer_get_end_iter(log->buffer, &end);
    gtk_text_buffer_apply_tag_by_name(log->buffer, tag, &start, &end);
}

/* A paragraph's tag must include its newline, or the next line gets its spacing. */
static int begin_line(chat_log *log)
{
    GtkTextIter end;

    gtk_text_buffer_get_end_iter(log->buffer, &end);
    if (!gtk_text_iter_is_start(&end))
        chat_log_append(log, "\n", NULL, NULL);
    return gtk_text_buffer_get_char_count(log->buffer);
}

static void append_time(chat_log *log, GDateTime *when)
{
    g_autofree char *text = g_date_time_format(when, "  %H:%M");

    chat_log_append(log, text, CHAT_TAG_TIME, NULL);
}

/* Append a message, with its links. */
static int append_text(chat_log *log, const char *text)
{
    int offset = chat_log_append(log, text, NULL, NULL);
    g_autoptr(GMatchInfo) match = NULL;

    g_regex_match(log->link, text, 0, &match);
    while (g_match_info_matches(match)) {
        GtkTextIter start, end;
        int from, to;

        g_match_info_fetch_pos(match, 0, &from, &to);
        gtk_text_buffer_get_iter_at_offset(log->buffer, &start,
                                           offset + (int)g_utf8_strlen(text, from));
        gtk_text_buffer_get_iter_at_offset(log->buffer, &end,
                                           offset + (int)g_utf8_strlen(text, to));
        gtk_text_buffer_apply_tag_by_name(log->buffer, CHAT_TAG_LINK, &start, &end);
        g_match_info_next(match, NULL);
    }
    return offset;
}

static GDateTime *local_time(int64_t time)
{
    GDateTime *when = NULL;

    if (time != 0)
        when = g_date_time_new_from_unix_local(time / 1000);
    return when ? when : g_date_time_new_now_local();
}

/* Announce a new day; the first day only if it is not today. */
static void announce_day(chat_log *log, GDateTime *when)
{
    int day = g_date_time_get_year(when) * 1000 + g_date_time_get_day_of_year(when);
    g_autoptr(GDateTime) now = g_date_time_new_now_local();
    int today = g_date_time_get_year(now) * 1000 + g_date_time_get_day_of_year(now);
    g_autofree char *text = NULL;
    int offset;

    if (day == log->day)
        return;
    if (log->day != 0 || day != today) {
        text = g_date_time_format(when, "%A, %e %B %Y");
        end_group(log);
        offset = begin_line(log);
        chat_log_append(log, text, NULL, NULL);
        tag_from(log, offset, CHAT_TAG_DAY);
    }
    log->day = day;
}

static void trim(chat_log *log)
{
    GtkTextIter start, end;
    int lines = gtk_text_buffer_get_line_count(log->buffer);

    if (lines <= LINES_KEPT + LINES_SLACK)
        return;
    gtk_text_buffer_get_start_iter(log->buffer, &start);
    gtk_text_buffer_get_iter_at_line(log->buffer, &end, lines - LINES_KEPT);
    gtk_text_buffer_delete(log->buffer, &start, &end);
}

/* Without colours and control characters. Freed with g_free(). */
static char *strip(const char *text)
{
    gsize room = strlen(text) + 1;
    char *plain = g_malloc(room);

    bight_irc_strip(text, plain, room);
    return plain;
}

static gboolean goes_on(const chat_log *log, const bight_irc_words *words)
{
    return log->speaker && strcmp(log->speaker, words->from.nick) == 0 &&
           log->manner == words->manner && words->status == 0 &&
           ABS(words->time - log->began) < GROUP_MILLISECONDS;
}

static GtkTextTag *nick_tag(chat_log *log, const char *nick)
{
    return chat_style_get_nick(gtk_text_buffer_get_tag_table(log->buffer), nick);
}

static void chat_log_add_head(chat_log *log, const bight_irc_words *words, GDateTime *when)
{
    int offset = begin_line(log);

    chat_log_append(log, words->from.nick, NULL, nick_tag(log, words->from.nick));
    append_time(log, when);
    if (words->manner == BIGHT_IRC_NOTICE)
        chat_log_append(log, "  notice", CHAT_TAG_NOTE, NULL);
    if (words->status == '@')
        chat_log_append(log, "  to operators only", CHAT_TAG_NOTE, NULL);
    else if (words->status != 0)
        chat_log_append(log, "  to some of the channel only", CHAT_TAG_NOTE, NULL);
    tag_from(log, offset, CHAT_TAG_HEAD);
    g_free(log->speaker);
    log->speaker = g_strdup(words->from.nick);
    log->manner = words->manner;
    log->began = words->time;
}

static void add_action(chat_log *log, const bight_irc_words *words, const char *text,
                       GDateTime *when)
{
    int offset = begin_line(log);

    chat_log_append(log, words->from.nick, CHAT_TAG_ACTION, nick_tag(log, words->from.nick));
    chat_log_append(log, " ", NULL, NULL);
    append_text(log, text);
    tag_from(log, offset, CHAT_TAG_ACTION);
    append_time(log, when);
    tag_from(log, offset, CHAT_TAG_HEAD);
    if (words->mentions_me)
        tag_from(log, offset, CHAT_TAG_MENTION);
    end_group(log);
}

void chat_log_add_words(chat_log *log, const bight_irc_words *words)
{
    g_autoptr(GDateTime) when = local_time(words->time);
    g_autofree char *text = strip(words->text);
    int offset;

    announce_day(log, when);
    if (words->manner == BIGHT_IRC_ACTION) {
        add_action(log, words, text, when);
    } else {
        if (!goes_on(log, words))
            chat_log_add_head(log, words, when);
        offset = begin_line(log);
        append_text(log, text);
        tag_from(log, offset, CHAT_TAG_BODY);
        if (words->mentions_me)
            tag_from(log, offset, CHAT_TAG_MENTION);
    }
    trim(log);
}

void chat_log_add_line(chat_log *log, chat_line kind, int64_t time, const char *text)
{
    static const char *const tags[] = {CHAT_TAG_EVENT, CHAT_TAG_INFO, CHAT_TAG_ERROR};
    g_autoptr(GDateTime) when = local_time(time);
    g_auto(GStrv) lines = g_strsplit(text, "\n", 0);

    announce_day(log, when);
    end_group(log);
    for (gsize i = 0; lines[i] != NULL; i++) {
        g_autofree char *plain = strip(lines[i]);
        int offset = begin_line(log);

        append_text(log, plain);
        if (kind == CHAT_LINE_EVENT)
            append_time(log, when);
        tag_from(log, offset, tags[kind]);
    }
    trim(log);
}
