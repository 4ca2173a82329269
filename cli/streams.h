/* Standard input and output on the reactor: two transports, each for one direction, so that each
 * ends on its own. */
#ifndef BIGHT_CLI_STREAMS_H
#define BIGHT_CLI_STREAMS_H

#include <bight/reactor.h>
#include <bight/status.h>
#include <bight/transport.h>
#include <stddef.h>
#include <stdint.h>

/* -- Input: a pipe, a terminal, a socket or a file -- */

typedef struct cli_input cli_input;

typedef struct cli_input_ops {
    void (*received)(void *data, const uint8_t *bytes, size_t size);
    void (*ended)(void *data, int errnum); /* 0, or the errno of a failed read */
} cli_input_ops;

/* Reading begins in the next turn. */
bight_status cli_input_new(bight_reactor *reactor, const cli_input_ops *ops, void *data,
                           cli_input **input);
void cli_input_pause(cli_input *input);
void cli_input_resume(cli_input *input);

/* Not in its own callbacks. NULL is ignored. */
void cli_input_free(cli_input *input);

/* -- Output -- */

typedef struct cli_output cli_output;

typedef struct cli_output_ops {
    void (*drained)(void *data); /* called once writing may go on after BIGHT_FLOW_WAIT */

    /* Writing has ended: 0 after cli_output_end(), or the errno of a failure. Never called inside
     * another function of this header. */
    void (*done)(void *data, int errnum);
} cli_output_ops;

bight_status cli_output_new(bight_reactor *reactor, const cli_output_ops *ops, void *data,
                            cli_output **output);

/* Ignored once it has failed or ended. */
bight_flow cli_output_write(cli_output *output, const uint8_t *bytes, size_t size);

/* Close the output when all is written, so that its reader sees the end. */
void cli_output_end(cli_output *output);

/* Not in its own callbacks. NULL is ignored. */
void cli_output_free(cli_output *output);

#endif
