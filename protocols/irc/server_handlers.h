/* The commands. A handler gets its words as strings that it may change; the dispatcher has seen to
 * it that the user may give the command now and that there are as many words as it needs. */
#ifndef BIGHTI_IRC_SERVER_HANDLERS_H
#define BIGHTI_IRC_SERVER_HANDLERS_H

#include "server_state.h"
#include <bight/irc_message.h>

typedef struct bighti_ircd_args {
    const char *command;               /* as in the table, in capitals */
    char *words[BIGHT_IRC_MAX_PARAMS]; /* NULL from count on */
    size_t count;
    bight_view tags; /* as written by the client */
} bighti_ircd_args;

typedef void (*bighti_ircd_handler)(bighti_ircd_user *user, const bighti_ircd_args *args);

/* server_dispatch.c: one line from a client. */
void bighti_ircd_dispatch(bighti_ircd_user *user, const uint8_t *line, size_t size);

/* Whether a user who was too fast has to wait; arranges for it to go on. */
bool bighti_ircd_throttle(bighti_ircd_user *user);

/* Charge a user for so many line intervals. */
void bighti_ircd_pay(bighti_ircd_user *user, unsigned cost);

/* Take the next item off a list "a,b,c"; empty ones are skipped. NULL at its end. */
char *bighti_ircd_next_item(char **list);

/* Shorten a text to so many bytes, between characters; NULL is left alone. */
void bighti_ircd_cut(char *text, size_t most);

/* server_register.c */
void bighti_ircd_on_pass(bighti_ircd_user *user, const bighti_ircd_args *args);
void bighti_ircd_on_nick(bighti_ircd_user *user, const bighti_ircd_args *args);
void bighti_ircd_on_user(bighti_ircd_user *user, const bighti_ircd_args *args);
void bighti_ircd_on_quit(bighti_ircd_user *user, const bighti_ircd_args *args);
void bighti_ircd_on_ping(bighti_ircd_user *user, const bighti_ircd_args *args);
void bighti_ircd_on_pong(bighti_ircd_user *user, const bighti_ircd_args *args);

/* Welcome the user if nothing is missing any more. */
void bighti_ircd_try_register(bighti_ircd_user *user);

/* server_cap.c */
void bighti_ircd_on_cap(bighti_ircd_user *user, const bighti_ircd_args *args);

/* server_join.c */
void bighti_ircd_on_join(bighti_ircd_user *user, const bighti_ircd_args *args);
void bighti_ircd_on_part(bighti_ircd_user *user, const bighti_ircd_args *args);

/* server_ops.c */
void bighti_ircd_on_topic(bighti_ircd_user *user, const bighti_ircd_args *args);
void bighti_ircd_on_kick(bighti_ircd_user *user, const bighti_ircd_args *args);
void bighti_ircd_on_invite(bighti_ircd_user *user, const bighti_ircd_args *args);
void bighti_ircd_send_topic(bighti_ircd_user *user, const bighti_ircd_channel *channel);

/* server_mode.c */
void bighti_ircd_on_mode(bighti_ircd_user *user, const bighti_ircd_args *args);

/* server_talk.c */
void bighti_ircd_on_talk(bighti_ircd_user *user, const bighti_ircd_args *args);
void bighti_ircd_on_away(bighti_ircd_user *user, const bighti_ircd_args *args);

/* server_names.c */
void bighti_ircd_on_names(bighti_ircd_user *user, const bighti_ircd_args *args);
void bighti_ircd_on_list(bighti_ircd_user *user, const bighti_ircd_args *args);
void bighti_ircd_send_names(bighti_ircd_user *user, const bighti_ircd_channel *channel);

/* "@", "+", "@+" or "": what stands before the nick of a member. */
const char *bighti_ircd_member_prefix(const bighti_ircd_member *member, bool all);

/* Go on with a LIST, as far as the client reads. */
void bighti_ircd_list_continue(bighti_ircd_user *user);

/* server_who.c */
void bighti_ircd_on_who(bighti_ircd_user *user, const bighti_ircd_args *args);
void bighti_ircd_on_whois(bighti_ircd_user *user, const bighti_ircd_args *args);
void bighti_ircd_on_whowas(bighti_ircd_user *user, const bighti_ircd_args *args);
void bighti_ircd_on_userhost(bighti_ircd_user *user, const bighti_ircd_args *args);
void bighti_ircd_on_ison(bighti_ircd_user *user, const bighti_ircd_args *args);

/* server_info.c */
void bighti_ircd_on_motd(bighti_ircd_user *user, const bighti_ircd_args *args);
void bighti_ircd_on_lusers(bighti_ircd_user *user, const bighti_ircd_args *args);
void bighti_ircd_on_version(bighti_ircd_user *user, const bighti_ircd_args *args);
void bighti_ircd_on_time(bighti_ircd_user *user, const bighti_ircd_args *args);
void bighti_ircd_on_admin(bighti_ircd_user *user, const bighti_ircd_args *args);
void bighti_ircd_on_info(bighti_ircd_user *user, const bighti_ircd_args *args);
void bighti_ircd_send_welcome(bighti_ircd_user *user);

#endif
