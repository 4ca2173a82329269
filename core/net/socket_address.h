/* Addresses in the form of system calls. Everywhere else addresses are bight_address values. */
#ifndef BIGHTI_NET_SOCKET_ADDRESS_H
#define BIGHTI_NET_SOCKET_ADDRESS_H

#include <bight/address.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>

typedef struct bighti_socket_address {
    union {
        struct sockaddr any;
        struct sockaddr_in in;
        struct sockaddr_in6 in6;
        struct sockaddr_un un;
    } of;
    socklen_t size;
} bighti_socket_address;

static inline bighti_socket_address bighti_socket_address_of(const bight_address *address)
{
    bighti_socket_address made = {.of.any.sa_family = AF_UNSPEC};

    made.size = (socklen_t)bight_address_to_socket(address, &made.of, sizeof(made.of));
    return made;
}

/* BIGHT_ADDRESS_NONE for an unknown family. */
static inline bight_address bighti_address_of_socket(const bighti_socket_address *from)
{
    bight_address address = {.family = BIGHT_ADDRESS_NONE};

    if (bight_address_from_socket(&from->of, from->size, &address) != BIGHT_OK)
        address.family = BIGHT_ADDRESS_NONE;
    return address;
}

#endif
