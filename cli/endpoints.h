/* How the tool connects and listens: endpoints, combined with the command's options. */
#ifndef BIGHT_CLI_ENDPOINTS_H
#define BIGHT_CLI_ENDPOINTS_H

#include "layers.h"
#include "program.h"
#include <bight/deferred.h>

/* The options of a command that connects. */
#define CLI_CONNECT_OPTIONS                                                                        \
    {"timeout", CLI_TIME, CLI_FIELD(timeout), "TIME", "give up connecting after this time"},       \
        {"from", CLI_TEXT, CLI_FIELD(from), "ADDRESS", "connect from this local address"},         \
        {"ipv4", CLI_FLAG, CLI_FIELD(ipv4), NULL, "use only IPv4"},                                \
        {"ipv6", CLI_FLAG, CLI_FIELD(ipv6), NULL, "use only IPv6"},                                \
    {                                                                                              \
        "proxy", CLI_TEXT, CLI_FIELD(proxy), "VIA", "connect through it"                           \
    }

/* Load the libraries of --load and have them add their schemes. Returns false after a message if
 * one fails. */
bool cli_schemes_load(cli_program *program);

/* Check the options, for the start of a command that connects. Returns false after a message if
 * they are invalid. */
bool cli_connect_is_possible(cli_program *program);

/* Connect, with the options of the command, and with layers on top unless that is NULL. NULL when
 * out of memory. */
bight_deferred *cli_connect(cli_program *program, const char *endpoint, const cli_layers *layers,
                            bight_protocol *protocol);

/* Whether this is standard input and output. */
bool cli_endpoint_is_stdio(const char *endpoint);

/* Whether the last part of an endpoint, behind any proxies, uses TLS. */
bool cli_endpoint_is_tls(const char *endpoint);

#endif
