/* Maps the errors of all databases to SQLSTATE, whose first two characters are a class. An error's
 * code encodes it as PostgreSQL does internally, with six bits per character. SQLite's codes have
 * their own domain and are looked up in a table. */
#include "backend.h"
#include <string.h>

int bight_sql_code_of_state(const char *state)
{
    int code = 0;

    for (int i = 0; i < 5; i++) {
        bool digit = state[i] >= '0' && state[i] <= '9';

        if (!digit && (state[i] < 'A' || state[i] > 'Z'))
            return 0;
        code |= (state[i] - '0') << (6 * i);
    }
    return state[5] == '\0' ? code : 0;
}

typedef struct status_row {
    const char *prefix;
    bight_status status;
} status_row;

/* The first match counts. */
static const status_row statuses[] = {
    {"23505", BIGHT_ERROR_EXISTS},     /* unique violation */
    {"23", BIGHT_ERROR_INVALID},       /* other constraints */
    {"40", BIGHT_ERROR_TIMED_OUT},     /* serialization failure, deadlock */
    {"55P03", BIGHT_ERROR_TIMED_OUT},  /* lock not available */
    {"55", BIGHT_ERROR_STATE},         /* not in the state for it */
    {"57014", BIGHT_ERROR_CANCELLED},  /* query cancelled */
    {"57", BIGHT_ERROR_RESET},         /* the server goes down */
    {"25006", BIGHT_ERROR_PERMISSION}, /* read only */
    {"25P03", BIGHT_ERROR_RESET},      /* a time limit has ended the session */
    {"25P04", BIGHT_ERROR_RESET},      /* the same */
    {"25", BIGHT_ERROR_STATE},         /* invalid transaction state */
    {"42501", BIGHT_ERROR_PERMISSION}, /* not allowed */
    {"28", BIGHT_ERROR_DENIED},        /* wrong name or password */
    {"3D", BIGHT_ERROR_NOT_FOUND},     /* no such database */
    {"53200", BIGHT_ERROR_NO_MEMORY},  /* of the server */
    {"53", BIGHT_ERROR_LIMIT},         /* disk full, too many connections */
    {"54", BIGHT_ERROR_LIMIT},         /* too complex, too large */
    {"0A", BIGHT_ERROR_UNSUPPORTED},   /* feature not supported */
    {"08P01", BIGHT_ERROR_PROTOCOL},   /* protocol violation */
    {"08", BIGHT_ERROR_RESET},         /* connection */
    {"58", BIGHT_ERROR_SYSTEM},        /* I/O */
    {"XX001", BIGHT_ERROR_PROTOCOL},   /* data corrupted */
    {"XX002", BIGHT_ERROR_PROTOCOL},   /* index corrupted */
    {"XX", BIGHT_ERROR_SYSTEM},        /* internal error */
    {"", BIGHT_ERROR_INVALID},         /* syntax, names, types, values */
};

bight_status bighti_sql_status_of_state(const char *state)
{
    const status_row *row = statuses;

    while (strncmp(state, row->prefix, strlen(row->prefix)) != 0)
        row++;
    return row->status;
}

typedef struct sqlite_row {
    int code; /* extended, or primary if below 256 */
    char state[6];
} sqlite_row;

/* Codes are given as numbers, so that this file does not need SQLite. Extended codes come
 * first. */
static const sqlite_row of_sqlite[] = {
    {275, "23514"},  /* SQLITE_CONSTRAINT_CHECK */
    {787, "23503"},  /* SQLITE_CONSTRAINT_FOREIGNKEY */
    {1299, "23502"}, /* SQLITE_CONSTRAINT_NOTNULL */
    {1555, "23505"}, /* SQLITE_CONSTRAINT_PRIMARYKEY */
    {2067, "23505"}, /* SQLITE_CONSTRAINT_UNIQUE */
    {2579, "23505"}, /* SQLITE_CONSTRAINT_ROWID */
    {3091, "42804"}, /* SQLITE_CONSTRAINT_DATATYPE, of a strict table */
    {1, "42000"},    /* SQLITE_ERROR: syntax, names */
    {2, "XX000"},    /* SQLITE_INTERNAL */
    {3, "42501"},    /* SQLITE_PERM */
    {4, "57014"},    /* SQLITE_ABORT */
    {5, "55P03"},    /* SQLITE_BUSY */
    {6, "55P03"},    /* SQLITE_LOCKED */
    {7, "53200"},    /* SQLITE_NOMEM */
    {8, "25006"},    /* SQLITE_READONLY */
    {9, "57014"},    /* SQLITE_INTERRUPT */
    {10, "58030"},   /* SQLITE_IOERR */
    {11, "XX001"},   /* SQLITE_CORRUPT */
    {13, "53100"},   /* SQLITE_FULL */
    {14, "3D000"},   /* SQLITE_CANTOPEN */
    {17, "42000"},   /* SQLITE_SCHEMA */
    {18, "54000"},   /* SQLITE_TOOBIG */
    {19, "23000"},   /* SQLITE_CONSTRAINT */
    {20, "42804"},   /* SQLITE_MISMATCH */
    {21, "XX000"},   /* SQLITE_MISUSE */
    {23, "42501"},   /* SQLITE_AUTH */
    {25, "42000"},   /* SQLITE_RANGE */
    {26, "XX001"},   /* SQLITE_NOTADB */
};

const char *bighti_sql_state_of_sqlite(int code)
{
    size_t count = sizeof(of_sqlite) / sizeof(*of_sqlite);

    for (size_t i = 0; i < count; i++)
        if (of_sqlite[i].code == code)
            return of_sqlite[i].state;
    return code > 255 ? bighti_sql_state_of_sqlite(code & 255) : NULL;
}

static bool unpack_state(int code, char state[6])
{
    if (code == 0) /* "00000" is success */
        return false;
    for (int i = 0; i < 5; i++)
        state[i] = (char)('0' + ((code >> (6 * i)) & 63));
    state[5] = '\0';
    return true;
}

bool bight_sql_error_get_state(const bight_error *error, char state[6])
{
    const char *domain = bight_error_get_domain(error), *known = NULL;
    int code = bight_error_get_code(error);

    if (domain != NULL && strcmp(domain, BIGHT_DOMAIN_SQLSTATE) == 0)
        return unpack_state(code, state);
    if (domain != NULL && strcmp(domain, BIGHT_DOMAIN_SQLITE) == 0)
        known = bighti_sql_state_of_sqlite(code);
    if (known != NULL)
        memcpy(state, known, 6);
    return known != NULL;
}
