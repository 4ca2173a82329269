/* Sends the user's requests to a connection. */
#ifndef BIGHTI_SQL_ASK_H
#define BIGHTI_SQL_ASK_H

#include "work.h"

/* Give a work a promise and send it to the connection of its lease, or to any free connection.
 * When out of memory, frees the work and returns NULL. */
bight_deferred *bighti_sql_ask(bighti_sql_work *take_work, const char *where);

#endif
