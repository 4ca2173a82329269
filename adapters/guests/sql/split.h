#ifndef BIGHTI_SQL_SPLIT_H
#define BIGHTI_SQL_SPLIT_H

#include <stdbool.h>
#include <stddef.h>

/* Whether there is no statement in a text: blanks, comments and `;` alone. */
bool bighti_sql_is_blank(const char *text, size_t size);

/* What a statement is to those that were prepared on its connection. */
typedef enum bighti_sql_nature {
    BIGHTI_SQL_KEPT,    /* may be prepared and kept: it asks for data, or changes data */
    BIGHTI_SQL_PASSING, /* leaves them alone: a transaction begins or ends; or too long to keep */
    BIGHTI_SQL_CHANGING /* anything else: what was prepared may mean something else after it */
} bighti_sql_nature;

bighti_sql_nature bighti_sql_nature_of(const char *text);

#endif
