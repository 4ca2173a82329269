/* What is asked of a database, on its way to a connection. */
#ifndef BIGHTI_SQL_ASK_H
#define BIGHTI_SQL_ASK_H

#include "work.h"

/* Give a work a promise and send it on its way: to the connection of its lease, or to whichever is
 * free. NULL when out of memory: the work is freed. */
bight_deferred *bighti_sql_ask(bighti_sql_work *take_work, const char *where);

#endif
