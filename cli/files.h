/* Files in the place of standard input and output: `--send FILE` and `--save FILE`. */
#ifndef BIGHT_CLI_FILES_H
#define BIGHT_CLI_FILES_H

#include "options.h"
#include <bight/source.h>
#include <bight/transport.h>

#define CLI_FILE_OPTIONS                                                                           \
    {"send", CLI_TEXT, CLI_FIELD(send), "FILE", "send this file instead of standard input"},       \
    {                                                                                              \
        "save", CLI_TEXT, CLI_FIELD(save), "FILE",                                                 \
            "save the received bytes as this file when complete"                                   \
    }

typedef struct cli_files {
    const cli_options *options;
    bight_source *file;     /* that is sent; NULL for none */
    bight_source *received; /* that is saved; NULL for none, and before it is connected */
    bight_deferred *sending, *saving;
    bight_transport *transport; /* that is sent to */

    /* What was received is saved, or something went wrong, of which something was said. */
    void (*done)(void *data, bool worked);
    void *data;
} cli_files;

/* Open the file that is to be sent. False if that is not possible, of which something was said. */
bool cli_files_init(cli_files *files, const cli_options *options, bight_reactor *reactor);

/* Send and save over a transport that is connected. */
void cli_files_begin(cli_files *files, bight_transport *transport, void (*done)(void *, bool),
                     void *data);

void cli_files_deinit(cli_files *files);

#endif
