/* Events in English, the same words as in the Qt window: docs/guides/demo.md lists them. All return
 * a text that the caller frees with g_free(), or NULL if there is nothing to show. */
#ifndef CHAT_WORDING_H
#define CHAT_WORDING_H

#include <bight/irc_client.h>

char *chat_wording_of_member(const bight_irc_client *client, const bight_irc_member_change *change);

char *chat_wording_of_departure(const bight_irc_departure *why);

/* `by` is NULL if the topic is reported after joining. */
char *chat_wording_of_topic(const bight_irc_source *by, const char *topic);

char *chat_wording_of_modes(const bight_irc_source *by, const char *modes);

char *chat_wording_of_nick(const bight_irc_source *who, const char *nick);

/* Several lines. */
char *chat_wording_of_whois(const bight_irc_whois *whois);

/* The state of the connection, for the bar over the messages; NULL if there is nothing to show. */
char *chat_wording_of_state(bight_irc_state state, const char *server, const char *reason);

#endif
