/* What is done to a server of TLS: messages on connections that stay, or connections that come, say
 * one byte and go. TLS 1.3 with AES-128-GCM and X25519, whatever the server would prefer. */
#ifndef BENCH_ECHO_TLS_LOAD_H
#define BENCH_ECHO_TLS_LOAD_H

#include "servers.h"
#include <openssl/ssl.h>
#include <stddef.h>

typedef struct tls_peer {
    int fd;
    SSL *ssl;
    size_t missing;       /* bytes of the answer; 0: none is under way */
    SSL_SESSION *session; /* to resume with; the latest that the server has given */
} tls_peer;

typedef struct tls_load {
    const server *target;
    SSL_CTX *context;
    int epoll_fd, count;
    tls_peer *peers;
} tls_load;

/* Up to `count` connections at once. They are made now if they are to stay. */
void tls_load_init(tls_load *self, const server *target, int count);
void tls_load_connect(tls_load *self);
void tls_load_deinit(tls_load *self);

/* Every connection has one message under way until all have been answered. */
void tls_load_talk(tls_load *self, size_t size, uint64_t messages);

/* Connects that often, with a byte to and fro and a proper end on each. Returns how many of them
 * went on with a session of before, which none does if `full`. */
uint64_t tls_load_visit(tls_load *self, bool full, uint64_t visits);

#endif
