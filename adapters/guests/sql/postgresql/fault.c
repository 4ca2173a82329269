/* Converts errors of libpq and of the server. A failed statement has a result with separate
 * fields. A failed connection has only a text, in the language of the program:
 *
 *     connection to server at "127.0.0.1", port 5432 failed: FATAL:  28P01: password ...
 *     LOCATION:  auth_failed, auth.c:338
 *
 * The SQLSTATE is recognised by its format, and a system error by the system's message for it. */
#include "postgresql.h"
#include <bight/log.h>
#include <errno.h>
#include <string.h>

enum { STATE_LENGTH = 5 };

static int length_of_line(const char *text)
{
    return (int)strcspn(text, "\n");
}

static bool is_state(const char *text)
{
    return strspn(text, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ") == STATE_LENGTH &&
           text[STATE_LENGTH] == ':' && text[STATE_LENGTH + 1] == ' ';
}

/* Returns the position of the code in ": 28P01: "; NULL if there is none. */
static const char *find_state(const char *message)
{
    for (const char *at = strstr(message, ":  "); at != NULL; at = strstr(at + 1, ":  "))
        if (is_state(at + 3))
            return at + 3;
    return NULL;
}

static bight_error *pg_error_make(const char *prefix, const char *label, const char *state,
                                  const char *message, int length)
{
    char code[STATE_LENGTH + 1] = "";

    memcpy(code, state, STATE_LENGTH);
    return bight_error_new_code(BIGHT_DOMAIN_SQLSTATE, bight_sql_code_of_state(code),
                                bighti_sql_status_of_state(code), "%s%s: %.*s", prefix, label,
                                length, message);
}

static bight_error *make_of_state(const char *prefix, const char *label, const char *state)
{
    const char *message = state + STATE_LENGTH + 2;

    return pg_error_make(prefix, label, state, message, length_of_line(message));
}

/* -- Connections -- */

static bool says_one_of(const char *message, const char *const *texts)
{
    while (*texts != NULL && strstr(message, *texts) == NULL)
        texts++;
    return *texts != NULL;
}

/* A missing UNIX socket means the same as a refused connection: no server is running. */
static bight_status status_of_text(const char *message, int *errnum)
{
    static const int known[] = {ECONNREFUSED, ENOENT,    ECONNRESET, EPIPE, EHOSTUNREACH,
                                ENETUNREACH,  ETIMEDOUT, EACCES,     ENOMEM};
    static const char *const ends[] = {"closed the connection", "closed unexpectedly",
                                       "EOF detected", "unexpected eof", NULL};

    for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++) {
        if (strstr(message, strerror(known[i])) != NULL) {
            *errnum = known[i];
            return known[i] == ENOENT ? BIGHT_ERROR_REFUSED : bight_status_from_errno(known[i]);
        }
    }
    *errnum = 0;
    return says_one_of(message, ends) ? BIGHT_ERROR_RESET : BIGHT_ERROR_PROTOCOL;
}

/* Whatever ended a connection that once worked, the program may connect again, so the status is
 * RESET. Two causes would only repeat themselves: a server whose messages make no sense, and a
 * lack of memory. Their texts are recognised in English only; in another language they count as a
 * break. */
static bight_status status_of_break(const char *message, int *errnum)
{
    static const char *const nonsense[] = {
        "lost synchronization", "message contents",   "unexpected response",
        "insufficient data",    "unexpected message", "unexpected field count",
        "extraneous data",      "invalid message",    "invalid length",
        "row description",      "without prior row",  NULL};
    bight_status status = status_of_text(message, errnum);

    if (status == BIGHT_ERROR_PROTOCOL && says_one_of(message, nonsense))
        return BIGHT_ERROR_PROTOCOL;
    if (*errnum == 0 && strstr(message, "out of memory") != NULL)
        return BIGHT_ERROR_NO_MEMORY;
    return *errnum == ENOMEM ? BIGHT_ERROR_NO_MEMORY : BIGHT_ERROR_RESET;
}

/* Skips `connection to server ... failed: `, which repeats the label. */
static const char *skip_preface(const char *message)
{
    const char *failed = strstr(message, " failed: ");

    return failed != NULL && failed < message + length_of_line(message) ? failed + 9 : message;
}

bight_error *bighti_pg_error_of_connect(const pg_database *database, const PGconn *conn,
                                        bool *try_next)
{
    const char *label = database->target.label, *message = PQerrorMessage(conn);
    const char *state = find_state(message), *text = skip_preface(message);
    bight_status status;
    int errnum;

    *try_next = state == NULL;
    if (state != NULL) {
        *try_next = strncmp(state, "57P03", STATE_LENGTH) == 0; /* it starts up, or goes down */
        return make_of_state("connect to ", label, state);
    }
    status = status_of_text(message, &errnum);
    if (PQconnectionNeedsPassword(conn)) {
        *try_next = false;
        status = BIGHT_ERROR_DENIED;
    }
    return bight_error_new_code(errnum != 0 ? BIGHT_DOMAIN_ERRNO : NULL, errnum, status,
                                "connect to %s: %.*s", label, length_of_line(text), text);
}

/* libpq's own error: only a text. It may begin with the error of an earlier result, whose code says
 * nothing about the connection. */
static bight_error *error_of_libpq(const pg_database *database, const char *message)
{
    const char *label = database->target.label;
    bight_status status;
    int errnum;

    if (message[0] == '\0')
        return bight_error_new(BIGHT_ERROR_RESET, "%s: the connection broke", label);
    status = status_of_break(message, &errnum);
    return bight_error_new_code(errnum != 0 ? BIGHT_DOMAIN_ERRNO : NULL, errnum, status, "%s: %.*s",
                                label, length_of_line(message), message);
}

bight_error *bighti_pg_error_of_break(const pg_database *database, const PGconn *conn)
{
    return error_of_libpq(database, PQerrorMessage(conn));
}

/* FATAL and PANIC are the server's last words on a connection, whatever their code: a time limit
 * of idle sessions (57P05, 25P03), a pooler whose server has gone (08P01). */
static bool is_last_word(const PGresult *result)
{
    const char *severity = PQresultErrorField(result, PG_DIAG_SEVERITY_NONLOCALIZED);

    return severity != NULL && (strcmp(severity, "FATAL") == 0 || strcmp(severity, "PANIC") == 0);
}

bight_error *bighti_pg_error_of_result(const pg_database *database, const PGresult *result)
{
    const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    const char *primary = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
    const char *detail = PQresultErrorField(result, PG_DIAG_MESSAGE_DETAIL);
    char code[STATE_LENGTH + 1] = "";

    if (state == NULL || strlen(state) != STATE_LENGTH || primary == NULL)
        return error_of_libpq(database, PQresultErrorMessage(result));
    memcpy(code, state, STATE_LENGTH);
    return bight_error_new_code(
        BIGHT_DOMAIN_SQLSTATE, bight_sql_code_of_state(code),
        is_last_word(result) ? BIGHT_ERROR_RESET : bighti_sql_status_of_state(code), "%s%s%s",
        primary, detail != NULL ? ": " : "", detail != NULL ? detail : "");
}

/* -- Notices -- */

void bighti_pg_on_notice(void *data, const PGresult *result)
{
    const pg_database *database = data;
    const char *severity = PQresultErrorField(result, PG_DIAG_SEVERITY_NONLOCALIZED);
    const char *primary = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
    const char *text = primary != NULL ? primary : PQresultErrorMessage(result);
    bool matters = severity == NULL || strcmp(severity, "WARNING") == 0 ||
                   strcmp(severity, "ERROR") == 0 || strcmp(severity, "FATAL") == 0;

    bight_log(matters ? BIGHT_LOG_WARNING : BIGHT_LOG_INFO, "%s: %.*s", database->target.label,
              length_of_line(text), text);
}
