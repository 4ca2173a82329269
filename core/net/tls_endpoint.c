/* The options of an endpoint: "ca=FILE&alpn=h2,http/1.1". %26 stands for "&", as in a URL. */
#include "tls.h"
#include <stddef.h>
#include <string.h>

typedef struct word {
    const char *name;
    size_t field; /* of a `const char *` in bighti_tls_endpoint */
} word;

#define FIELD(name) offsetof(bighti_tls_endpoint, name)

static const word words[] = {
    {"ca", FIELD(options.ca_file)},
    {"cadir", FIELD(options.ca_directory)},
    {"key", FIELD(options.key_file)},
    {"cert", FIELD(options.certificate_file)},
    {"name", FIELD(name)},
};

static int digit(char letter)
{
    static const char digits[] = "0123456789abcdef0123456789ABCDEF";
    const char *found = letter != '\0' ? strchr(digits, letter) : NULL;

    return found != NULL ? (int)(found - digits) % 16 : -1;
}

/* In place. False for what is no text, or is none any more. */
static bool decode(char *text)
{
    char *to = text;

    for (; *text != '\0'; text++) {
        if (*text == '%') {
            int high = digit(text[1]), low = high >= 0 ? digit(text[2]) : -1;

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

static bool set_text(bighti_tls_endpoint *endpoint, const char *name, const char *value)
{
    for (unsigned i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (strcmp(words[i].name, name) == 0) {
            *(const char **)(void *)((char *)endpoint + words[i].field) = value;
            return true;
        }
    }
    return false;
}

static const char *set_alpn(bighti_tls_endpoint *endpoint, char *value)
{
    const unsigned most = sizeof(endpoint->alpn) / sizeof(endpoint->alpn[0]) - 1;
    char *rest = value, *name;
    unsigned count = 0;

    while ((name = strsep(&rest, ",")) != NULL) {
        if (count == most)
            return "too many names in alpn";
        endpoint->alpn[count++] = name;
    }
    endpoint->options.alpn = endpoint->alpn;
    return NULL;
}

static const char *set_clients(bighti_tls_endpoint *endpoint, const char *value)
{
    if (strcmp(value, "may-prove") == 0)
        endpoint->options.clients = BIGHT_TLS_CLIENTS_MAY_PROVE;
    else if (strcmp(value, "must-prove") == 0)
        endpoint->options.clients = BIGHT_TLS_CLIENTS_MUST_PROVE;
    else
        return "clients is may-prove or must-prove";
    return NULL;
}

static const char *set_least(bighti_tls_endpoint *endpoint, const char *value)
{
    if (strcmp(value, "1.2") == 0)
        endpoint->options.least = BIGHT_TLS_1_2;
    else if (strcmp(value, "1.3") == 0)
        endpoint->options.least = BIGHT_TLS_1_3;
    else
        return "least is 1.2 or 1.3";
    return NULL;
}

static const char *set_value(bighti_tls_endpoint *endpoint, const char *name, char *value)
{
    if (strcmp(name, "alpn") == 0)
        return set_alpn(endpoint, value);
    if (strcmp(name, "clients") == 0)
        return set_clients(endpoint, value);
    if (strcmp(name, "least") == 0)
        return set_least(endpoint, value);
    return set_text(endpoint, name, value) ? NULL : "there is no such option";
}

static const char *set(bighti_tls_endpoint *endpoint, char *option)
{
    char *value = strchr(option, '=');

    endpoint->has_more = endpoint->has_more || strncmp(option, "name=", 5) != 0;
    if (value == NULL) {
        if (strcmp(option, "dangerously-accept-any-certificate") != 0)
            return "there is no such option";
        endpoint->options.dangerously_accept_any_certificate = true;
        return NULL;
    }
    *value++ = '\0';
    if (*value == '\0' || !decode(value))
        return "an option has no value";
    return set_value(endpoint, option, value);
}

const char *bighti_tls_endpoint_parse(const char *text, bighti_tls_endpoint *endpoint)
{
    const bight_tls_options defaults = BIGHT_TLS_OPTIONS_INIT;
    char *rest = endpoint->text, *option;
    const char *wrong = NULL;

    *endpoint = (bighti_tls_endpoint){.options = defaults};
    if (text == NULL)
        return NULL;
    if (strlen(text) >= sizeof(endpoint->text))
        return "the options are too long";
    memcpy(endpoint->text, text, strlen(text) + 1);
    while (wrong == NULL && (option = strsep(&rest, "&")) != NULL)
        wrong = set(endpoint, option);
    return wrong;
}

/* -- The context that an endpoint asks for -- */

static bight_error *invalid(const char *reason)
{
    return bight_error_new(BIGHT_ERROR_INVALID, "%s", reason);
}

/* With a context of the program's own nothing but a name may be said. */
static bight_error *parse(const bighti_endpoint *endpoint, const bight_tls *given,
                          bighti_tls_endpoint *parsed)
{
    const char *wrong = bighti_tls_endpoint_parse(endpoint->options, parsed);

    if (wrong == NULL && given != NULL && parsed->has_more)
        wrong = "options beside a context";
    if (wrong == NULL && given != NULL && !endpoint->tls)
        wrong = "a context for an endpoint without TLS";
    return wrong != NULL ? invalid(wrong) : NULL;
}

static bight_error *choose_host(bighti_endpoint *endpoint, const char *name)
{
    size_t length = name != NULL ? strlen(name) : 0;

    if (length >= sizeof(endpoint->host))
        return invalid("the name is too long");
    if (name != NULL)
        memcpy(endpoint->host, name, length + 1);
    return NULL;
}

bight_error *bighti_tls_of_client(bight_reactor *reactor, bighti_endpoint *endpoint,
                                  bight_tls *given, bight_tls **tls)
{
    bighti_tls_endpoint parsed;
    bight_error *error = parse(endpoint, given, &parsed);
    bight_status status;

    if (error == NULL)
        error = choose_host(endpoint, parsed.name);
    if (error != NULL)
        return error;
    if (given != NULL) {
        *tls = bight_tls_ref(given);
        return NULL;
    }
    status = parsed.has_more ? bight_tls_new_client(&parsed.options, &error, tls)
                             : bighti_tls_get_default(reactor, &error, tls);
    return status == BIGHT_OK ? NULL : error;
}

bight_error *bighti_tls_of_server(const bighti_endpoint *endpoint, bight_tls *given,
                                  bight_tls **tls)
{
    bighti_tls_endpoint parsed;
    bight_error *error = parse(endpoint, given, &parsed);

    if (error == NULL && endpoint->options != NULL && (given != NULL || parsed.name != NULL))
        error = invalid("a server checks no name");
    if (error != NULL)
        return error;
    if (given != NULL) {
        *tls = bight_tls_ref(given);
        return NULL;
    }
    return bight_tls_new_server(&parsed.options, &error, tls) == BIGHT_OK ? NULL : error;
}
