/* A serial line as a transport: your own kind, with a line session on it. The modem at the other
 * end of the line is a pseudo-terminal, so that the example runs anywhere.
 *
 *     build/dev/examples/kind
 */
#include <bight/bight.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

/* -- The kind -- */

typedef struct serial {
    int fd;
    bight_watch *watch;
    bool reads, waits; /* for bytes; for room to send */
} serial;

static serial *serial_of(const bight_kind *kind)
{
    return bight_kind_get_state(kind);
}

static void set_events(const serial *self)
{
    unsigned read = self->reads ? (unsigned)BIGHT_WATCH_READ : 0;
    unsigned write = self->waits ? (unsigned)BIGHT_WATCH_WRITE : 0;

    bight_watch_set_events(self->watch, read | write);
}

static ptrdiff_t serial_send(bight_kind *kind, const bight_view *parts, size_t count)
{
    serial *self = serial_of(kind);
    ssize_t sent = write(self->fd, parts[0].data, parts[0].size); /* the others are sent later */

    (void)count;
    if (sent >= 0)
        return sent;
    self->waits = errno == EAGAIN;
    set_events(self);
    return -errno;
}

static void serial_read(bight_kind *kind)
{
    serial *self = serial_of(kind);
    char bytes[256];
    ssize_t size = read(self->fd, bytes, sizeof(bytes));

    if (size > 0)
        self->reads = bight_kind_received(kind, bytes, (size_t)size) == BIGHT_FLOW_GO;
    else if (size == 0 || errno == EIO) /* the other end hung up */
        bight_kind_fail(kind, bight_error_new(BIGHT_ERROR_CLOSED, "no carrier"));
    else if (errno != EAGAIN)
        bight_kind_fail(kind, bight_error_new_errno(errno, "read from the line"));
}

/* The program may end the transport while it receives bytes, so keep a reference meanwhile. */
static void on_line(bight_watch *watch, unsigned events, void *data)
{
    bight_kind *kind = bight_kind_ref(data);
    serial *self = serial_of(kind);

    (void)watch;
    if ((events & BIGHT_WATCH_WRITE) != 0) {
        self->waits = false;
        bight_kind_writable(kind);
    }
    if (self->watch != NULL && (events & (BIGHT_WATCH_READ | BIGHT_WATCH_HANGUP)) != 0)
        serial_read(kind);
    if (self->watch != NULL)
        set_events(self);
    bight_kind_unref(kind);
}

static void serial_resume(bight_kind *kind)
{
    serial_of(kind)->reads = true;
    set_events(serial_of(kind));
}

static void serial_disconnect(bight_kind *kind, bool reset)
{
    serial *self = serial_of(kind);

    (void)reset; /* a serial line has no reset */
    bight_watch_free(self->watch);
    self->watch = NULL;
    close(self->fd);
}

static void serial_describe(bight_kind *kind, bool peer, char *text, size_t size)
{
    (void)kind;
    snprintf(text, size, "serial:%s", peer ? "modem" : "here");
}

/* A serial line cannot signal the end of its data, so there is no shutdown. */
static const bight_kind_ops serial_ops = {.size = sizeof(bight_kind_ops),
                                          .name = "serial",
                                          .send = serial_send,
                                          .resume = serial_resume,
                                          .disconnect = serial_disconnect,
                                          .describe = serial_describe};

/* Takes the descriptor only on success. */
static bight_status serial_open(bight_reactor *reactor, int fd, bight_protocol *protocol)
{
    bight_kind *kind;
    bight_status status = bight_kind_new(reactor, &serial_ops, sizeof(serial), &kind);

    if (status != BIGHT_OK)
        return status;
    *serial_of(kind) = (serial){.fd = fd, .reads = true};
    status = bight_watch_new(reactor, fd, BIGHT_WATCH_READ, on_line, kind, &serial_of(kind)->watch);
    if (status == BIGHT_OK)
        bight_kind_open(kind, protocol);
    else
        bight_kind_discard(kind);
    return status;
}

/* -- A line session with a modem -- */

static void on_connected(bight_line_session *session, void *data)
{
    (void)data;
    printf("connected to %s\n",
           bight_transport_get_peer(bight_line_session_get_transport(session)));
    if (bight_line_session_send(session, "ATI", 3, NULL) != BIGHT_OK)
        bight_transport_abort(bight_line_session_get_transport(session));
}

static void on_line_came(bight_line_session *session, const uint8_t *line, size_t size, void *data)
{
    (void)data;
    printf("the modem says: %.*s\n", (int)size, line);
    bight_transport_close(bight_line_session_get_transport(session));
}

static void on_over(bight_line_session *session, const bight_error *reason, void *data)
{
    (void)session;
    printf("%s\n", reason != NULL ? bight_error_get_message(reason) : "over");
    bight_reactor_stop(data);
}

static const bight_line_session_ops session_ops = {.size = sizeof(bight_line_session_ops),
                                                   .connected = on_connected,
                                                   .line = on_line_came,
                                                   .closed = on_over};

/* The modem answers each line. */
static void on_asked(bight_watch *watch, unsigned events, void *data)
{
    static const char answer[] = "Bight 14400\r\n";
    char question[64];
    ssize_t size = read(bight_watch_get_fd(watch), question, sizeof(question));

    (void)events;
    (void)data;
    if (size > 0 && write(bight_watch_get_fd(watch), answer, sizeof(answer) - 1) < 0)
        perror("modem");
}

/* -- The program -- */

/* Two ends of a line: the modem's and the program's. */
static bool open_line(int ends[2])
{
    struct termios settings;

    ends[0] = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (ends[0] < 0 || grantpt(ends[0]) != 0 || unlockpt(ends[0]) != 0)
        return false;
    ends[1] = open(ptsname(ends[0]), O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
    if (ends[1] < 0 || tcgetattr(ends[1], &settings) != 0)
        return false;
    cfmakeraw(&settings);
    return tcsetattr(ends[1], TCSANOW, &settings) == 0;
}

int main(void)
{
    bight_reactor *reactor = bight_reactor_new();
    bight_line_options options = BIGHT_LINE_OPTIONS_INIT;
    bight_line_session *session;
    bight_watch *modem;
    int ends[2];

    if (reactor == NULL || !open_line(ends) ||
        bight_watch_new(reactor, ends[0], BIGHT_WATCH_READ, on_asked, NULL, &modem) != BIGHT_OK ||
        bight_line_session_new(&options, &session_ops, reactor, &session) != BIGHT_OK ||
        serial_open(reactor, ends[1], bight_line_session_get_protocol(session)) != BIGHT_OK)
        return EXIT_FAILURE;
    if (bight_reactor_run(reactor) != BIGHT_OK)
        return EXIT_FAILURE;
    bight_line_session_free(session);
    bight_watch_free(modem);
    close(ends[0]);
    bight_reactor_free(reactor);
    return EXIT_SUCCESS;
}
