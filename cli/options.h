/* The command line: the command, its arguments and its options. Each command has a table of its
 * options, which the parser, the help and the error messages use. */
#ifndef BIGHT_CLI_OPTIONS_H
#define BIGHT_CLI_OPTIONS_H

#include "program.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* From `least` to `most`, inclusive. */
typedef struct cli_range {
    uint64_t least, most;
} cli_range;

/* The most values of a repeatable option. */
enum { CLI_MOST_ITEMS = 8 };
typedef struct cli_list {
    const char *items[CLI_MOST_ITEMS];
    int count;
} cli_list;

/* The kind of an option's value, and the type of the field that it sets. */
typedef enum cli_option_kind {
    CLI_FLAG,    /* nothing; bool */
    CLI_TEXT,    /* anything; const char * */
    CLI_COUNT,   /* a whole number; uint64_t */
    CLI_TIME,    /* "20", "20ms", "1.5s", "100us", milliseconds without a unit; uint64_t, in ns */
    CLI_SIZE,    /* "4096", "64k", "1m" bytes; uint64_t */
    CLI_SIZES,   /* a size, or two of them, "1-16"; cli_range */
    CLI_PERCENT, /* 0 to 100; uint64_t */
    CLI_WAYS,    /* "up", "down" or "both"; unsigned, of CLI_UP and CLI_DOWN */
    CLI_FORM,    /* nothing, "=text" or "=hex"; unsigned, CLI_PLAIN or CLI_HEX */
    CLI_ITEM     /* anything, repeatable; cli_list */
} cli_option_kind;

enum { CLI_UP = 1, CLI_DOWN = 2 };
enum { CLI_PLAIN = 1, CLI_HEX = 2 };

typedef struct cli_option {
    const char *name; /* NULL ends a table */
    cli_option_kind kind;
    size_t field;         /* its offset in cli_options */
    const char *argument; /* for the help: "FILE"; NULL for a flag */
    const char *help;     /* one line */
} cli_option;

#define CLI_FIELD(name) offsetof(cli_options, name)
#define CLI_NO_MORE_OPTIONS                                                                        \
    {                                                                                              \
        NULL, CLI_FLAG, 0, NULL, NULL                                                              \
    }

/* The settings of all commands. Each command reads those in its table. */
struct cli_options {
    const cli_command *command;
    char **arguments; /* the command's arguments, without options */
    int count;        /* of the arguments */

    const char *host;
    bool stats;
    uint64_t watchdog;

    bool verbose;
    uint64_t idle_timeout;
    const char *ca, *cert, *key; /* for TLS */
    bool insecure;
    cli_list libraries; /* libraries with schemes */
    uint64_t timeout;   /* for connecting */
    const char *from, *proxy;
    bool ipv4, ipv6;
    const char *type, *servers; /* of records, and to ask */
    const char *send, *save;    /* files instead of standard input and output */

    const char *name, *network, *description;
    const char *motd, *motd_file;
    const char *password, *password_file;
    uint64_t most_clients, most_per_address, burst, line_interval, send_queue, ping_interval,
        ping_timeout;

    const char *say;
    uint64_t attempts; /* 0 for no limit */

    uint64_t delay, jitter, rate, gap, buffer;
    cli_range split, stall, truncate, reset;
    uint64_t stall_time;
    uint64_t chance;
    unsigned ways;
    bool csv, json;
    unsigned log; /* 0 for none */

    uint64_t seed; /* CLI_NO_COUNT if one must be chosen */
};

/* The value of an option that was not given, if 0 has a meaning. */
#define CLI_NO_COUNT UINT64_MAX
#define CLI_NO_RANGE                                                                               \
    {                                                                                              \
        UINT64_MAX, UINT64_MAX                                                                     \
    }

/* Set the defaults, and parse. Returns true if there is a command to run. Otherwise the help or an
 * error message was printed, and `status` is the exit status. */
bool cli_options_parse(int count, char **words, cli_options *options, int *status);

#endif
