#ifndef BIGHTI_SQL_SPLIT_H
#define BIGHTI_SQL_SPLIT_H

#include <stdbool.h>
#include <stddef.h>

/* Whether a text contains no statement, but only blanks, comments and `;`. */
bool bighti_sql_is_blank(const char *text, size_t size);

/* The effect of a statement on prepared statements of its connection. */
typedef enum bighti_sql_nature {
    BIGHTI_SQL_KEPT,    /* may be prepared and kept: it reads or changes data */
    BIGHTI_SQL_PASSING, /* no effect: it begins or ends a transaction; or it is too long to keep */
    BIGHTI_SQL_CHANGING /* anything else: prepared statements may be outdated after it */
} bighti_sql_nature;

bighti_sql_nature bighti_sql_nature_of(const char *text);

/* Whether a statement may change the state of its session, which the next user of the connection
 * must not find: settings, temporary tables, locks, attached files. This goes by words, so it
 * rather says yes than no; what a function of the server does inside is not seen. */
bool bighti_sql_touches_session(const char *text);

#endif
