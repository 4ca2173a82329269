/* bight connect: sends standard input to the peer, and writes the peer's output to standard
 * output. Each direction ends on its own, and the program when both have. */
#include "command.h"
#include "endpoints.h"
#include "files.h"
#include "help.h"
#include "layers.h"
#include "report.h"
#include "serve.h"
#include "streams.h"
#include "tls.h"
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct session {
    bight_protocol protocol;
    cli_program *program;
    bight_deferred *connecting;
    bight_transport *transport; /* NULL before it is connected and once it is closed */
    cli_input *input;           /* NULL before it is connected */
    cli_output *output;         /* NULL if a file is written instead */
    cli_layers layers;
    cli_files files;
    bool written; /* standard output, or the file, is done */
} session;

static session *connect_session_of(bight_protocol *protocol)
{
    return BIGHTI_CONTAINER(protocol, session, protocol);
}

static void end_if_over(session *self)
{
    if (self->transport == NULL && self->written)
        cli_program_end(self->program, CLI_OK);
}

static void connect_fail(session *self)
{
    self->program->status = CLI_FAILED;
    if (self->transport != NULL)
        bight_transport_abort(self->transport);
}

/* -- Standard input and output -- */

static void connect_on_input(void *data, const uint8_t *bytes, size_t size)
{
    session *self = data;

    if (self->transport == NULL ||
        bight_transport_write(self->transport, bytes, size) == BIGHT_FLOW_WAIT)
        cli_input_pause(self->input);
}

static void connect_on_input_ended(void *data, int errnum)
{
    session *self = data;

    if (errnum != 0) {
        cli_say("standard input: %s", strerror(errnum));
        connect_fail(self);
    } else if (self->transport != NULL) {
        bight_transport_shutdown(self->transport);
    }
}

static const cli_input_ops input_ops = {.received = connect_on_input,
                                        .ended = connect_on_input_ended};

static void on_output_drained(void *data)
{
    session *self = data;

    if (self->transport != NULL)
        bight_transport_resume(self->transport);
}

static void on_output_done(void *data, int errnum)
{
    session *self = data;

    self->written = true;
    if (errnum != 0) {
        cli_say("standard output: %s", strerror(errnum));
        connect_fail(self);
    }
    end_if_over(self);
}

static const cli_output_ops output_ops = {.drained = on_output_drained, .done = on_output_done};

/* -- The connection -- */

static void start_input(session *self)
{
    bight_status status = cli_input_new(self->program->reactor, &input_ops, self, &self->input);

    if (status == BIGHT_OK)
        return;
    cli_say("standard input: %s", bight_status_text(status));
    connect_fail(self);
}

static void on_files_done(void *data, bool worked)
{
    session *self = data;

    if (worked && isatty(STDIN_FILENO) && self->transport != NULL)
        bight_transport_close(self->transport);
    if (!worked)
        connect_fail(self);
    self->written = true;
    end_if_over(self);
}

static void connect_on_connected(bight_protocol *protocol, bight_transport *transport)
{
    session *self = connect_session_of(protocol);

    self->transport = transport;
    cli_set_idle_timeout(self->program, transport);
    if (self->program->options->verbose)
        cli_say("connected to %s from %s", bight_transport_get_peer(transport),
                bight_transport_get_local(transport));
    cli_files_begin(&self->files, transport, on_files_done, self);
    if (self->files.file == NULL)
        start_input(self);
}

static void connect_on_received(bight_protocol *protocol, const uint8_t *bytes, size_t size)
{
    session *self = connect_session_of(protocol);

    if (cli_output_write(self->output, bytes, size) == BIGHT_FLOW_WAIT)
        bight_transport_pause(self->transport);
}

/* With a terminal as input, the program ends with the peer. Any other input may have more to send,
 * and is read to its end. */
static void connect_on_ended(bight_protocol *protocol)
{
    session *self = connect_session_of(protocol);

    cli_output_end(self->output);
    if (isatty(STDIN_FILENO))
        bight_transport_close(self->transport);
}

static void connect_on_drained(bight_protocol *protocol)
{
    session *self = connect_session_of(protocol);

    if (self->input != NULL)
        cli_input_resume(self->input);
}

static bool connect_is_break(const bight_error *reason)
{
    bight_status status = reason != NULL ? bight_error_get_status(reason) : BIGHT_ERROR_CLOSED;

    return status != BIGHT_ERROR_CLOSED && status != BIGHT_ERROR_CANCELLED;
}

/* Bytes that the peer sent before the break are still written. */
static void connect_on_closed(bight_protocol *protocol, const bight_error *reason)
{
    session *self = connect_session_of(protocol);

    self->transport = NULL;
    if (self->input != NULL)
        cli_input_pause(self->input);
    if (connect_is_break(reason)) {
        if (self->program->status != CLI_FAILED) /* an interrupted file has already reported it */
            cli_say_error(reason);
        self->program->status = CLI_FAILED;
    }
    if (self->output != NULL)
        cli_output_end(self->output);
    end_if_over(self);
}

static const bight_protocol_ops ops = {
    .name = "connect",
    .connected = connect_on_connected,
    .received = connect_on_received,
    .ended = connect_on_ended,
    .drained = connect_on_drained,
    .closed = connect_on_closed,
};

/* -- The command -- */

static bight_result on_attempt_over(bight_result result, void *data)
{
    session *self = data;

    bight_deferred_free(self->connecting);
    self->connecting = NULL;
    if (result.error == NULL)
        return result;
    if (bight_error_get_status(result.error) != BIGHT_ERROR_CANCELLED)
        cli_say_error(result.error);
    cli_program_end(self->program, bight_error_get_status(result.error) == BIGHT_ERROR_INVALID
                                       ? CLI_USAGE
                                       : CLI_FAILED);
    bight_result_free(result);
    return bight_result_value(NULL);
}

/* When out of memory, the step reports it. */
static void connect_begin(session *self)
{
    self->connecting = cli_connect(self->program, self->program->options->arguments[0],
                                   &self->layers, &self->protocol);
    bight_deferred_both(self->connecting, on_attempt_over, self);
}

/* Standard input and output are already the other end. */
static bool refuse_stdio(cli_program *program)
{
    cli_say("connect already uses standard input and output: ENDPOINT cannot be stdio:");
    program->status = CLI_USAGE;
    return false;
}

static bool connect_start(cli_program *program)
{
    session *self;
    bight_status status = BIGHT_OK;

    if (cli_endpoint_is_stdio(program->options->arguments[0]))
        return refuse_stdio(program);
    if (!cli_connect_is_possible(program))
        return false;
    self = calloc(1, sizeof(*self));
    program->state = self;
    if (self != NULL && (!cli_layers_init(program->options, &self->layers) ||
                         !cli_files_init(&self->files, program->options, program->reactor)))
        return false;
    if (self == NULL)
        status = BIGHT_ERROR_NO_MEMORY;
    else if (program->options->save == NULL)
        status = cli_output_new(program->reactor, &output_ops, self, &self->output);
    if (status != BIGHT_OK) {
        cli_say("standard output: %s", bight_status_text(status));
        return false;
    }
    self->program = program;
    self->protocol.ops = &ops;
    connect_begin(self);
    return true;
}

static void connect_stop(cli_program *program)
{
    session *self = program->state;

    bight_deferred_cancel(self->connecting);
    if (self->transport != NULL)
        bight_transport_abort(self->transport);
}

static void connect_finish(cli_program *program)
{
    session *self = program->state;

    if (self == NULL)
        return;
    bight_deferred_cancel(self->connecting);
    cli_files_deinit(&self->files);
    bight_transport_free(self->transport);
    cli_input_free(self->input);
    cli_output_free(self->output);
    cli_layers_deinit(&self->layers);
    free(self);
    program->state = NULL;
}

static const cli_option options[] = {
    CLI_SERVER_OPTIONS, CLI_CONNECT_OPTIONS, CLI_TLS_TRUST_OPTIONS, CLI_TLS_CERTIFICATE_OPTIONS,
    CLI_LAYER_OPTIONS,  CLI_FILE_OPTIONS,    CLI_NO_MORE_OPTIONS};

const cli_command cli_command_connect = {
    .name = "connect",
    .arguments = "ENDPOINT",
    .summary = "Send standard input, and print what the peer sends",
    .details =
        "At the end of standard input, the sending direction is closed, and the peer's output is\n"
        "printed until its end. If standard input is a terminal, the program ends with the peer.\n",
    .options = options,
    .least = 1,
    .most = 1,
    .start = connect_start,
    .stop = connect_stop,
    .finish = connect_finish,
};
