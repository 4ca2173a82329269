/* c-ares on a reactor: its sockets are watched, its timeouts are a timer. It asks the name servers
 * of one configuration; sharing, caching and limits are in question.c. */
#ifndef BIGHTI_NET_NAMES_H
#define BIGHTI_NET_NAMES_H

#include <bight/bytes.h>
#include <bight/fork.h>
#include <bight/resolver.h>

/* Where the configuration is if the options name no other file. */
#define BIGHTI_RESOLV_CONF "/etc/resolv.conf"

typedef struct bighti_names bighti_names;

/* Called once with the outcome of a query: a status of c-ares, and the server's message, which is
 * empty if there is none. It may be called inside bighti_names_ask(), and must not call this
 * module. */
typedef void (*bighti_names_fn)(void *data, int code, bight_view message);

/* `forked` is called with `data` in a forked child that continues to use the reactor: the open
 * sockets belong to the parent, and the object can only be freed. */
bight_status bighti_names_new(bight_reactor *reactor, const bight_resolver_options *options,
                              bight_fork_fn forked, void *data, bighti_names **names);

/* Whether the sockets belong to the parent. */
bool bighti_names_is_inherited(const bighti_names *names);

/* Ask for the records of a type, BIGHTI_DNS_A for example; the search domains of the configuration
 * apply. A query cannot be cancelled, except by freeing the whole object. */
void bighti_names_ask(bighti_names *names, const char *name, int type, bighti_names_fn fn,
                      void *data);

/* Every open query ends with ARES_EDESTRUCTION. */
void bighti_names_free(bighti_names *names);

#endif
