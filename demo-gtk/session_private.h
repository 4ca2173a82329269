/* Shared by session.c (actions) and events.c (events). */
#ifndef CHAT_SESSION_PRIVATE_H
#define CHAT_SESSION_PRIVATE_H

#include "session.h"
#include "trust.h"

struct chat_session {
    bight_reactor *reactor;
    const chat_session_listener *listener;
    void *data;
    GtkTextTagTable *style;
    bight_irc_client *client;
    chat_trust *trust;         /* made for the first session with TLS */
    chat_target *target;       /* of the client */
    chat_target *next;         /* the target after QUIT */
    GListStore *conversations; /* ChatConversation */
    ChatConversation *server;
    ChatConversation *shown;
};

extern const bight_irc_client_events chat_session_events;

/* Connect to session->next after QUIT. On failure, returns false and sets a text for the user. */
gboolean chat_session_go_on(chat_session *session, char **error);

/* The conversation that a name of the protocol belongs to; NULL without one, the server's for "".
 */
ChatConversation *chat_session_look_up(chat_session *session, const char *name);

/* The same, made if there is none. */
ChatConversation *chat_session_ensure(chat_session *session, const char *name);

void chat_session_remove(chat_session *session, ChatConversation *conversation);

#endif
