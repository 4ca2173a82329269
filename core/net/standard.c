/* stdio: is a connection that exists already, and the only one of its kind, so connecting to it
 * and accepting it are the same. A reactor hands it out only once, because two readers of the same
 * pipe would get a part of the bytes each, and after its end /dev/null takes its place
 * (adopt.c). */
#include "standard.h"
#include "transport.h"
#include <bight/adopt.h>
#include <bight/scheme.h>
#include <unistd.h>

static const bight_key standard_key = {"stdio"};
static char standard_is_taken;

static bight_error *stdio_check(bight_reactor *reactor, const bight_endpoint *endpoint)
{
    const char *place = bight_endpoint_get_place(endpoint);

    if (*place != '\0')
        return bight_endpoint_new_error(endpoint, place, "nothing behind stdio:");
    if (bight_reactor_get_data(reactor, &standard_key) != NULL)
        return bight_error_new(BIGHT_ERROR_STATE, "standard input and output are taken already");
    return NULL;
}

/* Returns NULL and sets the error on failure. */
static bight_transport *stdio_take(bight_reactor *reactor, const bight_endpoint *endpoint,
                                   const char *operation, bight_protocol *protocol,
                                   bight_error **error)
{
    bight_error *wrong = stdio_check(reactor, endpoint);
    bight_transport *transport = NULL;
    bight_status status;

    if (wrong != NULL) {
        *error = bight_error_new_caused(wrong, bight_error_get_status(wrong), "%s %s", operation,
                                        bight_endpoint_get_text(endpoint));
        return NULL;
    }
    status = bight_reactor_set_data(reactor, &standard_key, &standard_is_taken, NULL);
    if (status == BIGHT_OK)
        status = bight_transport_adopt(reactor, STDIN_FILENO, STDOUT_FILENO, protocol, &transport);
    if (status != BIGHT_OK)
        *error = bight_error_new(status, "%s stdio:: %s", operation, bight_status_text(status));
    return status == BIGHT_OK ? transport : NULL;
}

bight_deferred *bighti_stdio_connect(bight_reactor *reactor, const bight_endpoint *endpoint,
                                     const bight_connect_options *options, bight_protocol *protocol,
                                     void *data)
{
    bight_error *error = NULL;
    bight_transport *transport = stdio_take(reactor, endpoint, "connect to", protocol, &error);

    (void)options;
    (void)data;
    return transport != NULL ? bight_scheme_made(transport) : bight_deferred_failed(error);
}

bight_error *bighti_stdio_listen(bight_listener *listener, const bight_endpoint *endpoint,
                                 const bight_listen_options *options, void *data, void **state)
{
    bight_error *error = NULL;
    bight_transport *transport =
        stdio_take(bight_listener_get_reactor(listener), endpoint, "listen on",
                   (bight_protocol *)&bighti_unserved, &error);
    bight_status status;

    (void)options;
    (void)data;
    if (transport == NULL)
        return error;
    status = bight_listener_accept(listener, transport);
    if (status != BIGHT_OK)
        return bight_error_new(status, "listen on stdio:: %s", bight_status_text(status));
    bight_listener_end(listener);
    *state = NULL;
    return NULL;
}

void bighti_stdio_close(void *state)
{
    (void)state;
}
