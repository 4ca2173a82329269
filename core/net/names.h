/* c-ares on a reactor: its sockets are watched, its timeouts are a timer. Queueing and limits are
 * in resolver.c. */
#ifndef BIGHTI_NET_NAMES_H
#define BIGHTI_NET_NAMES_H

#include "addresses.h"
#include <bight/error.h>
#include <bight/fork.h>

typedef struct bighti_names bighti_names;

/* Called once with the outcome of a query; it takes ownership of its arguments, one of which is
 * NULL. It may be called inside bighti_names_ask(), and must not call this module. */
typedef void (*bighti_names_fn)(void *data, bight_addresses *take_addresses,
                                bight_error *take_error);

/* `forked` is called with `data` in a forked child that continues to use the reactor: the open
 * sockets belong to the parent, and the object can only be freed. */
bight_status bighti_names_new(bight_reactor *reactor, const bight_resolver_options *options,
                              bight_fork_fn forked, void *data, bighti_names **names);

/* Whether the sockets belong to the parent. */
bool bighti_names_is_inherited(const bighti_names *names);

/* Look `name` up. A query cannot be cancelled, except by freeing the whole object. */
void bighti_names_ask(bighti_names *names, const char *name, int family, bighti_names_fn fn,
                      void *data);

/* Every open query ends with BIGHT_ERROR_CANCELLED. */
void bighti_names_free(bighti_names *names);

#endif
