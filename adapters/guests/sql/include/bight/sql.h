/** @file bight/sql.h
 * Databases: statements run outside the reactor, and their results arrive on the reactor's thread.
 *
 *     bight_sql *sql;
 *     bight_status status = bight_sql_open(reactor, "sqlite:notes.db", NULL, &error, &sql);
 *     ...
 *     const bight_sql_value values[] = {bight_sql_text("milk"), bight_sql_integer(2)};
 *     bight_deferred *added =
 *         bight_sql_execute(sql, "insert into shopping values ($1, $2)", values, 2);
 *
 * One interface serves several databases. An address string selects one:
 *
 * | string                               | meaning                                              |
 * |--------------------------------------|------------------------------------------------------|
 * | `sqlite:PATH`                        | a file, created if it is missing                     |
 * | `sqlite::memory:`                    | in memory, lost with the last connection             |
 * | `sqlite:PATH?mode=ro&journal=wal`    | with options; see docs/guides/databases.md           |
 * | `postgresql://USER@HOST:PORT/DB`     | a PostgreSQL server; any URI that libpq accepts      |
 *
 * Parameters of an address set options of this side, and override those of the program:
 * `connections=8`, `statements=0`, and times in seconds or `never`: `busy_timeout=2.5`,
 * `connect_timeout=10`, `wait_timeout=never`.
 *
 * The following holds for all databases. Parameters are written `$1`, `$2`, ... and are never part
 * of the text. One call runs one statement. A statement that fails in a transaction ends the
 * transaction, even where the database would go on. Integers, text, bytes and doubles come back
 * unchanged.
 *
 * SQLite blocks, so its statements run on a thread pool, which bight_sql_open() starts. PostgreSQL
 * runs on the reactor without a thread. In both cases every callback and every step runs on the
 * reactor's thread, and never inside the call that starts the statement.
 *
 * In a forked child, a database still belongs to the parent. The child may only free it, which
 * sends nothing to the server and changes no file. Statements that wait in the child, and new
 * ones, fail with BIGHT_ERROR_STATE. See bight_reactor_rebuild() and docs/guides/databases.md.
 *
 * A database reports a failed statement as a bight_error. bight_error_get_code() returns SQLite's
 * extended code (BIGHT_DOMAIN_SQLITE) or PostgreSQL's SQLSTATE (BIGHT_DOMAIN_SQLSTATE).
 * bight_sql_error_get_state() returns an SQLSTATE for both. The status is one of these:
 *
 * | status                     | meaning                                                       |
 * |----------------------------|---------------------------------------------------------------|
 * | BIGHT_ERROR_INVALID        | the statement or a value is wrong, or violates a constraint   |
 * | BIGHT_ERROR_EXISTS         | a unique or primary key exists already                        |
 * | BIGHT_ERROR_TIMED_OUT      | locked by others for too long, or the victim of a deadlock:   |
 * |                            | the transaction may be tried again                            |
 * | BIGHT_ERROR_PERMISSION     | read only, or not allowed                                     |
 * | BIGHT_ERROR_DENIED         | wrong name or password, or one is required and was not given  |
 * | BIGHT_ERROR_NOT_FOUND      | no such database                                              |
 * | BIGHT_ERROR_LIMIT          | the disk is full, too many waiters, or the result is too large |
 * | BIGHT_ERROR_PROTOCOL       | the file is damaged or no database; an invalid server message |
 * | BIGHT_ERROR_RESET, REFUSED | the connection broke, or nobody listens at the address        |
 * | BIGHT_ERROR_CLOSED         | the database was closed meanwhile                             |
 * | BIGHT_ERROR_CANCELLED      | the deferred was cancelled                                    |
 * | BIGHT_ERROR_STATE          | the transaction failed or is over; or this is a forked child  |
 * | BIGHT_ERROR_UNSUPPORTED    | not supported by this database or by this build               |
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

/** The domain of SQLSTATEs, PostgreSQL's error codes; see bight_sql_code_of_state(). */
#define BIGHT_DOMAIN_SQLSTATE "sqlstate"

/** The domain of SQLite's extended result codes: SQLITE_CONSTRAINT_UNIQUE and others. */
#define BIGHT_DOMAIN_SQLITE "sqlite"

/** Where statements run: a database with its connections, or one transaction or session in it. */
typedef struct bight_sql bight_sql;

/** Receives the messages that are sent to a channel. */
typedef struct bight_sql_listener bight_sql_listener;

/** The type of a value. */
typedef enum bight_sql_type {
    BIGHT_SQL_NULL,    /**< no value */
    BIGHT_SQL_INTEGER, /**< `integer`; a boolean is 0 or 1 */
    BIGHT_SQL_REAL,    /**< `real` */
    BIGHT_SQL_TEXT,    /**< `bytes`, UTF-8; also for types without an equivalent here, such as
                            dates */
    BIGHT_SQL_BLOB     /**< `bytes` */
} bight_sql_type;

/** A value: a parameter of a statement, or a field of a row. */
typedef struct bight_sql_value {
    bight_sql_type type; /**< selects the member in use; the others are 0 */
    int64_t integer;     /**< of BIGHT_SQL_INTEGER */
    double real;         /**< of BIGHT_SQL_REAL */
    bight_view bytes;    /**< of BIGHT_SQL_TEXT and BIGHT_SQL_BLOB; in a row a NUL follows them */
} bight_sql_value;

/** A column of a result. */
typedef struct bight_sql_column {
    const char *name; /**< the column's name in the result */
    const char *type; /**< the database's name for the type, such as "INTEGER" or "timestamptz"; ""
                           if unknown: an expression has no type in SQLite */
} bight_sql_column;

/** A row of a result. Its pointers are valid until the function that receives the row returns. */
typedef struct bight_sql_row {
    uint64_t number;                 /**< 0 for the first */
    size_t count;                    /**< the number of columns and values */
    const bight_sql_column *columns; /**< one for each value */
    const bight_sql_value *values;   /**< from the left to the right */
} bight_sql_row;

/** The outcome of a statement: the value of bight_sql_query() and bight_sql_each(). */
typedef struct bight_sql_table {
    size_t column_count;             /**< 0 if the statement returns no rows */
    const bight_sql_column *columns; /**< column_count of them */
    size_t row_count;                /**< how many rows there were */
    const bight_sql_value *values;   /**< row after row; NULL from bight_sql_each() */
    int64_t changes;                 /**< rows inserted, changed or deleted; 0 for a select */
} bight_sql_table;

/** How a database is used. Start from BIGHT_SQL_OPTIONS_INIT. */
typedef struct bight_sql_options {
    size_t size;              /**< sizeof(bight_sql_options): lets the structure grow */
    unsigned connections;     /**< the most open at a time, opened when needed; 4. A database in
                                   memory has 1 */
    unsigned waiting;         /**< how many requests may wait for a connection; 1024. Further
                                   requests fail at once with BIGHT_ERROR_LIMIT */
    size_t batch;             /**< bytes of rows that are fetched ahead of the reader; 64 KiB */
    size_t largest;           /**< bytes of rows that bight_sql_query() keeps; 64 MiB */
    uint64_t busy_timeout;    /**< nanoseconds to wait for a lock that another connection holds; 5
                                   s. 0: not at all (on PostgreSQL 1 ms, its shortest);
                                   BIGHT_NEVER: without a limit */
    uint64_t connect_timeout; /**< nanoseconds that connecting to a server may take; 30 s. 0:
                                   connecting fails; BIGHT_NEVER: without a limit on this side.
                                   Files ignore this */
    unsigned statements;      /**< prepared statements that each connection keeps; 32. 0: none */
    uint64_t wait_timeout;    /**< nanoseconds that a request may wait for a connection of the pool;
                                   30 s. Then it fails with BIGHT_ERROR_TIMED_OUT. 0: it fails at
                                   once if all connections are in use; BIGHT_NEVER: without a
                                   limit */
} bight_sql_options;

/** The defaults. */
#define BIGHT_SQL_OPTIONS_INIT                                                                     \
    {                                                                                              \
        sizeof(bight_sql_options), 4, 1024, 65536, 67108864, BIGHT_SEC(5), BIGHT_SEC(30), 32,      \
            BIGHT_SEC(30)                                                                          \
    }

/** The current number of a database's connections and waiting requests. */
typedef struct bight_sql_counts {
    size_t size;          /**< sizeof(bight_sql_counts), set by the caller */
    unsigned connections; /**< open or being opened */
    unsigned idle;        /**< those without work */
    unsigned waiting;     /**< requests that wait for a connection */
} bight_sql_counts;

/**
 * Called for each row.
 *
 * @param row  valid until this returns
 * @return     a value to go on (the value is freed); a deferred to go on when it fires, with at
 *             most one batch fetched until then; an error to stop and fail with that error
 */
typedef bight_result (*bight_sql_row_fn)(const bight_sql_row *row, void *data);

/**
 * The work of a transaction, or of a session.
 *
 * @param sql  runs statements in it; valid until the returned result is done
 * @return     a value, or a deferred that fires, to commit; an error to roll back
 */
typedef bight_result (*bight_sql_work_fn)(bight_sql *sql, void *data);

/** Called for each message on a channel. @param payload may be empty; valid until this returns */
typedef void (*bight_sql_notify_fn)(bight_sql_listener *listener, const char *payload, void *data);

/* -- Values -- */

/** No value. @thread any */
BIGHT_API bight_sql_value bight_sql_null(void);

/** An integer, or a boolean as 0 or 1. @thread any */
BIGHT_API bight_sql_value bight_sql_integer(int64_t integer);

/** A floating-point number; SQLite stores a NaN as NULL. @thread any */
BIGHT_API bight_sql_value bight_sql_real(double real);

/** NUL-terminated text; NULL makes a BIGHT_SQL_NULL. @owner the caller keeps it until the call
 * returns */
BIGHT_API bight_sql_value bight_sql_text(const char *text);

/** Text of a known length. PostgreSQL rejects text with a NUL in it. @owner as bight_sql_text() */
BIGHT_API bight_sql_value bight_sql_text_of(const void *text, size_t size);

/** Bytes. @owner as bight_sql_text() */
BIGHT_API bight_sql_value bight_sql_blob(const void *data, size_t size);

/** The value as a number; text is parsed. 0 if it is not a number. @thread any */
BIGHT_API int64_t bight_sql_value_get_integer(const bight_sql_value *value);

/** See bight_sql_value_get_integer(). */
BIGHT_API double bight_sql_value_get_real(const bight_sql_value *value);

/** The NUL-terminated text or bytes of a value in a row; "" for a number or no value. */
BIGHT_API const char *bight_sql_value_get_text(const bight_sql_value *value);

/** A field of the table of bight_sql_query(). A position outside the table is misuse and aborts.
 * @thread any */
BIGHT_API const bight_sql_value *bight_sql_table_at(const bight_sql_table *table, size_t row,
                                                    size_t column);

/** Free a table: the destroy function of the value. NULL is ignored. */
BIGHT_API void bight_sql_table_free(void *table);

/** The table in the value of bight_sql_query() and bight_sql_each(). @owner borrowed: the result's
 */
BIGHT_API const bight_sql_table *bight_result_get_table(bight_result result);

/* -- A database -- */

/**
 * Open a database. No connection is made until one is needed. bight_sql_connect() makes one at
 * once, to check that the database can be reached.
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
 * Make sure that a connection can be made.
 *
 * @return  fires with NULL when there is a connection
 * @errors  through the deferred, the reason why there is none; NULL when out of memory
 */
#define bight_sql_connect(sql) bight_sql_connect_at((sql), BIGHT_HERE)

/**
 * Close a database in an orderly way. Requests that wait or run fail with BIGHT_ERROR_CLOSED
 * before this returns, and transactions are rolled back. NULL is ignored.
 *
 * @param take_sql  a database; anything else is misuse and aborts
 * @reentrancy      legal in any callback
 */
BIGHT_API void bight_sql_free(bight_sql *take_sql);

/**
 * Like bight_sql_free(), and report when the last connection is closed and the last thread has
 * ended.
 *
 * @return  fires with NULL; cancelling it does not stop the close. NULL when out of memory; @p
 *          take_sql is closed even then
 */
#define bight_sql_close(take_sql) bight_sql_close_at((take_sql), BIGHT_HERE)

/** Fill in at most counts->size bytes. For a transaction these are the counts of its database. */
BIGHT_API void bight_sql_get_counts(const bight_sql *sql, bight_sql_counts *counts);

/** The kind of database: "sqlite", "postgresql". @owner constant */
BIGHT_API const char *bight_sql_get_backend(const bight_sql *sql);

/* -- Statements -- */

/**
 * Run a statement and discard its rows: insert, update, delete, create.
 *
 * On a database, the statement runs on any free connection, so `begin` would be useless there and
 * is an error. On a transaction, statements run in the order of the calls. If a step of a
 * transaction waits for a statement on the database itself, that statement needs a second
 * connection, which a database in memory does not have.
 *
 * @param statement  one statement, with or without `;` at the end; copied
 * @param values     @p count parameters for $1, $2, ...; copied. NULL for none
 * @return           fires with the number of rows inserted, changed or deleted
 *                   (bight_result_get_int()). Cancelling interrupts the statement if it still runs
 * @errors           through the deferred: see the table at the top; NULL when out of memory */
#define bight_sql_execute(sql, statement, values, count)                                           \
    bight_sql_execute_at((sql), (statement), (values), (count), BIGHT_HERE)

/**
 * Run a statement once for each of many rows of parameters, all or none: rows of a table that is
 * filled. They go to the database together, which costs a fraction of as many calls. If the
 * statement returns rows, they are discarded. A failure is that of the first row that fails.
 *
 * @param values  @p rows times @p count parameters, row after row; copied
 * @param count   how many parameters a row has
 * @param rows    how many rows; with 0 nothing is run
 * @return        fires with the number of rows inserted, changed or deleted, of all together
 * @errors        as of bight_sql_execute()
 */
#define bight_sql_execute_many(sql, statement, values, count, rows)                                \
    bight_sql_execute_many_at((sql), (statement), (values), (count), (rows), BIGHT_HERE)

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
 * Run a statement and receive its rows one after the other. At most two batches of rows
 * (bight_sql_options.batch) are in memory, however many there are: a slow reader slows the
 * database.
 *
 * @param fn    called for each row
 * @param data  passed to @p fn; must live until the deferred is done
 * @return      fires with a bight_sql_table without values; fails with the error of @p fn. Once it
 *              is done, even by a cancel, @p fn is not called again
 * @errors      as of bight_sql_execute()
 */
#define bight_sql_each(sql, statement, values, count, fn, data)                                    \
    bight_sql_each_at((sql), (statement), (values), (count), (fn), (data), BIGHT_HERE)

/**
 * Run the statements of one text, separated by `;`, one after the other on one connection, for
 * example a schema. The first failure ends it. The effects of earlier statements stay, except in a
 * transaction.
 *
 * @return  fires with the number of statements
 * @errors  as of bight_sql_execute()
 */
#define bight_sql_script(sql, text) bight_sql_script_at((sql), (text), BIGHT_HERE)

/**
 * Where the first statement of a text ends: after its `;`, or at the end of the text. The parser
 * knows comments, strings, quoted names, $tag$ strings $tag$ and the bodies of triggers.
 *
 * @param complete  set to whether a `;` ended it; may be NULL
 * @return          its length, including the `;` and the blanks and comments before it
 * @thread          any
 */
BIGHT_API size_t bight_sql_split(const char *text, size_t size, bool *complete);

/**
 * Run work as one transaction. The transaction begins, and @p fn is called. When its result is
 * done, the transaction is committed, or rolled back after an error or a cancel. In both cases it
 * is over when the deferred is done. A cancel during the commit is too late.
 *
 * Inside a transaction, it is a savepoint. Its changes are committed with the outer transaction,
 * and can be undone without it, also when a statement fails. Until it is done, the outer
 * transaction accepts no statement and no other transaction. If the outer work ends first, it
 * waits for this one before it commits; if the outer work ends with an error, this one fails too.
 * In a session, it is a transaction on the session's connection.
 *
 * @param fn    called once, after the transaction has begun
 * @param data  passed to @p fn; must live until the deferred is done
 * @return      fires with the value of @p fn; fails with the error of @p fn, or of the commit
 * @errors      BIGHT_ERROR_STATE: @p sql is a transaction that has failed or contains an open one,
 *              or a session that has run `begin`; or a statement failed and @p fn returned a value
 *              nevertheless (the transaction is rolled back, and the statement's error is the
 *              cause). The others as for bight_sql_execute()
 */
#define bight_sql_transaction(sql, fn, data)                                                       \
    bight_sql_transaction_at((sql), (fn), (data), BIGHT_HERE)

/**
 * Run work on one connection that nobody else uses meanwhile. Use it for anything that belongs to
 * a connection: a temporary table, a setting, or explicit `begin` and `commit` statements. A
 * transaction that is open at the end is rolled back.
 *
 * @return  fires or fails with the result of @p fn, once the connection has been given back
 * @errors  BIGHT_ERROR_STATE: @p sql is a transaction or a session. The others as for
 *          bight_sql_execute()
 */
#define bight_sql_session(sql, fn, data) bight_sql_session_at((sql), (fn), (data), BIGHT_HERE)

/* -- Channels (PostgreSQL only) -- */

/**
 * Receive the messages that are sent to a channel. The listener keeps its own connection and
 * reconnects when that breaks. Messages sent meanwhile are lost; after a reconnect, @p fn is
 * called once with the payload "".
 *
 * @param channel   its exact name, without quotes; copied
 * @param fn        called for each message once the deferred has fired
 * @param data      passed to @p fn; must live as long as the listener
 * @param listener  set at once, even if the deferred fails later; freed with
 *                  bight_sql_listener_free(). NULL if this returns NULL
 * @return          fires with NULL when the listener is subscribed
 * @errors          through the deferred: BIGHT_ERROR_UNSUPPORTED: not PostgreSQL; NULL when out of
 *                  memory
 */
#define bight_sql_listen(sql, channel, fn, data, listener)                                         \
    bight_sql_listen_at((sql), (channel), (fn), (data), (listener), BIGHT_HERE)

/** Send a message to a channel; in a transaction, it is sent at the commit. See
 * bight_sql_execute(). */
#define bight_sql_notify(sql, channel, payload)                                                    \
    bight_sql_notify_at((sql), (channel), (payload), BIGHT_HERE)

/** Stop listening: the function is not called again. Legal after the database was closed. NULL is
 * ignored. @reentrancy legal in its function */
BIGHT_API void bight_sql_listener_free(bight_sql_listener *listener);

/* -- Errors -- */

/**
 * The code of an SQLSTATE in BIGHT_DOMAIN_SQLSTATE: six bits per character, as in PostgreSQL's
 * ERRCODE_ constants.
 *
 *     bight_error_matches(error, BIGHT_DOMAIN_SQLSTATE, bight_sql_code_of_state("40001"))
 *
 * @param state  five characters, each a digit or a capital letter; any other text gives 0
 * @thread       any
 */
BIGHT_API int bight_sql_code_of_state(const char *state);

/**
 * The SQLSTATE of an error, for example "23505" for a duplicate key on every database. A wrapped
 * error keeps it.
 *
 * @param state  set to five characters and a NUL on success
 * @return       whether the error has one @thread any
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

/** bight_sql_execute_many() for bindings. */
BIGHT_API BIGHT_MUST_USE bight_deferred *
bight_sql_execute_many_at(bight_sql *sql, const char *statement, const bight_sql_value *values,
                          size_t count, size_t rows, const char *where);

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
