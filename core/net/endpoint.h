/* Endpoints: the strings that say where to connect or listen. */
#ifndef BIGHTI_NET_ENDPOINT_H
#define BIGHTI_NET_ENDPOINT_H

#include <bight/address.h>
#include <bight/status.h>
#include <stdbool.h>

/* What an endpoint stands for: addresses, to be tried in this order, or a name to be looked up. */
enum { BIGHTI_MOST_ADDRESSES = 2, BIGHTI_NAME_SIZE = 255 };
typedef struct bighti_endpoint {
    bight_address addresses[BIGHTI_MOST_ADDRESSES];
    unsigned count;              /* 0 when there is a name instead */
    uint16_t port;               /* of the name's addresses */
    char name[BIGHTI_NAME_SIZE]; /* empty when there are addresses */
    bool tls;                    /* on top */
    char host[BIGHTI_NAME_SIZE]; /* with TLS: as it was written, without the port; may be empty */
    const char *options;         /* with TLS: behind the "?" of the text; NULL without one */
} bighti_endpoint;

/* Room for the longest address as an endpoint, with its NUL. */
enum { BIGHTI_ENDPOINT_SIZE = BIGHT_ADDRESS_TEXT_SIZE + 4 };

/* BIGHT_ERROR_INVALID when the text is no endpoint. There is a name only when not listening. */
bight_status bighti_endpoint_parse(const char *text, bool listening, bighti_endpoint *endpoint);

/* Write an address as an endpoint. */
void bighti_endpoint_format(const bight_address *address, char *text, size_t size);

#endif
