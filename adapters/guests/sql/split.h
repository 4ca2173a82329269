#ifndef BIGHTI_SQL_SPLIT_H
#define BIGHTI_SQL_SPLIT_H

#include <stdbool.h>
#include <stddef.h>

/* Whether there is no statement in a text: blanks, comments and `;` alone. */
bool bighti_sql_is_blank(const char *text, size_t size);

#endif
