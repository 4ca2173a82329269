#include "serve.h"
#include "endpoints.h"
#include "options.h"
#include "report.h"
#include "tls.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

/* How long the shutdown waits for a peer that does not read its last bytes. */
#define LINGER BIGHT_SEC(2)

void cli_serve_failed(cli_program *program, bight_error *take_error)
{
    bool usage = bight_error_get_status(take_error) == BIGHT_ERROR_INVALID;

    cli_say_error(take_error);
    bight_error_unref(take_error);
    program->status = usage ? CLI_USAGE : CLI_FAILED;
}

/* Announce on standard output, or on standard error if the connection uses standard output. */
static bool listener_announce(const cli_program *program, const char *endpoint)
{
    bool taken = false;

    for (int i = 0; i < program->options->count; i++)
        taken = taken || cli_endpoint_is_stdio(program->options->arguments[i]);
    if (!taken)
        return cli_print("listening %s", endpoint);
    if (!cli_endpoint_is_stdio(endpoint))
        cli_say("listening %s", endpoint);
    return true;
}

/* With --verbose; a server that is scanned all day need not say so. */
static void report_failed_handshake(bight_listener *listener, const char *peer,
                                    const bight_address *address, const bight_error *error,
                                    void *data)
{
    const cli_program *program = data;

    (void)listener;
    (void)peer;
    (void)address;
    if (program->options->verbose)
        cli_say("not served: %s", bight_error_get_message(error));
}

bool cli_serve(cli_program *program, const char *endpoint, bight_serve_fn serve)
{
    bight_listener **listener = &program->listeners[program->listener_count];
    char *whole = cli_tls_endpoint(program->options, endpoint);
    bight_listen_options options = BIGHT_LISTEN_OPTIONS_INIT;
    bight_error *error = NULL;
    bight_status status = BIGHT_ERROR_NO_MEMORY;

    options.handshake_failed = report_failed_handshake;
    if (whole != NULL)
        status =
            bight_listen_with(program->reactor, whole, &options, serve, program, &error, listener);
    free(whole);
    if (status != BIGHT_OK) {
        cli_serve_failed(program, error != NULL ? error : bight_error_new(status, "no memory"));
        return false;
    }
    program->listener_count++;
    return listener_announce(program, bight_listener_get_endpoint(*listener));
}

bool cli_serve_arguments(cli_program *program, bight_serve_fn serve)
{
    for (int i = 0; i < program->options->count; i++) {
        if (!cli_serve(program, program->options->arguments[i], serve))
            return false;
    }
    return true;
}

void cli_member_add(cli_member *member, cli_program *program, void (*close)(cli_member *))
{
    member->program = program;
    member->number = ++program->served;
    member->close = close;
    bighti_list_append(&program->members, &member->link);
}

/* Whether there will be no more connections. During the shutdown there are no listeners. */
static bool listeners_are_over(const cli_program *program)
{
    for (int i = 0; i < program->listener_count; i++)
        if (bight_listener_is_open(program->listeners[i]))
            return false;
    return program->listener_count > 0;
}

void cli_serve_note_failure(cli_program *program)
{
    if (listeners_are_over(program))
        program->status = CLI_FAILED;
}

void cli_member_remove(cli_member *member)
{
    cli_program *program = member->program;

    bighti_link_unlink(&member->link);
    if (bighti_list_is_empty(&program->members) && listeners_are_over(program))
        cli_program_end(program, CLI_OK);
}

void cli_member_report(const cli_member *member, const char *format, ...)
{
    va_list arguments;

    if (!member->program->options->verbose)
        return;
    fprintf(stderr, "bight: %llu: ", (unsigned long long)member->number);
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
}

void cli_member_report_end(const cli_member *member, const char *peer, const bight_error *reason)
{
    cli_member_report(member, "%s: %s", peer,
                      reason != NULL ? bight_error_get_message(reason) : "closed");
}

/* When out of memory for its timer, a connection is served without this limit. */
void cli_set_idle_timeout(const cli_program *program, bight_transport *transport)
{
    bight_status status =
        bight_transport_set_idle_timeout(transport, program->options->idle_timeout);

    if (status != BIGHT_OK)
        cli_say("no idle timeout: %s", bight_status_text(status));
}

void cli_serve_settings(const cli_program *program, bight_transport *transport)
{
    cli_set_idle_timeout(program, transport);
    bight_transport_set_linger(transport, LINGER);
}

static void stop_listening(cli_program *program)
{
    while (program->listener_count > 0)
        bight_listener_free(program->listeners[--program->listener_count]);
}

/* Closing one may remove it from the list at once. */
void cli_serve_stop(cli_program *program)
{
    bighti_link all, *link;

    stop_listening(program);
    bighti_link_init(&all);
    bighti_list_splice(&all, &program->members);
    while ((link = bighti_list_pop(&all)) != NULL) {
        cli_member *member = BIGHTI_CONTAINER(link, cli_member, link);

        bighti_list_append(&program->members, link);
        member->close(member);
    }
}

void cli_serve_finish(cli_program *program)
{
    stop_listening(program);
}
