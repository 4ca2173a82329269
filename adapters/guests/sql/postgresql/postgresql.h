/* PostgreSQL: libpq's own asynchronous interface on the reactor, without a thread.
 *
 * target.c      parses an address: hosts, and the other options for libpq
 * link.c        a PGconn that connects: names looked up, addresses tried in turn, a time limit
 * fault.c       converts errors of libpq and of the server
 * values.c      parameters and fields
 * name.c        names of prepared statements
 * prepared.c    statements that a connection has prepared
 * cancel.c      stopping a statement, through its own link
 * stages.c      the requests for a statement, one after the other
 * channels.c    LISTEN, on its own link, which reconnects when it breaks
 * connection.c  a connection of the pool: statements, rows, and their end
 *
 * They depend on each other in this order (../layers.txt). This header declares the files above
 * cancel.c in this list, and channels.c; the others have their own headers.
 */
#ifndef BIGHTI_POSTGRESQL_H
#define BIGHTI_POSTGRESQL_H

#include "../backend.h"
#include "name.h"
#include <bight/guest.h>
#include <bight/resolver.h>
#include <bight/task.h>
#include <bight/timer.h>
#include <libpq-fe.h>
#include <locale.h>

/* -- target.c -- */

typedef struct pg_host {
    const char *name;    /* NULL for libpq's default */
    const char *address; /* given with hostaddr, so no lookup is needed; or NULL */
    const char *port;    /* NULL for the default */
} pg_host;

typedef struct pg_target {
    PQconninfoOption *parsed, *defaults; /* owners of the texts */
    char *texts[3];                      /* the split lists of hosts, addresses and ports */
    const char **keywords, **values;     /* other options for libpq; NULL-terminated */
    size_t count;
    pg_host *hosts;
    size_t host_count;
    bool prefers_standby; /* target_session_attrs=prefer-standby */
    char *label;          /* for messages; without the password */
} pg_target;

/* Returns NULL, or an error; then nothing is kept. */
bight_error *bighti_pg_target_parse(pg_target *target, const char *address);
void bighti_pg_target_deinit(pg_target *target);

/* Whether a host is a path, or a name in the abstract namespace. */
bool bighti_pg_is_unix(const char *host);

/* -- The database -- */

typedef struct pg_channels pg_channels;

typedef struct pg_database {
    bight_reactor *reactor;
    const bight_fork_watch *fork;
    pg_target target;
    size_t batch;
    uint64_t connect_timeout;
    unsigned statements; /* statements that a connection keeps prepared */
    uint64_t busy_timeout;
    uint64_t generation;   /* grows when prepared statements may have become outdated */
    locale_t numbers;      /* "C", so that numbers have a decimal point in every locale */
    pg_channels *channels; /* NULL before the first listener */
} pg_database;

/* -- link.c -- */

typedef struct pg_link pg_link;

/* The callbacks of a link. Each may close the link; the caller does not use it afterwards. */
typedef struct pg_link_ops {
    void (*connected)(pg_link *link);
    void (*failed)(pg_link *link, bight_error *take_error); /* instead of connected */
    void (*ready)(pg_link *link);                           /* after connected: bytes have
                                                               arrived */
    void (*task)(pg_link *link);                            /* bighti_pg_link_later() */
    void (*evicted)(pg_link *link); /* the reactor is being freed; NULL for nothing */
} pg_link_ops;

struct pg_link {
    const pg_link_ops *ops;
    pg_database *database;
    PGconn *conn; /* NULL between two attempts */
    bight_guest *guest;
    int fd;          /* the watched descriptor, or -1 */
    unsigned events; /* the watched events, once open */
    bight_task *task;
    bool open; /* connected was called */
    bool over; /* failed must be called */
    bool dead; /* the reactor was freed */
    bool looking_up;
    bight_deferred *lookup;
    bight_addresses *found; /* of the current host */
    size_t host, address;   /* the next to try */
    bool any;               /* no host is a standby: take any of them */
    uint64_t deadline;      /* may be BIGHT_NEVER */
    bight_error *error;     /* of the last attempt */
};

/* Whether this is a forked child, and the connections belong to the parent. */
bool bighti_pg_is_inherited(const pg_database *database);

/* Set up a link and begin to connect. Returns false when out of memory; then nothing is kept. */
bool bighti_pg_link_open(pg_link *link, pg_database *database, const pg_link_ops *ops);
void bighti_pg_link_close(pg_link *link);

/* Send libpq's output, now and whenever the socket is write-ready. Returns false if it broke. */
bool bighti_pg_link_flush(pg_link *link);

/* Switch reading on or off. */
void bighti_pg_link_read(pg_link *link, bool on);

/* Read all available input. Returns false if the connection broke. */
bool bighti_pg_link_consume(pg_link *link);

/* Stop watching the socket if a call into libpq found the connection broken and closed it. The two
 * functions above do so themselves. For all other calls it is done before a break is reported. */
void bighti_pg_link_unwatch_closed(pg_link *link);

/* Have ops->task called in a later turn. */
void bighti_pg_link_later(pg_link *link);

/* -- fault.c -- */

/* The error of a failed result, or of the connection if the result has none. */
bight_error *bighti_pg_error_of_result(const pg_database *database, const PGresult *result);

/* Why a connection could not be made, and whether another address may succeed. */
bight_error *bighti_pg_error_of_connect(const pg_database *database, const PGconn *conn,
                                        bool *try_next);

/* Why a connection broke. */
bight_error *bighti_pg_error_of_break(const pg_database *database, const PGconn *conn);

/* Passes the server's notices to the log hook. */
void bighti_pg_on_notice(void *data, const PGresult *result);

/* -- values.c -- */

/* Parameters in libpq's format, in one block. */
typedef struct pg_parameters {
    int count;
    Oid *types;
    const char **values;
    int *lengths, *formats;
} pg_parameters;

/* Returns NULL, or an error; then nothing is kept. */
bight_error *bighti_pg_parameters_make(pg_parameters *parameters,
                                       const bighti_sql_statement *statement);

/* Make texts of those whose type the server was to find out. */
void bighti_pg_parameters_make_text(pg_parameters *parameters);
void bighti_pg_parameters_deinit(pg_parameters *parameters);

/* Add the only row of a result. Returns false when out of memory. */
bool bighti_pg_add_row(const pg_database *database, bighti_sql_batch *batch,
                       const PGresult *result);

/* The server's name for a type, "" for an uncommon one. */
const char *bighti_pg_type_name(Oid type);

/* -- prepared.c -- */

/* A text with the types of its parameters. */
typedef struct pg_statement {
    bighti_link link;
    bool is_prepared;
    char name[PG_NAME_SIZE]; /* set before it is prepared */
    unsigned uses;
    int count;
    Oid *types;
    char text[];
} pg_statement;

typedef struct pg_prepared {
    bighti_link list;           /* the most recently used one is last */
    unsigned limit;             /* the maximum of prepared statements */
    unsigned prepared, waiting; /* how many are prepared, and how many are not */
} pg_prepared;

void bighti_pg_prepared_init(pg_prepared *prepared, unsigned limit);
void bighti_pg_prepared_deinit(pg_prepared *prepared);

/* Note that a statement is used. Returns NULL when out of memory. Valid until the next call. */
pg_statement *bighti_pg_prepared_use(pg_prepared *prepared, const char *text,
                                     const pg_parameters *parameters);

/* Whether it was used often enough to be prepared, but is not prepared yet. */
bool bighti_pg_prepared_is_due(const pg_statement *statement);

/* Whether a statement must be removed before another is prepared, and its name. */
bool bighti_pg_prepared_make_room(pg_prepared *prepared, char name[PG_NAME_SIZE]);

/* A statement has been prepared. */
void bighti_pg_prepared_add(pg_prepared *prepared, pg_statement *statement);

/* Forget all prepared statements. */
void bighti_pg_prepared_forget(pg_prepared *prepared);

/* -- channels.c -- */

bight_deferred *bighti_pg_listen(void *owner, bight_sql_listener *listener, const char *where);
void bighti_pg_unlisten(void *owner, bight_sql_listener *listener);

/* Break the remaining promises, after everything else. User code runs. */
void bighti_pg_channels_free(pg_channels *channels);

#endif
