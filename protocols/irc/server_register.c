/* Registration and leaving: PASS, NICK, USER, QUIT and the pings. */
#include "server_handlers.h"
#include "server_send.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Compares in constant time. */
static bool is_password(const char *given, const char *wanted)
{
    size_t given_size = strlen(given), wanted_size = strlen(wanted);
    unsigned difference = given_size != wanted_size;

    for (size_t i = 0; i < given_size && wanted_size > 0; i++)
        difference |= (unsigned)(given[i] ^ wanted[i % wanted_size]);
    return difference == 0;
}

void bighti_ircd_on_pass(bighti_ircd_user *user, const bighti_ircd_args *args)
{
    const char *wanted = user->server->options.password;

    if (user->phase == PHASE_REGISTERED)
        bighti_ircd_reply(user, ERR_ALREADYREGISTRED, "You may not reregister", NULL);
    else
        user->password_given = wanted == NULL || is_password(args->words[0], wanted);
}

static void set_nick(bighti_ircd_user *user, const char *nick)
{
    bighti_irc_table *nicks = &user->server->nicks;

    if (user->entry.name.size > 0)
        bighti_irc_table_remove(nicks, &user->entry);
    snprintf(user->nick, sizeof(user->nick), "%s", nick);
    user->entry.name = bight_view_of(user->nick);
    bighti_irc_table_insert(nicks, &user->entry);
}

static void change_nick(bighti_ircd_user *user, const char *nick)
{
    bighti_ircd_event event;
    bighti_link *link;

    bighti_ircd_event_begin(&event, user, "NICK");
    bighti_ircd_line_text(&event.line, nick);
    bighti_ircd_event_send(&event, user);
    bighti_ircd_event_to_peers(&event, user, 0);
    bighti_ircd_event_end(&event);
    set_nick(user, nick);
    /* A new nick may match other bans. */
    for (link = user->memberships.next; link != &user->memberships; link = link->next)
        BIGHTI_CONTAINER(link, bighti_ircd_member, in_user)->ban_serial--;
}

void bighti_ircd_on_nick(bighti_ircd_user *user, const bighti_ircd_args *args)
{
    const char *nick = args->words[0];
    bighti_irc_entry *entry;

    if (nick == NULL || *nick == '\0') {
        bighti_ircd_reply(user, ERR_NONICKNAMEGIVEN, "No nickname given", NULL);
        return;
    }
    if (!bight_irc_nick_is_valid(bight_view_of(nick), user->server->options.nick_length)) {
        bighti_ircd_reply(user, ERR_ERRONEUSNICKNAME, "Erroneous nickname", nick, NULL);
        return;
    }
    entry = bighti_irc_table_find(&user->server->nicks, bight_view_of(nick));
    if (entry != NULL && entry != &user->entry) {
        bighti_ircd_reply(user, ERR_NICKNAMEINUSE, "Nickname is already in use", nick, NULL);
    } else if (user->phase == PHASE_REGISTERING) {
        set_nick(user, nick);
        bighti_ircd_try_register(user);
    } else if (strcmp(user->nick, nick) != 0) {
        change_nick(user, nick);
    }
}

/* The user name is not verified, which the '~' shows. Characters that would break a mask or a
 * source are omitted. */
static void set_user_name(bighti_ircd_user *user, const char *name)
{
    size_t length = 0;

    user->user[length++] = '~';
    for (; *name != '\0' && length < BIGHTI_IRCD_USER; name++) {
        if (*name > ' ' && *name < 0x7f && strchr("!@*?,:", *name) == NULL)
            user->user[length++] = *name;
    }
    if (length == 1)
        user->user[length++] = 'u';
    user->user[length] = '\0';
}

void bighti_ircd_on_user(bighti_ircd_user *user, const bighti_ircd_args *args)
{
    if (user->phase == PHASE_REGISTERED || user->has_user) {
        bighti_ircd_reply(user, ERR_ALREADYREGISTRED, "You may not reregister", NULL);
        return;
    }
    set_user_name(user, args->words[0]);
    bighti_ircd_cut(args->words[3], BIGHTI_IRCD_REALNAME);
    snprintf(user->real_name, sizeof(user->real_name), "%s", args->words[3]);
    user->has_user = true;
    bighti_ircd_try_register(user);
}

void bighti_ircd_try_register(bighti_ircd_user *user)
{
    bight_irc_server *server = user->server;

    if (user->phase != PHASE_REGISTERING || user->negotiating || !user->has_user ||
        user->entry.name.size == 0)
        return;
    if (server->options.password != NULL && !user->password_given) {
        bighti_ircd_reply(user, ERR_PASSWDMISMATCH, "Password incorrect", NULL);
        bighti_ircd_user_exit(user, "Bad password", false);
        return;
    }
    user->phase = PHASE_REGISTERED;
    user->signed_on = bighti_ircd_wall_time(server);
    user->last_talk = bight_reactor_now(server->reactor);
    bight_timer_start(user->clock, server->options.ping_interval);
    server->user_count++;
    if (server->user_count > server->most_users)
        server->most_users = server->user_count;
    bighti_ircd_changed(server);
    bighti_ircd_send_welcome(user);
}

void bighti_ircd_on_quit(bighti_ircd_user *user, const bighti_ircd_args *args)
{
    char reason[BIGHTI_IRCD_TEXT + 8];
    const char *text = args->words[0];

    bighti_ircd_cut(args->words[0], user->server->options.reason_length);
    if (text == NULL || *text == '\0')
        snprintf(reason, sizeof(reason), "Client quit");
    else
        snprintf(reason, sizeof(reason), "Quit: %s", text);
    bighti_ircd_user_exit(user, reason, false);
}

void bighti_ircd_on_ping(bighti_ircd_user *user, const bighti_ircd_args *args)
{
    bighti_ircd_line line;

    if (args->words[0] == NULL) {
        bighti_ircd_reply(user, ERR_NOORIGIN, "No origin specified", NULL);
        return;
    }
    bighti_ircd_line_begin(&line, user->server->name, "PONG");
    bighti_ircd_line_word(&line, user->server->name);
    bighti_ircd_line_text(&line, args->words[0]);
    bighti_ircd_send(user, &line);
}

void bighti_ircd_on_pong(bighti_ircd_user *user, const bighti_ircd_args *args)
{
    /* Any input shows that the client is alive; see on_clock() in server_user.c. */
    (void)user;
    (void)args;
}
