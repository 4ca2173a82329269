/* One run of the tool: parse, load the library of the command and that of the host, start the
 * command, run the loop, free everything. */
#include "command.h"
#include "endpoints.h"
#include "host.h"
#include "report.h"
#include "signals.h"
#include "stats.h"
#include <fcntl.h>
#include <unistd.h>

/* A program may be started without standard streams. The next descriptor that it opens would then
 * become one, and messages would be sent to a peer. */
static bool fill_standard_streams(void)
{
    int fd;

    do
        fd = open("/dev/null", O_RDWR | O_CLOEXEC);
    while (fd >= 0 && fd <= STDERR_FILENO);
    if (fd >= 0)
        close(fd);
    return fd >= 0;
}

static bool open_host(cli_program *program)
{
    const char *name = program->options->host != NULL ? program->options->host : "native";
    const cli_host *host = cli_host_find(name);
    char text[CLI_LIBRARY_TEXT];

    if (host == NULL) {
        cli_say("there is no host \"%s\"; \"bight hosts\" lists them", name);
        program->status = CLI_USAGE;
        return false;
    }
    program->reactor = cli_host_open(host, text);
    if (program->reactor != NULL)
        return true;
    cli_say("the host %s cannot be used: %s", name, text);
    program->status = CLI_FAILED;
    return false;
}

static bool load_library(const cli_command *command)
{
    char text[CLI_LIBRARY_TEXT];

    if (command->library == NULL || cli_library_load(command->library, text))
        return true;
    cli_say("%s needs %s, which cannot be loaded: %s", command->name, command->library->name, text);
    return false;
}

/* The counters include the longest callback, which is measured only with a watchdog; so use one
 * that never reports. */
static uint64_t watchdog_of(const cli_options *options)
{
    return options->watchdog == 0 && options->stats ? BIGHT_NEVER : options->watchdog;
}

static void run_loop(cli_program *program)
{
    bight_status status;

    if (program->over)
        return;
    bight_reactor_set_watchdog(program->reactor, watchdog_of(program->options));
    status = bight_reactor_run(program->reactor);
    if (status == BIGHT_OK)
        return;
    cli_say("the loop of %s cannot run: %s", bight_reactor_get_host_name(program->reactor),
            bight_status_text(status));
    program->status = CLI_FAILED;
}

static void run_on_reactor(cli_program *program)
{
    const cli_command *command = program->command;

    if (!open_host(program))
        return;
    if (cli_signals_start(program) && cli_schemes_load(program) && command->start(program))
        run_loop(program);
    else if (program->status == CLI_OK)
        program->status = CLI_FAILED;
    if (program->options->stats)
        cli_stats_print(program->reactor);
    command->finish(program);
    cli_signals_finish(program);
    bight_reactor_free(program->reactor);
}

int main(int count, char **words)
{
    cli_options options;
    cli_program program;
    int status = CLI_FAILED;

    if (!fill_standard_streams() || !cli_options_parse(count, words, &options, &status))
        return status;
    if (!load_library(options.command))
        return CLI_FAILED;
    if (options.command->run != NULL)
        return options.command->run(&options);
    cli_program_init(&program, &options);
    run_on_reactor(&program);
    if (program.signal != 0 && !program.command->is_server)
        cli_signals_die(program.signal);
    return program.status;
}
