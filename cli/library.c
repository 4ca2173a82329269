/* Loading a library.
 *
 * A library is searched first in the directory of the loaded libbight, so that a build directory
 * and a relocated installation both work, and then in the system's search path. It depends on
 * libbight, which is loaded already, so there is only one copy in the process.
 *
 * A library stays loaded until the end, because toolkits cannot be unloaded safely. */
#include "library.h"
#include <bight/reactor.h>
#include <dlfcn.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Write the path of a library in the directory of libbight. Returns false if there is none. */
static bool find_beside(const char *file, char path[CLI_LIBRARY_TEXT])
{
    bight_reactor *(*known)(void) = bight_reactor_new;
    void *address;
    Dl_info info;
    const char *slash;
    int length;

    memcpy(&address, &known, sizeof(address));
    if (dladdr(address, &info) == 0 || (slash = strrchr(info.dli_fname, '/')) == NULL)
        return false;
    length = snprintf(path, CLI_LIBRARY_TEXT, "%.*s/%s", (int)(slash - info.dli_fname),
                      info.dli_fname, file);
    return length < CLI_LIBRARY_TEXT && access(path, F_OK) == 0;
}

void *cli_library_open(const char *file, char text[CLI_LIBRARY_TEXT])
{
    void *library = dlopen(find_beside(file, text) ? text : file, RTLD_NOW);

    if (library == NULL)
        snprintf(text, CLI_LIBRARY_TEXT, "%s", dlerror());
    return library;
}

bool cli_library_load(const cli_library *library, char text[CLI_LIBRARY_TEXT])
{
    void *handle = cli_library_open(library->file, text);

    for (const cli_symbol *each = library->symbols; handle != NULL && each->name != NULL; each++) {
        void *symbol = dlsym(handle, each->name);

        if (symbol == NULL) {
            snprintf(text, CLI_LIBRARY_TEXT, "%s", dlerror());
            return false;
        }
        memcpy(each->slot, &symbol, sizeof(symbol));
    }
    return handle != NULL;
}
