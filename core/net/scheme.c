/* The table of schemes: those of the library first, then those that were added to the reactor.
 * They stay until the reactor is freed, so a pointer to a scheme is valid as long as connects and
 * listeners live. */
#include "../base/list.h"
#include "../base/options.h"
#include "../reactor/shared.h"
#include "endpoint.h"
#include "sockets.h"
#include "standard.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* -- Those of the library -- */

static const bight_scheme_ops tcp_ops = {
    .size = sizeof(bight_scheme_ops),
    .name = "tcp",
    .goes_through = true,
    .connect = bighti_sockets_connect,
    .listen = bighti_sockets_listen,
    .pause = bighti_sockets_pause,
    .close = bighti_sockets_close,
};

static const bight_scheme_ops unix_ops = {
    .size = sizeof(bight_scheme_ops),
    .name = "unix",
    .goes_through = true,
    .connect = bighti_sockets_connect,
    .listen = bighti_sockets_listen,
    .pause = bighti_sockets_pause,
    .close = bighti_sockets_close,
};

static const char *const tls_options[] = {
    "ca=",   "cadir=", "cert=",  "key=",     "pins=",
    "name=", "alpn=",  "least=", "clients=", "dangerously-accept-any-certificate",
    NULL};

static const bight_scheme_ops tls_ops = {
    .size = sizeof(bight_scheme_ops),
    .name = "tls",
    .options = tls_options,
    .goes_through = true,
    .connect = bighti_sockets_connect,
    .listen = bighti_sockets_listen,
    .pause = bighti_sockets_pause,
    .close = bighti_sockets_close,
};

static const bight_scheme_ops stdio_ops = {
    .size = sizeof(bight_scheme_ops),
    .name = "stdio",
    .connect = bighti_stdio_connect,
    .listen = bighti_stdio_listen,
    .close = bighti_stdio_close,
};

static const bighti_scheme own_schemes[] = {
    {.ops = &tcp_ops}, {.ops = &unix_ops}, {.ops = &tls_ops}, {.ops = &stdio_ops}};

enum { OWN_SCHEMES = sizeof(own_schemes) / sizeof(own_schemes[0]) };

bool bighti_scheme_is_own(const bighti_scheme *scheme)
{
    return scheme >= own_schemes && scheme < own_schemes + OWN_SCHEMES;
}

bool bighti_scheme_is_tls(const bighti_scheme *scheme)
{
    return scheme->ops == &tls_ops;
}

/* -- Those of a reactor -- */

typedef struct added_scheme {
    bighti_link link;
    bighti_scheme scheme;
    bight_destroy_fn destroy;
} added_scheme;

static const bight_key added_key = {"schemes"};

static added_scheme *added_of(bighti_link *link)
{
    return BIGHTI_CONTAINER(link, added_scheme, link);
}

static void added_free_all(void *data)
{
    bighti_link *all = data, *link;

    while ((link = bighti_list_pop(all)) != NULL) {
        added_scheme *one = added_of(link);

        if (one->destroy != NULL)
            one->destroy(one->scheme.data);
        free(one);
    }
    free(all);
}

static bool scheme_is_named(const bighti_scheme *scheme, const char *name, size_t length)
{
    return strlen(scheme->ops->name) == length && memcmp(scheme->ops->name, name, length) == 0;
}

static const bighti_scheme *find_named(const bight_reactor *reactor, const char *name,
                                       size_t length)
{
    bighti_link *all = bight_reactor_get_data(reactor, &added_key);

    for (size_t i = 0; i < OWN_SCHEMES; i++)
        if (scheme_is_named(&own_schemes[i], name, length))
            return &own_schemes[i];
    if (all == NULL)
        return NULL;
    for (bighti_link *link = all->next; link != all; link = link->next)
        if (scheme_is_named(&added_of(link)->scheme, name, length))
            return &added_of(link)->scheme;
    return NULL;
}

const bighti_scheme *bighti_scheme_find(const bight_reactor *reactor, const char *text)
{
    const char *colon = strchr(text, ':');

    return colon != NULL ? find_named(reactor, text, (size_t)(colon - text)) : NULL;
}

bool bight_reactor_has_scheme(const bight_reactor *reactor, const char *endpoint)
{
    bighti_check_thread(reactor);
    return find_named(reactor, endpoint, strcspn(endpoint, ":")) != NULL;
}

static size_t name_append(const bighti_scheme *scheme, char *text, size_t length)
{
    int more = snprintf(text + length, BIGHTI_SCHEMES_TEXT_SIZE - length,
                        "%s%s:", length > 0 ? ", " : "", scheme->ops->name);

    length += more > 0 ? (size_t)more : 0;
    return length < BIGHTI_SCHEMES_TEXT_SIZE ? length : BIGHTI_SCHEMES_TEXT_SIZE - 1;
}

void bighti_schemes_list(const bight_reactor *reactor, char text[BIGHTI_SCHEMES_TEXT_SIZE])
{
    bighti_link *all = bight_reactor_get_data(reactor, &added_key);
    size_t length = 0;

    for (size_t i = 0; i < OWN_SCHEMES; i++)
        length = name_append(&own_schemes[i], text, length);
    if (all == NULL)
        return;
    for (bighti_link *link = all->next; link != all; link = link->next)
        length = name_append(&added_of(link)->scheme, text, length);
}

/* -- Adding -- */

static bool can_be_scheme(const char *name)
{
    if (name == NULL || *name < 'a' || *name > 'z')
        return false;
    return name[strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789+-.")] == '\0';
}

static bool scheme_is_valid(const bight_scheme_ops *ops)
{
    if (!BIGHTI_TABLE_IS_KNOWN(ops, bight_scheme_ops, close) || !can_be_scheme(ops->name))
        return false;
    if (ops->listen != NULL && ops->close == NULL)
        return false;
    return ops->connect != NULL || ops->reach != NULL || ops->listen != NULL;
}

static bight_status get_added(bight_reactor *reactor, bighti_link **all)
{
    bight_status status;

    *all = bight_reactor_get_data(reactor, &added_key);
    if (*all != NULL)
        return BIGHT_OK;
    *all = malloc(sizeof(**all));
    if (*all == NULL)
        return BIGHT_ERROR_NO_MEMORY;
    bighti_link_init(*all);
    status = bight_reactor_set_data(reactor, &added_key, *all, added_free_all);
    if (status != BIGHT_OK)
        free(*all);
    return status;
}

static bight_status add_new(bight_reactor *reactor, const bight_scheme_ops *ops, void *data,
                            bight_destroy_fn destroy)
{
    added_scheme *one;
    bighti_link *all;
    bight_status status = get_added(reactor, &all);

    if (status != BIGHT_OK)
        return status;
    one = calloc(1, sizeof(*one));
    if (one == NULL)
        return BIGHT_ERROR_NO_MEMORY;
    one->scheme = (bighti_scheme){.ops = ops, .data = data};
    one->destroy = destroy;
    bighti_link_init(&one->link);
    bighti_list_append(all, &one->link);
    return BIGHT_OK;
}

bight_status bight_reactor_add_scheme(bight_reactor *reactor, const bight_scheme_ops *ops,
                                      void *data, bight_destroy_fn destroy)
{
    const bighti_scheme *known;
    bight_status status;

    bighti_check_thread(reactor);
    known = scheme_is_valid(ops) ? find_named(reactor, ops->name, strlen(ops->name)) : NULL;
    if (!scheme_is_valid(ops))
        status = BIGHT_ERROR_INVALID;
    else if (known != NULL && known->ops != ops)
        status = BIGHT_ERROR_EXISTS;
    else if (known == NULL)
        status = add_new(reactor, ops, data, destroy);
    else
        status = BIGHT_OK;
    if ((status != BIGHT_OK || known != NULL) && destroy != NULL)
        destroy(data);
    return status;
}
