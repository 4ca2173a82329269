/* sqlite:PATH?option=value&option=value, where %3F in the path is a question mark. */
#include "sqlite.h"
#include <stdlib.h>
#include <string.h>

typedef struct word {
    const char *name;
    int value;
} word;

static const word modes[] = {
    {"ro", SQLITE_OPEN_READONLY},
    {"rw", SQLITE_OPEN_READWRITE},
    {"rwc", SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE},
    {NULL, 0},
};
static const word switches[] = {{"on", 1}, {"1", 1}, {"off", 0}, {"0", 0}, {NULL, 0}};
static const char *const journals[] = {"wal", "delete", "truncate", "persist", "memory", NULL};

static bight_error *sqlite_address_wrong(const char *what, const char *text, size_t length)
{
    return bight_error_new(BIGHT_ERROR_INVALID, "open database: %s \"%.*s\" in the address", what,
                           (int)length, text);
}

static bool equals(const char *text, size_t length, const char *other)
{
    return strlen(other) == length && memcmp(text, other, length) == 0;
}

static const word *find(const word *words, const char *text, size_t length)
{
    while (words->name != NULL && !equals(text, length, words->name))
        words++;
    return words->name != NULL ? words : NULL;
}

static int hex(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* Returns a decoded copy, with %41 as A. Some builds of SQLite would read a path that begins with
 * "file:" as a URI, so it gets a "./" in front. */
static char *decode(const char *text, size_t length)
{
    const char *prefix = strncmp(text, "file:", 5) == 0 ? "./" : "";
    char *copy = malloc(length + strlen(prefix) + 1);
    size_t at;

    if (copy == NULL)
        return NULL;
    at = strlen(prefix);
    memcpy(copy, prefix, at);
    for (size_t i = 0; i < length; i++) {
        bool coded = text[i] == '%' && i + 2 < length && hex(text[i + 1]) >= 0 &&
                     hex(text[i + 2]) >= 0 && hex(text[i + 1]) + hex(text[i + 2]) > 0;

        copy[at++] = coded ? (char)(hex(text[i + 1]) * 16 + hex(text[i + 2])) : text[i];
        i += coded ? 2 : 0;
    }
    copy[at] = '\0';
    return copy;
}

static bight_error *set_journal(sqlite_place *place, const char *value, size_t length)
{
    for (const char *const *journal = journals; *journal != NULL; journal++)
        if (equals(value, length, *journal)) {
            place->journal = *journal;
            return NULL;
        }
    return sqlite_address_wrong("no such journal", value, length);
}

static bight_error *set_option(sqlite_place *place, const char *text, size_t length)
{
    const char *equal = memchr(text, '=', length);
    size_t name = equal != NULL ? (size_t)(equal - text) : length;
    const char *value = equal != NULL ? equal + 1 : text + length;
    size_t size = (size_t)(text + length - value);
    const word *found;

    if (equals(text, name, "journal"))
        return set_journal(place, value, size);
    if (equals(text, name, "mode")) {
        found = find(modes, value, size);
        if (found == NULL)
            return sqlite_address_wrong("no such mode", value, size);
        place->flags = found->value;
        return NULL;
    }
    if (!equals(text, name, "foreign_keys"))
        return sqlite_address_wrong("no such option", text, name);
    found = find(switches, value, size);
    if (found == NULL)
        return sqlite_address_wrong("neither on nor off", value, size);
    place->foreign_keys = found->value != 0;
    return NULL;
}

static bight_error *set_options(sqlite_place *place, const char *text)
{
    while (*text != '\0') {
        size_t length = strcspn(text, "&");
        bight_error *error = set_option(place, text, length);

        if (error != NULL)
            return error;
        text += length;
        if (*text == '&')
            text++;
    }
    return NULL;
}

/* The path behind `sqlite:`, or as others write it behind `sqlite://`: there `sqlite:///a` is /a,
 * and `sqlite://a` is a file beside the program, and no host. */
static const char *path_of(const char *address)
{
    const char *path = strchr(address, ':') + 1;

    return strncmp(path, "//", 2) == 0 ? path + 2 : path;
}

bight_error *bighti_sqlite_parse(const char *address, sqlite_place *place)
{
    const char *path = path_of(address);
    size_t length = strcspn(path, "?");
    bight_error *error = NULL;

    *place =
        (sqlite_place){.flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, .foreign_keys = true};
    if (length == 0)
        return bight_error_new(BIGHT_ERROR_INVALID, "open database: no path after sqlite:");
    place->in_memory = equals(path, length, ":memory:");
    if (path[length] == '?')
        error = set_options(place, path + length + 1);
    if (error != NULL)
        return error;
    place->path = decode(path, length);
    if (place->path == NULL)
        return bight_error_new(BIGHT_ERROR_NO_MEMORY, "open database: out of memory");
    return NULL;
}

void bighti_sqlite_place_free(sqlite_place *place)
{
    free(place->path);
    place->path = NULL;
}
