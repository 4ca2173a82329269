/* Information about the server: the welcome, ISUPPORT, MOTD, LUSERS, VERSION, TIME, ... */
#include "server_handlers.h"
#include "server_send.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Tokens of ISUPPORT (005) are collected into lines of at most this many words. */
enum { TOKENS_A_LINE = 12, TOKEN = 80 };

/* Bytes of a line of the MOTD. */
enum { MOTD_LINE = 400 };

typedef struct support_lines {
    bighti_ircd_user *user;
    bighti_ircd_line line;
    int count;
} support_lines;

static void info_flush(support_lines *support)
{
    if (support->count == 0)
        return;
    bighti_ircd_line_text(&support->line, "are supported by this server");
    bighti_ircd_send(support->user, &support->line);
    support->count = 0;
}

static BIGHT_PRINTF(2, 3) void token(support_lines *support, const char *format, ...)
{
    char text[TOKEN];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    if (support->count == TOKENS_A_LINE || bighti_ircd_line_room(&support->line) < TOKEN + 40)
        info_flush(support);
    if (support->count++ == 0)
        bighti_ircd_reply_begin(&support->line, support->user, RPL_ISUPPORT);
    bighti_ircd_line_word(&support->line, text);
}

static void send_support(bighti_ircd_user *user)
{
    const bight_irc_server_options *options = &user->server->options;
    support_lines support = {.user = user};

    bighti_ircd_reply_begin(&support.line, user, RPL_ISUPPORT);
    token(&support, "AWAYLEN=%u", options->reason_length);
    token(&support, "CASEMAPPING=%s", bight_irc_case_name(options->case_mapping));
    token(&support, "CHANLIMIT=%s:%u", BIGHTI_IRCD_CHANTYPES, options->max_channels);
    token(&support, "CHANMODES=b,k,l,imnst");
    token(&support, "CHANNELLEN=%u", options->channel_length);
    token(&support, "CHANTYPES=%s", BIGHTI_IRCD_CHANTYPES);
    token(&support, "ELIST=MU");
    token(&support, "HOSTLEN=%d", BIGHTI_IRCD_HOST);
    token(&support, "KEYLEN=%d", BIGHTI_IRCD_KEY);
    token(&support, "KICKLEN=%u", options->reason_length);
    token(&support, "LINELEN=%d", BIGHT_IRC_MAX_BODY);
    token(&support, "MAXLIST=b:%u", options->max_list);
    token(&support, "MAXTARGETS=%d", BIGHTI_IRCD_TARGETS);
    token(&support, "MODES=%d", BIGHTI_IRCD_MODES);
    token(&support, "NETWORK=%s", options->network);
    token(&support, "NICKLEN=%u", options->nick_length);
    token(&support, "PREFIX=(ov)@+");
    token(&support, "SAFELIST");
    token(&support, "STATUSMSG=@+");
    token(&support, "TARGMAX=JOIN:,KICK:%d,LIST:,NAMES:%d,NOTICE:%d,PART:,PRIVMSG:%d,WHOIS:%d",
          BIGHTI_IRCD_TARGETS, BIGHTI_IRCD_TARGETS, BIGHTI_IRCD_TARGETS, BIGHTI_IRCD_TARGETS,
          BIGHTI_IRCD_TARGETS);
    token(&support, "TOPICLEN=%u", options->topic_length);
    token(&support, "USERLEN=%d", BIGHTI_IRCD_USER);
    info_flush(&support);
}

void bighti_ircd_on_motd(bighti_ircd_user *user, const bighti_ircd_args *args)
{
    const char *motd = user->server->motd;
    char text[BIGHT_IRC_MAX_BODY];

    (void)args;
    if (motd == NULL || *motd == '\0') {
        bighti_ircd_reply(user, ERR_NOMOTD, "MOTD File is missing", NULL);
        return;
    }
    bighti_ircd_reply_text(user, RPL_MOTDSTART, "- %s Message of the day - ", user->server->name);
    while (*motd != '\0') {
        size_t size = strcspn(motd, "\n");
        size_t fits = bight_irc_text_fit((bight_view){(const uint8_t *)motd, size}, MOTD_LINE);

        snprintf(text, sizeof(text), "- %.*s", (int)fits, motd);
        bighti_ircd_reply(user, RPL_MOTD, text, NULL);
        motd += size + (motd[size] == '\n');
    }
    bighti_ircd_reply(user, RPL_ENDOFMOTD, "End of /MOTD command", NULL);
}

void bighti_ircd_on_lusers(bighti_ircd_user *user, const bighti_ircd_args *args)
{
    const bight_irc_server *server = user->server;
    unsigned users = server->user_count, most = server->most_users;
    unsigned unknown = server->connection_count - users;
    char number[24], maximum[24];

    (void)args;
    bighti_ircd_reply_text(user, RPL_LUSERCLIENT, "There are %u users and 0 services on 1 servers",
                           users);
    if (unknown > 0) {
        snprintf(number, sizeof(number), "%u", unknown);
        bighti_ircd_reply(user, RPL_LUSERUNKNOWN, "unknown connection(s)", number, NULL);
    }
    snprintf(number, sizeof(number), "%zu", server->channel_names.table.count);
    bighti_ircd_reply(user, RPL_LUSERCHANNELS, "channels formed", number, NULL);
    bighti_ircd_reply_text(user, RPL_LUSERME, "I have %u clients and 0 servers", users);
    snprintf(number, sizeof(number), "%u", users);
    snprintf(maximum, sizeof(maximum), "%u", most);
    for (int i = 0; i < 2; i++) {
        char text[96];

        snprintf(text, sizeof(text), "Current %s users %u, max %u", i == 0 ? "local" : "global",
                 users, most);
        bighti_ircd_reply(user, i == 0 ? RPL_LOCALUSERS : RPL_GLOBALUSERS, text, number, maximum,
                          NULL);
    }
}

void bighti_ircd_on_version(bighti_ircd_user *user, const bighti_ircd_args *args)
{
    (void)args;
    bighti_ircd_reply(user, RPL_VERSION, "Bight", BIGHTI_IRCD_VERSION, user->server->name, NULL);
    send_support(user);
}

static void format_time(uint64_t when, char *text, size_t size)
{
    time_t seconds = (time_t)(when / BIGHT_SEC(1));
    struct tm parts;

    gmtime_r(&seconds, &parts);
    strftime(text, size, "%Y-%m-%d %H:%M:%S UTC", &parts);
}

void bighti_ircd_on_time(bighti_ircd_user *user, const bighti_ircd_args *args)
{
    char text[64];

    (void)args;
    format_time(bighti_ircd_wall_time(user->server), text, sizeof(text));
    bighti_ircd_reply(user, RPL_TIME, text, user->server->name, NULL);
}

void bighti_ircd_on_admin(bighti_ircd_user *user, const bighti_ircd_args *args)
{
    (void)args;
    bighti_ircd_reply(user, ERR_NOADMININFO, "No administrative info available", user->server->name,
                      NULL);
}

void bighti_ircd_on_info(bighti_ircd_user *user, const bighti_ircd_args *args)
{
    char since[64];

    (void)args;
    format_time(user->server->started, since, sizeof(since));
    bighti_ircd_reply_text(user, RPL_INFO, "%s, the chat server of the Bight toolkit",
                           BIGHTI_IRCD_VERSION);
    bighti_ircd_reply_text(user, RPL_INFO, "Running since %s", since);
    bighti_ircd_reply(user, RPL_ENDOFINFO, "End of /INFO list", NULL);
}

void bighti_ircd_send_welcome(bighti_ircd_user *user)
{
    static const bighti_ircd_args none = {0};
    const bight_irc_server *server = user->server;
    char source[BIGHTI_IRCD_SOURCE], since[64];

    bighti_ircd_user_source(user, source);
    format_time(server->started, since, sizeof(since));
    bighti_ircd_reply_text(user, RPL_WELCOME, "Welcome to the %s IRC Network %s", server->network,
                           source);
    bighti_ircd_reply_text(user, RPL_YOURHOST, "Your host is %s, running version %s", server->name,
                           BIGHTI_IRCD_VERSION);
    bighti_ircd_reply_text(user, RPL_CREATED, "This server was created %s", since);
    bighti_ircd_reply(user, RPL_MYINFO, NULL, server->name, BIGHTI_IRCD_VERSION, "i", "biklmnostv",
                      "bklov", NULL);
    send_support(user);
    bighti_ircd_on_lusers(user, &none);
    bighti_ircd_on_motd(user, &none);
}
