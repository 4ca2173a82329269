/* The loops that can carry the tool's reactor. */
#ifndef BIGHT_CLI_HOST_H
#define BIGHT_CLI_HOST_H

#include "library.h"
#include <bight/reactor.h>

/* A host: its library is loaded on request, so that the tool does not depend on GLib or Qt. */
typedef struct cli_host {
    const char *name;
    const char *library;  /* NULL if it is in libbight */
    const char *function; /* that makes its reactor */
} cli_host;

/* All hosts; the name of the last entry is NULL. */
extern const cli_host cli_hosts[];

/* Find a host by name; NULL if there is none. */
const cli_host *cli_host_find(const char *name);

/* Make a reactor that this host carries. `text` is set to the path of its library, or if this
 * returns NULL, to the reason. */
bight_reactor *cli_host_open(const cli_host *host, char text[CLI_LIBRARY_TEXT]);

#endif
