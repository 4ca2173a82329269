#include "options.h"
#include "command.h"
#include "help.h"
#include "option_values.h"
#include "report.h"
#include <string.h>

static const cli_options defaults = {
    .most_clients = CLI_NO_COUNT,
    .most_per_address = CLI_NO_COUNT,
    .burst = CLI_NO_COUNT,
    .line_interval = CLI_NO_COUNT,
    .send_queue = CLI_NO_COUNT,
    .ping_interval = CLI_NO_COUNT,
    .ping_timeout = CLI_NO_COUNT,
    .split = CLI_NO_RANGE,
    .stall = CLI_NO_RANGE,
    .truncate = CLI_NO_RANGE,
    .reset = CLI_NO_RANGE,
    .gap = BIGHT_USEC(100),
    .chance = 100,
    .ways = CLI_UP | CLI_DOWN,
    .seed = CLI_NO_COUNT,
};

/* The state of the parser. */
typedef struct parse {
    cli_options *options;
    char **next, **end;  /* the remaining words */
    bool arguments_only; /* after "--" */
    bool help, version;
} parse;

static bool options_fault(const parse *self)
{
    const cli_command *command = self->options->command;

    if (command != NULL)
        cli_say("\"bight help %s\" shows its usage", command->name);
    else
        cli_say("\"bight help\" shows the usage");
    return false;
}

static const cli_option *find_in(const cli_option *table, const char *name, size_t length)
{
    for (; table->name != NULL; table++) {
        if (strlen(table->name) == length && strncmp(table->name, name, length) == 0)
            return table;
    }
    return NULL;
}

static const cli_option *find_option(const parse *self, const char *name, size_t length)
{
    const cli_option *option = find_in(cli_common_options, name, length);

    if (option == NULL && self->options->command != NULL)
        option = find_in(self->options->command->options, name, length);
    return option;
}

static bool needs_value(const cli_option *option)
{
    return option->kind != CLI_FLAG && option->kind != CLI_FORM;
}

/* "--name", "--name=value" or "--name value", without the dashes. */
static bool take_option(parse *self, const char *word)
{
    size_t length = strcspn(word, "=");
    const cli_option *option = find_option(self, word, length);
    const char *value = word[length] == '=' ? word + length + 1 : NULL;

    if (option == NULL) {
        cli_say("there is no option --%.*s", (int)length, word);
        return options_fault(self);
    }
    if (option->kind == CLI_FLAG && value != NULL) {
        cli_say("--%s takes no value", option->name);
        return options_fault(self);
    }
    if (needs_value(option) && value == NULL && self->next < self->end)
        value = *self->next++;
    if (needs_value(option) && value == NULL) {
        cli_say("--%s needs %s", option->name, option->argument);
        return options_fault(self);
    }
    if (cli_value_set(option, value, self->options))
        return true;
    cli_say("--%s takes %s; \"%s\" is not", option->name, cli_value_describe(option->kind), value);
    return options_fault(self);
}

static bool take_command(parse *self, const char *name)
{
    if (strcmp(name, "help") == 0) {
        self->help = true;
        return true;
    }
    for (const cli_command *const *each = cli_commands; *each != NULL; each++) {
        if (strcmp((*each)->name, name) == 0) {
            self->options->command = *each;
            return true;
        }
    }
    cli_say("there is no command \"%s\"", name);
    return options_fault(self);
}

static bool options_take_word(parse *self, char *word)
{
    if (self->arguments_only || word[0] != '-' || word[1] == '\0') {
        if (self->options->command == NULL)
            return take_command(self, word);
        self->options->arguments[self->options->count++] = word;
        return true;
    }
    if (strcmp(word, "--") == 0)
        self->arguments_only = true;
    else if (strcmp(word, "-h") == 0 || strcmp(word, "--help") == 0)
        self->help = true;
    else if (strcmp(word, "-V") == 0 || strcmp(word, "--version") == 0)
        self->version = true;
    else if (word[1] == '-')
        return take_option(self, word + 2);
    else {
        cli_say("there is no option %s", word);
        return options_fault(self);
    }
    return true;
}

static bool has_right_count(const parse *self)
{
    const cli_options *options = self->options;
    const cli_command *command = options->command;

    if (command == NULL) {
        cli_say("no command given; \"bight help\" lists the commands");
        return false;
    }
    if (options->count >= command->least && options->count <= command->most)
        return true;
    if (options->count < command->least)
        cli_say("%s needs %s", command->name, command->arguments);
    else
        cli_say("%s takes no more than %s", command->name,
                command->most == 0 ? "its options" : command->arguments);
    return options_fault(self);
}

bool cli_options_parse(int count, char **words, cli_options *options, int *status)
{
    /* Arguments are stored in the places of words that were already read. */
    parse self = {.options = options, .next = words + 1, .end = words + count};

    *options = defaults;
    options->arguments = words;
    *status = CLI_USAGE;
    while (self.next < self.end) {
        if (!options_take_word(&self, *self.next++))
            return false;
    }
    if (self.help || self.version) {
        *status = self.help ? cli_help_print(options->command) : cli_version_print();
        return false;
    }
    return has_right_count(&self);
}
