/* The properties and signals of BightLineClient. */
#include "line_client.h"

GParamSpec *bighti_line_properties[BIGHTI_LINE_PROPERTIES];
guint bighti_line_signals[BIGHTI_LINE_SIGNALS];

static const GParamFlags read_write =
    G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY;
static const GParamFlags read_only =
    G_PARAM_READABLE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY;
static const GParamFlags fixed =
    G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS;

/**
 * BightLineClient:reactor:
 *
 * The reactor.
 */
/**
 * BightLineClient:endpoint: (getter get_endpoint)
 *
 * The endpoint to which the client connects.
 */
/**
 * BightLineClient:ending:
 *
 * The ending of sent lines. Received lines may end in "\n" or "\r\n" in any case. Like the
 * properties below, it takes effect at the next open.
 */
/**
 * BightLineClient:max-line:
 *
 * Bytes of the longest line that is accepted; a longer one ends the connection.
 */
/**
 * BightLineClient:first-delay:
 *
 * Milliseconds from a lost connection to the next attempt. It doubles with each failed attempt,
 * and is shortened by a random part of up to a half.
 */
/**
 * BightLineClient:longest-delay:
 *
 * The longest delay in milliseconds.
 */
/**
 * BightLineClient:attempts:
 *
 * How many attempts in a row may fail before it gives up; 0 is no limit.
 */
/**
 * BightLineClient:connect-timeout:
 *
 * Milliseconds that an attempt may take; 0 is no limit.
 */
/**
 * BightLineClient:idle-timeout:
 *
 * Milliseconds without a byte after which a connection counts as lost; 0 is no limit.
 */
/**
 * BightLineClient:paused: (getter get_paused) (setter set_paused)
 *
 * Whether lines are held back, which slows the peer.
 */
/**
 * BightLineClient:busy:
 *
 * Whether so much output waits that the program should stop sending until
 * #BightLineClient::drained.
 */
/**
 * BightLineClient:state: (getter get_state)
 *
 * What the client is doing.
 */
/**
 * BightLineClient:peer: (getter get_peer)
 *
 * The peer's address as an endpoint; %NULL while there is no connection.
 */

static GParamSpec *number(const char *name, guint standard)
{
    return g_param_spec_uint(name, NULL, NULL, 0, G_MAXUINT, standard,
                             read_write | G_PARAM_CONSTRUCT);
}

static void properties_describe(GObjectClass *object)
{
    GParamSpec **all = bighti_line_properties;

    all[BIGHTI_LINE_REACTOR] =
        g_param_spec_object("reactor", NULL, NULL, BIGHT_GOBJECT_TYPE_REACTOR, fixed);
    all[BIGHTI_LINE_ENDPOINT] = g_param_spec_string("endpoint", NULL, NULL, NULL, fixed);
    all[BIGHTI_LINE_ENDING] =
        g_param_spec_string("ending", NULL, NULL, "\n", read_write | G_PARAM_CONSTRUCT);
    all[BIGHTI_LINE_MAX_LINE] = number("max-line", 16384);
    all[BIGHTI_LINE_FIRST_DELAY] = number("first-delay", 500);
    all[BIGHTI_LINE_LONGEST_DELAY] = number("longest-delay", 60000);
    all[BIGHTI_LINE_ATTEMPTS] = number("attempts", 0);
    all[BIGHTI_LINE_CONNECT_TIMEOUT] = number("connect-timeout", 30000);
    all[BIGHTI_LINE_IDLE_TIMEOUT] = number("idle-timeout", 0);
    all[BIGHTI_LINE_PAUSED] = g_param_spec_boolean("paused", NULL, NULL, FALSE, read_write);
    all[BIGHTI_LINE_BUSY] = g_param_spec_boolean("busy", NULL, NULL, FALSE, read_only);
    all[BIGHTI_LINE_STATE] =
        g_param_spec_enum("state", NULL, NULL, BIGHT_GOBJECT_TYPE_LINE_CLIENT_STATE,
                          BIGHT_GOBJECT_STATE_OFFLINE, read_only);
    all[BIGHTI_LINE_PEER] = g_param_spec_string("peer", NULL, NULL, NULL, read_only);
    g_object_class_install_properties(object, BIGHTI_LINE_PROPERTIES, all);
}

static guint signal_plain(GObjectClass *object, const char *name)
{
    return g_signal_new(name, G_TYPE_FROM_CLASS(object), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                        G_TYPE_NONE, 0);
}

static guint signal_with(GObjectClass *object, const char *name, GType type)
{
    return g_signal_new(name, G_TYPE_FROM_CLASS(object), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                        G_TYPE_NONE, 1, type);
}

static void plain_signals_describe(GObjectClass *object, guint *all)
{
    /**
     * BightLineClient::connected:
     * @self: the client
     *
     * There is a connection; with a `tls:` endpoint its handshake is done.
     */
    all[BIGHTI_LINE_ON_CONNECTED] = signal_plain(object, "connected");
    /**
     * BightLineClient::too-long:
     * @self: the client
     *
     * A line is longer than #BightLineClient:max-line; the connection ends.
     */
    all[BIGHTI_LINE_ON_TOO_LONG] = signal_plain(object, "too-long");
    /**
     * BightLineClient::secured:
     * @self: the client
     *
     * The handshake of bight_gobject_line_client_start_tls() is done.
     */
    all[BIGHTI_LINE_ON_SECURED] = signal_plain(object, "secured");
    /**
     * BightLineClient::drained:
     * @self: the client
     *
     * There is room for more lines; #BightLineClient:busy is not set any more.
     */
    all[BIGHTI_LINE_ON_DRAINED] = signal_plain(object, "drained");
    /**
     * BightLineClient::closed:
     * @self: the client
     *
     * The end: bight_gobject_line_client_close() is done.
     */
    all[BIGHTI_LINE_ON_CLOSED] = signal_plain(object, "closed");
}

static void signals_describe(GObjectClass *object, guint *all)
{
    /**
     * BightLineClient::line:
     * @self: the client
     * @line: the text without its ending; invalid UTF-8 becomes U+FFFD
     *
     * A line was received.
     */
    all[BIGHTI_LINE_ON_LINE] = signal_with(object, "line", G_TYPE_STRING);
    /**
     * BightLineClient::line-bytes:
     * @self: the client
     * @line: the bytes without their ending
     *
     * A line was received; these are its exact bytes.
     */
    all[BIGHTI_LINE_ON_LINE_BYTES] = signal_with(object, "line-bytes", G_TYPE_BYTES);
    /**
     * BightLineClient::disconnected:
     * @self: the client
     * @error: (nullable): the reason; %NULL if this side closed it and everything was delivered
     *
     * The connection has ended.
     */
    all[BIGHTI_LINE_ON_DISCONNECTED] = signal_with(object, "disconnected", G_TYPE_ERROR);
    /**
     * BightLineClient::waiting:
     * @self: the client
     * @delay: milliseconds to the next attempt
     * @error: why there is no connection
     *
     * There is no connection, and the next attempt follows after a delay.
     */
    all[BIGHTI_LINE_ON_WAITING] =
        g_signal_new("waiting", G_TYPE_FROM_CLASS(object), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                     G_TYPE_NONE, 2, G_TYPE_UINT, G_TYPE_ERROR);
    /**
     * BightLineClient::failed:
     * @self: the client
     * @error: why
     *
     * The end: there is no connection, and there will be no further attempt.
     */
    all[BIGHTI_LINE_ON_FAILED] = signal_with(object, "failed", G_TYPE_ERROR);
}

void bighti_line_class_describe(GObjectClass *object)
{
    properties_describe(object);
    plain_signals_describe(object, bighti_line_signals);
    signals_describe(object, bighti_line_signals);
}

void bighti_line_notify(BightLineClient *self, guint property)
{
    g_object_notify_by_pspec(G_OBJECT(self), bighti_line_properties[property]);
}

GType bight_gobject_line_client_state_get_type(void)
{
    static const GEnumValue values[] = {
        {BIGHT_GOBJECT_STATE_OFFLINE, "BIGHT_GOBJECT_STATE_OFFLINE", "offline"},
        {BIGHT_GOBJECT_STATE_CONNECTING, "BIGHT_GOBJECT_STATE_CONNECTING", "connecting"},
        {BIGHT_GOBJECT_STATE_CONNECTED, "BIGHT_GOBJECT_STATE_CONNECTED", "connected"},
        {BIGHT_GOBJECT_STATE_WAITING, "BIGHT_GOBJECT_STATE_WAITING", "waiting"},
        {BIGHT_GOBJECT_STATE_CLOSING, "BIGHT_GOBJECT_STATE_CLOSING", "closing"},
        {0, NULL, NULL},
    };
    static gsize type;

    if (g_once_init_enter(&type))
        g_once_init_leave(&type, g_enum_register_static("BightLineClientState", values));
    return type;
}
