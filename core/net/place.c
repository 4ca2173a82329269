/* The places of the two ends of a connection: the address, and the text that names it in errors.
 */
#include "endpoint.h"
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

/* NULL when out of memory. */
static bighti_place *place_new(const bight_address *address, const char *text)
{
    size_t size = strlen(text) + 1;
    bighti_place *place = malloc(sizeof(*place) + size);

    if (place == NULL)
        return NULL;
    place->replaced = NULL;
    place->address = *address;
    memcpy(place->text, text, size);
    return place;
}

static bighti_place *place_find(bight_transport *transport, bool peer)
{
    bight_address address = transport_locate(transport, peer);
    char text[PLACE_TEXT_SIZE];

    transport->ops->describe(transport, peer, &address, text, sizeof(text));
    return place_new(&address, text);
}

/* Rarely needed, so it is made on the first request and then kept. */
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
        *kept = place_find(transport, peer);
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

/* A server may request this for each of a million connections, so nothing is allocated. */
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

bool bighti_place_set(bight_transport *transport, bool peer, const bight_address *address,
                      const char *text)
{
    bighti_details *details = bighti_transport_details(transport);
    char endpoint[BIGHTI_ENDPOINT_SIZE];
    bighti_place *place, **kept;

    if (text == NULL)
        bighti_endpoint_format(address, endpoint, sizeof(endpoint));
    place = details != NULL ? place_new(address, text != NULL ? text : endpoint) : NULL;
    if (place == NULL)
        return false;
    kept = peer ? &details->peer : &details->local;
    place->replaced = *kept;
    *kept = place;
    return true;
}

/* The texts of both may be in use. */
static void place_move(bighti_place **from, bighti_place **to)
{
    bighti_place *oldest = *from;

    if (oldest == NULL)
        return;
    while (oldest->replaced != NULL)
        oldest = oldest->replaced;
    oldest->replaced = *to;
    *to = *from;
    *from = NULL;
}

void bighti_places_free(bighti_place *place)
{
    while (place != NULL) {
        bighti_place *replaced = place->replaced;

        free(place);
        place = replaced;
    }
}

void bighti_places_move(bighti_details *from, bighti_details *to)
{
    place_move(&from->local, &to->local);
    place_move(&from->peer, &to->peer);
}

const char *bighti_transport_name(bight_transport *transport)
{
    return bight_transport_get_peer(transport);
}
