/* Additional schemes come from libraries that the user names. Each library adds its schemes with a
 * function that is named after it, for example bight_socks_add_schemes() in libbight-socks.so, so
 * the file name determines which function to call. */
#include "endpoints.h"
#include "library.h"
#include "options.h"
#include "report.h"
#include "tls.h"
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef bight_status (*add_schemes_fn)(bight_reactor *reactor);

enum { ENTRY_SIZE = 128 };

/* The name of the function for "DIR/libbight-NAME.so.0" or "NAME.so". */
static void name_entry(const char *file, char entry[ENTRY_SIZE])
{
    const char *slash = strrchr(file, '/'), *base = slash != NULL ? slash + 1 : file;
    int length;

    if (strncmp(base, "lib", 3) == 0)
        base += 3;
    if (strncmp(base, "bight-", 6) == 0)
        base += 6;
    length = (int)strcspn(base, ".");
    snprintf(entry, ENTRY_SIZE, "bight_%.*s_add_schemes", length < 64 ? length : 64, base);
    for (char *at = entry; *at != '\0'; at++)
        if (*at == '-')
            *at = '_';
}

static bool schemes_add(cli_program *program, const char *file)
{
    char text[CLI_LIBRARY_TEXT], entry[ENTRY_SIZE];
    void *library = cli_library_open(file, text), *symbol;
    add_schemes_fn function;
    bight_status status;

    if (library == NULL) {
        cli_say("%s cannot be loaded: %s", file, text);
        return false;
    }
    name_entry(file, entry);
    symbol = dlsym(library, entry);
    if (symbol == NULL) {
        cli_say("%s has no schemes: it has no function %s()", file, entry);
        return false;
    }
    memcpy(&function, &symbol, sizeof(function));
    status = function(program->reactor);
    if (status != BIGHT_OK)
        cli_say("%s cannot add its schemes: %s", file, bight_status_text(status));
    return status == BIGHT_OK;
}

bool cli_schemes_load(cli_program *program)
{
    const cli_list *files = &program->options->libraries;

    for (int i = 0; i < files->count; i++) {
        if (!schemes_add(program, files->items[i])) {
            program->status = CLI_USAGE;
            return false;
        }
    }
    return true;
}

/* Returns false after a message if the address is invalid. */
static bool read_local(const cli_options *options, bight_address *local)
{
    if (options->from == NULL || bight_address_parse(options->from, local) == BIGHT_OK)
        return true;
    cli_say("--from takes an address, with a port or without; \"%s\" is not", options->from);
    return false;
}

bool cli_connect_is_possible(cli_program *program)
{
    const cli_options *options = program->options;
    bight_address local;
    bool possible = read_local(options, &local);

    if (options->ipv4 && options->ipv6) {
        cli_say("--ipv4 and --ipv6 exclude each other");
        possible = false;
    }
    if (!possible)
        program->status = CLI_USAGE;
    return possible;
}

bight_deferred *cli_connect(cli_program *program, const char *endpoint, const cli_layers *layers,
                            bight_protocol *protocol)
{
    const cli_options *options = program->options;
    bight_connect_options how = BIGHT_CONNECT_OPTIONS_INIT;
    char *whole = cli_tls_endpoint(options, endpoint);
    bight_deferred *attempt;
    bight_address local;

    if (whole == NULL)
        return NULL;
    how.timeout = options->timeout;
    how.proxy = options->proxy;
    if (layers != NULL) {
        how.above = layers->factories;
        how.above_count = layers->count;
    }
    if (options->ipv4 || options->ipv6)
        how.family = options->ipv4 ? BIGHT_FAMILY_IPV4 : BIGHT_FAMILY_IPV6;
    if (options->from != NULL && read_local(options, &local))
        how.local = &local;
    attempt = bight_connect_with(program->reactor, whole, &how, protocol);
    free(whole);
    return attempt;
}

bool cli_endpoint_is_stdio(const char *endpoint)
{
    return strncmp(endpoint, "stdio:", 6) == 0;
}

/* A path may contain "/tls:". */
bool cli_endpoint_is_tls(const char *endpoint)
{
    if (strncmp(endpoint, "tls:", 4) == 0)
        return true;
    return strncmp(endpoint, "unix:", 5) != 0 && strstr(endpoint, "/tls:") != NULL;
}
