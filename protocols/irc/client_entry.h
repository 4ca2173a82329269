/* The command names, for completion. */
#ifndef BIGHTI_IRC_CLIENT_ENTRY_H
#define BIGHTI_IRC_CLIENT_ENTRY_H

#include <stddef.h>

/* The name of the i-th command, not NUL-terminated; NULL past the end. */
const char *bighti_ircc_command_name(size_t i, size_t *size);

#endif
