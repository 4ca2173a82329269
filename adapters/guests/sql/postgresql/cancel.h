/* Stopping what a process of the server runs. */
#ifndef BIGHTI_POSTGRESQL_CANCEL_H
#define BIGHTI_POSTGRESQL_CANCEL_H

#include "postgresql.h"

typedef struct pg_canceller pg_canceller;

/* The server has answered, and will be asked again after a while; or, with an error, it cannot be
 * asked. The canceller may be freed in it. */
typedef void (*pg_cancel_fn)(void *data, bight_error *take_error);

/* Ask the server to stop what the process runs, again and again until it is freed. NULL when out
 * of memory. `fn` is never called before this returns. */
pg_canceller *bighti_pg_cancel(pg_database *database, int process, pg_cancel_fn fn, void *data);

/* Whether the server is being asked: then its answer must be waited for, lest it stops the next
 * statement. */
bool bighti_pg_cancel_is_sent(const pg_canceller *canceller);
void bighti_pg_canceller_free(pg_canceller *canceller);

#endif
