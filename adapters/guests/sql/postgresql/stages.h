/* A connection of the pool, and the stages of the statement that it runs. */
#ifndef BIGHTI_POSTGRESQL_STAGES_H
#define BIGHTI_POSTGRESQL_STAGES_H

#include "cancel.h"
#include "postgresql.h"

/* What is under way of a statement. */
typedef enum pg_stage {
    PG_STAGE_ASK,        /* who is at the other end, before the first is prepared */
    PG_STAGE_FORGET_ALL, /* what was prepared may mean something else */
    PG_STAGE_FORGET,     /* one, for which there is no room */
    PG_STAGE_PREPARE,
    PG_STAGE_RUN
} pg_stage;

typedef struct pg_connection {
    bighti_sql_connection head;
    pg_link link;
    pg_canceller *canceller; /* NULL when nothing is being stopped */
    bool running;            /* a statement is not yet reported as done or failed */
    bool held;               /* rows were reported; nothing is done until more() */
    bool stopped;            /* by cancel(): rows are dropped */
    bool over;               /* the server is done with the statement */
    bool broken;
    bool has_columns; /* were reported */
    bighti_sql_batch *batch;
    int64_t changes;
    bight_error *error; /* the first of the statement */

    const char *text; /* of the statement that runs */
    pg_parameters parameters;
    pg_stage stage;
    pg_prepared prepared;
    pg_statement *statement; /* that runs, if it may be prepared */
    uint64_t generation;     /* the database's, when all that is prepared was right */
    bool stale;              /* what is prepared may be wrong */
    bool asked;              /* who is at the other end is known: the server itself */
    bool changing, changed;  /* the statement, the transaction makes that of others stale */
    bool alone;              /* it runs in no transaction, and may be tried again */
} pg_connection;

/* Keep the first error of a statement. */
void bighti_pg_note(pg_connection *connection, bight_error *take_error);
bight_error *bighti_pg_take_error(pg_connection *connection);

/* Send what comes next: the statement, or what has to be done before it. */
void bighti_pg_send_next(pg_connection *connection);

/* Who is at the other end: the server itself, or something between. */
void bighti_pg_take_answer(pg_connection *connection, const PGresult *result);

/* The server is done with a request. Whether the statement goes on with another one. */
bool bighti_pg_go_to_next_stage(pg_connection *connection);

#endif
