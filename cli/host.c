/* The hosts. Making a reactor on one loads its library. */
#include "host.h"
#include "library.h"
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

typedef bight_reactor *(*open_fn)(void);

const cli_host cli_hosts[] = {
    {"native", NULL, NULL},
    {"glib", CLI_LIBRARY_FILE("bight-glib"), "bight_glib_reactor_open"},
    {"qt", CLI_LIBRARY_FILE("bight-qt6"), "bight_qt_reactor_open"},
    {"cfrunloop", CLI_LIBRARY_FILE("bight-cfrunloop"), "bight_cfrunloop_reactor_open"},
    {NULL, NULL, NULL},
};

const cli_host *cli_host_find(const char *name)
{
    for (const cli_host *host = cli_hosts; host->name != NULL; host++) {
        if (strcmp(host->name, name) == 0)
            return host;
    }
    return NULL;
}

static open_fn host_load(const cli_host *host, char text[CLI_LIBRARY_TEXT])
{
    void *library, *symbol;
    Dl_info info;
    open_fn function;

    library = cli_library_open(host->library, text);
    if (library == NULL)
        return NULL;
    symbol = dlsym(library, host->function);
    if (symbol == NULL) {
        snprintf(text, CLI_LIBRARY_TEXT, "%s", dlerror());
        return NULL;
    }
    snprintf(text, CLI_LIBRARY_TEXT, "%s",
             dladdr(symbol, &info) != 0 ? info.dli_fname : host->library);
    memcpy(&function, &symbol, sizeof(function));
    return function;
}

bight_reactor *cli_host_open(const cli_host *host, char text[CLI_LIBRARY_TEXT])
{
    open_fn make = bight_reactor_new;
    bight_reactor *reactor;

    snprintf(text, CLI_LIBRARY_TEXT, "part of libbight");
    if (host->library != NULL)
        make = host_load(host, text);
    if (make == NULL)
        return NULL;
    reactor = make();
    if (reactor == NULL)
        snprintf(text, CLI_LIBRARY_TEXT, "its reactor cannot be made: %s", strerror(errno));
    return reactor;
}
