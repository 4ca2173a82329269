/* @file bight/gobject.h
 * Bight as GObjects, for programs in C with GLib and for all languages that read typelibs:
 *
 *     from gi.repository import Bight
 *     client = Bight.LineClient.new(Bight.Reactor.new(), "tcp:localhost:7000")
 *     client.connect("line", lambda client, line: print(line))
 *     client.open()
 *
 * The comments here are in the form that g-ir-scanner reads. Each object belongs to the thread
 * that made it. The main context of that thread emits its signals. Guide:
 * docs/guides/gobject.md. */
#ifndef BIGHT_GOBJECT_H
#define BIGHT_GOBJECT_H

#include <bight/api.h>
#include <gio/gio.h>

BIGHT_BEGIN_DECLS

/**
 * BIGHT_GOBJECT_TYPE_REACTOR: (skip)
 */
#define BIGHT_GOBJECT_TYPE_REACTOR (bight_gobject_reactor_get_type())

/**
 * BightReactor:
 *
 * The reactor for the objects of this library. It runs on the main context that is the thread's
 * default when it is made. A GTK program needs one.
 *
 * bight_gobject_reactor_shutdown() ends all connections at once; the object may outlive its
 * reactor. Dropping the last reference does the same.
 */
typedef struct _BightReactor BightReactor;

/**
 * BightReactorClass:
 *
 * The class of #BightReactor.
 */
typedef struct _BightReactorClass BightReactorClass;

BIGHT_API GType bight_gobject_reactor_get_type(void);

/**
 * bight_gobject_reactor_new:
 * @error: where to put a #GError
 *
 * Makes a reactor on the thread-default main context.
 *
 * Returns: (transfer full) (nullable): the reactor, %NULL when out of memory or descriptors
 */
BIGHT_API BightReactor *bight_gobject_reactor_new(GError **error);

struct bight_reactor;

/**
 * bight_gobject_reactor_new_take: (skip)
 * @take_reactor: a reactor that a #GMainContext carries; consumed
 *
 * Makes an object for an existing reactor.
 *
 * Returns: (transfer full): the object, which owns the reactor
 */
BIGHT_API BightReactor *bight_gobject_reactor_new_take(struct bight_reactor *take_reactor);

/**
 * bight_gobject_reactor_get_handle: (skip)
 * @self: a reactor
 *
 * The reactor, for the functions of the C interface.
 *
 * Returns: (transfer none) (nullable): the reactor, %NULL after a shutdown
 */
BIGHT_API struct bight_reactor *bight_gobject_reactor_get_handle(BightReactor *self);

/**
 * bight_gobject_reactor_get_valid:
 * @self: a reactor
 *
 * Whether there is a reactor. There is none after a shutdown, or if the object was made with
 * g_object_new() and the reactor could not be made.
 *
 * Returns: whether there is one
 */
BIGHT_API gboolean bight_gobject_reactor_get_valid(BightReactor *self);

/**
 * bight_gobject_reactor_shutdown:
 * @self: a reactor
 *
 * Ends everything that runs on it: clients that are open emit #BightLineClient::failed with
 * %G_IO_ERROR_CANCELLED. Legal in any signal handler.
 */
BIGHT_API void bight_gobject_reactor_shutdown(BightReactor *self);

/**
 * BightLineClientState:
 * @BIGHT_GOBJECT_STATE_OFFLINE: not opened yet, or ended
 * @BIGHT_GOBJECT_STATE_CONNECTING: an attempt is under way
 * @BIGHT_GOBJECT_STATE_CONNECTED: lines can be sent and received
 * @BIGHT_GOBJECT_STATE_WAITING: it waits until the next attempt is due
 * @BIGHT_GOBJECT_STATE_CLOSING: it is being closed; the signal follows
 *
 * What a client is doing.
 */
typedef enum {
    BIGHT_GOBJECT_STATE_OFFLINE,
    BIGHT_GOBJECT_STATE_CONNECTING,
    BIGHT_GOBJECT_STATE_CONNECTED,
    BIGHT_GOBJECT_STATE_WAITING,
    BIGHT_GOBJECT_STATE_CLOSING
} BightLineClientState;

BIGHT_API GType bight_gobject_line_client_state_get_type(void);

/**
 * BIGHT_GOBJECT_TYPE_LINE_CLIENT_STATE: (skip)
 */
#define BIGHT_GOBJECT_TYPE_LINE_CLIENT_STATE (bight_gobject_line_client_state_get_type())

/**
 * BIGHT_GOBJECT_TYPE_LINE_CLIENT: (skip)
 */
#define BIGHT_GOBJECT_TYPE_LINE_CLIENT (bight_gobject_line_client_get_type())

/**
 * BightLineClient:
 *
 * A client of a line protocol that stays connected.
 *
 * After bight_gobject_line_client_open() it emits, for each connection,
 * #BightLineClient::connected, lines, and #BightLineClient::disconnected, and
 * #BightLineClient::waiting before each further attempt. Exactly one #BightLineClient::failed or
 * #BightLineClient::closed ends this; then the client may be opened again. A handler of any signal
 * may close the client, or drop the last reference.
 */
typedef struct _BightLineClient BightLineClient;

/**
 * BightLineClientClass:
 *
 * The class of #BightLineClient.
 */
typedef struct _BightLineClientClass BightLineClientClass;

BIGHT_API GType bight_gobject_line_client_get_type(void);

/**
 * bight_gobject_line_client_new:
 * @reactor: the reactor; a reference is kept
 * @endpoint: where to connect to: "tcp:localhost:7000", "tls:chat.example.org:7000", "unix:PATH"
 *
 * Makes a client, which does nothing until it is opened.
 *
 * Returns: (transfer full): the client
 */
BIGHT_API BightLineClient *bight_gobject_line_client_new(BightReactor *reactor,
                                                         const char *endpoint);

/**
 * bight_gobject_line_client_open:
 * @self: a client
 * @error: where to put a #GError
 *
 * Connects, and stays connected until the client is closed. Later changes of the properties have
 * no effect on this.
 *
 * Returns: %FALSE with %G_IO_ERROR_CLOSED after a shutdown of the reactor; with
 *   %G_IO_ERROR_PENDING if it is open or closing; with %G_IO_ERROR_INVALID_ARGUMENT if a property
 * has a value that makes no sense
 */
BIGHT_API gboolean bight_gobject_line_client_open(BightLineClient *self, GError **error);

/**
 * bight_gobject_line_client_close:
 * @self: a client
 *
 * Closes the connection after all sent lines are delivered. Then #BightLineClient::disconnected is
 * emitted if there was a connection, and #BightLineClient::closed in any case. While offline, this
 * does nothing.
 */
BIGHT_API void bight_gobject_line_client_close(BightLineClient *self);

/**
 * bight_gobject_line_client_send:
 * @self: a client
 * @line: a line, without its ending
 * @error: where to put a #GError
 *
 * Sends a line. A program with much to send should stop while #BightLineClient:busy is set, or use
 * bight_gobject_line_client_send_async().
 *
 * Returns: %FALSE with %G_IO_ERROR_NOT_CONNECTED, or with %G_IO_ERROR_INVALID_ARGUMENT if the text
 * contains a line ending and would be two lines
 */
BIGHT_API gboolean bight_gobject_line_client_send(BightLineClient *self, const char *line,
                                                  GError **error);

/**
 * bight_gobject_line_client_send_bytes:
 * @self: a client
 * @line: a line of any bytes, without its ending
 * @error: where to put a #GError
 *
 * Sends a line of arbitrary bytes; see bight_gobject_line_client_send().
 *
 * Returns: whether it was sent
 */
BIGHT_API gboolean bight_gobject_line_client_send_bytes(BightLineClient *self, GBytes *line,
                                                        GError **error);

/**
 * bight_gobject_line_client_send_async:
 * @self: a client
 * @line: a line, without its ending
 * @cancellable: (nullable): cancels the wait; the line is sent anyway
 * @callback: (nullable) (scope async): called when there is room for the next line
 * @user_data: passed to @callback
 *
 * Sends a line, and waits until there is room for more. A program that sends its lines in this way
 * sends as fast as the peer reads, and no faster.
 */
BIGHT_API void bight_gobject_line_client_send_async(BightLineClient *self, const char *line,
                                                    GCancellable *cancellable,
                                                    GAsyncReadyCallback callback,
                                                    gpointer user_data);

/**
 * bight_gobject_line_client_send_finish:
 * @self: a client
 * @result: the result that the callback received
 * @error: where to put a #GError
 *
 * Completes bight_gobject_line_client_send_async().
 *
 * Returns: %FALSE with the error of bight_gobject_line_client_send(), or of the connection if it
 * ended before there was room
 */
BIGHT_API gboolean bight_gobject_line_client_send_finish(BightLineClient *self,
                                                         GAsyncResult *result, GError **error);

/**
 * bight_gobject_line_client_start_tls:
 * @self: a client
 * @host: the name that the peer's certificate must match
 * @ca_file: (nullable) (type filename): trusted authorities in PEM; %NULL for the system's
 * @error: where to put a #GError
 *
 * Starts TLS on this connection, after the peer has agreed to it; #BightLineClient::secured
 * follows. The next connection starts in clear text again.
 *
 * Returns: whether the handshake has begun
 */
BIGHT_API gboolean bight_gobject_line_client_start_tls(BightLineClient *self, const char *host,
                                                       const char *ca_file, GError **error);

/**
 * bight_gobject_line_client_get_state:
 * @self: a client
 *
 * What the client is doing.
 *
 * Returns: the state
 */
BIGHT_API BightLineClientState bight_gobject_line_client_get_state(BightLineClient *self);

/**
 * bight_gobject_line_client_get_endpoint:
 * @self: a client
 *
 * The endpoint to which the client connects.
 *
 * Returns: (transfer none): the endpoint, unchanged
 */
BIGHT_API const char *bight_gobject_line_client_get_endpoint(BightLineClient *self);

/**
 * bight_gobject_line_client_get_peer:
 * @self: a client
 *
 * The address of the peer.
 *
 * Returns: (transfer none) (nullable): the peer's address as an endpoint, %NULL while there is no
 *   connection
 */
BIGHT_API const char *bight_gobject_line_client_get_peer(BightLineClient *self);

/**
 * bight_gobject_line_client_get_paused:
 * @self: a client
 *
 * Whether lines are held back.
 *
 * Returns: whether it is paused
 */
BIGHT_API gboolean bight_gobject_line_client_get_paused(BightLineClient *self);

/**
 * bight_gobject_line_client_set_paused:
 * @self: a client
 * @paused: whether to hold lines back
 *
 * Holds lines back or resumes, on this connection and the next. Holding them back slows the peer.
 */
BIGHT_API void bight_gobject_line_client_set_paused(BightLineClient *self, gboolean paused);

BIGHT_END_DECLS

G_DEFINE_AUTOPTR_CLEANUP_FUNC(BightReactor, g_object_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(BightLineClient, g_object_unref)

/**
 * BIGHT_GOBJECT_REACTOR: (skip)
 * @instance: an object
 */
#define BIGHT_GOBJECT_REACTOR(instance)                                                            \
    (G_TYPE_CHECK_INSTANCE_CAST((instance), BIGHT_GOBJECT_TYPE_REACTOR, BightReactor))

/**
 * BIGHT_GOBJECT_IS_REACTOR: (skip)
 * @instance: an object
 */
#define BIGHT_GOBJECT_IS_REACTOR(instance)                                                         \
    (G_TYPE_CHECK_INSTANCE_TYPE((instance), BIGHT_GOBJECT_TYPE_REACTOR))

/**
 * BIGHT_GOBJECT_LINE_CLIENT: (skip)
 * @instance: an object
 */
#define BIGHT_GOBJECT_LINE_CLIENT(instance)                                                        \
    (G_TYPE_CHECK_INSTANCE_CAST((instance), BIGHT_GOBJECT_TYPE_LINE_CLIENT, BightLineClient))

/**
 * BIGHT_GOBJECT_IS_LINE_CLIENT: (skip)
 * @instance: an object
 */
#define BIGHT_GOBJECT_IS_LINE_CLIENT(instance)                                                     \
    (G_TYPE_CHECK_INSTANCE_TYPE((instance), BIGHT_GOBJECT_TYPE_LINE_CLIENT))

#endif
