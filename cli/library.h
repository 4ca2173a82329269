/* Libraries that the tool loads only when a command or a host needs them, so that it also runs
 * where they or their dependencies are not installed. */
#ifndef BIGHT_CLI_LIBRARY_H
#define BIGHT_CLI_LIBRARY_H

#include <stdbool.h>

enum { CLI_LIBRARY_TEXT = 512 };

/* The file of one of Bight's libraries: CLI_LIBRARY_FILE("bight-irc"). */
#define CLI_LIBRARY_FILE(name) "lib" name ".so." BIGHT_SOVERSION

/* The symbol of a function that is a member of a structure under its own name, declared as
 * `__typeof__(&function) function;`, so that the library's header gives it its type. For a
 * cli_library. */
#define CLI_SYMBOL(functions, name)                                                                \
    {                                                                                              \
#name, &(functions).name                                                                   \
    }

/* A symbol and its destination; `slot` points to a function pointer. */
typedef struct cli_symbol {
    const char *name;
    void *slot;
} cli_symbol;

/* A library that a command needs beyond libbight. */
typedef struct cli_library {
    const char *name;          /* for messages: "libbight-irc" */
    const char *file;          /* CLI_LIBRARY_FILE() */
    const cli_symbol *symbols; /* the functions to look up; the last name is NULL */
} cli_library;

/* Load a library by its file name, from the directory of the loaded libbight or from the system's
 * search path. It stays loaded until the end. Returns NULL on failure; `text` is the reason
 * then. */
void *cli_library_open(const char *file, char text[CLI_LIBRARY_TEXT]);

/* Load a library, and fill the slots of all its symbols. Returns false on failure; `text` is the
 * reason then. */
bool cli_library_load(const cli_library *library, char text[CLI_LIBRARY_TEXT]);

#endif
