/* The books of a shop: all of docs/guides/databases.md in one program, on any database.
 *
 *     build/dev/examples/database
 *     build/dev/examples/database sqlite:shop.db?journal=wal
 *     build/dev/examples/database postgresql://me@localhost/shop
 */
#include <bight/coroutine.h>
#include <bight/later.h>
#include <bight/reactor.h>
#include <bight/sql.h>
#include <bight/value.h>
#include <inttypes.h>
#include <stdio.h>

typedef struct shop {
    bight_co co;
    bight_reactor *reactor;
    bight_sql *sql;
} shop;

static const char schema[] = "drop table if exists goods;"
                             "create table goods (name text primary key,"
                             " stock bigint not null check (stock >= 0), price double precision);"
                             "insert into goods values ('milk', 3, 1.29), ('bread', 2, 2.5);";

/* -- One statement, with values -- */

static bight_deferred *add_goods(bight_sql *sql, const char *name, int64_t stock, double price)
{
    const bight_sql_value values[] = {bight_sql_text(name), bight_sql_integer(stock),
                                      bight_sql_real(price)};

    return bight_sql_execute(sql, "insert into goods values ($1, $2, $3)", values, 3);
}

static bight_result show_added(bight_result in, void *data)
{
    (void)data;
    printf("%" PRIdPTR " added\n", bight_result_get_int(in));
    bight_result_free(in);
    return bight_result_value(NULL);
}

/* -- All rows of a small result -- */

static bight_result show_stock(bight_result in, void *data)
{
    const bight_sql_table *table = bight_result_get_table(in);

    (void)data;
    for (size_t row = 0; row < table->row_count; row++)
        printf("%s: %" PRId64 "\n", bight_sql_value_get_text(bight_sql_table_at(table, row, 0)),
               bight_sql_table_at(table, row, 1)->integer);
    bight_result_free(in);
    return bight_result_value(NULL);
}

static bight_deferred *list_stock(bight_sql *sql)
{
    bight_deferred *rows =
        bight_sql_query(sql, "select name, stock from goods order by name", NULL, 0);

    return bight_deferred_then(rows, show_stock, NULL, NULL);
}

/* -- A large result, row by row, at the pace of its reader -- */

static bight_result print_label(const bight_sql_row *row, void *data)
{
    shop *self = data;

    printf("label %" PRIu64 ": %s\n", row->number + 1, bight_sql_value_get_text(&row->values[0]));
    return bight_result_wait(bight_delay(self->reactor, BIGHT_MSEC(1))); /* a slow printer */
}

static bight_deferred *print_labels(shop *self)
{
    return bight_sql_each(self->sql, "select name from goods order by price", NULL, 0, print_label,
                          self);
}

/* -- A transaction -- */

static bight_deferred *take_from_stock(bight_sql *sql, const char *name, int64_t count)
{
    const bight_sql_value values[] = {bight_sql_integer(count), bight_sql_text(name)};

    return bight_sql_execute(sql, "update goods set stock = stock - $1 where name = $2", values, 2);
}

static bight_result sell_bread(bight_result in, void *data)
{
    bight_result_free(in);
    return bight_result_wait(take_from_stock(data, "bread", 5));
}

static bight_result sell(bight_sql *transaction, void *data)
{
    bight_deferred *milk = take_from_stock(transaction, "milk", 1);

    (void)data;
    return bight_result_wait(bight_deferred_then(milk, sell_bread, NULL, transaction));
}

/* -- Errors of the database -- */

static bight_result show_refusal(bight_result in, void *data)
{
    char state[6] = "";

    bight_sql_error_get_state(in.error, state);
    printf("%s: %s\n", (const char *)data, state);
    bight_result_free(in);
    return bight_result_value(NULL);
}

/* -- A nested transaction, which may fail alone -- */

static bight_result and_try_the_rest(bight_result in, void *data)
{
    bight_sql *transaction = data;
    bight_deferred *rest = bight_sql_transaction(transaction, sell, NULL);

    bight_result_free(in);
    return bight_result_wait(bight_deferred_then(rest, NULL, show_refusal, "the tea alone"));
}

static bight_result sell_what_there_is(bight_sql *transaction, void *data)
{
    bight_deferred *tea = take_from_stock(transaction, "tea", 1);

    (void)data;
    return bight_result_wait(bight_deferred_then(tea, and_try_the_rest, NULL, transaction));
}

/* -- Running all of it, step by step -- */

static bight_result run(bight_co *co, void *frame)
{
    shop *self = frame;

    BIGHT_CO_BEGIN(co);
    BIGHT_CO_TRY(co, bight_sql_script(self->sql, schema));
    BIGHT_CO_TRY(co,
                 bight_deferred_then(add_goods(self->sql, "tea", 9, 4.2), show_added, NULL, NULL));
    BIGHT_CO_TRY(co, bight_deferred_then(add_goods(self->sql, "tea", 1, 1), NULL, show_refusal,
                                         "tea is there already"));
    BIGHT_CO_TRY(co, bight_deferred_then(bight_sql_transaction(self->sql, sell, NULL), NULL,
                                         show_refusal, "not so much bread"));
    BIGHT_CO_TRY(co, bight_sql_transaction(self->sql, sell_what_there_is, NULL));
    BIGHT_CO_TRY(co, list_stock(self->sql));
    BIGHT_CO_TRY(co, print_labels(self));
    BIGHT_CO_END(co);
}

static bight_result close_shop(bight_result in, void *data)
{
    shop *self = data;

    if (in.error != NULL)
        fprintf(stderr, "%s\n", bight_error_get_message(in.error));
    bight_result_free(in);
    return bight_result_wait(bight_sql_close(self->sql));
}

static void stop(void *data)
{
    bight_reactor_stop(data);
}

int main(int count, char **words)
{
    shop books = {.reactor = bight_reactor_new()};
    const char *address = count > 1 ? words[1] : "sqlite::memory:";
    bight_error *error = NULL;
    bight_deferred *done;

    if (books.reactor == NULL ||
        bight_sql_open(books.reactor, address, NULL, &error, &books.sql) != BIGHT_OK) {
        fprintf(stderr, "%s\n", error != NULL ? bight_error_get_message(error) : "no reactor");
        return 1;
    }
    done = bight_co_start(run, &books, &books.co, NULL);
    bight_deferred_both(done, close_shop, &books);
    bight_deferred_always(done, stop, books.reactor);
    bight_deferred_free(done);
    if (bight_reactor_run(books.reactor) != BIGHT_OK)
        return 1;
    bight_reactor_free(books.reactor);
    return 0;
}
