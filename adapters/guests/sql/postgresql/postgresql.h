/* PostgreSQL: libpq's own asynchronous interface on the reactor, without a thread.
 *
 * target.c      what an address says: hosts, and what else libpq is to be given
 * link.c        a PGconn that connects: names looked up, addresses tried in turn, a time limit
 * fault.c       what libpq and the server say, as errors
 * values.c      parameters and fields
 * name.c        what a prepared statement is called
 * prepared.c    statements that a connection has prepared
 * cancel.c      stopping a statement, through a link of its own
 * stages.c      what is sent for a statement, one request after the other
 * channels.c    LISTEN, on a link of its own that is made again when it breaks
 * connection.c  a connection of the pool: statements, rows, and their end
 *
 * They stand on each other in this order (../layers.txt). Here is what the files below cancel.c
 * offer, and channels.c; the two others have headers of their own.
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
    const char *address; /* given with hostaddr, so that nothing is to be looked up; or NULL */
    const char *port;    /* NULL for the default */
} pg_host;

typedef struct pg_target {
    PQconninfoOption *parsed, *defaults; /* that the texts belong to */
    char *texts[3];                      /* the lists of hosts, addresses and ports, cut apart */
    char *options;                       /* command line options of the server */
    const char **keywords, **values;     /* what libpq is given beside the host; ended by NULL */
    size_t count;
    pg_host *hosts;
    size_t host_count;
    char *label; /* for messages: without a password */
} pg_target;

/* On failure the error, and nothing is kept. */
bight_error *bighti_pg_target_parse(pg_target *target, const char *address,
                                    const bight_sql_options *options);
void bighti_pg_target_deinit(pg_target *target);

/* Whether it is a path, or a name in the abstract namespace. */
bool bighti_pg_is_unix(const char *host);

/* -- The database -- */

typedef struct pg_channels pg_channels;

typedef struct pg_database {
    bight_reactor *reactor;
    const bight_fork_watch *fork;
    pg_target target;
    size_t batch;
    uint64_t connect_timeout;
    unsigned statements;   /* that a connection keeps prepared */
    uint64_t generation;   /* grows when what was prepared may mean something else */
    locale_t numbers;      /* "C": a number has a point whatever the program's language is */
    pg_channels *channels; /* NULL before the first listener */
} pg_database;

/* -- link.c -- */

typedef struct pg_link pg_link;

/* What a link tells. The link may be closed in each, and is not used after it by who calls. */
typedef struct pg_link_ops {
    void (*connected)(pg_link *link);
    void (*failed)(pg_link *link, bight_error *take_error); /* instead of connected */
    void (*ready)(pg_link *link);                           /* after connected: bytes have come */
    void (*task)(pg_link *link);                            /* bighti_pg_link_later() */
} pg_link_ops;

struct pg_link {
    const pg_link_ops *ops;
    pg_database *database;
    PGconn *conn; /* NULL between two attempts */
    bight_guest *guest;
    int fd;          /* that is watched, or -1 */
    unsigned events; /* that it is watched for, once open */
    bight_task *task;
    bool open; /* connected was told */
    bool over; /* failed is to be told */
    bool looking_up;
    bight_deferred *lookup;
    bight_addresses *found; /* of the host that is tried */
    size_t host, address;   /* to be tried next */
    uint64_t deadline;      /* may be BIGHT_NEVER */
    bight_error *error;     /* of the last attempt */
};

/* Whether this is a forked child, and what is connected is its parent's. */
bool bighti_pg_is_inherited(const pg_database *database);

/* Set up and begin to connect. False without memory: nothing is left then. */
bool bighti_pg_link_open(pg_link *link, pg_database *database, const pg_link_ops *ops);
void bighti_pg_link_close(pg_link *link);

/* After something was given to libpq: send it, now and as the socket takes it. False: it broke. */
bool bighti_pg_link_flush(pg_link *link);

/* Whether bytes that come are of interest. */
void bighti_pg_link_read(pg_link *link, bool on);

/* Read what is there. False: the connection broke. */
bool bighti_pg_link_consume(pg_link *link);

/* A call into libpq may have found the connection broken, and closed the socket: stop watching
 * that. The two above do so themselves; before a break is told it is done for all other calls. */
void bighti_pg_link_unwatch_closed(pg_link *link);

/* Have ops->task called in a later turn. */
void bighti_pg_link_later(pg_link *link);

/* -- fault.c -- */

/* Of a result that is an error; or, if it holds none, of the connection. */
bight_error *bighti_pg_error_of_result(const pg_database *database, const PGresult *result);

/* Why a connection could not be made; whether another address may do better. */
bight_error *bighti_pg_error_of_connect(const pg_database *database, const PGconn *conn,
                                        bool *try_next);

/* Why a connection broke. */
bight_error *bighti_pg_error_of_break(const pg_database *database, const PGconn *conn);

/* What the server remarks goes to the log hook. */
void bighti_pg_on_notice(void *data, const PGresult *result);

/* -- values.c -- */

/* Parameters as libpq wants them, in one block. */
typedef struct pg_parameters {
    int count;
    Oid *types;
    const char **values;
    int *lengths, *formats;
} pg_parameters;

/* On failure the error, and nothing is kept. */
bight_error *bighti_pg_parameters_make(pg_parameters *parameters,
                                       const bighti_sql_statement *statement);
void bighti_pg_parameters_deinit(pg_parameters *parameters);

/* Add the only row of a result. False without memory. */
bool bighti_pg_add_row(const pg_database *database, bighti_sql_batch *batch,
                       const PGresult *result);

/* The server's word for a type, "" if it is none of the common ones. */
const char *bighti_pg_type_name(Oid type);

/* -- prepared.c -- */

/* A text with the types of its parameters. */
typedef struct pg_statement {
    bighti_link link;
    bool is_prepared;
    char name[PG_NAME_SIZE]; /* set when it is to be prepared */
    unsigned uses;
    int count;
    Oid *types;
    char text[];
} pg_statement;

typedef struct pg_prepared {
    bighti_link list;           /* the one that was used last is the last */
    unsigned limit;             /* of those that are prepared */
    unsigned prepared, waiting; /* how many are, and are not */
} pg_prepared;

void bighti_pg_prepared_init(pg_prepared *prepared, unsigned limit);
void bighti_pg_prepared_deinit(pg_prepared *prepared);

/* Note that a statement is used. NULL when out of memory. Good until the next one is used. */
pg_statement *bighti_pg_prepared_use(pg_prepared *prepared, const char *text,
                                     const pg_parameters *parameters);

/* Whether it was used often enough to be prepared, and is not. */
bool bighti_pg_prepared_is_due(const pg_statement *statement);

/* Whether one has to go before another is prepared, and its name. */
bool bighti_pg_prepared_make_room(pg_prepared *prepared, char name[PG_NAME_SIZE]);

/* It has been prepared. */
void bighti_pg_prepared_add(pg_prepared *prepared, pg_statement *statement);

/* None is prepared any more. */
void bighti_pg_prepared_forget(pg_prepared *prepared);

/* -- channels.c -- */

bight_deferred *bighti_pg_listen(void *owner, bight_sql_listener *listener, const char *where);
void bighti_pg_unlisten(void *owner, bight_sql_listener *listener);

/* Break what promises are left, after everything else: user code. */
void bighti_pg_channels_free(pg_channels *channels);

#endif
