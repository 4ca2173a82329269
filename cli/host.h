/* The loops that can carry the tool's reactor. */
#ifndef BIGHT_CLI_HOST_H
#define BIGHT_CLI_HOST_H

#include "library.h"
#include <bight/reactor.h>

/* A host: its library is loaded when it is asked for, so that the tool needs neither GLib nor Qt.
 */
typedef struct cli_host {
    const char *name;
    const char *library;  /* NULL when it is in libbight */
    const char *function; /* that makes its reactor */
} cli_host;

/* All of them, ended by one whose name is NULL. */
extern const cli_host cli_hosts[];

/* NULL when no host is called that. */
const cli_host *cli_host_find(const char *name);

/* Make a reactor that this host carries. `text` is where its library was found; when this returns
 * NULL, why there is none. */
bight_reactor *cli_host_open(const cli_host *host, char text[CLI_LIBRARY_TEXT]);

#endif
