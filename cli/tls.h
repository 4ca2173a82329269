/* TLS, as the options of a command have it. */
#ifndef BIGHT_CLI_TLS_H
#define BIGHT_CLI_TLS_H

#include "options.h"

/* Of a command that listens, and of one that connects. */
#define CLI_TLS_CERTIFICATE_OPTIONS                                                                \
    {"cert", CLI_TEXT, CLI_FIELD(cert), "FILE", "TLS: the certificate with its chain"},            \
    {                                                                                              \
        "key", CLI_TEXT, CLI_FIELD(key), "FILE", "its key, if it is not in the same file"          \
    }
#define CLI_TLS_TRUST_OPTIONS                                                                      \
    {"cafile", CLI_TEXT, CLI_FIELD(ca), "FILE",                                                    \
     "TLS: trust these authorities instead of the system's"},                                      \
    {                                                                                              \
        "insecure", CLI_FLAG, CLI_FIELD(insecure), NULL, "accept any certificate: whoever listens" \
    }

/* The endpoint with the options behind it, if it is one of TLS; the caller frees it. NULL when out
 * of memory. */
char *cli_tls_endpoint(const cli_options *options, const char *endpoint);

#endif
