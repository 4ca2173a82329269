/* Libraries that the tool loads when a command or a host asks for them, so that it runs where they,
 * or what they need themselves, are not installed. */
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

/* Which address goes where; `slot` points to a pointer to a function. */
typedef struct cli_symbol {
    const char *name;
    void *slot;
} cli_symbol;

/* A library that a command needs beyond libbight. */
typedef struct cli_library {
    const char *name;          /* for a person: "libbight-irc" */
    const char *file;          /* CLI_LIBRARY_FILE() */
    const cli_symbol *symbols; /* what is called of it, ended by a name of NULL */
} cli_library;

/* Load a library by its file: from the folder of the libbight that the tool runs with, or from
 * where the system looks. It stays loaded to the end. NULL when that fails: `text` is the reason
 * then. */
void *cli_library_open(const char *file, char text[CLI_LIBRARY_TEXT]);

/* Load it, and fill the slots of all its symbols. False when that fails: `text` is the reason. */
bool cli_library_load(const cli_library *library, char text[CLI_LIBRARY_TEXT]);

#endif
