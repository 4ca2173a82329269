/* bight hosts: lists the loops that can carry a reactor here. It makes a reactor on each, because
 * an installed library may lack another that it needs. */
#include "command.h"
#include "host.h"
#include "report.h"

static int hosts_run(const cli_options *options)
{
    char text[CLI_LIBRARY_TEXT];

    (void)options;
    for (const cli_host *host = cli_hosts; host->name != NULL; host++) {
        bight_reactor *reactor = cli_host_open(host, text);

        if (!cli_print("%-9s %-4s %s", host->name, reactor != NULL ? "yes" : "no", text))
            return CLI_FAILED;
        bight_reactor_free(reactor);
    }
    return CLI_OK;
}

static const cli_option options[] = {CLI_NO_MORE_OPTIONS};

const cli_command cli_command_hosts = {
    .name = "hosts",
    .arguments = "",
    .summary = "List the event loops, and whether they can be used here",
    .details =
        "Prints for each loop its name for --host, whether it can be used, and its library or the\n"
        "reason why it cannot be used.\n",
    .options = options,
    .run = hosts_run,
};
