/* The commands. A handler receives its words as strings that it may modify. The dispatcher has
 * checked that the user may use the command now and that it has enough words. */
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

/* Returns whether a user must wait because it was too fast; then a timer will continue. */
bool bighti_ircd_throttle(bighti_ircd_user *user);

/* Charge a user `cost` line intervals. */
void bighti_ircd_pay(bighti_ircd_user *user, unsigned cost);

/* Pay for an event that so many have received. */
void bighti_ircd_pay_for_event(bighti_ircd_user *user, unsigned receivers);

/* Remove and return the next item of a list "a,b,c"; skips empty ones. NULL at the end. */
char *bighti_ircd_next_item(char **list);

/* Cut a text to at most `most` bytes, between characters; NULL is ignored. */
void bighti_ircd_cut(char *text, size_t most);

/* server_register.c */
void bighti_ircd_on_pass(bighti_ircd_user *user, const bighti_ircd_args *args);
void bighti_ircd_on_nick(bighti_ircd_user *user, const bighti_ircd_args *args);
void bighti_ircd_on_user(bighti_ircd_user *user, const bighti_ircd_args *args);
void bighti_ircd_on_quit(bighti_ircd_user *user, const bighti_ircd_args *args);
void bighti_ircd_on_ping(bighti_ircd_user *user, const bighti_ircd_args *args);
void bighti_ircd_on_pong(bighti_ircd_user *user, const bighti_ircd_args *args);

/* Complete the registration if nothing is missing any more. */
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

/* "@", "+", "@+" or "": the prefix of a member's nick. */
const char *bighti_ircd_member_prefix(const bighti_ircd_member *member, bool all);

/* Continue a LIST, as far as the client reads. */
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
