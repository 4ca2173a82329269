/* bight chatd: an IRC server. bight/irc_server.h implements it; this file has its options. */
#include "command.h"
#include "help.h"
#include "report.h"
#include "serve.h"
#include "tls.h"
#include <bight/irc_server.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { LONGEST_FILE = 64 * 1024 };

/* The functions of libbight-irc that the tool calls. */
static struct {
    __typeof__(&bight_irc_server_free) bight_irc_server_free;
    __typeof__(&bight_irc_server_get_endpoint) bight_irc_server_get_endpoint;
    __typeof__(&bight_irc_server_get_stats) bight_irc_server_get_stats;
    __typeof__(&bight_irc_server_listen) bight_irc_server_listen;
    __typeof__(&bight_irc_server_new) bight_irc_server_new;
    __typeof__(&bight_irc_server_on_change) bight_irc_server_on_change;
    __typeof__(&bight_irc_server_on_handshake_failed) bight_irc_server_on_handshake_failed;
} irc;

static const cli_symbol symbols[] = {
    CLI_SYMBOL(irc, bight_irc_server_free),
    CLI_SYMBOL(irc, bight_irc_server_get_endpoint),
    CLI_SYMBOL(irc, bight_irc_server_get_stats),
    CLI_SYMBOL(irc, bight_irc_server_listen),
    CLI_SYMBOL(irc, bight_irc_server_new),
    CLI_SYMBOL(irc, bight_irc_server_on_change),
    CLI_SYMBOL(irc, bight_irc_server_on_handshake_failed),
    {NULL, NULL},
};

static const cli_library library = {"libbight-irc", CLI_LIBRARY_FILE("bight-irc"), symbols};

/* -- Texts from files -- */

/* Reads at most `size` - 1 bytes and ends them with NUL. Returns their number, or -1. */
static ssize_t read_whole(const char *path, char *text, size_t size)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    size_t length = 0;
    ssize_t count = 0;

    if (fd < 0)
        return -1;
    while (length < size - 1 && (count = read(fd, text + length, size - 1 - length)) != 0) {
        if (count > 0)
            length += (size_t)count;
        else if (errno != EINTR)
            break;
    }
    close(fd);
    text[length] = '\0';
    return count < 0 ? -1 : (ssize_t)length;
}

/* Accept lines that end in CR LF. */
static void drop_carriage_returns(char *text)
{
    char *to = text;

    for (; *text != '\0'; text++) {
        if (text[0] != '\r' || text[1] != '\n')
            *to++ = *text;
    }
    *to = '\0';
}

/* A text from the command line, or from the file that is named there; the caller frees it. Returns
 * false after a message if the file cannot be read. */
static bool get_text(const char *given, const char *path, char **text)
{
    *text = path != NULL ? malloc(LONGEST_FILE) : given != NULL ? strdup(given) : NULL;
    if (path == NULL || *text == NULL) {
        if (*text != NULL || (given == NULL && path == NULL))
            return true;
        cli_say("out of memory");
        return false;
    }
    if (read_whole(path, *text, LONGEST_FILE) >= 0) {
        drop_carriage_returns(*text);
        return true;
    }
    cli_say("%s: %s", path, strerror(errno));
    free(*text);
    *text = NULL;
    return false;
}

/* -- The server -- */

/* Returns false after a message if the number is too large. */
static bool take_count(const char *name, uint64_t given, uint32_t *count)
{
    if (given == CLI_NO_COUNT)
        return true;
    if (given > UINT32_MAX) {
        cli_say("--%s: at most %lu", name, (unsigned long)UINT32_MAX);
        return false;
    }
    *count = (uint32_t)given;
    return true;
}

static bool take_options(const cli_options *given, bight_irc_server_options *options)
{
    if (given->name != NULL)
        options->name = given->name;
    if (given->network != NULL)
        options->network = given->network;
    if (given->description != NULL)
        options->description = given->description;
    if (given->line_interval != CLI_NO_COUNT)
        options->line_interval = given->line_interval;
    if (given->send_queue != CLI_NO_COUNT)
        options->send_queue = (size_t)given->send_queue;
    if (given->ping_interval != CLI_NO_COUNT)
        options->ping_interval = given->ping_interval;
    if (given->ping_timeout != CLI_NO_COUNT)
        options->ping_timeout = given->ping_timeout;
    return take_count("burst", given->burst, &options->burst) &&
           take_count("clients", given->most_clients, &options->max_connections) &&
           take_count("clients-per-address", given->most_per_address, &options->max_per_address);
}

static bool make_server(cli_program *program, const bight_irc_server_options *options)
{
    bight_irc_server *server;
    bight_status status = irc.bight_irc_server_new(program->reactor, options, &server);

    if (status == BIGHT_OK) {
        program->state = server;
        return true;
    }
    if (status == BIGHT_ERROR_INVALID) {
        cli_say(
            "a name or network must be one word of at most 63 bytes, no text may contain control "
            "characters, and --burst is 1 to 100000");
        program->status = CLI_USAGE;
    } else {
        cli_say("the server cannot be created: %s", bight_status_text(status));
    }
    return false;
}

static bool make_with_texts(cli_program *program)
{
    const cli_options *given = program->options;
    bight_irc_server_options options = BIGHT_IRC_SERVER_OPTIONS_INIT;
    char *motd = NULL, *password = NULL;
    bool made;

    if (!take_options(given, &options)) {
        program->status = CLI_USAGE;
        return false;
    }
    made = get_text(given->motd, given->motd_file, &motd) &&
           get_text(given->password, given->password_file, &password);
    if (made) {
        if (given->password_file != NULL)
            password[strcspn(password, "\n")] = '\0';
        options.motd = motd;
        options.password = password;
        made = make_server(program, &options);
    }
    free(motd);
    free(password);
    return made;
}

static void chatd_on_change(bight_irc_server *server, void *data)
{
    bight_irc_server_stats stats = {.size = sizeof(stats)};

    (void)data;
    irc.bight_irc_server_get_stats(server, &stats);
    cli_say("%u users, %u channels, %u connections", stats.users, stats.channels,
            stats.connections);
}

static void chatd_on_handshake_failed(bight_irc_server *server, const char *peer,
                                      const bight_error *error, void *data)
{
    (void)server;
    (void)peer;
    (void)data;
    cli_say("not served: %s", bight_error_get_message(error));
}

static bool listen_at(cli_program *program, const char *endpoint, size_t index)
{
    char *whole = cli_tls_endpoint(program->options, endpoint);
    bight_error *error = NULL;
    bight_status status = BIGHT_ERROR_NO_MEMORY;

    if (whole != NULL)
        status = irc.bight_irc_server_listen(program->state, whole, &error);
    free(whole);
    if (status != BIGHT_OK) {
        cli_serve_failed(program, error != NULL ? error : bight_error_new(status, "no memory"));
        return false;
    }
    return cli_print("listening %s", irc.bight_irc_server_get_endpoint(program->state, index));
}

static bool chatd_start(cli_program *program)
{
    const cli_options *given = program->options;

    if (!make_with_texts(program))
        return false;
    if (given->verbose) {
        irc.bight_irc_server_on_change(program->state, chatd_on_change, NULL);
        irc.bight_irc_server_on_handshake_failed(program->state, chatd_on_handshake_failed, NULL);
    }
    for (int i = 0; i < given->count; i++) {
        if (!listen_at(program, given->arguments[i], (size_t)i))
            return false;
    }
    return true;
}

/* All clients are notified. Their queued output is sent while the loop still runs. */
static void chatd_stop(cli_program *program)
{
    irc.bight_irc_server_free(program->state);
    program->state = NULL;
}

static const cli_option options[] = {
    {"name", CLI_TEXT, CLI_FIELD(name), "NAME", "the name of the server"},
    {"network", CLI_TEXT, CLI_FIELD(network), "NAME", "the name of the network: one word"},
    {"description", CLI_TEXT, CLI_FIELD(description), "TEXT", "one line about the server"},
    {"motd", CLI_TEXT, CLI_FIELD(motd), "TEXT", "the message of the day"},
    {"motd-file", CLI_TEXT, CLI_FIELD(motd_file), "FILE", "the same, from a file"},
    {"password", CLI_TEXT, CLI_FIELD(password), "TEXT", "clients must send it; visible in ps"},
    {"password-file", CLI_TEXT, CLI_FIELD(password_file), "FILE",
     "the same, from the first line of a file"},
    {"clients", CLI_COUNT, CLI_FIELD(most_clients), "NUMBER",
     "the most at once; default 1024; 0 for no limit"},
    {"clients-per-address", CLI_COUNT, CLI_FIELD(most_per_address), "NUMBER",
     "per IPv4 address or IPv6 /64; default 64; 0: no limit"},
    {"burst", CLI_COUNT, CLI_FIELD(burst), "NUMBER",
     "commands that a client may send at once; default 20"},
    {"pace", CLI_TIME, CLI_FIELD(line_interval), "TIME",
     "after the burst, the time per command; default 500ms; 0 for no pacing"},
    {"send-queue", CLI_SIZE, CLI_FIELD(send_queue), "SIZE",
     "bytes that may wait for a client that does not read; default 1m"},
    {"ping", CLI_TIME, CLI_FIELD(ping_interval), "TIME",
     "silence before a client is asked whether it is there; default 90s"},
    {"ping-timeout", CLI_TIME, CLI_FIELD(ping_timeout), "TIME",
     "time that it has to answer; default 60s"},
    {"verbose", CLI_FLAG, CLI_FIELD(verbose), NULL,
     "report the number of users when it changes, and failed handshakes of TLS"},
    CLI_TLS_CERTIFICATE_OPTIONS,
    CLI_NO_MORE_OPTIONS,
};

const cli_command cli_command_chatd = {
    .name = "chatd",
    .arguments = "ENDPOINT...",
    .summary = "An IRC server for a chat on a local network",
    .details =
        "It needs the library libbight-irc, which is loaded when the command runs.\n"
        "Limits: a nick has 30 bytes, a channel's name 50, a topic 307, a reason 300. A client\n"
        "may be in 50 channels; a channel may have 60 bans. A client that has not registered\n"
        "after 30 s, or sends 16 KiB more than its pace allows, is dropped. An event that many\n"
        "receive counts as one more command for each 100 of them.\n",
    .options = options,
    .library = &library,
    .least = 1,
    .most = CLI_MOST_LISTENERS,
    .is_server = true,
    .start = chatd_start,
    .stop = chatd_stop,
    .finish = chatd_stop,
};
