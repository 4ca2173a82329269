/* The connections of a database, and their queues. */
#ifndef BIGHTI_SQL_POOL_H
#define BIGHTI_SQL_POOL_H

#include "terms.h"
#include "work.h"

/* Find connections for waiting work. No user code runs. */
void bighti_sql_serve(bighti_sql_database *database);

/* Limit how long a work that waits may do so. No user code runs. */
void bighti_sql_limit_wait(bighti_sql_work *work);

/* End works that have waited for too long. */
void bighti_sql_on_wait_over(bight_timer *timer, void *data);

/* Run the next work in a connection's queue. If the queue is empty and no lease holds the
 * connection, return it to the pool. No user code runs. */
void bighti_sql_next(bighti_sql_connection *connection);

/* Put a work behind all others of a connection. No user code runs. */
void bighti_sql_append(bighti_sql_connection *connection, bighti_sql_work *take_work);

/* Close a connection. From then on the backend reports only closed(). */
void bighti_sql_close_connection(bighti_sql_connection *connection);

/* Move the running and the queued work of a connection to a list, and give its lease the
 * reason. */
void bighti_sql_take_works(bighti_sql_connection *connection, bighti_link *works,
                           const bight_error *reason);

#endif
