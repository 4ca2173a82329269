#include "help.h"
#include "report.h"
#include <stdio.h>
#include <string.h>

enum { OPTION_WIDTH = 24, COMMAND_WIDTH = 27 };

const cli_option cli_common_options[] = {
    {"host", CLI_TEXT, CLI_FIELD(host), "HOST",
     "the loop that carries it: native, glib, qt, cfrunloop"},
    {"load", CLI_ITEM, CLI_FIELD(libraries), "FILE",
     "take schemes of endpoints from this library, too"},
    {"stats", CLI_FLAG, CLI_FIELD(stats), NULL,
     "print the reactor's counters at the end, and on SIGUSR1"},
    {"watchdog", CLI_TIME, CLI_FIELD(watchdog), "TIME",
     "report every callback that held the loop for longer"},
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
        puts("\nIts options:");
        print_options(command->options);
    }
    puts("\nOptions of every command:");
    print_options(cli_common_options);
}

static void print_all(void)
{
    puts("usage: bight [OPTIONS] COMMAND [OPTIONS] ARGUMENTS\n\n"
         "Servers and clients in one line, on any loop that Bight knows.\n");
    for (const cli_command *const *each = cli_commands; *each != NULL; each++)
        print_line((*each)->name, (*each)->arguments, COMMAND_WIDTH, (*each)->summary);
    print_line("help", "[COMMAND]", COMMAND_WIDTH, "This, or how a command is used");
    puts("\nAn ENDPOINT, LISTEN or CONNECT is tcp:PORT, tcp:HOST:PORT with an address, localhost\n"
         "or, to connect to, a name (tcp:127.0.0.1:0 takes a free port, tcp:[::1]:80 is IPv6),\n"
         "unix:PATH, or unix:@NAME in the abstract namespace. tls: in place of tcp:, or in front\n"
         "of unix:, is TLS (tls:HOST:PORT?ca=FILE); stdio: is standard input and output. What "
         "leads\n"
         "to an endpoint stands in front of it, with a slash: VIA/ENDPOINT. Servers print "
         "\"listening ENDPOINT\" "
         "and end on\n"
         "SIGINT and SIGTERM.\n\nOptions of every command:");
    print_options(cli_common_options);
    print_line("--help, -h", NULL, OPTION_WIDTH, "explain the command");
    print_line("--version, -V", NULL, OPTION_WIDTH, "print the version");
    puts("\nExit status: 0 it worked, 1 it failed, 2 it was called wrongly.");
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
