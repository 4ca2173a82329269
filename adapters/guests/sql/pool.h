/* The connections of a database, and their queues. */
#ifndef BIGHTI_SQL_POOL_H
#define BIGHTI_SQL_POOL_H

#include "terms.h"
#include "work.h"

/* Find connections for what waits. No user code runs. */
void bighti_sql_serve(bighti_sql_database *database);

/* Run the next in a connection's queue; without any, and if nobody has it, give it back. No user
 * code runs. */
void bighti_sql_next(bighti_sql_connection *connection);

/* Put a work behind all others of a connection. No user code runs. */
void bighti_sql_append(bighti_sql_connection *connection, bighti_sql_work *take_work);

/* Close a connection: nothing of it is heard any more but closed(). */
void bighti_sql_close_connection(bighti_sql_connection *connection);

/* Move what a connection runs and is to run to a list; its lease learns why. */
void bighti_sql_take_works(bighti_sql_connection *connection, bighti_link *works,
                           const bight_error *reason);

#endif
