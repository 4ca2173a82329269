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

/* What an endpoint stands for: to be tried in this order. */
enum { BIGHTI_MOST_ADDRESSES = 2 };
typedef struct bighti_endpoint {
    bighti_address addresses[BIGHTI_MOST_ADDRESSES];
    unsigned count;
} bighti_endpoint;

/* "unix:" and a path of the longest kind. */
enum { BIGHTI_ENDPOINT_SIZE = 128 };

/* BIGHT_ERROR_INVALID when the text is no endpoint. */
bight_status bighti_endpoint_parse(const char *text, bool listening, bighti_endpoint *endpoint);

/* Write an address as an endpoint. */
void bighti_address_format(const bighti_address *address, char *text, size_t size);

#endif
