#include "layers.h"
#include "report.h"
#include <bight/rate_limit.h>
#include <bight/wire_log.h>
#include <string.h>

/* Prefixes of passwords in common text protocols. */
static const char *const secrets[] = {"PASS ", "AUTH ",          "AUTHENTICATE ", "IDENTIFY ",
                                      "OPER ", "Authorization:", "Cookie:",       NULL};

static bool add_layer(cli_layers *layers, bight_status status, const char *name)
{
    if (status == BIGHT_OK)
        layers->count++;
    else
        cli_say("--%s: %s", name, bight_status_text(status));
    return status == BIGHT_OK;
}

static bool add_rate(const cli_options *options, cli_layers *layers)
{
    bight_rate_limit_options rate = BIGHT_RATE_LIMIT_OPTIONS_INIT;

    if (options->rate == 0)
        return true;
    rate.received = rate.sent = options->rate;
    return add_layer(layers, bight_rate_limit_new_layer(&rate, &layers->factories[layers->count]),
                     "rate");
}

static bool add_log(const cli_options *options, cli_layers *layers)
{
    bight_wire_log_options log = BIGHT_WIRE_LOG_OPTIONS_INIT;

    if (options->log == 0)
        return true;
    log.form = options->log == CLI_HEX ? BIGHT_WIRE_LOG_HEX : BIGHT_WIRE_LOG_TEXT;
    log.secrets = secrets;
    return add_layer(layers, bight_wire_log_new_layer(&log, &layers->factories[layers->count]),
                     "log");
}

bool cli_layers_init(const cli_options *options, cli_layers *layers)
{
    memset(layers, 0, sizeof(*layers));
    return add_rate(options, layers) && add_log(options, layers);
}

void cli_layers_deinit(cli_layers *layers)
{
    for (unsigned i = 0; i < layers->count; i++)
        bight_layer_factory_unref(layers->factories[i]);
    layers->count = 0;
}
