/* Where the two ends of a connection are: as an address, and as the text that names them in errors.
 */
#include "transport.h"
#include <stdlib.h>
#include <string.h>

enum { PLACE_TEXT_SIZE = 160 };

static bight_address transport_locate(bight_transport *transport, bool peer)
{
    if (transport->ops->locate == NULL)
        return (bight_address){.family = BIGHT_ADDRESS_NONE};
    return transport->ops->locate(transport, peer);
}

/* NULL without memory. */
static bighti_place *place_new(bight_transport *transport, bool peer)
{
    bight_address address = transport_locate(transport, peer);
    char text[PLACE_TEXT_SIZE];
    bighti_place *place;
    size_t size;

    transport->ops->describe(transport, peer, &address, text, sizeof(text));
    size = strlen(text) + 1;
    place = malloc(sizeof(*place) + size);
    if (place == NULL)
        return NULL;
    place->address = address;
    memcpy(place->text, text, size);
    return place;
}

/* Asked for rarely, so made when it is asked for and then kept. */
static const char *place_name(bight_transport *transport, bool peer)
{
    bighti_details *details = bighti_transport_details(transport);
    bighti_place **kept;

    if (details == NULL)
        return "a connection";
    kept = peer ? &details->peer : &details->local;
    if (*kept == NULL && (transport->flags & BIGHTI_OVER) != 0)
        return "a closed connection";
    if (*kept == NULL)
        *kept = place_new(transport, peer);
    return *kept != NULL ? (*kept)->text : "a connection";
}

const char *bight_transport_get_local(bight_transport *transport)
{
    return place_name(transport, false);
}

const char *bight_transport_get_peer(bight_transport *transport)
{
    return place_name(transport, true);
}

/* A server may ask this of each of a million connections, so nothing is made for it. */
static bight_address transport_address(bight_transport *transport, bool peer)
{
    const bighti_details *details = transport->details;
    const bighti_place *kept = NULL;

    if (details != NULL)
        kept = peer ? details->peer : details->local;
    if (kept != NULL)
        return kept->address;
    if ((transport->flags & BIGHTI_OVER) != 0)
        return (bight_address){.family = BIGHT_ADDRESS_NONE};
    return transport_locate(transport, peer);
}

bight_address bight_transport_get_local_address(bight_transport *transport)
{
    return transport_address(transport, false);
}

bight_address bight_transport_get_peer_address(bight_transport *transport)
{
    return transport_address(transport, true);
}

const char *bighti_transport_name(bight_transport *transport)
{
    return bight_transport_get_peer(transport);
}
