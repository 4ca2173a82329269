/* A PGconn on the reactor.
 *
 * Connecting: libpq's own name lookup would block the loop. So this file resolves each host and
 * gives libpq one address at a time, together with the name, which the certificate check and the
 * password file need. Each address gets a share of the time, so that an address that does not
 * answer leaves time for the next.
 *
 * In a forked child, a link belongs to the parent. The child calls only PQfinish(). That would
 * close TLS and send a termination message to the server, so the socket is muted first.
 *
 * libpq is a guest (bight/guest.h) that does not report its sockets. While it connects, it may
 * close its socket and open another one, even with the same number, and the poller would not
 * notice. So the watch is removed during each step and added again after it. Later, libpq closes
 * its socket only when the connection has broken, inside the call that detects the break. The
 * watch is removed right after that call, because another socket may soon get the same number, and
 * removing the old watch would then remove that socket from the poller.
 *
 * No code of the program runs inside libpq: its notices go to the log hook, which must not call
 * back. So a link calls its ops only while libpq is not on the stack. */
#include "postgresql.h"
#include <bight/value.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_READS = 4, OWN = 4, EXTRA = OWN + 1 };

static void drop_watch(pg_link *link)
{
    if (link->fd >= 0)
        bight_guest_unwatch(link->guest, link->fd);
    link->fd = -1;
}

bool bighti_pg_is_inherited(const pg_database *database)
{
    return bight_fork_watch_is_inherited(database->fork);
}

/* The watch is removed before the socket is closed. */
static void drop_conn(pg_link *link)
{
    drop_watch(link);
    if (link->conn == NULL)
        return;
    if (bighti_pg_is_inherited(link->database) && PQsocket(link->conn) >= 0)
        bight_fork_mute(PQsocket(link->conn));
    PQfinish(link->conn);
    link->conn = NULL;
}

static void drop_lookup(pg_link *link)
{
    bight_deferred *lookup = link->lookup;

    if (!link->looking_up)
        return;
    link->looking_up = false; /* tells the step that the lookup was abandoned */
    link->lookup = NULL;
    bight_deferred_cancel(lookup);
    bight_deferred_free(lookup);
}

static void note(pg_link *link, bight_error *take_error)
{
    bight_error_unref(link->error);
    link->error = take_error;
}

/* Fail with the error that was noted. */
static void link_give_up(pg_link *link)
{
    drop_conn(link);
    link->over = true;
    bight_guest_stop_timer(link->guest);
    bight_task_schedule(link->task);
}

static bool watch_for(pg_link *link, unsigned events)
{
    int fd = PQsocket(link->conn);
    bight_status status = bight_guest_watch(link->guest, fd, events);

    if (status == BIGHT_OK) {
        link->fd = fd;
        return true;
    }
    note(link, bight_error_new(status, "connect to %s: %s", link->database->target.label,
                               bight_status_text(status)));
    return false;
}

/* -- One address -- */

/* A lower bound for the number of addresses that are still to be tried. */
static size_t count_left(const pg_link *link)
{
    size_t left = link->database->target.host_count - link->host;

    if (link->database->target.prefers_standby && !link->any)
        left += link->database->target.host_count;
    if (link->found != NULL)
        left += bight_addresses_get_count(link->found) - link->address;
    return left;
}

/* Start the timer with this address's share of the remaining time. */
static void start_timer(pg_link *link)
{
    uint64_t now = bight_reactor_now(link->database->reactor);
    uint64_t left = link->deadline > now ? link->deadline - now : 0;

    if (link->deadline != BIGHT_NEVER)
        bight_guest_start_timer(link->guest, left / (count_left(link) + 1));
}

static const pg_host *current_host(const pg_link *link)
{
    return &link->database->target.hosts[link->host - 1];
}

/* libpq sees one address at a time, so that it would take the first one at once. So a standby is
 * looked for at all addresses first, and then any server. */
static const char *link_wants(const pg_link *link)
{
    if (!link->database->target.prefers_standby)
        return NULL;
    return link->any ? "any" : "standby";
}

/* Returns whether the attempt is under way; else the error is noted. */
static bool try_address(pg_link *link, const char *address)
{
    const pg_target *target = &link->database->target;
    const pg_host *host = current_host(link);
    size_t count = target->count;
    const char **keywords = calloc(2 * (count + EXTRA), sizeof(*keywords));
    const char **values = keywords + count + EXTRA;
    const char *own[OWN][2] = {{"host", host->name},
                               {"hostaddr", address},
                               {"port", host->port},
                               {"target_session_attrs", link_wants(link)}};

    if (keywords != NULL) {
        memcpy(keywords, target->keywords, count * sizeof(*keywords));
        memcpy(values, target->values, count * sizeof(*values));
        for (size_t i = 0; i < OWN; i++) {
            if (own[i][1] == NULL)
                continue;
            keywords[count] = own[i][0];
            values[count++] = own[i][1];
        }
        link->conn = PQconnectStartParams(keywords, values, 0);
        free(keywords);
    }
    if (link->conn == NULL) {
        note(link,
             bight_error_new(BIGHT_ERROR_NO_MEMORY, "connect to %s: out of memory", target->label));
        return false;
    }
    /* The code of a rejection is available only in its text. */
    PQsetErrorVerbosity(link->conn, PQERRORS_VERBOSE);
    PQsetNoticeReceiver(link->conn, bighti_pg_on_notice, link->database);
    if (PQstatus(link->conn) != CONNECTION_BAD) {
        start_timer(link);
        return watch_for(link, BIGHT_WATCH_WRITE);
    }
    note(link, bighti_pg_error_of_connect(link->database, link->conn, &(bool){false}));
    return false;
}

/* -- All addresses -- */

static bool try_host(pg_link *link);

static bool is_to_begin_anew(const pg_link *link)
{
    const pg_target *target = &link->database->target;

    return link->host >= target->host_count && target->prefers_standby && !link->any;
}

static void try_next(pg_link *link)
{
    for (;;) {
        drop_conn(link);
        if (link->found != NULL && link->address < bight_addresses_get_count(link->found)) {
            if (try_address(link, bight_addresses_get_text(link->found, link->address++)))
                return;
        } else if (is_to_begin_anew(link)) {
            link->any = true;
            link->host = 0;
        } else if (link->host >= link->database->target.host_count) {
            link_give_up(link);
            return;
        } else if (try_host(link)) {
            return;
        }
    }
}

/* Always continue in a later turn: when out of memory, this runs inside the call that adds it. */
static bight_result link_on_addresses(bight_result in, void *data)
{
    pg_link *link = data;
    bight_deferred *lookup = link->lookup;

    if (!link->looking_up)
        return in;
    link->looking_up = false;
    link->lookup = NULL;
    bight_deferred_free(lookup);
    if (in.error == NULL) {
        link->found = BIGHT_VALUE(bight_addresses, in, bight_addresses_free);
        link->address = 0;
    } else {
        note(link, bight_error_new_caused(in.error, bight_error_get_status(in.error),
                                          "connect to %s", link->database->target.label));
    }
    bight_task_schedule(link->task);
    return bight_result_value(NULL);
}

static bool look_up(pg_link *link, const char *name)
{
    bight_resolver *resolver;
    bight_status status = bight_resolver_get_default(link->database->reactor, &resolver);

    if (status != BIGHT_OK) {
        note(link, bight_error_new(status, "connect to %s: %s", link->database->target.label,
                                   bight_status_text(status)));
        return false;
    }
    link->looking_up = true;
    start_timer(link);
    link->lookup = bight_resolve(resolver, name, BIGHT_FAMILY_ANY);
    bight_deferred_both(link->lookup, link_on_addresses, link);
    return true;
}

/* Returns whether an attempt or a lookup is under way. */
static bool try_host(pg_link *link)
{
    const pg_host *host = &link->database->target.hosts[link->host++];

    bight_addresses_free(link->found);
    link->found = NULL;
    if (host->address != NULL || host->name == NULL || bighti_pg_is_unix(host->name))
        return try_address(link, host->address);
    return look_up(link, host->name);
}

/* -- Steps of an attempt -- */

static void link_on_connected(pg_link *link)
{
    bight_guest_stop_timer(link->guest);
    bight_addresses_free(link->found);
    link->found = NULL;
    if (PQsetnonblocking(link->conn, 1) != 0 || !watch_for(link, BIGHT_WATCH_READ)) {
        link_give_up(link);
        return;
    }
    note(link, NULL);
    link->events = BIGHT_WATCH_READ;
    link->open = true;
    link->ops->connected(link);
}

static void on_attempt_failed(pg_link *link)
{
    bool next = true;

    note(link, bighti_pg_error_of_connect(link->database, link->conn, &next));
    if (next)
        try_next(link);
    else
        link_give_up(link);
}

static void connect_step(pg_link *link)
{
    PostgresPollingStatusType state;

    drop_watch(link);
    state = PQconnectPoll(link->conn);
    if (state == PGRES_POLLING_OK)
        link_on_connected(link);
    else if (state == PGRES_POLLING_FAILED)
        on_attempt_failed(link);
    else if (!watch_for(link,
                        state == PGRES_POLLING_READING ? BIGHT_WATCH_READ : BIGHT_WATCH_WRITE))
        link_give_up(link);
}

static void link_on_time(bight_guest *guest, void *data)
{
    pg_link *link = data;
    const pg_host *host = current_host(link);

    (void)guest;
    drop_lookup(link);
    note(link, bight_error_new(BIGHT_ERROR_TIMED_OUT, "connect to %s: no answer of %s",
                               link->database->target.label,
                               host->name != NULL ? host->name : "the server"));
    try_next(link);
}

static void link_on_task(bight_task *task, void *data)
{
    pg_link *link = data;
    bight_error *error = link->error;

    (void)task;
    if (bighti_pg_is_inherited(link->database))
        return;
    if (link->open) {
        link->ops->task(link);
    } else if (link->over) {
        link->error = NULL;
        link->ops->failed(link, error);
    } else if (link->conn == NULL && !link->looking_up) {
        try_next(link);
    }
}

static void link_on_ready(bight_guest *guest, int fd, unsigned events, void *data)
{
    pg_link *link = data;

    (void)guest;
    (void)fd;
    if (!link->open) {
        connect_step(link);
        return;
    }
    if ((events & BIGHT_WATCH_WRITE) != 0)
        (void)!bighti_pg_link_flush(link); /* if it broke, reading tells */
    if ((events & (BIGHT_WATCH_READ | BIGHT_WATCH_HANGUP)) != 0)
        link->ops->ready(link);
}

static void link_on_evicted(bight_guest *guest, void *data)
{
    pg_link *link = data;

    (void)guest;
    link->dead = true;
    if (link->ops->evicted != NULL)
        link->ops->evicted(link);
}

static const bight_guest_ops link_guest = {
    .size = sizeof(bight_guest_ops),
    .name = "bight: postgresql",
    .ready = link_on_ready,
    .timeout = link_on_time,
    .evicted = link_on_evicted,
};

/* -- Requests -- */

void bighti_pg_link_unwatch_closed(pg_link *link)
{
    if (PQsocket(link->conn) != link->fd)
        drop_watch(link);
}

/* The events to watch: writing while output is left, reading as before. */
static void set_events(pg_link *link, unsigned on, unsigned off)
{
    link->events = (link->events | on) & ~off;
    if (link->fd >= 0)
        (void)!bight_guest_watch(link->guest, link->fd, link->events); /* it is watched already */
}

bool bighti_pg_link_flush(pg_link *link)
{
    int left = PQflush(link->conn);

    bighti_pg_link_unwatch_closed(link);
    if (left > 0)
        set_events(link, BIGHT_WATCH_WRITE | BIGHT_WATCH_READ, 0);
    else
        set_events(link, 0, BIGHT_WATCH_WRITE);
    return left >= 0;
}

void bighti_pg_link_read(pg_link *link, bool on)
{
    set_events(link, on ? BIGHT_WATCH_READ : 0, on ? 0 : BIGHT_WATCH_READ);
}

/* The socket is not read-ready for data that TLS has already decrypted, and one read may leave
 * some of it. */
static bool consume(PGconn *conn)
{
    int reads = PQsslInUse(conn) ? MOST_READS : 1;

    for (int i = 0; i < reads; i++) {
        if (PQconsumeInput(conn) == 0)
            return false;
        if (PQisBusy(conn) == 0)
            break;
    }
    return PQstatus(conn) != CONNECTION_BAD;
}

bool bighti_pg_link_consume(pg_link *link)
{
    bool alive = consume(link->conn);

    bighti_pg_link_unwatch_closed(link);
    return alive;
}

void bighti_pg_link_later(pg_link *link)
{
    bight_task_schedule(link->task);
}

static uint64_t deadline_after(uint64_t now, uint64_t duration)
{
    return duration < BIGHT_NEVER - now ? now + duration : BIGHT_NEVER;
}

bool bighti_pg_link_open(pg_link *link, pg_database *database, const pg_link_ops *ops)
{
    *link = (pg_link){.ops = ops, .database = database, .fd = -1};
    link->deadline =
        deadline_after(bight_reactor_now(database->reactor), database->connect_timeout);
    if (bight_guest_new(database->reactor, &link_guest, link, &link->guest) != BIGHT_OK)
        return false;
    if (bight_task_new(database->reactor, link_on_task, link, &link->task) != BIGHT_OK) {
        bight_guest_free(link->guest);
        return false;
    }
    try_next(link);
    return true;
}

void bighti_pg_link_close(pg_link *link)
{
    drop_lookup(link);
    drop_conn(link);
    bight_guest_free(link->guest);
    bight_task_free(link->task);
    bight_addresses_free(link->found);
    bight_error_unref(link->error);
}
