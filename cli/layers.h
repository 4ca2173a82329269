/* Layers on a connection, as the options of a command have them: a limit of its rate, and on it a
 * log of what passes. */
#ifndef BIGHT_CLI_LAYERS_H
#define BIGHT_CLI_LAYERS_H

#include "options.h"
#include <bight/layer.h>

#define CLI_LAYER_OPTIONS                                                                          \
    {"rate", CLI_SIZE, CLI_FIELD(rate), "SIZE",                                                    \
     "limit each direction to this many bytes per second"},                                        \
    {                                                                                              \
        "log", CLI_FORM, CLI_FIELD(log), "[=FORM]", "print the traffic, as text or as hex"         \
    }

typedef struct cli_layers {
    bight_layer_factory *factories[2];
    unsigned count;
} cli_layers;

/* False without memory, or for a rate out of its range, of which something was said. */
bool cli_layers_init(const cli_options *options, cli_layers *layers);
void cli_layers_deinit(cli_layers *layers);

#endif
