/* Shared by window.c (drawing) and window_actions.c (keys and menus). */
#ifndef CHAT_WINDOW_PRIVATE_H
#define CHAT_WINDOW_PRIVATE_H

#include "channel_list.h"
#include "member_list.h"
#include "window.h"

struct _ChatWindow {
    AdwApplicationWindow parent;
    AdwToastOverlay *toasts;
    GtkStack *pages;
    AdwLeaflet *leaflet;
    AdwWindowTitle *network;
    AdwWindowTitle *title;
    ChatChannelList *conversations;
    ChatMessageView *messages;
    ChatEntry *entry;
    AdwFlap *flap;
    ChatMemberList *members;
    GtkRevealer *banner;
    GtkSpinner *banner_spinner;
    GtkLabel *banner_text;
    GtkButton *banner_button;
    GtkRevealer *hosting;
    GtkLabel *hosting_where;
    GtkLabel *hosting_who;
    chat_session *session;
    chat_host *host;
    ChatConversation *shown;
    gulong title_watch; /* watches the visible conversation */
};

/* Add the actions and keys. */
void chat_window_add_actions(GtkWidgetClass *class);

#endif
