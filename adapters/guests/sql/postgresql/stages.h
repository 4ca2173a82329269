/* A connection of the pool, and the stages of the statement that it runs. */
#ifndef BIGHTI_POSTGRESQL_STAGES_H
#define BIGHTI_POSTGRESQL_STAGES_H

#include "cancel.h"
#include "postgresql.h"

/* The current request of a statement. */
typedef enum pg_stage {
    PG_STAGE_ASK,        /* make settings and identify the server, before the first statement */
    PG_STAGE_FORGET_ALL, /* drop all prepared statements, which may be outdated */
    PG_STAGE_FORGET,     /* drop one, to make room */
    PG_STAGE_PREPARE,
    PG_STAGE_MANY, /* all rows of values in one pipeline */
    PG_STAGE_RUN
} pg_stage;

typedef struct pg_connection {
    bighti_sql_connection head;
    pg_link link;
    pg_canceller *canceller; /* NULL if no statement is being stopped */
    bool running;            /* a statement is not yet reported as done or failed */
    bool held;               /* rows were reported; wait for more() */
    bool stopped;            /* by cancel(): rows are dropped */
    bool over;               /* the server has completed the statement */
    bool broken;
    bool closing;      /* it is closed when its statement has ended */
    unsigned requests; /* answered cancel requests while it closes */
    bool has_columns;  /* the columns were reported */
    bighti_sql_batch *batch;
    int64_t changes;
    bight_error *error; /* the statement's first error */

    bighti_sql_statement many; /* the rows of values that are still to be sent; rows 0: none */
    const char *text;          /* of the running statement */
    pg_parameters parameters;
    pg_stage stage;
    pg_prepared prepared;
    pg_statement *statement; /* the running one, if it may be prepared */
    uint64_t generation;     /* the database's, when all prepared statements were valid */
    bool stale;              /* prepared statements may be outdated */
    bool asked;              /* it is known whether the peer is the server itself, and if it is
                                the settings were made */
    bool direct;             /* it is the server itself */
    bool resetting;          /* the statement resets the session */
    bool changing, changed;  /* the statement, the transaction outdates statements of others */
    bool alone;              /* it runs outside a transaction, and may be retried */
} pg_connection;

/* Keep the first error of a statement. */
void bighti_pg_note(pg_connection *connection, bight_error *take_error);
bight_error *bighti_pg_take_error(pg_connection *connection);

/* Send the next request: the statement, or one that must precede it. */
void bighti_pg_send_next(pg_connection *connection);

/* Learn from the answer whether the peer is the server itself or a pooler. */
void bighti_pg_take_answer(pg_connection *connection, const PGresult *result);

/* The server has completed a request. Returns whether the statement needs another one. */
bool bighti_pg_go_to_next_stage(pg_connection *connection);

#endif
