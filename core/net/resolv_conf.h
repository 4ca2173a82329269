/* The options of /etc/resolv.conf that c-ares 1.18 does not know by these names. */
#ifndef BIGHTI_NET_RESOLV_CONF_H
#define BIGHTI_NET_RESOLV_CONF_H

#include <bight/bytes.h>
#include <stdbool.h>

typedef struct bighti_resolv_conf {
    unsigned timeout;  /* seconds; 0 if it is not given */
    unsigned attempts; /* how often each server is asked; 0 if it is not given */
    unsigned ndots;    /* names with fewer dots are tried in the search domains first; 1 */
    bool rotate;       /* begin with another server each time */
    bool edns0;        /* announce that larger answers fit */
} bighti_resolv_conf;

/* Read the "options" lines of a text; unknown options are ignored, and numbers are limited as
 * resolv.conf(5) describes. */
void bighti_resolv_conf_parse(bight_view text, bighti_resolv_conf *conf);

/* The same for a file, followed by the variable RES_OPTIONS. A file that cannot be read is an
 * empty one. */
void bighti_resolv_conf_read(const char *path, bighti_resolv_conf *conf);

#endif
