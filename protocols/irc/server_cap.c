/* Capabilities: https://ircv3.net/specs/extensions/capability-negotiation, version 302. */
#include "server_handlers.h"
#include "server_send.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct capability {
    const char *name;
    uint32_t bit;
} capabilities[] = {
    {"away-notify", CAP_AWAY_NOTIFY},   {"cap-notify", CAP_CAP_NOTIFY},
    {"echo-message", CAP_ECHO_MESSAGE}, {"invite-notify", CAP_INVITE_NOTIFY},
    {"message-tags", CAP_MESSAGE_TAGS}, {"multi-prefix", CAP_MULTI_PREFIX},
    {"server-time", CAP_SERVER_TIME},   {"userhost-in-names", CAP_USERHOST_IN_NAMES},
};

enum { CAPABILITIES = sizeof(capabilities) / sizeof(*capabilities) };

static void cap_begin(bighti_ircd_line *line, const bighti_ircd_user *user, const char *subcommand)
{
    bighti_ircd_line_begin(line, user->server->name, "CAP");
    bighti_ircd_line_word(line, user->phase == PHASE_REGISTERING ? "*" : user->nick);
    bighti_ircd_line_word(line, subcommand);
}

/* Send the names of all capabilities whose bit is set; they fit into one line. */
static void send_list(bighti_ircd_user *user, const char *subcommand, uint32_t caps)
{
    bighti_ircd_line line;
    char list[256] = "";
    size_t size = 0;

    for (size_t i = 0; i < CAPABILITIES; i++) {
        if ((caps & capabilities[i].bit) != 0)
            size += (size_t)snprintf(list + size, sizeof(list) - size, "%s%s", size > 0 ? " " : "",
                                     capabilities[i].name);
    }
    cap_begin(&line, user, subcommand);
    bighti_ircd_line_text(&line, list);
    bighti_ircd_send(user, &line);
}

static uint32_t bit_of(const char *name)
{
    for (size_t i = 0; i < CAPABILITIES; i++) {
        if (strcmp(name, capabilities[i].name) == 0)
            return capabilities[i].bit;
    }
    return 0;
}

/* Apply a request completely, or not at all. */
static bool cap_apply(const char *wanted, uint32_t *caps, bool fixed_notify)
{
    char list[BIGHT_IRC_MAX_BODY], *rest = list;
    uint32_t changed = *caps;
    const char *name;

    snprintf(list, sizeof(list), "%s", wanted);
    while ((name = strsep(&rest, " ")) != NULL) {
        bool off = *name == '-';
        uint32_t bit;

        if (*name == '\0')
            continue;
        bit = bit_of(name + off);
        if (bit == 0 || (off && fixed_notify && bit == CAP_CAP_NOTIFY))
            return false;
        changed = off ? changed & ~bit : changed | bit;
    }
    *caps = changed;
    return true;
}

static void cap_request(bighti_ircd_user *user, const char *wanted)
{
    uint32_t caps = user->caps;
    bool granted = cap_apply(wanted, &caps, user->modern_caps);
    bighti_ircd_line line;

    cap_begin(&line, user, granted ? "ACK" : "NAK");
    bighti_ircd_line_text(&line, wanted);
    bighti_ircd_send(user, &line);
    user->caps = caps;
}

void bighti_ircd_on_cap(bighti_ircd_user *user, const bighti_ircd_args *args)
{
    const char *subcommand = args->words[0];
    const char *argument = args->words[1] != NULL ? args->words[1] : "";

    if (strcasecmp(subcommand, "LS") == 0) {
        if (strtol(argument, NULL, 10) >= 302) {
            user->modern_caps = true;
            user->caps |= CAP_CAP_NOTIFY;
        }
        user->negotiating = user->phase == PHASE_REGISTERING;
        send_list(user, "LS", UINT32_MAX);
    } else if (strcasecmp(subcommand, "LIST") == 0) {
        send_list(user, "LIST", user->caps);
    } else if (strcasecmp(subcommand, "REQ") == 0) {
        user->negotiating = user->phase == PHASE_REGISTERING;
        cap_request(user, argument);
    } else if (strcasecmp(subcommand, "END") == 0) {
        user->negotiating = false;
        bighti_ircd_try_register(user);
    } else {
        bighti_ircd_reply(user, ERR_INVALIDCAPCMD, "Invalid CAP command", subcommand, NULL);
    }
}
