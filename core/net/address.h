/* Socket addresses, and the endpoint strings that name them. */
#ifndef BIGHTI_NET_ADDRESS_H
#define BIGHTI_NET_ADDRESS_H

#include <bight/status.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <sys/un.h>

typedef struct bighti_address {
    union {
        struct sockaddr any;
        struct sockaddr_in in;
        struct sockaddr_in6 in6;
        struct sockaddr_un un;
    } of;
    socklen_t size;
} bighti_address;

/* What an endpoint stands for: addresses, to be tried in this order, or a name to be looked up. */
enum { BIGHTI_MOST_ADDRESSES = 2, BIGHTI_NAME_SIZE = 255 };
typedef struct bighti_endpoint {
    bighti_address addresses[BIGHTI_MOST_ADDRESSES];
    unsigned count;              /* 0 when there is a name instead */
    in_port_t port;              /* of the name's addresses; in network order */
    char name[BIGHTI_NAME_SIZE]; /* empty when there are addresses */
    bool tls;                    /* on top */
    char host[BIGHTI_NAME_SIZE]; /* with TLS: as it was written, without the port; may be empty */
    const char *options;         /* with TLS: behind the "?" of the text; NULL without one */
} bighti_endpoint;

/* "unix:" and a path of the longest kind. */
enum { BIGHTI_ENDPOINT_SIZE = 128 };

/* BIGHT_ERROR_INVALID when the text is no endpoint. There is a name only when not listening. */
bight_status bighti_endpoint_parse(const char *text, bool listening, bighti_endpoint *endpoint);

/* Write an address as an endpoint. */
void bighti_address_format(const bighti_address *address, char *text, size_t size);

#endif
