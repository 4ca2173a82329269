#include "option_values.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

typedef struct unit {
    const char *name;
    double scale;
} unit;

static const unit time_units[] = {{"", 1e6}, {"ms", 1e6}, {"us", 1e3}, {"s", 1e9}, {"m", 60e9}};
static const unit size_units[] = {
    {"", 1}, {"k", 1024}, {"m", 1024 * 1024}, {"g", 1024 * 1024 * 1024}};

enum {
    TIME_UNITS = sizeof(time_units) / sizeof(time_units[0]),
    SIZE_UNITS = sizeof(size_units) / sizeof(size_units[0])
};

static bool parse_count(const char *text, uint64_t *value)
{
    char *end;
    unsigned long long number;

    if (*text < '0' || *text > '9')
        return false;
    errno = 0;
    number = strtoull(text, &end, 10);
    if (*end != '\0' || errno != 0)
        return false;
    *value = number;
    return true;
}

/* A number and its unit, the first `length` bytes of the text. Above 2^53 a double would be
 * inexact; such times and sizes are rejected. */
static bool parse_scaled(const char *text, size_t length, const unit *units, int count,
                         uint64_t *value)
{
    size_t digits = strspn(text, "0123456789.");
    char *end;
    double number;

    if (digits == 0 || digits > length)
        return false;
    number = strtod(text, &end);
    if (end != text + digits)
        return false;
    for (int i = 0; i < count; i++) {
        if (strlen(units[i].name) != length - digits ||
            strncmp(units[i].name, end, length - digits) != 0)
            continue;
        number *= units[i].scale;
        if (number > 9007199254740992.0)
            return false;
        *value = (uint64_t)number;
        return true;
    }
    return false;
}

static bool parse_size(const char *text, size_t length, uint64_t *value)
{
    return parse_scaled(text, length, size_units, SIZE_UNITS, value);
}

static bool parse_sizes(const char *text, cli_range *range)
{
    const char *dash = strchr(text, '-');
    cli_range parsed;

    if (dash == NULL) {
        if (!parse_size(text, strlen(text), &parsed.least))
            return false;
        parsed.most = parsed.least;
    } else if (!parse_size(text, (size_t)(dash - text), &parsed.least) ||
               !parse_size(dash + 1, strlen(dash + 1), &parsed.most) ||
               parsed.least > parsed.most) {
        return false;
    }
    *range = parsed;
    return true;
}

static bool parse_percent(const char *text, uint64_t *value)
{
    uint64_t number;

    if (!parse_count(text, &number) || number > 100)
        return false;
    *value = number;
    return true;
}

static bool parse_ways(const char *text, unsigned *ways)
{
    static const char *const names[] = {[CLI_UP] = "up", [CLI_DOWN] = "down", [3] = "both"};

    for (unsigned i = 1; i < sizeof(names) / sizeof(names[0]); i++) {
        if (strcmp(text, names[i]) == 0) {
            *ways = i;
            return true;
        }
    }
    return false;
}

static bool parse_form(const char *text, unsigned *form)
{
    *form = text != NULL && strcmp(text, "hex") == 0 ? CLI_HEX : CLI_PLAIN;
    return text == NULL || *form == CLI_HEX || strcmp(text, "text") == 0;
}

static bool add_item(const char *text, cli_list *list)
{
    if (list->count == CLI_MOST_ITEMS)
        return false;
    list->items[list->count++] = text;
    return true;
}

bool cli_value_set(const cli_option *option, const char *text, cli_options *options)
{
    void *field = (char *)options + option->field;

    switch (option->kind) {
    case CLI_FLAG:
        *(bool *)field = true;
        return true;
    case CLI_TEXT:
        *(const char **)field = text;
        return true;
    case CLI_COUNT:
        return parse_count(text, field);
    case CLI_TIME:
        return parse_scaled(text, strlen(text), time_units, TIME_UNITS, field);
    case CLI_SIZE:
        return parse_size(text, strlen(text), field);
    case CLI_SIZES:
        return parse_sizes(text, field);
    case CLI_PERCENT:
        return parse_percent(text, field);
    case CLI_WAYS:
        return parse_ways(text, field);
    case CLI_FORM:
        return parse_form(text, field);
    case CLI_ITEM:
        return add_item(text, field);
    }
    return false;
}

const char *cli_value_describe(cli_option_kind kind)
{
    switch (kind) {
    case CLI_COUNT:
        return "a whole number";
    case CLI_TIME:
        return "a time: 20, 20ms, 1.5s, 100us, 2m";
    case CLI_SIZE:
        return "a number of bytes: 4096, 64k, 1m";
    case CLI_SIZES:
        return "a number of bytes, or two with the smaller first: 4096, 64k, 1-16";
    case CLI_PERCENT:
        return "a number from 0 to 100";
    case CLI_WAYS:
        return "up, down or both";
    case CLI_FORM:
        return "text or hex, or nothing";
    case CLI_ITEM:
        return "a text, and may be given 8 times";
    default:
        return "a text";
    }
}
