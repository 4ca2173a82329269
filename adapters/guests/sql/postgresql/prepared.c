/* Statements that a connection has prepared. Preparing costs an additional round trip, so a
 * statement is prepared when it is used for the third time. Until then, its uses are only counted.
 * The list of counted and the list of prepared statements are bounded; in both, the least recently
 * used statement makes room. */
#include "postgresql.h"
#include <stdlib.h>
#include <string.h>

enum { USES_BEFORE = 3, MOST_WAITING = 32 };

void bighti_pg_prepared_init(pg_prepared *prepared, unsigned limit)
{
    *prepared = (pg_prepared){.limit = limit};
    bighti_link_init(&prepared->list);
}

static void statement_free(pg_statement *statement)
{
    free(statement->types);
    free(statement);
}

static void drop(pg_prepared *prepared, pg_statement *statement)
{
    if (statement->is_prepared)
        prepared->prepared--;
    else
        prepared->waiting--;
    bighti_link_unlink(&statement->link);
    statement_free(statement);
}

static pg_statement *prepared_of_link(bighti_link *link)
{
    return BIGHTI_CONTAINER(link, pg_statement, link);
}

void bighti_pg_prepared_deinit(pg_prepared *prepared)
{
    bighti_link *link;

    while ((link = bighti_list_pop(&prepared->list)) != NULL)
        statement_free(prepared_of_link(link));
}

static size_t size_of_types(int count)
{
    return (size_t)count * sizeof(Oid);
}

static bool is_same(const pg_statement *statement, const char *text,
                    const pg_parameters *parameters)
{
    return statement->count == parameters->count && strcmp(statement->text, text) == 0 &&
           (parameters->count == 0 ||
            memcmp(statement->types, parameters->types, size_of_types(parameters->count)) == 0);
}

static pg_statement *prepared_find(pg_prepared *prepared, const char *text,
                                   const pg_parameters *parameters)
{
    bighti_link *link = prepared->list.previous;

    for (; link != &prepared->list; link = link->previous)
        if (is_same(prepared_of_link(link), text, parameters))
            return prepared_of_link(link);
    return NULL;
}

/* The least recently used statement among those that are prepared, or among the others. */
static pg_statement *oldest(pg_prepared *prepared, bool is_prepared)
{
    bighti_link *link = prepared->list.next;

    for (; link != &prepared->list; link = link->next)
        if (prepared_of_link(link)->is_prepared == is_prepared)
            return prepared_of_link(link);
    return NULL;
}

static pg_statement *prepared_make(const char *text, const pg_parameters *parameters)
{
    size_t size = strlen(text) + 1;
    pg_statement *statement = calloc(1, sizeof(*statement) + size);

    if (statement == NULL)
        return NULL;
    bighti_link_init(&statement->link);
    statement->types = malloc(size_of_types(parameters->count) + 1);
    if (statement->types == NULL) {
        free(statement);
        return NULL;
    }
    statement->count = parameters->count;
    if (parameters->count > 0)
        memcpy(statement->types, parameters->types, size_of_types(parameters->count));
    memcpy(statement->text, text, size);
    return statement;
}

static pg_statement *prepared_add(pg_prepared *prepared, const char *text,
                                  const pg_parameters *parameters)
{
    pg_statement *statement = prepared_make(text, parameters);

    if (statement == NULL)
        return NULL;
    if (prepared->waiting >= MOST_WAITING)
        drop(prepared, oldest(prepared, false));
    prepared->waiting++;
    return statement;
}

pg_statement *bighti_pg_prepared_use(pg_prepared *prepared, const char *text,
                                     const pg_parameters *parameters)
{
    pg_statement *statement = prepared_find(prepared, text, parameters);

    if (statement == NULL)
        statement = prepared_add(prepared, text, parameters);
    if (statement == NULL)
        return NULL;
    if (statement->uses < USES_BEFORE)
        statement->uses++;
    bighti_link_unlink(&statement->link);
    bighti_list_append(&prepared->list, &statement->link);
    return statement;
}

bool bighti_pg_prepared_is_due(const pg_statement *statement)
{
    return !statement->is_prepared && statement->uses >= USES_BEFORE;
}

bool bighti_pg_prepared_make_room(pg_prepared *prepared, char name[PG_NAME_SIZE])
{
    pg_statement *statement;

    if (prepared->prepared < prepared->limit)
        return false;
    statement = oldest(prepared, true);
    if (statement == NULL)
        return false;
    memcpy(name, statement->name, PG_NAME_SIZE);
    drop(prepared, statement);
    return true;
}

void bighti_pg_prepared_add(pg_prepared *prepared, pg_statement *statement)
{
    statement->is_prepared = true;
    prepared->prepared++;
    prepared->waiting--;
}

void bighti_pg_prepared_forget(pg_prepared *prepared)
{
    bighti_link *link = prepared->list.next;

    for (; link != &prepared->list; link = link->next)
        prepared_of_link(link)->is_prepared = false;
    prepared->waiting += prepared->prepared;
    prepared->prepared = 0;
}
