/* Stopping a statement, by the protocol's CancelRequest: 16 bytes on a connection of their own,
 * with the process and the key that the server has sent at the beginning. This needs no login and
 * no free connection of the server, and a pooler passes it on. The server answers by closing the
 * connection, after it has sent the signal. The request is sent in clear, also for a connection
 * with TLS, as libpq did before version 17.
 *
 * libpq's own function would block the loop while it connects, and libpq has no function that
 * returns the key. (Its trace would show it, but reads past the end of malformed messages.) The key
 * is therefore read from the structure that PQgetCancel() makes, which is the same in versions 14
 * to 17. The rest of the structure is compared with what is known otherwise. If anything differs,
 * statements cannot be stopped, and their connection is closed instead.
 *
 * If the request arrives before the server has read the statement, the server ignores it. So the
 * request is repeated until the statement has ended. If the request arrives too late, it might
 * stop the next statement instead. So no statement starts on the connection until the server has
 * answered here. By then the request was delivered, and an idle connection ignores it. */
#include "cancel.h"
#include <bight/watch.h>
#include <endian.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define FIRST_DELAY BIGHT_MSEC(20)
#define LONGEST_DELAY BIGHT_SEC(2)
/* A server that does not answer a request is given up. */
#define LONGEST_REQUEST BIGHT_SEC(3)

enum { CANCEL_CODE = 80877102 };

struct pg_canceller {
    pg_database *database;
    pg_cancel_fn fn;
    void *data;
    bight_timer *timer;
    bight_watch *watch; /* of the request's socket; NULL between two requests */
    uint64_t delay;
    struct sockaddr_storage address;
    socklen_t address_size; /* 0 if the request is not known */
    uint32_t packet[4];
    bool busy; /* a request was sent and is not answered yet */
};

static void request_drop(pg_canceller *canceller)
{
    int fd;

    canceller->busy = false;
    if (canceller->watch == NULL)
        return;
    fd = bight_watch_get_fd(canceller->watch);
    bight_watch_free(canceller->watch);
    canceller->watch = NULL;
    close(fd);
}

/* The request cannot be sent. */
static void canceller_fail(pg_canceller *canceller, bight_status status)
{
    request_drop(canceller);
    canceller->fn(canceller->data,
                  bight_error_new(status, "%s: the statement cannot be stopped: %s",
                                  canceller->database->target.label, bight_status_text(status)));
}

static void request_on_answer(pg_canceller *canceller)
{
    request_drop(canceller);
    bight_timer_start(canceller->timer, canceller->delay);
    if (canceller->delay < LONGEST_DELAY)
        canceller->delay *= 2;
    canceller->fn(canceller->data, NULL);
}

/* The socket has connected. 16 bytes always fit into its empty buffer. */
static void request_send(pg_canceller *canceller, int fd)
{
    ssize_t sent = send(fd, canceller->packet, sizeof(canceller->packet), MSG_NOSIGNAL);

    if (sent != (ssize_t)sizeof(canceller->packet)) {
        canceller_fail(canceller, sent < 0 ? bight_status_from_errno(errno) : BIGHT_ERROR_SYSTEM);
        return;
    }
    canceller->busy = true;
    bight_watch_set_events(canceller->watch, BIGHT_WATCH_READ);
}

static void request_on_ready(bight_watch *watch, unsigned events, void *data)
{
    pg_canceller *canceller = data;
    int fd = bight_watch_get_fd(watch);
    char answer[64];
    ssize_t got;

    (void)events;
    if (bighti_pg_is_inherited(canceller->database))
        return;
    if (!canceller->busy) {
        request_send(canceller, fd);
        return;
    }
    /* An end or a reset is the answer, and any bytes are ignored. */
    got = recv(fd, answer, sizeof(answer), MSG_DONTWAIT);
    if (got == 0 || (got < 0 && errno != EAGAIN))
        request_on_answer(canceller);
}

static bight_status request_connect(pg_canceller *canceller, int fd)
{
    const struct sockaddr *address = (const struct sockaddr *)&canceller->address;

    if (connect(fd, address, canceller->address_size) != 0 && errno != EINPROGRESS)
        return bight_status_from_errno(errno);
    return bight_watch_new(canceller->database->reactor, fd, BIGHT_WATCH_WRITE, request_on_ready,
                           canceller, &canceller->watch);
}

static bight_status request_start(pg_canceller *canceller)
{
    bight_status status;
    int fd;

    if (canceller->address_size == 0)
        return BIGHT_ERROR_UNSUPPORTED;
    fd = socket(canceller->address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return bight_status_from_errno(errno);
    status = request_connect(canceller, fd);
    if (status == BIGHT_OK)
        bight_timer_start(canceller->timer, LONGEST_REQUEST);
    else
        close(fd);
    return status;
}

static void canceller_ask(pg_canceller *canceller)
{
    bight_status status = request_start(canceller);

    if (status != BIGHT_OK)
        canceller_fail(canceller, status);
}

static void cancel_on_time(bight_timer *timer, void *data)
{
    pg_canceller *canceller = data;

    (void)timer;
    if (bighti_pg_is_inherited(canceller->database))
        return;
    if (canceller->watch != NULL)
        canceller_fail(canceller, BIGHT_ERROR_TIMED_OUT);
    else
        canceller_ask(canceller);
}

/* The beginning of libpq's struct pg_cancel. */
typedef struct cancel_layout {
    struct {
        struct sockaddr_storage storage;
        socklen_t size;
    } address;
    int process, key;
} cancel_layout;

/* Of a version that is not known the structure may be shorter, and is not read. */
static bool version_is_known(void)
{
    return PQlibVersion() >= 140000 && PQlibVersion() < 180000;
}

static bool layout_is_known(const cancel_layout *layout, const PGconn *conn)
{
    int family = layout->address.storage.ss_family;

    return layout->process == PQbackendPID(conn) &&
           layout->address.size <= sizeof(layout->address.storage) &&
           (family == AF_UNIX || family == AF_INET || family == AF_INET6);
}

/* Returns false when out of memory. */
static bool request_make(pg_canceller *canceller, PGconn *conn)
{
    PGcancel *given;
    cancel_layout layout;

    if (!version_is_known())
        return true;
    given = PQgetCancel(conn);
    if (given == NULL)
        return false;
    memcpy(&layout, given, sizeof(layout));
    PQfreeCancel(given);
    if (!layout_is_known(&layout, conn))
        return true;
    canceller->address = layout.address.storage;
    canceller->address_size = layout.address.size;
    canceller->packet[0] = htobe32(sizeof(canceller->packet));
    canceller->packet[1] = htobe32(CANCEL_CODE);
    canceller->packet[2] = htobe32((uint32_t)layout.process);
    canceller->packet[3] = htobe32((uint32_t)layout.key);
    return true;
}

static bool canceller_set_up(pg_canceller *canceller, pg_link *link)
{
    return request_make(canceller, link->conn) &&
           bight_timer_new(canceller->database->reactor, cancel_on_time, canceller,
                           &canceller->timer) == BIGHT_OK;
}

pg_canceller *bighti_pg_cancel(pg_link *link, pg_cancel_fn fn, void *data)
{
    pg_canceller *canceller = calloc(1, sizeof(*canceller));

    if (canceller == NULL)
        return NULL;
    canceller->database = link->database;
    canceller->fn = fn;
    canceller->data = data;
    canceller->delay = FIRST_DELAY;
    if (canceller_set_up(canceller, link)) {
        /* A failure is reported by the timer, and not before this returns. */
        if (request_start(canceller) != BIGHT_OK)
            bight_timer_start(canceller->timer, 0);
        return canceller;
    }
    bighti_pg_canceller_free(canceller);
    return NULL;
}

bool bighti_pg_cancel_is_sent(const pg_canceller *canceller)
{
    return canceller->busy;
}

void bighti_pg_canceller_free(pg_canceller *canceller)
{
    if (canceller == NULL)
        return;
    request_drop(canceller);
    bight_timer_free(canceller->timer);
    free(canceller);
}
