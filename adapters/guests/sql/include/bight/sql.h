/** @file bight/sql.h
 * Databases: statements that run elsewhere, and results that arrive on the reactor's thread.
 *
 *     bight_sql *sql;
 *     bight_status status = bight_sql_open(reactor, "sqlite:notes.db", NULL, &error, &sql);
 *     ...
 *     const bight_sql_value values[] = {bight_sql_text("milk"), bight_sql_integer(2)};
 *     bight_deferred *added =
 *         bight_sql_execute(sql, "insert into shopping values ($1, $2)", values, 2);
 *
 * One interface over several databases; which one is said by a string:
 *
 * | string                               | meaning                                              |
 * |--------------------------------------|------------------------------------------------------|
 * | `sqlite:PATH`                        | a file, made when it is missing                      |
 * | `sqlite::memory:`                    | in memory, gone with the last connection             |
 * | `sqlite:PATH?mode=ro&journal=wal`    | with options; see docs/guides/databases.md           |
 * | `postgresql://USER@HOST:PORT/DB`     | a PostgreSQL server; what libpq understands          |
 *
 * What is the same on all of them: parameters are written `$1`, `$2`, ... and are never part of the
 * text; one call runs one statement; a statement that fails in a transaction ends it (even where
 * the database would go on); integers, text, bytes and doubles come back as they went in.
 *
 * SQLite blocks, so its statements run on a pool of threads of their own, which opening starts;
 * PostgreSQL runs on the reactor without a thread. Either way every callback and every step runs on
 * the reactor's thread, and never inside the call that asks.
 *
 * In a forked child a database is its parent's, and only good to be freed. That says nothing to the
 * server and changes no file; what waits in the child, and what it asks, fails with
 * BIGHT_ERROR_STATE. See bight_reactor_rebuild() and docs/guides/databases.md.
 *
 * What a database says against a statement is a bight_error: bight_error_get_code() is SQLite's
 * extended code (BIGHT_DOMAIN_SQLITE) or PostgreSQL's SQLSTATE (BIGHT_DOMAIN_SQLSTATE),
 * bight_sql_error_get_state() is an SQLSTATE for either, and the status is one of these:
 *
 * | status                     | meaning                                                       |
 * |----------------------------|---------------------------------------------------------------|
 * | BIGHT_ERROR_INVALID        | the statement or a value is wrong; a constraint says no       |
 * | BIGHT_ERROR_EXISTS         | a unique or primary key is there already                      |
 * | BIGHT_ERROR_TIMED_OUT      | locked by others for too long, or the victim of a deadlock:   |
 * |                            | the transaction may be tried again                            |
 * | BIGHT_ERROR_PERMISSION     | read only, or not allowed                                     |
 * | BIGHT_ERROR_DENIED         | a wrong name or password, or none given and one is wanted     |
 * | BIGHT_ERROR_NOT_FOUND      | no such database                                              |
 * | BIGHT_ERROR_LIMIT          | the disk is full, too many waiters, or the result is too large |
 * | BIGHT_ERROR_PROTOCOL       | the file is damaged or no database; the server talks nonsense |
 * | BIGHT_ERROR_RESET, REFUSED | the connection broke, or there is nobody                      |
 * | BIGHT_ERROR_CLOSED         | the database was closed meanwhile                             |
 * | BIGHT_ERROR_CANCELLED      | the deferred was cancelled                                    |
 * | BIGHT_ERROR_STATE          | the transaction had failed, or was over; or it is a parent's  |
 * | BIGHT_ERROR_UNSUPPORTED    | not with this database, or not in this build                  |
 */
#ifndef BIGHT_SQL_H
#define BIGHT_SQL_H

#include <bight/api.h>
#include <bight/bytes.h>
#include <bight/deferred.h>
#include <bight/error.h>
#include <bight/reactor.h>
#include <bight/status.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

BIGHT_BEGIN_DECLS

/** The domain of SQLSTATEs, in which PostgreSQL speaks; see bight_sql_code_of_state(). */
#define BIGHT_DOMAIN_SQLSTATE "sqlstate"

/** The domain of SQLite's extended result codes: SQLITE_CONSTRAINT_UNIQUE and others. */
#define BIGHT_DOMAIN_SQLITE "sqlite"

/** Where statements run: a database with its connections, or one transaction or session in it. */
typedef struct bight_sql bight_sql;

/** Hears what is sent to a channel. */
typedef struct bight_sql_listener bight_sql_listener;

/** What a value is. */
typedef enum bight_sql_type {
    BIGHT_SQL_NULL,    /**< no value */
    BIGHT_SQL_INTEGER, /**< `integer`; a truth value is 0 or 1 */
    BIGHT_SQL_REAL,    /**< `real` */
    BIGHT_SQL_TEXT,    /**< `bytes`, UTF-8; also what has no type here, such as dates */
    BIGHT_SQL_BLOB     /**< `bytes` */
} bight_sql_type;

/** A value: a parameter of a statement, or a field of a row. */
typedef struct bight_sql_value {
    bight_sql_type type; /**< which of the others counts; these are 0 */
    int64_t integer;     /**< of BIGHT_SQL_INTEGER */
    double real;         /**< of BIGHT_SQL_REAL */
    bight_view bytes;    /**< of BIGHT_SQL_TEXT and BIGHT_SQL_BLOB; in a row a NUL follows them */
} bight_sql_value;

/** A column of a result. */
typedef struct bight_sql_column {
    const char *name; /**< as the statement names it */
    const char *type; /**< the database's own word, such as "INTEGER" or "timestamptz"; "" when it
                           is unknown: an expression has no type in SQLite */
} bight_sql_column;

/** A row of a result. What it points to is good until the function that was given it returns. */
typedef struct bight_sql_row {
    uint64_t number;                 /**< 0 for the first */
    size_t count;                    /**< of columns and values */
    const bight_sql_column *columns; /**< one for each value */
    const bight_sql_value *values;   /**< from the left to the right */
} bight_sql_row;

/** What a statement came to: the value of bight_sql_query() and bight_sql_each(). */
typedef struct bight_sql_table {
    size_t column_count;             /**< 0: a statement that gives no rows */
    const bight_sql_column *columns; /**< column_count of them */
    size_t row_count;                /**< how many rows there were */
    const bight_sql_value *values;   /**< row after row; NULL from bight_sql_each() */
    int64_t changes;                 /**< rows inserted, changed or deleted; 0 for a question */
} bight_sql_table;

/** How a database is used. Start from BIGHT_SQL_OPTIONS_INIT. */
typedef struct bight_sql_options {
    size_t size;              /**< sizeof(bight_sql_options): lets the structure grow */
    unsigned connections;     /**< most at a time; made when needed; 4. In memory there is 1 */
    unsigned waiting;         /**< how much may wait for a connection; 1024. More fails at once
                                   with BIGHT_ERROR_LIMIT */
    size_t batch;             /**< bytes of rows that are fetched ahead of who reads; 64 KiB */
    size_t largest;           /**< bytes of rows that bight_sql_query() keeps; 64 MiB */
    uint64_t busy_timeout;    /**< nanoseconds to wait for another's lock; 5 s. 0: not at all (on
                                   PostgreSQL 1 ms, its shortest); BIGHT_NEVER: without a limit */
    uint64_t connect_timeout; /**< nanoseconds that connecting to a server may take; 30 s. 0: not at
                                   all, so that it fails; BIGHT_NEVER: without a limit of this
                                   side's. A file is not connected to */
    unsigned statements;      /**< how many each connection keeps prepared; 32. 0: none */
} bight_sql_options;

/** The defaults. */
#define BIGHT_SQL_OPTIONS_INIT                                                                     \
    {                                                                                              \
        sizeof(bight_sql_options), 4, 1024, 65536, 67108864, BIGHT_SEC(5), BIGHT_SEC(30), 32       \
    }

/** How many of a database's connections do what just now. */
typedef struct bight_sql_counts {
    size_t size;          /**< sizeof(bight_sql_counts), set by the caller */
    unsigned connections; /**< open or being opened */
    unsigned idle;        /**< of these, without work */
    unsigned waiting;     /**< pieces of work that wait for a connection */
} bight_sql_counts;

/**
 * Called for each row.
 *
 * @param row  good until this returns
 * @return     a value: go on, the value is freed; a deferred: go on when it fires, and fetch no
 *             more than a batch until then; an error: stop, and fail with it
 */
typedef bight_result (*bight_sql_row_fn)(const bight_sql_row *row, void *data);

/**
 * The work of a transaction, or of a session.
 *
 * @param sql  runs statements in it; good until what this returns is done
 * @return     a value, or a deferred that fires: commit. An error: roll back
 */
typedef bight_result (*bight_sql_work_fn)(bight_sql *sql, void *data);

/** Told what came on a channel. @param payload may be empty; good until this returns */
typedef void (*bight_sql_notify_fn)(bight_sql_listener *listener, const char *payload, void *data);

/* -- Values -- */

/** No value. @thread any */
BIGHT_API bight_sql_value bight_sql_null(void);

/** A whole number, or a truth value. @thread any */
BIGHT_API bight_sql_value bight_sql_integer(int64_t integer);

/** A number with a fraction; SQLite keeps a NaN as NULL. @thread any */
BIGHT_API bight_sql_value bight_sql_real(double real);

/** Text that ends in NUL; NULL is no value. @owner the caller keeps it until the call returns */
BIGHT_API bight_sql_value bight_sql_text(const char *text);

/** Text of a known length. PostgreSQL refuses a NUL in it. @owner as bight_sql_text() */
BIGHT_API bight_sql_value bight_sql_text_of(const void *text, size_t size);

/** Bytes. @owner as bight_sql_text() */
BIGHT_API bight_sql_value bight_sql_blob(const void *data, size_t size);

/** The number that a value is, also one that stands in a text; 0 if there is none. @thread any */
BIGHT_API int64_t bight_sql_value_get_integer(const bight_sql_value *value);

/** See bight_sql_value_get_integer(). */
BIGHT_API double bight_sql_value_get_real(const bight_sql_value *value);

/** The text or bytes, which a NUL ends, of a value in a row; "" if it is a number or nothing. */
BIGHT_API const char *bight_sql_value_get_text(const bight_sql_value *value);

/** A field of the table of bight_sql_query(). Outside of it is misuse and aborts. @thread any */
BIGHT_API const bight_sql_value *bight_sql_table_at(const bight_sql_table *table, size_t row,
                                                    size_t column);

/** Free a table: the destroy function of the value. NULL is ignored. */
BIGHT_API void bight_sql_table_free(void *table);

/** The table in the value of bight_sql_query() and bight_sql_each(). @owner borrowed: the result's
 */
BIGHT_API const bight_sql_table *bight_result_get_table(bight_result result);

/* -- A database -- */

/**
 * Open a database. No connection is made before there is something to do; bight_sql_connect() asks
 * for one, to learn whether it can be had.
 *
 * @param address  see the table at the top
 * @param options  copied; NULL for the defaults
 * @param error    NULL, or where to put an error with a message for a person when this fails; the
 *                 caller owns it
 * @errors         BIGHT_ERROR_INVALID: not an address; BIGHT_ERROR_UNSUPPORTED: not in this build;
 *                 BIGHT_ERROR_NO_MEMORY; options of an unknown size are misuse and abort
 * @owner          the caller; freed with bight_sql_free() or bight_sql_close()
 * @thread         the reactor's, as all of this
 */
BIGHT_API BIGHT_MUST_USE bight_status bight_sql_open(bight_reactor *reactor, const char *address,
                                                     const bight_sql_options *options,
                                                     bight_error **error, bight_sql **sql);

/**
 * Make sure of a connection.
 *
 * @return  fires with NULL when there is one
 * @errors  through the deferred, why there is none; NULL without memory
 */
#define bight_sql_connect(sql) bight_sql_connect_at((sql), BIGHT_HERE)

/**
 * Close a database in order: what waits or runs fails with BIGHT_ERROR_CLOSED before this returns,
 * transactions are rolled back. NULL is ignored.
 *
 * @param take_sql  a database; anything else is misuse and aborts
 * @reentrancy      legal in any callback
 */
BIGHT_API void bight_sql_free(bight_sql *take_sql);

/**
 * bight_sql_free(), and tell when the last connection is closed and the last thread has ended.
 *
 * @return  fires with NULL; cancelling it does not stop the end. NULL without memory: @p take_sql
 *          is closed all the same
 */
#define bight_sql_close(take_sql) bight_sql_close_at((take_sql), BIGHT_HERE)

/** Fill in at most counts->size bytes. Of a transaction: those of its database. */
BIGHT_API void bight_sql_get_counts(const bight_sql *sql, bight_sql_counts *counts);

/** The kind of database: "sqlite", "postgresql". @owner constant */
BIGHT_API const char *bight_sql_get_backend(const bight_sql *sql);

/* -- Statements -- */

/**
 * Run a statement whose rows are of no interest: insert, update, delete, create.
 *
 * In a database it runs on any connection that is free, so that `begin` is of no use there and an
 * error; in a transaction, after those before it. One that is given to the database while a step
 * of a transaction waits for it needs a second connection: in memory there is none.
 *
 * @param statement  one statement, with or without `;` at the end; copied
 * @param values     @p count parameters for $1, $2, ...; copied. NULL if there are none
 * @return           fires with the number of rows inserted, changed or deleted
 *                   (bight_result_get_int()). Cancelling interrupts it, if it is not too late
 * @errors           through the deferred: see the table at the top; NULL without memory
 */
#define bight_sql_execute(sql, statement, values, count)                                           \
    bight_sql_execute_at((sql), (statement), (values), (count), BIGHT_HERE)

/**
 * Run a statement and keep all its rows.
 *
 * @return  fires with a bight_sql_table (bight_result_get_table())
 * @errors  BIGHT_ERROR_LIMIT: the rows take more than bight_sql_options.largest; the others as of
 *          bight_sql_execute()
 */
#define bight_sql_query(sql, statement, values, count)                                             \
    bight_sql_query_at((sql), (statement), (values), (count), BIGHT_HERE)

/**
 * Run a statement and be given one row after the other. However many there are, no more than two
 * batches of them (bight_sql_options.batch) are in memory; who is slow holds the database back.
 *
 * @param fn    called for each row
 * @param data  passed to @p fn; must live until the deferred is done
 * @return      fires with a bight_sql_table without values; fails with the error of @p fn. When it
 *              is done, also by a cancel, @p fn is called no more
 * @errors      as of bight_sql_execute()
 */
#define bight_sql_each(sql, statement, values, count, fn, data)                                    \
    bight_sql_each_at((sql), (statement), (values), (count), (fn), (data), BIGHT_HERE)

/**
 * Run statements that stand in one text, with `;` between them, one after the other on one
 * connection: a schema, say. The first that fails ends it; what those before did stays, except in a
 * transaction.
 *
 * @return  fires with the number of statements
 * @errors  as of bight_sql_execute()
 */
#define bight_sql_script(sql, text) bight_sql_script_at((sql), (text), BIGHT_HERE)

/**
 * Where the first statement of a text ends: after its `;`, or at the end of the text. Comments,
 * strings, names in quotes, $tag$ strings $tag$ and the body of a trigger are understood.
 *
 * @param complete  set to whether it was ended by a `;`; NULL if nobody wants to know
 * @return          its length, with the `;`, and what blanks and comments are before it
 * @thread          any
 */
BIGHT_API size_t bight_sql_split(const char *text, size_t size, bool *complete);

/**
 * Run work as one transaction: it begins, @p fn is called, and when that is done everything is
 * committed, or, after an error or a cancel, rolled back. In either case the transaction is over
 * when the deferred is done; a cancel that finds it committing is too late.
 *
 * In a transaction it is a savepoint: what is done in it is committed with what is around it, and
 * undone without it, also when a statement fails. Until it is done the one around takes no
 * statement and no other transaction; if that ends first it waits for this one to be committed, or,
 * after an error, this one has failed too. In a session it is a transaction on the session's
 * connection.
 *
 * @param fn    called once, if the transaction could be begun
 * @param data  passed to @p fn; must live until the deferred is done
 * @return      fires with the value of @p fn; fails with the error of @p fn, or of the commit
 * @errors      BIGHT_ERROR_STATE: @p sql is a transaction that has failed, or holds another; or a
 *              session that said `begin`; or a statement had failed, of which the error is the
 *              cause, and @p fn made a value of it: it is rolled back then. The others as of
 *              bight_sql_execute()
 */
#define bight_sql_transaction(sql, fn, data)                                                       \
    bight_sql_transaction_at((sql), (fn), (data), BIGHT_HERE)

/**
 * Run work on one connection that nobody else uses meanwhile: for what belongs to a connection,
 * such as a temporary table, a setting, or statements that say `begin` and `commit` themselves.
 * A transaction that is open at the end is rolled back.
 *
 * @return  fires or fails with what @p fn came to, when the connection has been given back
 * @errors  BIGHT_ERROR_STATE: @p sql is a transaction or a session; else as bight_sql_execute()
 */
#define bight_sql_session(sql, fn, data) bight_sql_session_at((sql), (fn), (data), BIGHT_HERE)

/* -- Channels, of PostgreSQL -- */

/**
 * Hear what is sent to a channel. A connection of its own is kept for that, and made again when it
 * breaks; what was sent meanwhile is lost, and the payload "" is told once then.
 *
 * @param channel   its name as it is, without quotes; copied
 * @param fn        called for each message, from when the deferred fired
 * @param data      passed to @p fn; must live as long as the listener
 * @param listener  set at once, also if the deferred fails later; freed with
 *                  bight_sql_listener_free(). NULL if this returns NULL
 * @return          fires with NULL when the database listens
 * @errors          through the deferred: BIGHT_ERROR_UNSUPPORTED: not PostgreSQL; NULL without
 *                  memory
 */
#define bight_sql_listen(sql, channel, fn, data, listener)                                         \
    bight_sql_listen_at((sql), (channel), (fn), (data), (listener), BIGHT_HERE)

/** Send to a channel; in a transaction, when it is committed. See bight_sql_execute(). */
#define bight_sql_notify(sql, channel, payload)                                                    \
    bight_sql_notify_at((sql), (channel), (payload), BIGHT_HERE)

/** Hear no more; its function is not called any more. Also after the database was closed. NULL is
 * ignored. @reentrancy legal in its function */
BIGHT_API void bight_sql_listener_free(bight_sql_listener *listener);

/* -- Errors -- */

/**
 * The code in BIGHT_DOMAIN_SQLSTATE that stands for an SQLSTATE: six bits a character, as
 * PostgreSQL's own ERRCODE_ constants have it.
 *
 *     bight_error_matches(error, BIGHT_DOMAIN_SQLSTATE, bight_sql_code_of_state("40001"))
 *
 * @param state  five digits and capital letters; any other text gives 0
 * @thread       any
 */
BIGHT_API int bight_sql_code_of_state(const char *state);

/**
 * The SQLSTATE of an error, which it keeps when it is wrapped: "23505" for a key that is there
 * already, on every database.
 *
 * @param state  set to five characters and a NUL on success
 * @return       whether there is one
 * @thread       any
 */
BIGHT_API bool bight_sql_error_get_state(const bight_error *error, char state[6]);

/* -- For bindings; `where` is a constant string, or NULL -- */

/** bight_sql_connect() for bindings. */
BIGHT_API BIGHT_MUST_USE bight_deferred *bight_sql_connect_at(bight_sql *sql, const char *where);

/** bight_sql_close() for bindings. */
BIGHT_API BIGHT_MUST_USE bight_deferred *bight_sql_close_at(bight_sql *take_sql, const char *where);

/** bight_sql_execute() for bindings. */
BIGHT_API BIGHT_MUST_USE bight_deferred *bight_sql_execute_at(bight_sql *sql, const char *statement,
                                                              const bight_sql_value *values,
                                                              size_t count, const char *where);

/** bight_sql_query() for bindings. */
BIGHT_API BIGHT_MUST_USE bight_deferred *bight_sql_query_at(bight_sql *sql, const char *statement,
                                                            const bight_sql_value *values,
                                                            size_t count, const char *where);

/** bight_sql_each() for bindings. */
BIGHT_API BIGHT_MUST_USE bight_deferred *bight_sql_each_at(bight_sql *sql, const char *statement,
                                                           const bight_sql_value *values,
                                                           size_t count, bight_sql_row_fn fn,
                                                           void *data, const char *where);

/** bight_sql_script() for bindings. */
BIGHT_API BIGHT_MUST_USE bight_deferred *bight_sql_script_at(bight_sql *sql, const char *text,
                                                             const char *where);

/** bight_sql_transaction() for bindings. */
BIGHT_API BIGHT_MUST_USE bight_deferred *
bight_sql_transaction_at(bight_sql *sql, bight_sql_work_fn fn, void *data, const char *where);

/** bight_sql_session() for bindings. */
BIGHT_API BIGHT_MUST_USE bight_deferred *bight_sql_session_at(bight_sql *sql, bight_sql_work_fn fn,
                                                              void *data, const char *where);

/** bight_sql_listen() for bindings. */
BIGHT_API BIGHT_MUST_USE bight_deferred *bight_sql_listen_at(bight_sql *sql, const char *channel,
                                                             bight_sql_notify_fn fn, void *data,
                                                             bight_sql_listener **listener,
                                                             const char *where);

/** bight_sql_notify() for bindings. */
BIGHT_API BIGHT_MUST_USE bight_deferred *
bight_sql_notify_at(bight_sql *sql, const char *channel, const char *payload, const char *where);

BIGHT_END_DECLS

#endif
