/* Replaces sqlite/ when its library is missing: opening a database fails and reports that. */
#include "backend.h"

static bight_error *sqlite_open_none(bight_reactor *reactor, const char *address,
                                     const bight_sql_options *options, bighti_sql_opened *opened)
{
    (void)reactor;
    (void)address;
    (void)options;
    (void)opened;
    return bight_error_new(BIGHT_ERROR_UNSUPPORTED,
                           "open database: this build of Bight is without SQLite");
}

static const char *const schemes[] = {"sqlite", NULL};

const bighti_sql_backend bighti_sqlite_backend = {
    .name = "sqlite",
    .schemes = schemes,
    .open = sqlite_open_none,
};
