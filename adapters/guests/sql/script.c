#include "database.h"
#include "split.h"
#include <bight/value.h>
#include <stdlib.h>
#include <string.h>

typedef struct script {
    bight_sql *sql;
    const char *where;
    size_t size, at;
    intptr_t count;
    char text[];
} script;

/* Returns the next statement, or NULL. A NUL replaces its `;`. */
static const char *next_statement(script *self)
{
    while (self->at < self->size) {
        char *statement = self->text + self->at;
        size_t length = bight_sql_split(statement, self->size - self->at, NULL);

        self->at += length;
        if (bighti_sql_is_blank(statement, length))
            continue;
        if (statement[length - 1] == ';')
            statement[length - 1] = '\0';
        return statement;
    }
    return NULL;
}

static bight_result script_run_next(bight_result in, void *data)
{
    script *self = data;
    const char *statement;

    if (in.error != NULL)
        return in;
    bight_result_free(in);
    statement = next_statement(self);
    if (statement == NULL)
        return bight_result_int(self->count);
    self->count++;
    return bight_result_wait(bight_sql_execute_at(self->sql, statement, NULL, 0, self->where));
}

static bight_result script_run(bight_sql *sql, void *data)
{
    script *self = data;
    bight_deferred *deferred = bight_deferred_fired_at(NULL, NULL, self->where);

    self->sql = sql;
    return bight_result_wait(bight_deferred_loop_at(deferred, script_run_next, self, self->where));
}

bight_deferred *bight_sql_script_at(bight_sql *sql, const char *text, const char *where)
{
    size_t size = strlen(text);
    script *self = calloc(1, sizeof(*self) + size + 1);
    bight_deferred *deferred;

    if (self == NULL)
        return NULL;
    self->where = where;
    self->size = size;
    memcpy(self->text, text, size + 1);
    if (sql->lease == NULL)
        deferred = bight_sql_session_at(sql, script_run, self, where);
    else
        deferred = bight_deferred_of_at(script_run(sql, self), where);
    return bight_deferred_keep_at(deferred, self, free, where);
}
