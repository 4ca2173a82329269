#include "server_send.h"
#include "server_handlers.h"
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

/* Leaves room for the error text after an invalid nick of 400 bytes. */
enum { LONGEST_WORD = 160, LINE_END = 2 };

static size_t room(const bighti_ircd_line *line)
{
    return sizeof(line->bytes) - LINE_END - line->size;
}

static void server_send_put(bighti_ircd_line *line, const char *bytes, size_t size)
{
    memcpy(line->bytes + line->size, bytes, size);
    line->size += size;
}

void bighti_ircd_line_begin(bighti_ircd_line *line, const char *source, const char *command)
{
    line->size = 0;
    server_send_put(line, ":", 1);
    server_send_put(line, source, strlen(source));
    server_send_put(line, " ", 1);
    server_send_put(line, command, strlen(command));
}

void bighti_ircd_line_word(bighti_ircd_line *line, const char *word)
{
    bight_view view;
    size_t size;

    if (word == NULL || *word == '\0' || *word == ':' || *word == ' ')
        word = "*";
    view = (bight_view){(const uint8_t *)word, strcspn(word, " \r\n")};
    if (room(line) < 2)
        return;
    size = room(line) - 1;
    size = bight_irc_text_fit(view, size < LONGEST_WORD ? size : LONGEST_WORD);
    server_send_put(line, " ", 1);
    server_send_put(line, word, size);
}

size_t bighti_ircd_line_room(const bighti_ircd_line *line)
{
    return room(line) > 2 ? room(line) - 2 : 0;
}

void bighti_ircd_line_text(bighti_ircd_line *line, const char *text)
{
    bight_view view = {(const uint8_t *)text, strcspn(text, "\r\n")};

    if (room(line) < 2)
        return;
    server_send_put(line, " :", 2);
    server_send_put(line, text, bight_irc_text_fit(view, room(line)));
}

/* The server-time tag for now; formatted at most once per millisecond. */
static bight_view time_tag(bight_irc_server *server)
{
    uint64_t now = bighti_ircd_wall_time(server) / 1000000;

    if (now != server->tag_time || server->time_tag[0] == '\0') {
        time_t seconds = (time_t)(now / 1000);
        struct tm parts;
        char date[32];

        gmtime_r(&seconds, &parts);
        strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%S", &parts);
        snprintf(server->time_tag, sizeof(server->time_tag), "@time=%s.%03uZ ", date,
                 (unsigned)(now % 1000));
        server->tag_time = now;
    }
    return bight_view_of(server->time_tag);
}

static bool can_get(const bighti_ircd_user *user)
{
    return user->transport != NULL && user->phase != PHASE_GONE && user->doom == NULL;
}

static void look_at_queue(bighti_ircd_user *user)
{
    if (bight_transport_get_pending(user->transport) > user->server->options.send_queue)
        bighti_ircd_user_doom(user, "SendQ exceeded");
}

void bighti_ircd_send(bighti_ircd_user *user, const bighti_ircd_line *line)
{
    bight_view views[3] = {
        {NULL, 0}, {(const uint8_t *)line->bytes, line->size}, {(const uint8_t *)"\r\n", LINE_END}};
    bool timed = (user->caps & CAP_SERVER_TIME) != 0;

    if (!can_get(user))
        return;
    if (timed)
        views[0] = time_tag(user->server);
    bight_transport_writev(user->transport, timed ? views : views + 1, timed ? 3 : 2);
    look_at_queue(user);
}

void bighti_ircd_reply_begin(bighti_ircd_line *line, const bighti_ircd_user *user,
                             bighti_irc_numeric numeric)
{
    char command[8];

    snprintf(command, sizeof(command), "%03u", (unsigned)numeric % 1000);
    bighti_ircd_line_begin(line, user->server->name, command);
    bighti_ircd_line_word(line, user->phase == PHASE_REGISTERING ? "*" : user->nick);
}

void bighti_ircd_reply(bighti_ircd_user *user, bighti_irc_numeric numeric, const char *text, ...)
{
    bighti_ircd_line line;
    const char *word;
    va_list words;

    bighti_ircd_reply_begin(&line, user, numeric);
    va_start(words, text);
    while ((word = va_arg(words, const char *)) != NULL)
        bighti_ircd_line_word(&line, word);
    va_end(words);
    if (text != NULL)
        bighti_ircd_line_text(&line, text);
    bighti_ircd_send(user, &line);
}

void bighti_ircd_reply_text(bighti_ircd_user *user, bighti_irc_numeric numeric, const char *format,
                            ...)
{
    bighti_ircd_line line;
    char text[BIGHT_IRC_MAX_BODY];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    bighti_ircd_reply_begin(&line, user, numeric);
    bighti_ircd_line_text(&line, text);
    bighti_ircd_send(user, &line);
}

void bighti_ircd_event_begin(bighti_ircd_event *event, const bighti_ircd_user *source,
                             const char *command)
{
    char prefix[BIGHTI_IRCD_SOURCE];

    event->server = source->server;
    event->tags = (bight_view){NULL, 0};
    event->tags_only = false;
    event->source = (bighti_ircd_user *)source;
    event->receivers = 0;
    memset(event->variants, 0, sizeof(event->variants));
    bighti_ircd_user_source(source, prefix);
    bighti_ircd_line_begin(&event->line, prefix, command);
}

/* "@time=... " and the client's tags become one "@time=...;+a=b ". */
static bight_bytes *serialise(bighti_ircd_event *event, bool timed, bool tagged)
{
    char buffer[sizeof(event->server->time_tag) + BIGHT_IRC_MAX_CLIENT_TAGS + BIGHT_IRC_MAX_BODY];
    size_t size = 0;

    if (timed) {
        bight_view tag = time_tag(event->server);

        memcpy(buffer, tag.data, tag.size);
        size = tag.size;
    }
    if (tagged && event->tags.size > 0 && event->tags.size <= BIGHTI_IRCD_CLIENT_TAGS) {
        buffer[timed ? size - 1 : 0] = timed ? ';' : '@';
        size += !timed;
        memcpy(buffer + size, event->tags.data, event->tags.size);
        size += event->tags.size;
        buffer[size++] = ' ';
    }
    memcpy(buffer + size, event->line.bytes, event->line.size);
    size += event->line.size;
    memcpy(buffer + size, "\r\n", LINE_END);
    return bight_bytes_new(buffer, size + LINE_END);
}

void bighti_ircd_event_send(bighti_ircd_event *event, bighti_ircd_user *user)
{
    bool timed = (user->caps & CAP_SERVER_TIME) != 0;
    bool tagged = (user->caps & CAP_MESSAGE_TAGS) != 0;
    bight_bytes **variant = &event->variants[timed + 2 * tagged];

    if (!can_get(user) || (event->tags_only && !tagged))
        return;
    if (*variant == NULL)
        *variant = serialise(event, timed, tagged);
    if (*variant == NULL) {
        /* A client that misses an event would have wrong membership lists, so it is dropped. */
        bighti_ircd_user_doom(user, "Out of memory");
        return;
    }
    bight_transport_write_bytes(user->transport, *variant);
    event->receivers++;
    look_at_queue(user);
}

void bighti_ircd_event_to_channel(bighti_ircd_event *event, const bighti_ircd_channel *channel,
                                  const bighti_ircd_user *but, uint32_t rank, uint32_t caps)
{
    bighti_link *link;

    for (link = channel->members.next; link != &channel->members; link = link->next) {
        bighti_ircd_member *member = BIGHTI_CONTAINER(link, bighti_ircd_member, in_channel);

        if (member->user != but && (rank == 0 || (member->rank & rank) != 0) &&
            (member->user->caps & caps) == caps)
            bighti_ircd_event_send(event, member->user);
    }
}

static void send_unmarked(bighti_ircd_event *event, const bighti_ircd_channel *channel,
                          uint32_t caps)
{
    bighti_link *link;

    for (link = channel->members.next; link != &channel->members; link = link->next) {
        bighti_ircd_user *peer = BIGHTI_CONTAINER(link, bighti_ircd_member, in_channel)->user;

        if (peer->mark == event->server->mark || (peer->caps & caps) != caps)
            continue;
        peer->mark = event->server->mark;
        bighti_ircd_event_send(event, peer);
    }
}

void bighti_ircd_event_to_peers(bighti_ircd_event *event, const bighti_ircd_user *user,
                                uint32_t caps)
{
    bighti_link *link;

    event->server->mark++;
    ((bighti_ircd_user *)user)->mark = event->server->mark;
    for (link = user->memberships.next; link != &user->memberships; link = link->next)
        send_unmarked(event, BIGHTI_CONTAINER(link, bighti_ircd_member, in_user)->channel, caps);
}

/* The work for an event grows with those who receive it, so its source pays for it: many who flood
 * a large channel are slowed to what the server can do beside everything else. */
void bighti_ircd_event_end(bighti_ircd_event *event)
{
    bighti_ircd_pay_for_event(event->source, event->receivers);
    for (size_t i = 0; i < sizeof(event->variants) / sizeof(*event->variants); i++)
        bight_bytes_unref(event->variants[i]);
}
