/* Statements that a connection keeps prepared. SQLite itself detects a changed schema and prepares
 * a statement again in its first step. So statements are dropped here only when there are too
 * many.
 *
 * There are few statements, and their texts usually differ in the first bytes, so a linear search
 * costs less than a hash table. */
#include "sqlite.h"
#include <stdlib.h>
#include <string.h>

void bighti_sqlite_kept_init(sqlite_kept *kept, unsigned limit)
{
    *kept = (sqlite_kept){.limit = limit};
    if (limit > 0)
        kept->cursors = calloc(limit, sizeof(sqlite3_stmt *));
}

void bighti_sqlite_kept_deinit(sqlite_kept *kept)
{
    while (kept->count > 0)
        sqlite3_finalize(kept->cursors[--kept->count]);
    free(kept->cursors);
    kept->cursors = NULL;
}

sqlite3_stmt *bighti_sqlite_kept_take(sqlite_kept *kept, const char *text)
{
    for (unsigned i = 0; i < kept->count; i++) {
        sqlite3_stmt *cursor = kept->cursors[i];

        if (strcmp(sqlite3_sql(cursor), text) != 0)
            continue;
        kept->count--;
        memmove(kept->cursors + i, kept->cursors + i + 1,
                (kept->count - i) * sizeof(sqlite3_stmt *));
        return cursor;
    }
    return NULL;
}

void bighti_sqlite_kept_put(sqlite_kept *kept, sqlite3_stmt *take_cursor)
{
    if (kept->cursors == NULL) {
        sqlite3_finalize(take_cursor);
        return;
    }
    if (kept->count == kept->limit)
        sqlite3_finalize(kept->cursors[--kept->count]);
    memmove(kept->cursors + 1, kept->cursors, kept->count * sizeof(sqlite3_stmt *));
    kept->cursors[0] = take_cursor;
    kept->count++;
}
