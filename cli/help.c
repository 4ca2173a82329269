#include "help.h"
#include "report.h"
#include <stdio.h>
#include <string.h>

enum { OPTION_WIDTH = 24, COMMAND_WIDTH = 27 };

const cli_option cli_common_options[] = {
    {"host", CLI_TEXT, CLI_FIELD(host), "HOST", "the event loop: native, glib, qt, cfrunloop"},
    {"load", CLI_ITEM, CLI_FIELD(libraries), "FILE",
     "also use the endpoint schemes of this library"},
    {"stats", CLI_FLAG, CLI_FIELD(stats), NULL,
     "print the reactor's counters at the end, and on SIGUSR1"},
    {"watchdog", CLI_TIME, CLI_FIELD(watchdog), "TIME",
     "report callbacks that block the loop for longer"},
    CLI_NO_MORE_OPTIONS,
};

static void print_line(const char *name, const char *argument, int width, const char *help)
{
    bool is_apart = argument != NULL && strncmp(argument, "[=", 2) != 0;
    char text[64];

    snprintf(text, sizeof(text), "%s%s%s", name, is_apart ? " " : "",
             argument != NULL ? argument : "");
    printf("  %-*s  %s\n", width, text, help);
}

static void print_options(const cli_option *table)
{
    char name[40];

    for (; table->name != NULL; table++) {
        snprintf(name, sizeof(name), "--%s", table->name);
        print_line(name, table->argument, OPTION_WIDTH, table->help);
    }
}

static void print_command(const cli_command *command)
{
    printf("usage: bight %s%s%s%s\n\n%s.\n", command->name,
           command->options->name != NULL ? " [OPTIONS]" : "", command->arguments[0] ? " " : "",
           command->arguments, command->summary);
    if (command->details != NULL)
        printf("\n%s", command->details);
    if (command->options->name != NULL) {
        puts("\nOptions:");
        print_options(command->options);
    }
    puts("\nOptions of every command:");
    print_options(cli_common_options);
}

static void print_all(void)
{
    puts("usage: bight [OPTIONS] COMMAND [OPTIONS] ARGUMENTS\n\n"
         "Servers and clients in one line, on any event loop that Bight supports.\n");
    for (const cli_command *const *each = cli_commands; *each != NULL; each++)
        print_line((*each)->name, (*each)->arguments, COMMAND_WIDTH, (*each)->summary);
    print_line("help", "[COMMAND]", COMMAND_WIDTH, "Show this text, or the help of a command");
    puts("\nENDPOINT, LISTEN and CONNECT are tcp:PORT or tcp:HOST:PORT, where HOST is an address,\n"
         "localhost, or for connecting a name (tcp:127.0.0.1:0 uses a free port, tcp:[::1]:80 is\n"
         "IPv6), unix:PATH, or unix:@NAME in the abstract namespace. tls: instead of tcp:, or in\n"
         "front of unix:, uses TLS (tls:HOST:PORT?ca=FILE). stdio: is standard input and output.\n"
         "A proxy stands in front of the endpoint, with a slash: VIA/ENDPOINT. Servers print\n"
         "\"listening ENDPOINT\" and end on SIGINT and SIGTERM.\n\n"
         "Options of every command:");
    print_options(cli_common_options);
    print_line("--help, -h", NULL, OPTION_WIDTH, "show the help of the command");
    print_line("--version, -V", NULL, OPTION_WIDTH, "print the version");
    puts("\nExit status: 0 success, 1 failure, 2 wrong usage.");
}

int cli_help_print(const cli_command *command)
{
    if (command != NULL)
        print_command(command);
    else
        print_all();
    return fflush(stdout) == 0 ? CLI_OK : CLI_FAILED;
}

int cli_version_print(void)
{
    return cli_print("bight %s", BIGHT_VERSION) ? CLI_OK : CLI_FAILED;
}
