/* Loading a host.
 *
 * Its library is looked for beside the libbight that the tool runs with, so that a build folder and
 * an installed tree that was moved both work, and then where the system looks for any library. It
 * needs libbight itself, which the loader has already: there is one copy of it in the process.
 *
 * A library stays loaded to the end: toolkits do not survive being unloaded. */
#include "host.h"
#include <dlfcn.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

typedef bight_reactor *(*open_fn)(void);

const cli_host cli_hosts[] = {
    {"native", NULL, NULL},
    {"glib", "libbight-glib.so." BIGHT_SOVERSION, "bight_glib_reactor_open"},
    {"qt", "libbight-qt6.so." BIGHT_SOVERSION, "bight_qt_reactor_open"},
    {"cfrunloop", "libbight-cfrunloop.so." BIGHT_SOVERSION, "bight_cfrunloop_reactor_open"},
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

/* Write the path of a library in the folder of libbight; false when there is none. */
static bool find_beside(const char *library, char path[CLI_HOST_TEXT])
{
    bight_reactor *(*known)(void) = bight_reactor_new;
    void *address;
    Dl_info info;
    const char *slash;
    int length;

    memcpy(&address, &known, sizeof(address));
    if (dladdr(address, &info) == 0 || (slash = strrchr(info.dli_fname, '/')) == NULL)
        return false;
    length = snprintf(path, CLI_HOST_TEXT, "%.*s/%s", (int)(slash - info.dli_fname), info.dli_fname,
                      library);
    return length < CLI_HOST_TEXT && access(path, F_OK) == 0;
}

static open_fn load(const cli_host *host, char text[CLI_HOST_TEXT])
{
    void *library, *symbol;
    Dl_info info;
    open_fn function;

    library = dlopen(find_beside(host->library, text) ? text : host->library, RTLD_NOW);
    symbol = library != NULL ? dlsym(library, host->function) : NULL;
    if (symbol == NULL) {
        snprintf(text, CLI_HOST_TEXT, "%s", dlerror());
        return NULL;
    }
    snprintf(text, CLI_HOST_TEXT, "%s",
             dladdr(symbol, &info) != 0 ? info.dli_fname : host->library);
    memcpy(&function, &symbol, sizeof(function));
    return function;
}

bight_reactor *cli_host_open(const cli_host *host, char text[CLI_HOST_TEXT])
{
    open_fn make = bight_reactor_new;
    bight_reactor *reactor;

    snprintf(text, CLI_HOST_TEXT, "part of libbight");
    if (host->library != NULL)
        make = load(host, text);
    if (make == NULL)
        return NULL;
    reactor = make();
    if (reactor == NULL)
        snprintf(text, CLI_HOST_TEXT, "its reactor cannot be made: %s", strerror(errno));
    return reactor;
}
