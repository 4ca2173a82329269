/* The features that a server announces: RPL_ISUPPORT (numeric 005), a list of "NAME=value". All
 * are kept unchanged for the program. Those that the session needs itself are also parsed. */
#include "client_private.h"

#include <bight/irc_text.h>
#include <stdlib.h>
#include <string.h>

/* A change of CASEMAPPING or PREFIX sorts every channel again. No honest server changes them
 * often. */
enum { RESORTS_MAX = 16 };

void bighti_ircc_features_init(bighti_ircc_features *features)
{
    memset(features, 0, sizeof(*features));
    features->mapping = BIGHT_IRC_CASE_RFC1459;
    strcpy(features->prefix_modes, "ov");
    strcpy(features->prefixes, "@+");
    strcpy(features->channel_types, "#&");
    strcpy(features->channel_modes[0], "beI");
    strcpy(features->channel_modes[1], "k");
    strcpy(features->channel_modes[2], "l");
    features->line_length = BIGHT_IRC_MAX_BODY;
}

void bighti_ircc_features_deinit(bighti_ircc_features *features)
{
    for (size_t i = 0; i < features->count; i++) {
        free(features->raw[i].name);
        free(features->raw[i].value);
    }
    features->count = 0;
}

uint64_t bighti_ircc_mode_bit(char letter)
{
    if (letter >= 'a' && letter <= 'z')
        return UINT64_C(1) << (letter - 'a');
    if (letter >= 'A' && letter <= 'Z')
        return UINT64_C(1) << (letter - 'A' + 26);
    return 0;
}

char bighti_ircc_prefix_mode(const bight_irc_client *client, char prefix)
{
    const char *at = prefix ? strchr(client->features.prefixes, prefix) : NULL;

    return at ? client->features.prefix_modes[at - client->features.prefixes] : '\0';
}

bool bighti_ircc_is_self(const bight_irc_client *client, const char *nick)
{
    return bight_irc_client_same_name(client, nick, bighti_ircc_text(client->nick));
}

static void copy_some(char *out, size_t capacity, const char *text)
{
    size_t size = strnlen(text, capacity - 1);

    memcpy(out, text, size);
    out[size] = '\0';
}

/* "(ov)@+": a value with different numbers of letters and prefixes is ignored. An empty value
 * means none. */
static void set_prefix(bighti_ircc_features *features, const char *value)
{
    const char *end = strchr(value, ')');
    size_t count;

    if (value[0] == '\0') {
        features->prefix_modes[0] = features->prefixes[0] = '\0';
        return;
    }
    if (value[0] != '(' || end == NULL)
        return;
    count = (size_t)(end - value - 1);
    if (count > BIGHTI_IRCC_PREFIXES_MAX || strlen(end + 1) != count)
        return;
    for (size_t i = 0; i < count; i++) {
        if (bighti_ircc_mode_bit(value[1 + i]) == 0)
            return;
    }
    copy_some(features->prefix_modes, count + 1, value + 1);
    copy_some(features->prefixes, count + 1, end + 1);
}

/* "beI,k,l,imnpst": all other letters are of the fourth kind. */
static void set_channel_modes(bighti_ircc_features *features, const char *value)
{
    for (size_t kind = 0; kind < 3; kind++) {
        size_t size = strcspn(value, ",");
        size_t room = sizeof(features->channel_modes[kind]);

        copy_some(features->channel_modes[kind], size + 1 < room ? size + 1 : room, value);
        value += size;
        if (*value == ',')
            value++;
    }
}

static void set_line_length(bighti_ircc_features *features, const char *value)
{
    unsigned long length = strtoul(value, NULL, 10);

    if (length < BIGHT_IRC_MAX_BODY)
        length = BIGHT_IRC_MAX_BODY;
    features->line_length = length > BIGHTI_IRCC_LINE_MAX ? BIGHTI_IRCC_LINE_MAX : length;
}

static void set_mapping(bighti_ircc_features *features, const char *value)
{
    /* For an unknown mapping, use the one that folds least. Then equal nicks may appear as two
     * people, which is visible. Folding too much would make people disappear. */
    if (bight_irc_case_find(bight_view_of(value), &features->mapping) != BIGHT_OK)
        features->mapping = BIGHT_IRC_CASE_ASCII;
}

static void set_known(bighti_ircc_features *features, const char *name, const char *value)
{
    if (strcmp(name, "CASEMAPPING") == 0)
        set_mapping(features, value);
    else if (strcmp(name, "PREFIX") == 0)
        set_prefix(features, value);
    else if (strcmp(name, "CHANTYPES") == 0)
        copy_some(features->channel_types, sizeof(features->channel_types), value);
    else if (strcmp(name, "STATUSMSG") == 0)
        copy_some(features->status_prefixes, sizeof(features->status_prefixes), value);
    else if (strcmp(name, "CHANMODES") == 0)
        set_channel_modes(features, value);
    else if (strcmp(name, "LINELEN") == 0)
        set_line_length(features, value);
}

static size_t features_find(const bighti_ircc_features *features, const char *name)
{
    size_t i = 0;

    while (i < features->count && strcmp(features->raw[i].name, name) != 0)
        i++;
    return i;
}

static void forget(bighti_ircc_features *features, const char *name)
{
    size_t at = features_find(features, name);

    if (at == features->count)
        return;
    free(features->raw[at].name);
    free(features->raw[at].value);
    features->raw[at] = features->raw[--features->count];
}

static bool features_keep(bighti_ircc_features *features, const char *name, const char *value)
{
    size_t at = features_find(features, name);

    if (at < features->count)
        return bighti_ircc_set(&features->raw[at].value, value);
    if (at == BIGHTI_IRCC_FEATURES_MAX)
        return true;
    features->raw[at].name = NULL;
    features->raw[at].value = NULL;
    if (!bighti_ircc_set(&features->raw[at].name, name))
        return false;
    if (!bighti_ircc_set(&features->raw[at].value, value)) {
        free(features->raw[at].name);
        return false;
    }
    features->count++;
    return true;
}

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Undo "\x20" in place; a NUL would end the string, so its escape stays. */
static void unescape(char *text)
{
    char *out = text;

    while (*text != '\0') {
        if (text[0] == '\\' && text[1] == 'x' && hex_value(text[2]) >= 0 &&
            hex_value(text[3]) >= 0 && hex_value(text[2]) + hex_value(text[3]) > 0) {
            *out++ = (char)(hex_value(text[2]) * 16 + hex_value(text[3]));
            text += 4;
        } else {
            *out++ = *text++;
        }
    }
    *out = '\0';
}

/* One token. Escapes can produce any bytes, so the value is repaired again. */
static bool features_take_token(bighti_ircc_features *features, const char *token)
{
    char text[BIGHTI_IRCC_FEATURE_SIZE];
    char value[BIGHTI_IRCC_FEATURE_SIZE * 3 + 1];
    char *equals;

    if (token[0] == '-') {
        forget(features, token + 1);
        return true;
    }
    if (token[0] == '\0' || strlen(token) >= sizeof(text))
        return true;
    copy_some(text, sizeof(text), token);
    equals = strchr(text, '=');
    if (equals) {
        *equals = '\0';
        unescape(equals + 1);
    }
    bight_irc_repair(equals ? equals + 1 : "", equals ? strlen(equals + 1) : 0, value,
                     sizeof(value));
    set_known(features, text, value);
    return features_keep(features, text, value);
}

void bighti_ircc_on_isupport(bight_irc_client *client, const bighti_ircc_message *message)
{
    bighti_ircc_features *features = &client->features;
    bight_irc_case mapping = features->mapping;
    char prefixes[BIGHTI_IRCC_PREFIXES_MAX + 1];
    bool worked = true;

    memcpy(prefixes, features->prefix_modes, sizeof(prefixes));
    /* The first parameter is our nick, the last "are supported by this server". */
    for (size_t i = 1; worked && i + 1 < message->count; i++)
        worked = features_take_token(features, message->params[i]);
    if (!worked)
        bighti_ircc_out_of_memory(client);
    if (mapping == features->mapping && strcmp(prefixes, features->prefix_modes) == 0)
        return;
    if (client->channel_count > 0 && ++client->resorts > RESORTS_MAX)
        bighti_ircc_break(client,
                          bight_error_new(BIGHT_ERROR_PROTOCOL, "%s keeps changing its rules",
                                          bighti_ircc_peer(client)));
    bighti_ircc_channels_resort(client);
    for (size_t i = 0; i < client->channel_count; i++)
        BIGHTI_IRCC_TELL(client, members_reset, (client, client->channels[i], client->data));
}

const char *bight_irc_client_get_feature(const bight_irc_client *client, const char *name)
{
    size_t at = features_find(&client->features, name);

    return at < client->features.count ? client->features.raw[at].value : NULL;
}

const char *bight_irc_client_get_network(const bight_irc_client *client)
{
    const char *network = bight_irc_client_get_feature(client, "NETWORK");

    return network && network[0] ? network : bighti_ircc_text(client->server);
}

bool bight_irc_client_is_channel(const bight_irc_client *client, const char *name)
{
    return name[0] != '\0' && strchr(client->features.channel_types, name[0]) != NULL;
}

bool bight_irc_client_same_name(const bight_irc_client *client, const char *a, const char *b)
{
    return bight_irc_equal(client->features.mapping, bight_view_of(a), bight_view_of(b));
}
