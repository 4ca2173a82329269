#include "listen_tls.h"
#include <openssl/err.h>
#include <signal.h>
#include <stdlib.h>

SSL_CTX *echo_tls_context(int count, char **words)
{
    SSL_CTX *context = SSL_CTX_new(TLS_server_method());

    signal(SIGPIPE, SIG_IGN); /* OpenSSL writes without MSG_NOSIGNAL */
    if (count != 3 || context == NULL ||
        SSL_CTX_use_certificate_chain_file(context, words[1]) != 1 ||
        SSL_CTX_use_PrivateKey_file(context, words[2], SSL_FILETYPE_PEM) != 1 ||
        SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION) != 1) {
        fprintf(stderr, "usage: %s CERTIFICATE KEY\n", words[0]);
        ERR_print_errors_fp(stderr);
        exit(EXIT_FAILURE);
    }
    return context;
}
