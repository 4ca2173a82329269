/* c-ares on a reactor: its sockets are watched, its timeouts are a timer. Without lines and limits,
 * which resolver.c has. */
#ifndef BIGHTI_NET_NAMES_H
#define BIGHTI_NET_NAMES_H

#include "addresses.h"
#include <bight/error.h>
#include <bight/fork.h>

typedef struct bighti_names bighti_names;

/* Told once what has become of a question; takes what it is given, one of the two is NULL. May be
 * called inside bighti_names_ask(), and must not call back. */
typedef void (*bighti_names_fn)(void *data, bight_addresses *take_addresses,
                                bight_error *take_error);

/* `forked` is called with `data` in a forked child that goes on: what is open is its parent's, and
 * is of no use but to be freed. */
bight_status bighti_names_new(bight_reactor *reactor, const bight_resolver_options *options,
                              bight_fork_fn forked, void *data, bighti_names **names);

/* Whether they are the parent's. */
bool bighti_names_is_inherited(const bighti_names *names);

/* Look `name` up. There is no taking it back but to free all. */
void bighti_names_ask(bighti_names *names, const char *name, int family, bighti_names_fn fn,
                      void *data);

/* Every question that is open is told of its end, with BIGHT_ERROR_CANCELLED. */
void bighti_names_free(bighti_names *names);

#endif
