/* Parses an address. libpq does the parsing; hosts, addresses and ports are taken from the result,
 * because Bight itself looks up names and tries one address after the other.
 *
 * An address may contain a password, which must not appear in any message. If the password
 * contains an unescaped `@` or `/`, libpq parses its rest as a host, a port or the name of the
 * database, all of which appear in messages; such an address is rejected. libpq's error message
 * for an invalid address quotes parts of it, and is passed on only if the address seems to contain
 * no password. */
#include "postgresql.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_OPTIONS = 64, MOST_HOSTS = 32 };

bool bighti_pg_is_unix(const char *host)
{
    return host[0] == '/' || host[0] == '@';
}

static const char *value_of(const PQconninfoOption *options, const char *keyword)
{
    for (; options != NULL && options->keyword != NULL; options++)
        if (strcmp(options->keyword, keyword) == 0)
            return options->val != NULL && options->val[0] != '\0' ? options->val : NULL;
    return NULL;
}

/* The option from the address, or else from the environment. */
static const char *wanted(const pg_target *target, const char *keyword)
{
    const char *value = value_of(target->parsed, keyword);

    return value != NULL ? value : value_of(target->defaults, keyword);
}

static bight_error *no_memory(void)
{
    return bight_error_new(BIGHT_ERROR_NO_MEMORY, "open database: out of memory");
}

/* -- Hosts -- */

/* Split a list at its commas; an empty part is NULL. Returns the number of parts, 0 for no
 * list. */
static size_t cut(char *list, const char **parts)
{
    size_t count = 0;

    while (list != NULL && count < MOST_HOSTS) {
        char *comma = strchr(list, ',');

        if (comma != NULL)
            *comma++ = '\0';
        parts[count++] = *list != '\0' ? list : NULL;
        list = comma;
    }
    return count;
}

static bool copy_list(char **copy, const char *list)
{
    if (list == NULL)
        return true;
    *copy = strdup(list);
    return *copy != NULL;
}

/* Whether a port is empty or a number; anything else may be part of a password. */
static bool target_is_port(const char *text)
{
    return text == NULL || text[strspn(text, "0123456789")] == '\0';
}

static bight_error *misread_password(void)
{
    return bight_error_new(BIGHT_ERROR_INVALID,
                           "open database: the host, port or name makes no sense; in a user or "
                           "password `@`, `:` and `/` are written %%40, %%3A and %%2F");
}

/* Looks only behind the first character, which for an abstract name is `@`. */
static bool has_sign_within(const char *name)
{
    return name != NULL && name[0] != '\0' && strchr(name + 1, '@') != NULL;
}

static bool makes_sense(const pg_target *target)
{
    for (size_t i = 0; i < target->host_count; i++)
        if (has_sign_within(target->hosts[i].name) || !target_is_port(target->hosts[i].port))
            return false;
    return true;
}

/* Addresses from the environment do not belong to a host that the address names. */
static bight_error *find_hosts(pg_target *target)
{
    const char *names[MOST_HOSTS], *addresses[MOST_HOSTS], *ports[MOST_HOSTS];
    const char *host = wanted(target, "host");
    const char *hostaddr = value_of(target->parsed, "host") != NULL
                               ? value_of(target->parsed, "hostaddr")
                               : wanted(target, "hostaddr");
    size_t name_count, address_count, port_count, count;

    if (!copy_list(&target->texts[0], host) || !copy_list(&target->texts[1], hostaddr) ||
        !copy_list(&target->texts[2], wanted(target, "port")))
        return no_memory();
    name_count = cut(target->texts[0], names);
    address_count = cut(target->texts[1], addresses);
    port_count = cut(target->texts[2], ports);
    count = address_count > 0 ? address_count : name_count > 0 ? name_count : 1;
    if ((name_count > 0 && name_count != count) || (port_count > 1 && port_count != count))
        return bight_error_new(BIGHT_ERROR_INVALID,
                               "open database: not as many hosts as addresses or ports");
    target->hosts = calloc(count, sizeof(*target->hosts));
    if (target->hosts == NULL)
        return no_memory();
    target->host_count = count;
    for (size_t i = 0; i < count; i++)
        target->hosts[i] = (pg_host){
            .name = name_count > 0 ? names[i] : NULL,
            .address = address_count > 0 ? addresses[i] : NULL,
            .port = port_count > 0 ? ports[port_count > 1 ? i : 0] : NULL,
        };
    return makes_sense(target) ? NULL : misread_password();
}

/* -- The rest -- */

static void set(pg_target *target, const char *keyword, const char *value)
{
    target->keywords[target->count] = keyword;
    target->values[target->count] = value;
    target->count++;
}

static bool is_host(const char *keyword)
{
    return strcmp(keyword, "host") == 0 || strcmp(keyword, "hostaddr") == 0 ||
           strcmp(keyword, "port") == 0 || strcmp(keyword, "options") == 0 ||
           strcmp(keyword, "target_session_attrs") == 0;
}

/* Poolers refuse a connection with `options`, so that there are none unless they are asked for.
 * Text is UTF-8 here. Kerberos is used only on request, because it contacts its own servers and
 * blocks the loop. */
static bight_error *find_rest(pg_target *target)
{
    const char *attributes = wanted(target, "target_session_attrs");

    target->prefers_standby = attributes != NULL && strcmp(attributes, "prefer-standby") == 0;
    target->keywords = calloc(MOST_OPTIONS, sizeof(*target->keywords));
    target->values = calloc(MOST_OPTIONS, sizeof(*target->values));
    if (target->keywords == NULL || target->values == NULL)
        return no_memory();
    for (const PQconninfoOption *each = target->parsed; each->keyword != NULL; each++)
        if (each->val != NULL && !is_host(each->keyword) && target->count + 10 < MOST_OPTIONS)
            set(target, each->keyword, each->val);
    if (attributes != NULL && !target->prefers_standby)
        set(target, "target_session_attrs", attributes);
    if (wanted(target, "options") != NULL)
        set(target, "options", wanted(target, "options"));
    set(target, "client_encoding", "UTF8");
    if (value_of(target->parsed, "gssencmode") == NULL && getenv("PGGSSENCMODE") == NULL)
        set(target, "gssencmode", "disable");
    if (wanted(target, "application_name") == NULL)
        set(target, "fallback_application_name", "bight");
    return NULL;
}

/* The name of the database for messages. */
static bight_error *find_label(pg_target *target)
{
    const pg_host *host = &target->hosts[0];
    const char *name = host->name != NULL ? host->name : host->address != NULL ? host->address : "";
    const char *base = wanted(target, "dbname"), *user = wanted(target, "user");

    if (asprintf(&target->label, "postgresql://%s%s%s%s%s/%s", user != NULL ? user : "",
                 user != NULL ? "@" : "", name, host->port != NULL ? ":" : "",
                 host->port != NULL ? host->port : "",
                 base != NULL   ? base
                 : user != NULL ? user
                                : "") >= 0)
        return NULL;
    target->label = NULL;
    return no_memory();
}

/* Returns the authority of "postgresql://..."; NULL if the address does not have this form. */
static const char *authority_of(const char *address)
{
    const char *colon = strchr(address, ':');

    return strncmp(colon, "://", 3) == 0 ? colon + 3 : NULL;
}

/* An estimate, for an address that libpq cannot parse. */
static bool may_hold_password(const char *address)
{
    const char *authority = authority_of(address);
    const char *colon = authority != NULL ? strchr(authority, ':') : NULL;

    return strstr(address, "passw") != NULL || (colon != NULL && strchr(colon, '@') != NULL);
}

/* Whether libpq parsed a user and a password as a host, because one of them contains a slash. */
static bool has_lost_user(const pg_target *target, const char *address)
{
    const char *authority = authority_of(address);
    const char *sign = authority != NULL ? strchr(authority, '@') : NULL;

    return sign != NULL && sign < authority + strcspn(authority, "?") &&
           value_of(target->parsed, "user") == NULL;
}

/* Parses "postgresql://..." unchanged, and of "postgresql:host=... dbname=..." the part behind the
 * colon. */
static bight_error *parse(pg_target *target, const char *address)
{
    const char *words = authority_of(address) != NULL ? address : strchr(address, ':') + 1;
    char *message = NULL;
    bight_error *error;

    target->parsed = PQconninfoParse(words, &message);
    target->defaults = PQconndefaults();
    if (target->parsed != NULL && target->defaults != NULL) {
        if (has_lost_user(target, address))
            return misread_password();
        if (value_of(target->parsed, "service") == NULL)
            return NULL;
        return bight_error_new(BIGHT_ERROR_UNSUPPORTED, "open database: a service can only be "
                                                        "named in the variable PGSERVICE");
    }
    if (message == NULL)
        return no_memory();
    if (may_hold_password(address))
        error = bight_error_new(BIGHT_ERROR_INVALID,
                                "open database: libpq cannot read the address; why is not told, "
                                "because there may be a password in it");
    else
        error = bight_error_new(BIGHT_ERROR_INVALID, "open database: %.*s",
                                (int)strcspn(message, "\n"), message);
    PQfreemem(message);
    return error;
}

bight_error *bighti_pg_target_parse(pg_target *target, const char *address)
{
    bight_error *error;

    *target = (pg_target){.count = 0};
    error = parse(target, address);
    if (error == NULL)
        error = find_hosts(target);
    if (error == NULL)
        error = find_rest(target);
    if (error == NULL)
        error = find_label(target);
    if (error != NULL)
        bighti_pg_target_deinit(target);
    return error;
}

void bighti_pg_target_deinit(pg_target *target)
{
    PQconninfoFree(target->parsed);
    PQconninfoFree(target->defaults);
    for (int i = 0; i < 3; i++)
        free(target->texts[i]);
    free(target->keywords);
    free(target->values);
    free(target->hosts);
    free(target->label);
}
