#include "backend.h"

const bighti_sql_backend *const bighti_sql_backends[] = {
    &bighti_sqlite_backend,
    &bighti_postgresql_backend,
    NULL,
};
