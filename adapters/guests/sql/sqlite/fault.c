#include "sqlite.h"

static bight_status sqlite_error_status_of(sqlite_connection *connection, int code)
{
    const char *state = bighti_sql_state_of_sqlite(code);
    int errnum;

    if (code == SQLITE_OK || state == NULL)
        return BIGHT_ERROR_SYSTEM;
    if ((code & 255) != SQLITE_CANTOPEN)
        return bighti_sql_status_of_state(state);
    errnum = connection->handle != NULL ? sqlite3_system_errno(connection->handle) : 0;
    return errnum != 0 ? bight_status_from_errno(errnum) : BIGHT_ERROR_NOT_FOUND;
}

bight_error *bighti_sqlite_error(sqlite_connection *connection, int code)
{
    const char *text = sqlite3_errstr(code);

    if (connection->handle != NULL && sqlite3_extended_errcode(connection->handle) == code)
        text = sqlite3_errmsg(connection->handle);
    return bight_error_new_code(BIGHT_DOMAIN_SQLITE, code, sqlite_error_status_of(connection, code),
                                "sqlite:%s: %s", connection->database->place.path, text);
}
