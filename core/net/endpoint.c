/* The grammar of endpoints: PART/PART/PART, each of them SCHEME:PLACE?OPTIONS.
 *
 * A slash is frequent in places and in the values of options, so it separates parts only if the
 * part before it is a proxy and a known scheme and a colon follow. So the table of schemes
 * determines how a text is parsed, and "unix:/run/tcp:80" is a path.
 *
 * Errors are reported with the column in the text that the program has passed. The copies that
 * schemes get are already decoded; `written` and the columns of the options map positions back. */
#include "endpoint.h"
#include "../base/hex.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct parse {
    const bight_reactor *reactor;
    bighti_route *route;
    const char *given; /* the text that is read */
    const char *where; /* see bight_endpoint */
    char *room;        /* in the route, for the next copy */
    bight_error *error;
} parse;

/* -- Errors -- */

static bool parse_fail(parse *self, const char *at, const char *expected)
{
    self->error = bight_error_new(BIGHT_ERROR_INVALID, "%scolumn %zu: expected %s", self->where,
                                  (size_t)(at - self->given) + 1, expected);
    return false;
}

static bool fail_with_schemes(parse *self, const char *at)
{
    char names[BIGHTI_SCHEMES_TEXT_SIZE], text[BIGHTI_SCHEMES_TEXT_SIZE + 16];

    bighti_schemes_list(self->reactor, names);
    snprintf(text, sizeof(text), "one of %s", names);
    return parse_fail(self, at, text);
}

/* The offset of a pointer into a place, in the place as it was written. */
static size_t written_offset(const bight_endpoint *endpoint, const char *at)
{
    const char *written = endpoint->written;

    for (const char *place = endpoint->place; place < at && *written != '\0'; place++)
        written += *place == '/' && *written == '%' ? 3 : 1;
    return (size_t)(written - endpoint->written);
}

static size_t column_of(const bight_endpoint *endpoint, const char *at)
{
    for (unsigned i = 0; i < endpoint->option_count; i++) {
        const char *value = endpoint->options[i].value;

        if (at >= value && at <= value + strlen(value))
            return endpoint->options[i].column;
    }
    return endpoint->column + written_offset(endpoint, at);
}

bight_error *bight_endpoint_new_error(const bight_endpoint *endpoint, const char *at,
                                      const char *format, ...)
{
    char expected[256];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(expected, sizeof(expected), format, arguments);
    va_end(arguments);
    return bight_error_new(BIGHT_ERROR_INVALID, "%scolumn %zu: expected %s", endpoint->where,
                           column_of(endpoint, at), expected);
}

/* -- Options -- */

/* Decode in place. Returns false if the escapes are invalid, or if the result would not be
 * text. */
static bool decode_value(char *text)
{
    char *to = text;

    for (; *text != '\0'; text++) {
        if (*text == '%') {
            int high = bighti_hex_digit((uint8_t)text[1]),
                low = high >= 0 ? bighti_hex_digit((uint8_t)text[2]) : -1;

            if (low < 0 || high * 16 + low == 0)
                return false;
            *to++ = (char)(high * 16 + low);
            text += 2;
        } else {
            *to++ = *text;
        }
    }
    *to = '\0';
    return true;
}

static char *copy_text(parse *self, const char *text, size_t length)
{
    char *copy = self->room;

    memcpy(copy, text, length);
    copy[length] = '\0';
    self->room += length + 1;
    return copy;
}

/* Whether these bytes are an option of the scheme; they include the "=" if there was one. */
static bool option_is_known(const bight_scheme_ops *ops, const char *name, size_t length)
{
    for (const char *const *known = ops->options; *known != NULL; known++)
        if (strlen(*known) == length && memcmp(*known, name, length) == 0)
            return true;
    return false;
}

static bool fail_with_options(parse *self, const bight_scheme_ops *ops, const char *at)
{
    char text[256];
    size_t length = (size_t)snprintf(text, sizeof(text), "an option of %s:", ops->name);

    for (const char *const *known = ops->options; *known != NULL && length < sizeof(text); known++)
        length += (size_t)snprintf(text + length, sizeof(text) - length, "%s%s",
                                   known == ops->options ? " " : ", ", *known);
    return parse_fail(self, at, text);
}

static bool read_option(parse *self, bight_endpoint *part, const char *at, size_t length)
{
    const char *equals = memchr(at, '=', length);
    size_t name = equals != NULL ? (size_t)(equals - at) : length;
    bighti_option *option = &self->route->options[self->route->option_count];
    char *value;

    if (!option_is_known(part->scheme->ops, at, equals != NULL ? name + 1 : name))
        return fail_with_options(self, part->scheme->ops, at);
    if (self->route->option_count == BIGHTI_MOST_OPTIONS)
        return parse_fail(self, at, "the end: there are too many options");
    option->name = copy_text(self, at, name);
    value = equals != NULL ? copy_text(self, equals + 1, length - name - 1) : self->room - 1;
    option->value = value;
    option->column = (size_t)(at - self->given) + (equals != NULL ? name + 2 : 1);
    if (equals != NULL && (*value == '\0' || !decode_value(value)))
        return parse_fail(self, equals + 1, "a value, with %25 for a percent sign");
    self->route->option_count++;
    part->option_count++;
    return true;
}

static bool read_options(parse *self, bight_endpoint *part, const char *at, const char *end)
{
    part->options = &self->route->options[self->route->option_count];
    for (;;) {
        const char *stop = memchr(at, '&', (size_t)(end - at));

        if (stop == NULL)
            stop = end;
        if (!read_option(self, part, at, (size_t)(stop - at)))
            return false;
        if (stop == end)
            return true;
        at = stop + 1;
    }
}

/* -- Parts -- */

/* In place. */
static void decode_slashes(char *text)
{
    char *to = text;

    for (; *text != '\0'; text++) {
        bool slash = text[0] == '%' && text[1] == '2' && (text[2] == 'F' || text[2] == 'f');

        *to++ = slash ? '/' : *text;
        text += slash ? 2 : 0;
    }
    *to = '\0';
}

/* From its first byte up to but without `end`. */
static bool read_part(parse *self, const char *at, const char *end, bool leads)
{
    bight_endpoint *part = &self->route->parts[self->route->count];
    const bighti_scheme *scheme = bighti_scheme_find(self->reactor, at);
    size_t name = strlen(scheme->ops->name) + 1, length;
    const char *mark = scheme->ops->options != NULL ? memchr(at, '?', (size_t)(end - at)) : NULL;
    char *text;

    length = (size_t)((mark != NULL ? mark : end) - at);
    text = copy_text(self, at, length);
    *part = (bight_endpoint){.scheme = scheme,
                             .text = text,
                             .place = text + name,
                             .written = text + name,
                             .where = self->where,
                             .column = (size_t)(at - self->given) + name + 1};
    if (leads) {
        part->written = copy_text(self, at + name, length - name);
        decode_slashes(text + name);
    }
    self->route->count++;
    return mark == NULL || read_options(self, part, mark + 1, end);
}

static const char *find_next_part(const parse *self, const char *at)
{
    const char *slash = strchr(at, '/');

    while (slash != NULL && bighti_scheme_find(self->reactor, slash + 1) == NULL)
        slash = strchr(slash + 1, '/');
    return slash;
}

static bool read_parts(parse *self, bool proxies)
{
    const char *at = self->given, *slash;

    do {
        const bighti_scheme *scheme = bighti_scheme_find(self->reactor, at);

        if (scheme == NULL)
            return fail_with_schemes(self, at);
        if (self->route->count == BIGHTI_MOST_PARTS)
            return parse_fail(self, at, "the end: it leads through too many others");
        if (proxies && scheme->ops->reach == NULL)
            return parse_fail(self, at, "a scheme that leads to other endpoints");
        slash = scheme->ops->reach != NULL ? find_next_part(self, at) : NULL;
        if (!read_part(self, at, slash != NULL ? slash : at + strlen(at), slash != NULL || proxies))
            return false;
        at = slash != NULL ? slash + 1 : at;
    } while (slash != NULL);
    return true;
}

/* -- Checks of the last part -- */

static bool check_listening(parse *self, const bight_endpoint *last, const char *at)
{
    if (self->route->count > 1)
        return parse_fail(self, self->given, "a single endpoint to listen on");
    if (last->scheme->ops->listen == NULL)
        return parse_fail(self, at, "a scheme that can listen");
    return true;
}

static bool check_connecting(parse *self, const bight_endpoint *last, const char *at)
{
    const bight_scheme_ops *ops = last->scheme->ops;

    if (ops->connect == NULL && ops->reach != NULL)
        return parse_fail(self, at + strlen(at), "a slash and the endpoint that it leads to");
    if (ops->connect == NULL)
        return parse_fail(self, at, "a scheme that can connect");
    if (self->route->count > 1 && !ops->goes_through)
        return parse_fail(self, at, "a scheme that goes through another");
    return true;
}

/* The offset of a part in the text that it was parsed from. */
static size_t part_offset(const bight_endpoint *part)
{
    return part->column - 1 - strlen(part->scheme->ops->name) - 1;
}

static bool check_end(parse *self, bool listening)
{
    const bight_endpoint *last = bighti_route_end(self->route);
    const char *at = self->given + part_offset(last);

    return listening ? check_listening(self, last, at) : check_connecting(self, last, at);
}

/* -- All of it -- */

static void join_names(parse *self)
{
    bighti_route *route = self->route;
    char *to = self->room;

    route->name = to;
    for (unsigned i = 0; i < route->count; i++) {
        const bight_endpoint *part = &route->parts[i];

        to += sprintf(to, "%s%s:%s", i > 0 ? "/" : "", part->scheme->ops->name, part->written);
    }
    self->room = to + 1;
}

static void join_vias(parse *self, const char *proxy, const char *text)
{
    bighti_route *route = self->route;
    size_t length = part_offset(bighti_route_end(route));

    if (route->count == 1)
        return;
    route->vias = self->room;
    route->proxy_length = proxy != NULL ? strlen(proxy) + 1 : 0;
    self->room += sprintf(self->room, "%s%s%.*s", proxy != NULL ? proxy : "",
                          proxy != NULL ? "/" : "", (int)length, text);
    self->room[-1] = '\0'; /* in place of the slash */
}

const char *bighti_route_cut_vias(bighti_route *route)
{
    const bight_endpoint *via = &route->parts[route->count - 2];
    size_t length = part_offset(via) + (*via->where == '\0' ? route->proxy_length : 0);

    if (length == 0)
        return NULL;
    route->vias[length - 1] = '\0';
    return route->vias;
}

static bool parse_all(parse *self, const char *proxy, const char *text, bool listening)
{
    if (proxy != NULL) {
        self->given = proxy;
        self->where = "in the proxy, ";
        if (!read_parts(self, true))
            return false;
    }
    self->given = text;
    self->where = "";
    if (!read_parts(self, false) || !check_end(self, listening))
        return false;
    join_names(self);
    join_vias(self, proxy, text);
    return true;
}

/* Places and options are copied at most twice, and once more into each of the joined texts; each
 * copy ends in a NUL. */
static size_t room_for(size_t length)
{
    const size_t copies = BIGHTI_MOST_PARTS + BIGHTI_MOST_OPTIONS;

    return 4 * (length + 2) + 2 * copies + 2;
}

bight_error *bighti_route_parse(const bight_reactor *reactor, const char *proxy, const char *text,
                                bool listening, bighti_route **route)
{
    size_t length = strlen(text) + (proxy != NULL ? strlen(proxy) : 0);
    parse self = {.reactor = reactor};

    if (length > BIGHTI_LONGEST_ENDPOINT)
        return bight_error_new(BIGHT_ERROR_INVALID, "longer than %d bytes",
                               BIGHTI_LONGEST_ENDPOINT);
    self.route = calloc(1, sizeof(*self.route) + room_for(length));
    if (self.route == NULL)
        return bight_error_new(BIGHT_ERROR_NO_MEMORY, "no memory");
    self.room = (char *)(self.route + 1);
    if (parse_all(&self, proxy, text, listening)) {
        *route = self.route;
        return NULL;
    }
    free(self.route);
    return self.error;
}

int bighti_endpoint_length(const bight_reactor *reactor, const char *text)
{
    const bighti_scheme *scheme = bighti_scheme_find(reactor, text);
    bool whole = scheme != NULL && scheme->ops->options == NULL && scheme->ops->reach == NULL;
    size_t length = whole ? strlen(text) : strcspn(text, "?");

    return length < BIGHTI_LONGEST_ENDPOINT ? (int)length : BIGHTI_LONGEST_ENDPOINT;
}

/* -- Questions -- */

const char *bight_endpoint_get_text(const bight_endpoint *endpoint)
{
    return endpoint->text;
}

const char *bight_endpoint_get_scheme(const bight_endpoint *endpoint)
{
    return endpoint->scheme->ops->name;
}

const char *bight_endpoint_get_place(const bight_endpoint *endpoint)
{
    return endpoint->place;
}

const char *bight_endpoint_get_option(const bight_endpoint *endpoint, const char *name)
{
    for (unsigned i = endpoint->option_count; i > 0; i--)
        if (strcmp(endpoint->options[i - 1].name, name) == 0)
            return endpoint->options[i - 1].value;
    return NULL;
}

bight_error *bight_endpoint_get_host(const bight_endpoint *endpoint, char host[BIGHT_HOST_SIZE],
                                     uint16_t *port)
{
    bighti_target target;
    bight_error *error = bighti_host_parse_place(endpoint, &target);

    if (error != NULL)
        return error;
    snprintf(host, BIGHT_HOST_SIZE, "%s", target.host);
    *port = target.port;
    return NULL;
}
