/* The table of /etc/hosts: parsed once, and again when the file has changed. */
#ifndef BIGHTI_NET_HOSTS_H
#define BIGHTI_NET_HOSTS_H

#include <bight/address.h>
#include <bight/resolver.h>
#include <stdbool.h>

typedef struct bighti_hosts bighti_hosts;

/* `path` must live as long as the table. NULL when out of memory. */
bighti_hosts *bighti_hosts_new(const char *path);
void bighti_hosts_free(bighti_hosts *hosts);

/* Whether the file has changed since the last call; then the table is empty until
 * bighti_hosts_read() has read it. */
bool bighti_hosts_has_changed(bighti_hosts *hosts);

/* Read a part of the file, at most 64 KiB. True when nothing is left to read. */
bool bighti_hosts_read(bighti_hosts *hosts);

/* Whether nothing is left to read. */
bool bighti_hosts_is_read(const bighti_hosts *hosts);

/* Call `fn` for each address of a name or an alias, in the order of the file, 64 at most. */
typedef void (*bighti_hosts_fn)(const bight_address *address, void *data);
void bighti_hosts_find(const bighti_hosts *hosts, const char *name, bighti_hosts_fn fn, void *data);

/* The first name of the first line with this address; its size is 0 if there is none. */
bight_view bighti_hosts_find_name(const bighti_hosts *hosts, const bight_address *address);

/* How often the file was read, for tests. */
unsigned bighti_hosts_count_reads(const bighti_hosts *hosts);
unsigned bighti_resolver_count_hosts_reads(const bight_resolver *resolver);

#endif
