/* bight resolve: looks a name up and prints what it has, one line each. */
#include "command.h"
#include "report.h"
#include "text.h"
#include <bight/later.h>
#include <bight/records.h>
#include <bight/threads.h>
#include <bight/value.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

typedef struct finding {
    cli_program *program;
    bight_threads *threads; /* for names below .local; starts none before one is asked for */
    bight_resolver *resolver;
    bight_deferred *lookup;
} finding;

/* A type of records that can be asked for, and how its answers are printed. */
typedef struct finding_type {
    const char *name;
    bight_deferred *(*start)(bight_resolver *resolver, const char *name);
    bool (*print)(bight_result in);
} finding_type;

/* -- Printing -- */

static bool print_addresses(bight_result in)
{
    const bight_addresses *found = BIGHT_VALUE(bight_addresses, in, bight_addresses_free);
    bool printed = true;

    for (size_t i = 0; printed && i < bight_addresses_get_count(found); i++)
        printed = cli_print("%s", bight_addresses_get_text(found, i));
    return printed;
}

/* The text is the server's: bytes that a terminal might obey are written as numbers. */
static void text_add_printable(cli_text *text, bight_view bytes)
{
    for (size_t i = 0; i < bytes.size; i++) {
        if (bytes.data[i] < ' ' || bytes.data[i] > '~')
            cli_text_format(text, "\\%03u", (unsigned)bytes.data[i]);
        else
            cli_text_add(text, bytes.data + i, 1);
    }
}

typedef void (*record_numbers_fn)(cli_text *line, const bight_records *records, size_t index);

static bool print_records(bight_result in, record_numbers_fn add_numbers)
{
    const bight_records *found = BIGHT_VALUE(bight_records, in, bight_records_free);
    bool printed = true;

    for (size_t i = 0; printed && i < bight_records_get_count(found); i++) {
        cli_text line = {0};

        if (add_numbers != NULL)
            add_numbers(&line, found, i);
        text_add_printable(&line, bight_records_get_bytes(found, i));
        cli_text_add(&line, "", 1);
        printed = !line.failed && cli_print("%s", line.bytes);
        cli_text_free(&line);
    }
    return printed;
}

static void add_preference(cli_text *line, const bight_records *records, size_t index)
{
    cli_text_format(line, "%u ", (unsigned)bight_records_get_priority(records, index));
}

static void add_srv_numbers(cli_text *line, const bight_records *records, size_t index)
{
    cli_text_format(line, "%u %u %u ", (unsigned)bight_records_get_priority(records, index),
                    (unsigned)bight_records_get_weight(records, index),
                    (unsigned)bight_records_get_port(records, index));
}

static bool print_texts(bight_result in)
{
    return print_records(in, NULL);
}

static bool print_mail_servers(bight_result in)
{
    return print_records(in, add_preference);
}

static bool print_services(bight_result in)
{
    return print_records(in, add_srv_numbers);
}

/* -- Types -- */

static bight_deferred *find_any(bight_resolver *resolver, const char *name)
{
    return bight_resolve(resolver, name, BIGHT_FAMILY_ANY);
}

static bight_deferred *find_ipv4(bight_resolver *resolver, const char *name)
{
    return bight_resolve(resolver, name, BIGHT_FAMILY_IPV4);
}

static bight_deferred *find_ipv6(bight_resolver *resolver, const char *name)
{
    return bight_resolve(resolver, name, BIGHT_FAMILY_IPV6);
}

/* The name is an address here, which resolve_start() has checked. */
static bight_deferred *find_names(bight_resolver *resolver, const char *name)
{
    bight_address address;

    return bight_address_parse(name, &address) == BIGHT_OK ? bight_resolve_ptr(resolver, &address)
                                                           : NULL;
}

static const finding_type finding_types[] = {
    {"any", find_any, print_addresses},         {"A", find_ipv4, print_addresses},
    {"AAAA", find_ipv6, print_addresses},       {"MX", bight_resolve_mx, print_mail_servers},
    {"SRV", bight_resolve_srv, print_services}, {"TXT", bight_resolve_txt, print_texts},
    {"PTR", find_names, print_texts},
};

/* Without --type an address is asked for its names, anything else for its addresses. */
static const finding_type *finding_type_of(const cli_options *options)
{
    bight_address address;
    const char *type = options->type;

    if (type == NULL)
        type = bight_address_parse(options->arguments[0], &address) == BIGHT_OK ? "PTR" : "any";
    for (size_t i = 0; i < sizeof(finding_types) / sizeof(finding_types[0]); i++)
        if (strcasecmp(type, finding_types[i].name) == 0)
            return &finding_types[i];
    return NULL;
}

static bool finding_type_fits(const finding_type *type, const char *name)
{
    bight_address address;

    if (type == NULL)
        cli_say("--type is one of A, AAAA, MX, SRV, TXT and PTR");
    else if (type->start == find_names && bight_address_parse(name, &address) != BIGHT_OK)
        cli_say("PTR needs an address; \"%s\" is not one", name);
    else
        return true;
    return false;
}

/* -- The command -- */

static bight_result finding_on_result(bight_result in, void *data)
{
    finding *self = data;
    int status = CLI_OK;

    bight_deferred_free(self->lookup);
    self->lookup = NULL;
    if (in.error != NULL) {
        if (bight_error_get_status(in.error) != BIGHT_ERROR_CANCELLED)
            cli_say_error(in.error);
        status = bight_error_get_status(in.error) == BIGHT_ERROR_INVALID ? CLI_USAGE : CLI_FAILED;
    } else if (!finding_type_of(self->program->options)->print(in)) {
        status = CLI_FAILED;
    }
    cli_program_end(self->program, status);
    bight_result_free(in);
    return bight_result_value(NULL);
}

static bool finding_make_resolver(finding *self)
{
    bight_resolver_options how = BIGHT_RESOLVER_OPTIONS_INIT;
    bight_status status = bight_threads_new(self->program->reactor, NULL, &self->threads);

    how.threads = self->threads;
    how.servers = self->program->options->servers;
    if (status == BIGHT_OK)
        status = bight_resolver_new(self->program->reactor, &how, &self->resolver);
    if (status == BIGHT_OK)
        return true;
    if (status == BIGHT_ERROR_INVALID) {
        cli_say("--servers takes addresses of name servers, with commas between; \"%s\" is not",
                how.servers);
        self->program->status = CLI_USAGE;
    } else {
        cli_say("names cannot be looked up: %s", bight_status_text(status));
    }
    return false;
}

static bool finding_start(cli_program *program)
{
    const finding_type *type = finding_type_of(program->options);
    const char *name = program->options->arguments[0];
    uint64_t timeout = program->options->timeout;
    finding *self;

    if (!finding_type_fits(type, name)) {
        program->status = CLI_USAGE;
        return false;
    }
    self = calloc(1, sizeof(*self));
    program->state = self;
    if (self == NULL)
        return false;
    self->program = program;
    if (!finding_make_resolver(self))
        return false;
    self->lookup = type->start(self->resolver, name);
    if (timeout > 0)
        self->lookup = bight_timeout(self->lookup, program->reactor, timeout);
    bight_deferred_both(self->lookup, finding_on_result, self);
    return true;
}

static void finding_stop(cli_program *program)
{
    bight_deferred_cancel(((finding *)program->state)->lookup);
}

static void finding_finish(cli_program *program)
{
    finding *self = program->state;

    if (self == NULL)
        return;
    bight_deferred_cancel(self->lookup);
    bight_resolver_free(self->resolver);
    bight_threads_free(self->threads);
    free(self);
    program->state = NULL;
}

static const cli_option options[] = {
    {"type", CLI_TEXT, CLI_FIELD(type), "TYPE", "A, AAAA, MX, SRV, TXT or PTR"},
    {"servers", CLI_TEXT, CLI_FIELD(servers), "ADDRESSES", "name servers, instead of the system's"},
    {"timeout", CLI_TIME, CLI_FIELD(timeout), "TIME", "give up after this time"},
    CLI_NO_MORE_OPTIONS};

const cli_command cli_command_resolve = {
    .name = "resolve",
    .arguments = "NAME",
    .summary = "Look a name up, or the names of an address",
    .details =
        "Prints one line for each answer, the best first: addresses; for MX the preference and "
        "the\n"
        "host; for SRV priority, weight, port and target. An address is asked for its names.\n",
    .options = options,
    .least = 1,
    .most = 1,
    .start = finding_start,
    .stop = finding_stop,
    .finish = finding_finish,
};
