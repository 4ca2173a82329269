/* bight follow: prints the lines of a server until it is stopped, and reconnects when the
 * connection is lost. */
#include "command.h"
#include "report.h"
#include "streams.h"
#include <bight/line_client.h>
#include <stdlib.h>
#include <string.h>

typedef struct follower {
    cli_program *program;
    bight_line_client *client;
    cli_output *output;
} follower;

/* -- The connection -- */

static void follow_connected(bight_line_client *client, void *data)
{
    const follower *self = data;
    const char *line = self->program->options->say;

    if (self->program->options->verbose)
        cli_say("connected to %s",
                bight_transport_get_peer(bight_line_client_get_transport(client)));
    if (line != NULL && bight_line_client_send(client, line, strlen(line), NULL) != BIGHT_OK)
        cli_say("%s: the text of --say has more than one line",
                bight_line_client_get_endpoint(client));
}

static void follow_line(bight_line_client *client, const uint8_t *bytes, size_t size, void *data)
{
    const follower *self = data;

    cli_output_write(self->output, bytes, size);
    if (cli_output_write(self->output, (const uint8_t *)"\n", 1) == BIGHT_FLOW_WAIT)
        bight_line_client_pause(client);
}

static void follow_waiting(bight_line_client *client, uint64_t delay, const bight_error *reason,
                           void *data)
{
    const follower *self = data;

    (void)client;
    if (self->program->options->verbose)
        cli_say("%s; next attempt in %llu ms", bight_error_get_message(reason),
                (unsigned long long)(delay / BIGHT_MSEC(1)));
}

static void follow_failed(bight_line_client *client, const bight_error *reason, void *data)
{
    const follower *self = data;

    (void)client;
    cli_say_error(reason);
    self->program->status =
        bight_error_get_status(reason) == BIGHT_ERROR_INVALID ? CLI_USAGE : CLI_FAILED;
    cli_output_end(self->output);
}

static void follow_closed(bight_line_client *client, void *data)
{
    const follower *self = data;

    (void)client;
    cli_output_end(self->output);
}

static const bight_line_client_events events = {
    .size = sizeof(events),
    .connected = follow_connected,
    .line = follow_line,
    .waiting = follow_waiting,
    .failed = follow_failed,
    .closed = follow_closed,
};

/* -- Standard output -- */

static void follow_drained(void *data)
{
    const follower *self = data;

    bight_line_client_resume(self->client);
}

static void follow_written(void *data, int errnum)
{
    const follower *self = data;

    if (errnum != 0) {
        cli_say("standard output: %s", strerror(errnum));
        self->program->status = CLI_FAILED;
    }
    cli_program_end(self->program, CLI_OK);
}

static const cli_output_ops output_ops = {.drained = follow_drained, .done = follow_written};

/* -- The command -- */

static bight_status client_start(follower *self)
{
    const cli_options *given = self->program->options;
    bight_retry_options retry = BIGHT_RETRY_OPTIONS_INIT;
    bight_line_client_options options = BIGHT_LINE_CLIENT_OPTIONS_INIT;
    bight_status status;

    retry.attempts = given->attempts < UINT32_MAX ? (unsigned)given->attempts : 0;
    options.retry = &retry;
    options.idle_timeout = given->idle_timeout;
    status = bight_line_client_new(self->program->reactor, given->arguments[0], &options, &events,
                                   self, &self->client);
    return status == BIGHT_OK ? bight_line_client_open(self->client) : status;
}

static bool follow_start(cli_program *program)
{
    follower *self = calloc(1, sizeof(*self));
    bight_status status = BIGHT_ERROR_NO_MEMORY;

    program->state = self;
    if (self != NULL) {
        self->program = program;
        status = cli_output_new(program->reactor, &output_ops, self, &self->output);
    }
    if (status == BIGHT_OK)
        status = client_start(self);
    if (status != BIGHT_OK)
        cli_say("%s: %s", program->options->arguments[0], bight_status_text(status));
    return status == BIGHT_OK;
}

static void follow_stop(cli_program *program)
{
    follower *self = program->state;

    bight_line_client_close(self->client);
}

static void follow_finish(cli_program *program)
{
    follower *self = program->state;

    if (self == NULL)
        return;
    bight_line_client_free(self->client);
    cli_output_free(self->output);
    free(self);
    program->state = NULL;
}

static const cli_option options[] = {
    {"say", CLI_TEXT, CLI_FIELD(say), "LINE", "send this line on each connection"},
    {"attempts", CLI_COUNT, CLI_FIELD(attempts), "NUMBER",
     "give up after this many in a row; default never"},
    {"verbose", CLI_FLAG, CLI_FIELD(verbose), NULL, "report each connection and attempt"},
    {"idle-timeout", CLI_TIME, CLI_FIELD(idle_timeout), "TIME",
     "reconnect after this time without traffic"},
    CLI_NO_MORE_OPTIONS,
};

const cli_command cli_command_follow = {
    .name = "follow",
    .arguments = "ENDPOINT",
    .summary = "Print the lines of a server, and reconnect when necessary",
    .details =
        "The delay before an attempt grows from half a second to a minute. SIGINT ends it.\n",
    .options = options,
    .least = 1,
    .most = 1,
    .start = follow_start,
    .stop = follow_stop,
    .finish = follow_finish,
};
