/* A connection for the window, with conversations that record the events. */
#ifndef CHAT_SESSION_H
#define CHAT_SESSION_H

#include "conversation.h"
#include "target.h"
#include <bight/irc_client.h>
#include <bight/irc_entry.h>
#include <bight/reactor.h>

typedef struct chat_session chat_session;

/* Events for the program. Every slot is required. */
typedef struct chat_session_listener {
    /* The reason is a text for a person, or NULL. */
    void (*state_changed)(chat_session *session, bight_irc_state state, const char *reason,
                          void *data);
    /* Another nick is needed: chat_session_run() with "/nick other". */
    void (*nick_needed)(chat_session *session, const char *tried, const char *text, void *data);
    void (*invited)(chat_session *session, const char *by, const char *channel, void *data);
    /* The user has requested this conversation. */
    void (*wanted)(chat_session *session, ChatConversation *conversation, void *data);
    /* The server's certificate is not trusted: ask the person, as bight_tls_options.decide. */
    bight_deferred *(*untrusted)(chat_session *session, const bight_certificate_report *report,
                                 void *data);
    /* The own nick or the name of the network has changed. */
    void (*renamed)(chat_session *session, void *data);
} chat_session_listener;

chat_session *chat_session_new(bight_reactor *reactor, const chat_session_listener *listener,
                               void *data);

/* Break off and free. */
void chat_session_free(chat_session *session);

/* Connect, after quitting the current connection. If the target is invalid, returns false and sets
 * a text for the user, which the caller frees. */
gboolean chat_session_connect(chat_session *session, const chat_target *target, char **error);

/* Quit; the state BIGHT_IRC_OFFLINE follows unless it is offline already. */
void chat_session_quit(chat_session *session);

bight_irc_state chat_session_get_state(chat_session *session);

/* "" before the first connection. Borrowed. */
const char *chat_session_get_nick(chat_session *session);

/* The network's name, else the endpoint. Borrowed. */
const char *chat_session_get_network(chat_session *session);

/* For completion; NULL before the first connection. Borrowed. */
bight_irc_client *chat_session_get_client(chat_session *session);

/* The conversations, ChatConversation, the server's first. Borrowed. */
GListModel *chat_session_get_conversations(chat_session *session);

/* Set the visible conversation, which is never unread. */
void chat_session_set_shown(chat_session *session, ChatConversation *conversation);

/* Run typed text. NULL means the server's conversation. The session itself shows, clears or closes
 * conversations; the caller handles a failure. */
void chat_session_run(chat_session *session, ChatConversation *conversation, const char *text,
                      bight_irc_entry_result *result);

/* The conversation with a person or channel, made if there is none. Borrowed. */
ChatConversation *chat_session_open(chat_session *session, const char *name);

/* Close a conversation, and leave its channel. */
void chat_session_close(chat_session *session, ChatConversation *conversation);

/* Find a conversation by its displayed name; NULL if there is none. Borrowed. */
ChatConversation *chat_session_find(chat_session *session, const char *name);

#endif
