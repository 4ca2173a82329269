/* Files instead of standard input and output: `--send FILE` and `--save FILE`. */
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
    bight_source *file;     /* to send; NULL for none */
    bight_source *received; /* to save; NULL for none, and before it is connected */
    bight_deferred *sending, *saving;
    bight_transport *transport; /* the destination of the file */

    /* Called when the received bytes are saved, or after a failure, which was reported. */
    void (*done)(void *data, bool worked);
    void *data;
} cli_files;

/* Open the file to send. Returns false after a message if that fails. */
bool cli_files_init(cli_files *files, const cli_options *options, bight_reactor *reactor);

/* Send and save over a connected transport. */
void cli_files_begin(cli_files *files, bight_transport *transport, void (*done)(void *, bool),
                     void *data);

void cli_files_deinit(cli_files *files);

#endif
