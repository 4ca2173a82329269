/* What the servers share that use OpenSSL by themselves. */
#ifndef BENCH_ECHO_LISTEN_TLS_H
#define BENCH_ECHO_LISTEN_TLS_H

#include <openssl/ssl.h>

/* A server's context for TLS 1.3, else as OpenSSL has it, with the certificate and the key that the
 * command line names; ends the program when it cannot be made. */
SSL_CTX *echo_tls_context(int count, char **words);

#endif
