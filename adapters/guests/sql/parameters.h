/* The parameters of an address that are meant for this side, and not for the database. */
#ifndef BIGHTI_SQL_PARAMETERS_H
#define BIGHTI_SQL_PARAMETERS_H

#include <bight/sql.h>

/* Take the parameters out of an address and into the options. `rest` becomes a copy of the address
 * without them, which the caller frees. Returns NULL, or an error; then nothing is kept. */
bight_error *bighti_sql_parameters_take(const char *address, bight_sql_options *options,
                                        char **rest);

#endif
