/* Stops the statement that a server process runs. */
#ifndef BIGHTI_POSTGRESQL_CANCEL_H
#define BIGHTI_POSTGRESQL_CANCEL_H

#include "postgresql.h"

typedef struct pg_canceller pg_canceller;

/* Called when the server has answered; the request will be repeated after a while. With an error:
 * the request cannot be sent. The function may free the canceller. */
typedef void (*pg_cancel_fn)(void *data, bight_error *take_error);

/* Ask the server to stop the statement of a link, repeatedly until the canceller is freed. The link
 * may be closed meanwhile. Returns NULL when out of memory. `fn` is never called before this
 * returns. */
pg_canceller *bighti_pg_cancel(pg_link *link, pg_cancel_fn fn, void *data);

/* Whether a request is under way. Then the caller must wait for its answer, or it could stop the
 * next statement. */
bool bighti_pg_cancel_is_sent(const pg_canceller *canceller);
void bighti_pg_canceller_free(pg_canceller *canceller);

#endif
