/* An address ends with ?name=value&name=value. The names that are known here are the same for all
 * kinds of databases; the backend receives the others. Messages quote values of these names only:
 * others may be passwords. */
#include "parameters.h"
#include <errno.h>
#include <limits.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

typedef struct parameter_row {
    const char *name;
    size_t offset;
    bool is_time;
    unsigned least;
} parameter_row;

static const parameter_row rows[] = {
    {"connections", offsetof(bight_sql_options, connections), false, 1},
    {"statements", offsetof(bight_sql_options, statements), false, 0},
    {"busy_timeout", offsetof(bight_sql_options, busy_timeout), true, 0},
    {"connect_timeout", offsetof(bight_sql_options, connect_timeout), true, 0},
    {"wait_timeout", offsetof(bight_sql_options, wait_timeout), true, 0},
};

static const parameter_row *row_find(const char *text, size_t length)
{
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
        if (strlen(rows[i].name) == length && strncmp(rows[i].name, text, length) == 0)
            return &rows[i];
    return NULL;
}

/* Digits, with a fraction for a time. Returns whether it is one. Seconds are counted in
 * nanoseconds; digits behind the ninth of the fraction count no more. */
static bool time_read(const char *text, size_t length, uint64_t *nanoseconds)
{
    uint64_t unit = BIGHT_SEC(1), value = 0;
    bool dot = false, digits = false;

    for (size_t i = 0; i < length; i++) {
        uint64_t digit = (uint64_t)(text[i] - '0');

        if (text[i] == '.' && !dot) {
            dot = true;
            continue;
        }
        if (text[i] < '0' || text[i] > '9' || value > BIGHT_NEVER / 20)
            return false;
        digits = true;
        if (dot)
            unit /= 10;
        value = dot ? value + digit * unit : value * 10 + digit * BIGHT_SEC(1);
    }
    *nanoseconds = value;
    return digits;
}

static bool count_read(const char *text, size_t length, unsigned *count)
{
    unsigned long value = 0;

    for (size_t i = 0; i < length; i++) {
        if (text[i] < '0' || text[i] > '9' || value > INT_MAX / 10 - 1)
            return false;
        value = value * 10 + (unsigned long)(text[i] - '0');
    }
    *count = (unsigned)value;
    return length > 0;
}

static bool value_take(const parameter_row *row, const char *text, size_t length,
                       bight_sql_options *options)
{
    void *at = (char *)options + row->offset;
    unsigned count;
    uint64_t time = BIGHT_NEVER;

    if (!row->is_time) {
        if (!count_read(text, length, &count) || count < row->least)
            return false;
        memcpy(at, &count, sizeof(count));
        return true;
    }
    if (!(length == 5 && strncmp(text, "never", 5) == 0) && !time_read(text, length, &time))
        return false;
    memcpy(at, &time, sizeof(time));
    return true;
}

/* Where the parameters begin, at the question mark; NULL if there are none. A password may have a
 * question mark, and so may anything in libpq's other form of an address. */
static const char *parameters_of(const char *address)
{
    const char *rest = strchr(address, ':') + 1;

    if (strncmp(rest, "//", 2) == 0) {
        rest += 2;
        rest += rest[strcspn(rest, "@/")] == '@' ? strcspn(rest, "@/") : 0;
    } else if (strncmp(address, "sqlite:", 7) != 0) {
        return NULL;
    }
    return strchr(rest, '?');
}

/* Returns an error if a value is wrong. Sets whether the parameter is known here. */
static bight_error *parameter_take(const char *text, size_t length, bight_sql_options *options,
                                   bool *known)
{
    const char *equal = memchr(text, '=', length);
    const parameter_row *row = equal != NULL ? row_find(text, (size_t)(equal - text)) : NULL;
    size_t size = row != NULL ? length - (size_t)(equal + 1 - text) : 0;

    *known = row != NULL;
    if (row == NULL || value_take(row, equal + 1, size, options))
        return NULL;
    return bight_error_new(
        BIGHT_ERROR_INVALID, "open database: \"%.*s\" is no %s for %s", (int)size, equal + 1,
        row->is_time ? "number of seconds" : "number that is possible", row->name);
}

bight_error *bighti_sql_parameters_take(const char *address, bight_sql_options *options,
                                        char **rest)
{
    const char *text = parameters_of(address);
    char *copy = strdup(address), *start, *end;
    bight_error *error = NULL;

    if (copy == NULL)
        return bight_error_new(BIGHT_ERROR_NO_MEMORY, "open database: out of memory");
    start = end = text != NULL ? copy + (text - address) : copy;
    for (; text != NULL && *text != '\0' && error == NULL;) {
        size_t length = strcspn(text + 1, "&") + 1;
        bool known;

        error = parameter_take(text + 1, length - 1, options, &known);
        if (!known) {
            /* The first one that stays follows the question mark. */
            *end = end == start ? '?' : '&';
            memcpy(end + 1, text + 1, length - 1);
            end += length;
        }
        text += length;
        *end = '\0';
    }
    if (error != NULL)
        free(copy);
    else
        *rest = copy;
    return error;
}
