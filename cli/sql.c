/* bight sql: run statements on a database and print their rows. Statements come from the
 * arguments, or from standard input as it is read. All run in one session; the first failure ends
 * it.
 *
 * The widths of a table's columns are known only when all rows are. CSV and JSON are printed row
 * by row, no faster than the reader of standard output reads. */
#include "command.h"
#include "report.h"
#include "sql_library.h"
#include "sql_print.h"
#include "streams.h"
#include <bight/sql.h>
#include <stdlib.h>
#include <string.h>

typedef struct session {
    cli_program *program;
    bight_sql *sql;          /* NULL once it is closed */
    bight_sql *here;         /* the session in which the statements run */
    bight_deferred *all;     /* the session's deferred; NULL once it is over */
    bight_deferred *closing; /* the end of the database; NULL before and after it */
    cli_input *input;        /* NULL if the statements are arguments */
    cli_output *output;
    cli_text statements;    /* statements still to run */
    cli_text text;          /* text to print next */
    bool ended;             /* there are no more statements */
    bool headed;            /* CSV: the header was printed */
    bool full;              /* waiting for standard output to drain */
    bight_promise *waiting; /* for statements, or for standard output */
} session;

/* -- Waiting, for one thing at a time -- */

static void sql_on_unwanted(bight_promise *promise, void *data)
{
    session *self = data;

    self->waiting = NULL;
    bight_promise_free(promise);
}

static bight_deferred *wait(session *self)
{
    bight_deferred *deferred = bight_deferred_new(&self->waiting);

    if (deferred != NULL)
        bight_promise_on_cancel(self->waiting, sql_on_unwanted, self);
    return deferred;
}

static void wake(session *self)
{
    bight_promise *waiting = self->waiting;

    self->waiting = NULL;
    if (waiting != NULL)
        bight_promise_fire(waiting, NULL, NULL);
}

/* -- Output -- */

static void sql_on_drained(void *data)
{
    session *self = data;

    self->full = false;
    wake(self);
}

static void on_written(void *data, int errnum)
{
    session *self = data;

    if (errnum != 0) {
        cli_say("standard output: %s", strerror(errnum));
        self->program->status = CLI_FAILED;
        bight_deferred_cancel(self->all);
    }
    cli_program_end(self->program, CLI_OK);
}

static const cli_output_ops output_ops = {.drained = sql_on_drained, .done = on_written};

/* Write the printed text. Returns a deferred to wait for if the reader is slow. */
static bight_result sql_flush(session *self)
{
    bight_flow flow;

    if (self->text.failed)
        return bight_result_error(bight_error_new(BIGHT_ERROR_NO_MEMORY, "out of memory"));
    if (self->text.size == 0)
        return bight_result_value(NULL);
    flow = cli_output_write(self->output, (const uint8_t *)self->text.bytes, self->text.size);
    self->text.size = 0;
    self->full = self->full || flow == BIGHT_FLOW_WAIT;
    return self->full ? bight_result_wait(wait(self)) : bight_result_value(NULL);
}

static bool is_streamed(const session *self)
{
    return self->program->options->csv || self->program->options->json;
}

static bight_result print_row(const bight_sql_row *row, void *data)
{
    enum { ENOUGH = 16384 };
    session *self = data;

    if (self->program->options->json) {
        cli_sql_print_json_row(&self->text, row);
    } else {
        if (!self->headed)
            cli_sql_print_csv_head(&self->text, row->columns, row->count);
        self->headed = true;
        cli_sql_print_csv_row(&self->text, row);
    }
    return self->text.size >= ENOUGH ? sql_flush(self) : bight_result_value(NULL);
}

static bight_result print_rest(bight_result in, void *data)
{
    session *self = data;
    const bight_sql_table *table = cli_sql.bight_result_get_table(in);

    if (!is_streamed(self))
        cli_sql_print_table(&self->text, table);
    else if (self->program->options->csv && !self->headed)
        cli_sql_print_csv_head(&self->text, table->columns, table->column_count);
    bight_result_free(in);
    return sql_flush(self);
}

/* -- Statements -- */

static bool sql_is_blank(const char *text, size_t size)
{
    return strspn(text, " \t\r\n;") >= size;
}

/* Not strndup(): input from a pipe has no NUL at the end. */
static char *copy_of(const char *bytes, size_t size)
{
    char *copy = malloc(size + 1);

    if (copy == NULL)
        return NULL;
    memcpy(copy, bytes, size);
    copy[size] = '\0';
    return copy;
}

/* Returns the next statement, which the caller frees, or NULL. */
static char *take_statement(session *self)
{
    while (self->statements.size > 0) {
        bool complete;
        size_t length =
            cli_sql.bight_sql_split(self->statements.bytes, self->statements.size, &complete);
        char *statement;

        if (!complete && !self->ended)
            return NULL;
        statement = copy_of(self->statements.bytes, length);
        cli_text_drop(&self->statements, length);
        if (statement == NULL || !sql_is_blank(statement, length))
            return statement;
        free(statement);
    }
    return NULL;
}

static bight_deferred *run_statement(session *self, char *take_text)
{
    bight_deferred *deferred;

    self->headed = false;
    if (is_streamed(self))
        deferred =
            cli_sql.bight_sql_each_at(self->here, take_text, NULL, 0, print_row, self, BIGHT_HERE);
    else
        deferred = cli_sql.bight_sql_query_at(self->here, take_text, NULL, 0, BIGHT_HERE);
    free(take_text);
    return bight_deferred_then(deferred, print_rest, NULL, self);
}

static bight_result sql_run_next(bight_result in, void *data)
{
    session *self = data;
    char *statement;

    if (in.error != NULL)
        return in;
    bight_result_free(in);
    if (self->statements.failed)
        return bight_result_error(bight_error_new(BIGHT_ERROR_NO_MEMORY, "out of memory"));
    statement = take_statement(self);
    if (statement != NULL)
        return bight_result_wait(run_statement(self, statement));
    if (self->ended)
        return bight_result_value(NULL);
    cli_input_resume(self->input);
    return bight_result_wait(wait(self));
}

static bight_result sql_run(bight_sql *sql, void *data)
{
    session *self = data;
    bight_deferred *begun = bight_deferred_fired(NULL, NULL);

    self->here = sql;
    return bight_result_wait(bight_deferred_loop(begun, sql_run_next, self));
}

/* -- Input -- */

static void sql_on_input(void *data, const uint8_t *bytes, size_t size)
{
    session *self = data;

    cli_input_pause(self->input);
    cli_text_add(&self->statements, bytes, size);
    if (!self->full)
        wake(self);
}

static void sql_on_input_ended(void *data, int errnum)
{
    session *self = data;

    if (errnum != 0) {
        cli_say("standard input: %s", strerror(errnum));
        self->program->status = CLI_FAILED;
    }
    self->ended = true;
    if (!self->full)
        wake(self);
}

static const cli_input_ops input_ops = {.received = sql_on_input, .ended = sql_on_input_ended};

/* -- The command -- */

/* Closing may end the session, whose end closes the database. */
static void close_database(session *self)
{
    bight_sql *sql = self->sql;

    self->sql = NULL;
    cli_sql.bight_sql_free(sql);
}

static bight_result sql_on_closed(bight_result in, void *data)
{
    session *self = data;

    bight_result_free(in);
    bight_deferred_free(self->closing);
    self->closing = NULL;
    cli_output_end(self->output);
    return bight_result_value(NULL);
}

/* A statement that was interrupted is stopped at the server too, which takes a moment. */
static void close_in_order(session *self)
{
    bight_sql *sql = self->sql;

    self->sql = NULL;
    self->closing = cli_sql.bight_sql_close_at(sql, BIGHT_HERE);
    bight_deferred_both(self->closing, sql_on_closed, self);
}

static bight_result sql_on_over(bight_result in, void *data)
{
    session *self = data;

    bight_deferred_free(self->all);
    self->all = NULL;
    if (in.error != NULL) {
        if (bight_error_get_status(in.error) != BIGHT_ERROR_CANCELLED)
            cli_say_error(in.error);
        self->program->status = CLI_FAILED;
    }
    bight_result_free(in);
    if (self->input != NULL)
        cli_input_pause(self->input);
    if (self->sql != NULL)
        close_in_order(self);
    return bight_result_value(NULL);
}

static bool sql_open_database(session *self)
{
    const char *address = self->program->options->arguments[0];
    bight_sql_options options = BIGHT_SQL_OPTIONS_INIT;
    bight_error *error = NULL;
    bight_status status;

    options.connections = 1;
    options.largest = SIZE_MAX / 4;
    status = cli_sql.bight_sql_open(self->program->reactor, address, &options, &error, &self->sql);
    if (status == BIGHT_OK)
        return true;
    self->program->status = status == BIGHT_ERROR_INVALID ? CLI_USAGE : CLI_FAILED;
    cli_say_error(error);
    bight_error_unref(error);
    return false;
}

/* The end of an argument ends a statement even without a semicolon. */
static bight_status open_input(session *self)
{
    const cli_options *options = self->program->options;

    for (int i = 1; i < options->count; i++) {
        cli_text_add_string(&self->statements, options->arguments[i]);
        cli_text_add_string(&self->statements, "\n;");
    }
    self->ended = options->count > 1;
    if (self->ended)
        return BIGHT_OK;
    return cli_input_new(self->program->reactor, &input_ops, self, &self->input);
}

static bool sql_start(cli_program *program)
{
    session *self = calloc(1, sizeof(*self));
    bight_status status = BIGHT_ERROR_NO_MEMORY;

    program->state = self;
    if (self != NULL) {
        self->program = program;
        status = cli_output_new(program->reactor, &output_ops, self, &self->output);
    }
    if (status != BIGHT_OK) {
        cli_say("standard output: %s", bight_status_text(status));
        return false;
    }
    if (!sql_open_database(self))
        return false;
    status = open_input(self);
    if (status != BIGHT_OK) {
        cli_say("standard input: %s", bight_status_text(status));
        return false;
    }
    self->all = cli_sql.bight_sql_session_at(self->sql, sql_run, self, BIGHT_HERE);
    bight_deferred_both(self->all, sql_on_over, self);
    return true;
}

static void sql_stop(cli_program *program)
{
    session *self = program->state;

    bight_deferred_cancel(self->all);
}

static void sql_finish(cli_program *program)
{
    session *self = program->state;

    if (self == NULL)
        return;
    bight_deferred_cancel(self->all);
    bight_deferred_cancel(self->closing);
    close_database(self);
    cli_input_free(self->input);
    cli_output_free(self->output);
    cli_text_free(&self->statements);
    cli_text_free(&self->text);
    free(self);
    program->state = NULL;
}

static const cli_option options[] = {
    {"csv", CLI_FLAG, CLI_FIELD(csv), NULL, "print CSV, with the column names in the first line"},
    {"json", CLI_FLAG, CLI_FIELD(json), NULL, "print one JSON object per line and row"},
    CLI_NO_MORE_OPTIONS,
};

const cli_command cli_command_sql = {
    .name = "sql",
    .arguments = "DATABASE [STATEMENT]...",
    .summary = "Run statements on a database and print their rows",
    .details =
        "A DATABASE is sqlite:PATH, sqlite::memory: or postgresql://USER@HOST/NAME. Without a\n"
        "STATEMENT, statements are read from standard input, each up to its semicolon. All run in\n"
        "one session. The first failure ends it, and an open transaction is rolled back.\n",
    .options = options,
    .library = &cli_sql_library,
    .least = 1,
    .most = 4096,
    .start = sql_start,
    .stop = sql_stop,
    .finish = sql_finish,
};
