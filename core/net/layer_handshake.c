/* A handshake that waits for a person. Its own time is the layer's; the timeout of the whole
 * connect is known to the climb, which stands above the layer until it is connected. */
#include "climb.h"
#include "layer.h"
#include <bight/timer.h>

void bight_layer_pause_handshake(bight_layer *layer, bool paused)
{
    bighti_check_thread(layer->transport.reactor);
    if (!layer->connecting || layer->patience == NULL ||
        (layer->transport.flags & BIGHTI_OVER) != 0)
        return;
    if (paused)
        bight_timer_stop(layer->patience);
    else
        bight_timer_start(layer->patience, layer->patience_time);
    bighti_climb_pause(layer->transport.protocol, paused);
}
