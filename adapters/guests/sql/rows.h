/* The task of a database: processes ends and rows that were left to a later turn. */
#ifndef BIGHTI_SQL_ROWS_H
#define BIGHTI_SQL_ROWS_H

#include "work.h"

/* The function of the task. User code runs. */
void bighti_sql_go_on(bight_task *task, void *database);

#endif
