/* An endpoint of TLS takes its options behind a "?" (bight/endpoint.h); those of the command are
 * put there. */
#include "tls.h"
#include "endpoints.h"
#include <bight/error.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* "&" and "%" mean something in an endpoint. */
static char *tls_text_append(char *to, const char *word, const char *value)
{
    to = stpcpy(to, word);
    for (; *value != '\0'; value++) {
        if (*value == '&' || *value == '%')
            to += sprintf(to, "%%%02X", (unsigned)(unsigned char)*value);
        else
            *to++ = *value;
    }
    *to = '\0';
    return to;
}

static size_t tls_text_room_for(const char *value)
{
    return value != NULL ? 16 + 3 * strlen(value) : 0;
}

/* Of the last part; those in front have their own. */
static bool has_options(const char *endpoint)
{
    const char *slash = strncmp(endpoint, "tls:", 4) != 0 ? strstr(endpoint, "/tls:") : NULL;

    return strchr(slash != NULL ? slash : endpoint, '?') != NULL;
}

char *cli_tls_endpoint(const cli_options *options, const char *endpoint)
{
    const char *first = has_options(endpoint) ? "&" : "?";
    size_t room = strlen(endpoint) + tls_text_room_for(options->ca) +
                  tls_text_room_for(options->cert) + tls_text_room_for(options->key) + 64;
    const struct {
        const char *word, *value;
    } all[] = {{"ca=", options->ca},
               {"cert=", options->cert},
               {"key=", options->key},
               {"dangerously-accept-any-certificate", options->insecure ? "" : NULL}};
    char *text = malloc(room), *to;

    if (text == NULL)
        return NULL;
    to = stpcpy(text, endpoint);
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        if (all[i].value == NULL || !cli_endpoint_is_tls(endpoint))
            continue;
        to = tls_text_append(stpcpy(to, first), all[i].word, all[i].value);
        first = "&";
    }
    return text;
}
