#include "streams.h"
#include <base/list.h>
#include <bight/adopt.h>
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

/* Returns 0 if there is no reason. */
static int errnum_of(const bight_error *reason)
{
    if (reason == NULL)
        return 0;
    if (bight_error_get_code(reason) == 0)
        return EIO;
    return bight_error_get_code(reason);
}

/* -- Input -- */

struct cli_input {
    bight_protocol protocol;
    const cli_input_ops *ops;
    void *data;
    bight_transport *transport; /* NULL once it has ended */
};

static cli_input *input_of(bight_protocol *protocol)
{
    return BIGHTI_CONTAINER(protocol, cli_input, protocol);
}

static void on_stdin_received(bight_protocol *protocol, const uint8_t *bytes, size_t size)
{
    cli_input *input = input_of(protocol);

    input->ops->received(input->data, bytes, size);
}

static void on_stdin_closed(bight_protocol *protocol, const bight_error *reason)
{
    cli_input *input = input_of(protocol);

    input->transport = NULL;
    input->ops->ended(input->data, errnum_of(reason));
}

static const bight_protocol_ops input_protocol = {
    .size = sizeof(bight_protocol_ops),
    .name = "standard input",
    .received = on_stdin_received,
    .closed = on_stdin_closed,
};

bight_status cli_input_new(bight_reactor *reactor, const cli_input_ops *ops, void *data,
                           cli_input **out)
{
    cli_input *input = malloc(sizeof(*input));
    bight_status status;

    if (input == NULL)
        return BIGHT_ERROR_NO_MEMORY;
    *input = (cli_input){.protocol = {&input_protocol}, .ops = ops, .data = data};
    status = bight_transport_adopt(reactor, STDIN_FILENO, -1, &input->protocol, &input->transport);
    if (status != BIGHT_OK) {
        free(input);
        return status;
    }
    *out = input;
    return BIGHT_OK;
}

void cli_input_pause(cli_input *input)
{
    if (input->transport != NULL)
        bight_transport_pause(input->transport);
}

void cli_input_resume(cli_input *input)
{
    if (input->transport != NULL)
        bight_transport_resume(input->transport);
}

void cli_input_free(cli_input *input)
{
    if (input == NULL)
        return;
    bight_transport_free(input->transport);
    free(input);
}

/* -- Output -- */

enum { LOW_MARK = 16 * 1024, HIGH_MARK = 64 * 1024 };

struct cli_output {
    bight_protocol protocol;
    const cli_output_ops *ops;
    void *data;
    bight_transport *transport; /* NULL once it is done */
};

static cli_output *output_of(bight_protocol *protocol)
{
    return BIGHTI_CONTAINER(protocol, cli_output, protocol);
}

/* Standard output is never read. */
static void on_stdout_received(bight_protocol *protocol, const uint8_t *bytes, size_t size)
{
    (void)protocol;
    (void)bytes;
    (void)size;
}

static void on_stdout_drained(bight_protocol *protocol)
{
    cli_output *output = output_of(protocol);

    output->ops->drained(output->data);
}

static void on_stdout_closed(bight_protocol *protocol, const bight_error *reason)
{
    cli_output *output = output_of(protocol);

    output->transport = NULL;
    output->ops->done(output->data, errnum_of(reason));
}

static const bight_protocol_ops output_protocol = {
    .size = sizeof(bight_protocol_ops),
    .name = "standard output",
    .received = on_stdout_received,
    .drained = on_stdout_drained,
    .closed = on_stdout_closed,
};

/* There is no timeout, because a person may read the output in a pager. */
bight_status cli_output_new(bight_reactor *reactor, const cli_output_ops *ops, void *data,
                            cli_output **out)
{
    cli_output *output = malloc(sizeof(*output));
    bight_status status;

    if (output == NULL)
        return BIGHT_ERROR_NO_MEMORY;
    *output = (cli_output){.protocol = {&output_protocol}, .ops = ops, .data = data};
    status =
        bight_transport_adopt(reactor, -1, STDOUT_FILENO, &output->protocol, &output->transport);
    if (status != BIGHT_OK) {
        free(output);
        return status;
    }
    bight_transport_set_marks(output->transport, LOW_MARK, HIGH_MARK, 0);
    bight_transport_set_linger(output->transport, BIGHT_NEVER);
    *out = output;
    return BIGHT_OK;
}

bight_flow cli_output_write(cli_output *output, const uint8_t *bytes, size_t size)
{
    if (output->transport == NULL)
        return BIGHT_FLOW_GO;
    return bight_transport_write(output->transport, bytes, size);
}

void cli_output_end(cli_output *output)
{
    if (output->transport != NULL)
        bight_transport_close(output->transport);
}

void cli_output_free(cli_output *output)
{
    if (output == NULL)
        return;
    bight_transport_free(output->transport);
    free(output);
}
