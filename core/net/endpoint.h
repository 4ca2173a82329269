/* Endpoints, the strings that say where to connect or listen. endpoint.c has the grammar, scheme.c
 * the table of schemes, target.c the places of tcp, unix and tls. */
#ifndef BIGHTI_NET_ENDPOINT_H
#define BIGHTI_NET_ENDPOINT_H

#include <bight/address.h>
#include <bight/scheme.h>
#include <stdbool.h>

/* -- Schemes -- */

typedef struct bighti_scheme {
    const bight_scheme_ops *ops;
    void *data;
} bighti_scheme;

/* The scheme that a text names before its first colon; NULL if there is no such scheme. */
const bighti_scheme *bighti_scheme_find(const bight_reactor *reactor, const char *text);

/* Write their names, "tcp:, unix:". */
enum { BIGHTI_SCHEMES_TEXT_SIZE = 256 };
void bighti_schemes_list(const bight_reactor *reactor, char text[BIGHTI_SCHEMES_TEXT_SIZE]);

/* Whether it is one of the library's own schemes, whose errors already name the endpoint. */
bool bighti_scheme_is_own(const bighti_scheme *scheme);
bool bighti_scheme_is_tls(const bighti_scheme *scheme);

/* -- Parsed -- */

enum { BIGHTI_MOST_PARTS = 8, BIGHTI_MOST_OPTIONS = 32, BIGHTI_LONGEST_ENDPOINT = 4096 };

typedef struct bighti_option {
    const char *name;
    const char *value; /* "" without one */
    size_t column;     /* of the value */
} bighti_option;

struct bight_endpoint {
    const bighti_scheme *scheme;
    const char *text;    /* without options */
    const char *place;   /* in it */
    const char *written; /* the place as it was written, before %2F was decoded */
    const char *where;   /* a clause before the column in errors: "in the proxy, ", or "" */
    size_t column;       /* of the place, from 1 */
    const bighti_option *options;
    unsigned option_count;
};

/* An endpoint and those that lead to it, in one block with all texts. */
typedef struct bighti_route {
    bight_endpoint parts[BIGHTI_MOST_PARTS];
    bighti_option options[BIGHTI_MOST_OPTIONS];
    unsigned count, option_count;
    size_t proxy_length; /* length of the part of `vias` that was put in front of the endpoint */
    char *name;          /* all of it, without options */
    char *vias; /* all but the last part, as they were written; NULL when there is one part */
} bighti_route;

static inline const bight_endpoint *bighti_route_end(const bighti_route *route)
{
    return &route->parts[route->count - 1];
}

/* Parse an endpoint. `proxy` may be NULL; it is put in front of an endpoint to connect to. Returns
 * NULL, or an error, to which the caller adds the endpoint. Freed with free(). */
bight_error *bighti_route_parse(const bight_reactor *reactor, const char *proxy, const char *text,
                                bool listening, bighti_route **route);

/* Cut the last part off `vias`, which is the last but one of all. Returns the rest, which leads to
 * that part, or NULL. */
const char *bighti_route_cut_vias(bighti_route *route);

/* The length of a text without the options that may be in it, for messages: they may be secrets. */
int bighti_endpoint_length(const bight_reactor *reactor, const char *text);

/* -- The places of tcp, unix and tls -- */

/* Addresses, to be tried in this order, or a name to be looked up. */
enum { BIGHTI_MOST_ADDRESSES = 2, BIGHTI_NAME_SIZE = 255 };
typedef struct bighti_target {
    bight_address addresses[BIGHTI_MOST_ADDRESSES];
    unsigned count;              /* 0 when there is a name instead */
    uint16_t port;               /* of the name's addresses */
    char name[BIGHTI_NAME_SIZE]; /* empty when there are addresses */
    char host[BIGHTI_NAME_SIZE]; /* as it was written, without port and brackets, but in ASCII;
                                    empty for unix */
    bool is_localhost;           /* the addresses are both those of this machine */
} bighti_target;

/* There is a name only when not listening. Returns NULL or an error. */
bight_error *bighti_target_parse(const bight_endpoint *endpoint, bool listening,
                                 bighti_target *target);

/* The same for any scheme whose place is a host and a port. */
bight_error *bighti_host_parse_place(const bight_endpoint *endpoint, bighti_target *target);

/* Room for the longest address as an endpoint, with its NUL. */
enum { BIGHTI_ENDPOINT_SIZE = BIGHT_ADDRESS_TEXT_SIZE + 4 };

/* Write an address as an endpoint. */
void bighti_endpoint_format(const bight_address *address, char *text, size_t size);

#endif
