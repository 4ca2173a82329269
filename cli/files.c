#include "files.h"
#include "report.h"
#include <bight/value.h>

static bight_result files_tell(cli_files *files, bight_result result)
{
    bool worked = result.error == NULL;

    if (!worked && bight_error_get_status(result.error) != BIGHT_ERROR_CANCELLED)
        cli_say_error(result.error);
    bight_result_free(result);
    files->done(files->data, worked);
    return bight_result_value(NULL);
}

static bight_result on_file_sent(bight_result in, void *data)
{
    cli_files *files = data;

    bight_deferred_free(files->sending);
    files->sending = NULL;
    if (in.error != NULL)
        return files_tell(files, in);
    bight_transport_shutdown(files->transport);
    return in;
}

static bight_result on_file_saved(bight_result in, void *data)
{
    cli_files *files = data;

    bight_deferred_free(files->saving);
    files->saving = NULL;
    if (in.error == NULL && files->options->verbose)
        cli_say("saved %ld bytes as %s", (long)bight_result_get_int(in), files->options->save);
    return files_tell(files, in);
}

bool cli_files_init(cli_files *files, const cli_options *options, bight_reactor *reactor)
{
    bight_result result;
    bight_deferred *opening;

    *files = (cli_files){.options = options};
    if (options->send == NULL)
        return true;
    opening = bight_source_open_file(reactor, options->send, NULL);
    if (!bight_deferred_take(opening, &result)) /* without threads it is done already */
        return false;
    bight_deferred_free(opening);
    if (result.error == NULL)
        files->file = bight_result_steal_source(&result);
    else
        cli_say_error(result.error);
    bight_result_free(result);
    return files->file != NULL;
}

/* Add all steps before any of the operations can end. */
void cli_files_begin(cli_files *files, bight_transport *transport, void (*done)(void *, bool),
                     void *data)
{
    files->transport = transport;
    files->done = done;
    files->data = data;
    if (files->options->save != NULL) {
        files->received = bight_source_new_transport(transport);
        files->saving = bight_source_to_file(files->received, files->options->save, NULL);
        bight_deferred_both(files->saving, on_file_saved, files);
    }
    if (files->file != NULL) {
        files->sending = bight_source_send(files->file, transport);
        bight_deferred_both(files->sending, on_file_sent, files);
    }
}

void cli_files_deinit(cli_files *files)
{
    bight_deferred_cancel(files->sending);
    bight_deferred_cancel(files->saving);
    bight_source_free(files->received);
    bight_source_free(files->file);
}
