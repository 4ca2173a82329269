/* The options of a tls: endpoint, and the context that they describe. */
#include "tls_endpoint.h"
#include "tls.h"
#include <stddef.h>
#include <stdio.h>
#include <string.h>

enum { MOST_ALPN = 8 };

/* The parsed options of an endpoint. */
typedef struct tls_wish {
    const bight_endpoint *endpoint;
    bight_tls_options options;
    const char *alpn[MOST_ALPN + 1]; /* options.alpn points here */
    char alpn_text[256];             /* the names in `alpn` */
} tls_wish;

typedef struct word {
    const char *name;
    size_t field; /* offset of a `const char *` in bight_tls_options */
} word;

static const word words[] = {
    {"ca", offsetof(bight_tls_options, ca_file)},
    {"cadir", offsetof(bight_tls_options, ca_directory)},
    {"key", offsetof(bight_tls_options, key_file)},
    {"cert", offsetof(bight_tls_options, certificate_file)},
    {"pins", offsetof(bight_tls_options, pins_file)},
};

static void read_words(tls_wish *self)
{
    for (unsigned i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        *(const char **)(void *)((char *)&self->options + words[i].field) =
            bight_endpoint_get_option(self->endpoint, words[i].name);
}

/* Empty and overlong names are rejected when the context is made. */
static bight_error *read_alpn(tls_wish *self)
{
    const char *value = bight_endpoint_get_option(self->endpoint, "alpn");
    char *rest = self->alpn_text, *name;
    unsigned count = 0;

    if (value == NULL)
        return NULL;
    if (strlen(value) >= sizeof(self->alpn_text))
        return bight_endpoint_new_error(self->endpoint, value, "at most 255 bytes of names");
    memcpy(self->alpn_text, value, strlen(value) + 1);
    while ((name = strsep(&rest, ",")) != NULL) {
        if (count == MOST_ALPN || *name == '\0')
            return bight_endpoint_new_error(self->endpoint, value, "1 to %d names", MOST_ALPN);
        self->alpn[count++] = name;
    }
    self->options.alpn = self->alpn;
    return NULL;
}

static bight_error *read_clients(tls_wish *self)
{
    const char *value = bight_endpoint_get_option(self->endpoint, "clients");

    if (value == NULL)
        return NULL;
    if (strcmp(value, "may-prove") == 0)
        self->options.clients = BIGHT_TLS_CLIENTS_MAY_PROVE;
    else if (strcmp(value, "must-prove") == 0)
        self->options.clients = BIGHT_TLS_CLIENTS_MUST_PROVE;
    else
        return bight_endpoint_new_error(self->endpoint, value, "may-prove or must-prove");
    return NULL;
}

static bight_error *read_least(tls_wish *self)
{
    const char *value = bight_endpoint_get_option(self->endpoint, "least");

    if (value == NULL)
        return NULL;
    if (strcmp(value, "1.2") == 0)
        self->options.least = BIGHT_TLS_1_2;
    else if (strcmp(value, "1.3") == 0)
        self->options.least = BIGHT_TLS_1_3;
    else
        return bight_endpoint_new_error(self->endpoint, value, "1.2 or 1.3");
    return NULL;
}

static bight_error *read_wish(const bight_endpoint *endpoint, tls_wish *self)
{
    static const bight_tls_options defaults = BIGHT_TLS_OPTIONS_INIT;
    bight_error *error;

    *self = (tls_wish){.endpoint = endpoint, .options = defaults};
    read_words(self);
    self->options.dangerously_accept_any_certificate =
        bight_endpoint_get_option(endpoint, "dangerously-accept-any-certificate") != NULL;
    error = read_alpn(self);
    if (error == NULL)
        error = read_clients(self);
    return error != NULL ? error : read_least(self);
}

/* If the program supplies a context, `name` is the only option allowed. */
static bool asks_for_more(const bight_endpoint *endpoint)
{
    for (unsigned i = 0; i < endpoint->option_count; i++)
        if (strcmp(endpoint->options[i].name, "name") != 0)
            return true;
    return false;
}

static bight_error *refuse_options(const bight_endpoint *endpoint, const char *what)
{
    return bight_error_new(BIGHT_ERROR_INVALID, "column %zu: expected %s",
                           endpoint->options[0].column - strlen(endpoint->options[0].name) - 1,
                           what);
}

static bight_error *find_host(const bight_endpoint *endpoint, char host[BIGHT_HOST_SIZE])
{
    const char *name = bight_endpoint_get_option(endpoint, "name");
    bighti_target target;
    bight_error *error = NULL;

    if (name != NULL && strlen(name) >= BIGHTI_NAME_SIZE)
        return bight_endpoint_new_error(endpoint, name, "a name of at most 254 characters");
    if (name == NULL) {
        error = bighti_target_parse(endpoint, false, &target);
        name = error == NULL ? target.host : "";
    }
    snprintf(host, BIGHT_HOST_SIZE, "%s", name);
    return error;
}

static bight_error *client_context(bight_reactor *reactor, const bight_endpoint *endpoint,
                                   bight_tls **tls)
{
    bight_error *error;
    tls_wish wish;

    if (!asks_for_more(endpoint))
        return bighti_tls_get_default(reactor, &error, tls) == BIGHT_OK ? NULL : error;
    error = read_wish(endpoint, &wish);
    if (error != NULL)
        return error;
    return bight_tls_new_client(&wish.options, &error, tls) == BIGHT_OK ? NULL : error;
}

bight_error *bighti_tls_of_client(bight_reactor *reactor, const bight_endpoint *endpoint,
                                  bight_tls *given, char host[BIGHT_HOST_SIZE], bight_tls **tls)
{
    bight_error *error = find_host(endpoint, host);

    if (error != NULL)
        return error;
    if (given != NULL) {
        if (asks_for_more(endpoint))
            return refuse_options(endpoint, "no option but name beside a context");
        *tls = bight_tls_ref(given);
    } else {
        error = client_context(reactor, endpoint, tls);
    }
    if (error != NULL || host[0] != '\0' || (*tls)->accepts_any)
        return error;
    bight_tls_unref(*tls);
    *tls = NULL;
    return bight_error_new(BIGHT_ERROR_INVALID,
                           "a path has no name for the certificate: the option name gives one");
}

bight_error *bighti_tls_of_server(const bight_endpoint *endpoint, bight_tls *given, bight_tls **tls)
{
    bight_error *error;
    tls_wish wish;

    if (given != NULL && endpoint->option_count > 0)
        return refuse_options(endpoint, "no options beside a context");
    if (bight_endpoint_get_option(endpoint, "name") != NULL)
        return bight_endpoint_new_error(endpoint, bight_endpoint_get_option(endpoint, "name"),
                                        "no name, which a server does not check");
    if (given != NULL) {
        *tls = bight_tls_ref(given);
        return NULL;
    }
    error = read_wish(endpoint, &wish);
    if (error != NULL)
        return error;
    return bight_tls_new_server(&wish.options, &error, tls) == BIGHT_OK ? NULL : error;
}
