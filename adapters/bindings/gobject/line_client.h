/* Shared by the files of the line client. */
#ifndef BIGHTI_GOBJECT_LINE_CLIENT_H
#define BIGHTI_GOBJECT_LINE_CLIENT_H

#include <bight/gobject.h>
#include <bight/line_client.h>

struct _BightLineClient {
    GObject parent;
    BightReactor *reactor;
    char *endpoint, *ending;
    guint max_line, first_delay, longest_delay, attempts, connect_timeout, idle_timeout;
    gboolean paused, busy;
    bight_line_client *client; /* of the last open; NULL before */
};

struct _BightLineClientClass {
    GObjectClass parent;
};

enum {
    BIGHTI_LINE_REACTOR = 1,
    BIGHTI_LINE_ENDPOINT,
    BIGHTI_LINE_ENDING,
    BIGHTI_LINE_MAX_LINE,
    BIGHTI_LINE_FIRST_DELAY,
    BIGHTI_LINE_LONGEST_DELAY,
    BIGHTI_LINE_ATTEMPTS,
    BIGHTI_LINE_CONNECT_TIMEOUT,
    BIGHTI_LINE_IDLE_TIMEOUT,
    BIGHTI_LINE_PAUSED,
    BIGHTI_LINE_BUSY,
    BIGHTI_LINE_STATE,
    BIGHTI_LINE_PEER,
    BIGHTI_LINE_PROPERTIES
};

enum {
    BIGHTI_LINE_ON_CONNECTED,
    BIGHTI_LINE_ON_LINE,
    BIGHTI_LINE_ON_LINE_BYTES,
    BIGHTI_LINE_ON_TOO_LONG,
    BIGHTI_LINE_ON_SECURED,
    BIGHTI_LINE_ON_DRAINED,
    BIGHTI_LINE_ON_DISCONNECTED,
    BIGHTI_LINE_ON_WAITING,
    BIGHTI_LINE_ON_FAILED,
    BIGHTI_LINE_ON_CLOSED,
    BIGHTI_LINE_SIGNALS
};

extern GParamSpec *bighti_line_properties[BIGHTI_LINE_PROPERTIES];
extern guint bighti_line_signals[BIGHTI_LINE_SIGNALS];

/* Turns events of the C client into signals; its data is the object. */
extern const bight_line_client_events bighti_line_events;

/* Install the properties and the signals. */
void bighti_line_class_describe(GObjectClass *object);

/* Emit the notification of a changed property. */
void bighti_line_notify(BightLineClient *self, guint property);

#endif
