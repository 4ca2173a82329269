/* The layers of a connection that a command's options request: a rate limit, and on top of it a
 * log of the traffic. */
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

/* Returns false after a message when out of memory, or if the rate is out of range. */
bool cli_layers_init(const cli_options *options, cli_layers *layers);
void cli_layers_deinit(cli_layers *layers);

#endif
