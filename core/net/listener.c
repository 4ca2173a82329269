/* Listening: a scheme accepts connections and passes them to this file, which puts layers on them
 * and calls serve for a protocol.
 *
 * serve is called after all handshakes, so that peers that never finish one cost the program
 * nothing, and the peer's certificate is known in serve. */
#include "../base/check.h"
#include "../base/options.h"
#include "../reactor/resident.h"
#include "climb.h"
#include "crowd.h"
#include "endpoint.h"
#include "layer.h"
#include "tls_endpoint.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct bight_listener {
    bight_reactor *reactor; /* with a reference */
    bighti_resident resident;
    const bighti_scheme *scheme; /* NULL once closed */
    void *state;                 /* the scheme's */
    bight_serve_fn serve;
    void *data;
    bight_listen_options options;
    bool opening; /* the scheme's listen is on the stack */
    bool ended;   /* the scheme has no more connections */
    bool paused;  /* by the program */
    bool resting; /* the scheme is paused */
    bool secured; /* with TLS */
    bighti_stairs stairs;
    bighti_link arrivals; /* connections whose handshakes are not done */
    bighti_crowd *crowd;  /* NULL without a limit */
    bight_address address;
    char *endpoint;
};

/* -- Serving -- */

static bight_protocol *ask_for_protocol(bight_listener *listener, bight_transport *transport)
{
    bight_reactor *reactor = listener->reactor;
    bighti_call call = {.name = "bight: accept"};
    bight_protocol *protocol;

    bighti_call_begin(reactor, &call);
    protocol = listener->serve(listener, transport, listener->data);
    bighti_call_end(reactor, &call);
    return protocol;
}

/* If the connection has ended meanwhile, the protocol still receives connected and closed. If the
 * reactor was freed, there is no later turn for closed. */
static void begin_serving(bight_transport *transport, bight_protocol *protocol)
{
    transport->protocol = protocol;
    bight_transport_resume(transport);
    bighti_transport_tell_connected(transport);
    if ((transport->flags & BIGHTI_OVER) == 0)
        return;
    if (bighti_is_dead(transport->reactor))
        bighti_transport_tell(transport);
    else
        bighti_transport_ask(transport);
}

const bight_protocol bighti_unserved = {&bighti_nobody_ops};

/* A nested loop in serve must neither deliver bytes nor report the end, because there is no
 * protocol yet. */
static void welcome(bight_listener *listener, bight_transport *transport)
{
    bight_protocol *protocol;

    bighti_transport_hold(transport);
    transport->protocol = (bight_protocol *)&bighti_unserved;
    transport->flags |= BIGHTI_PAUSED | BIGHTI_TELLING | BIGHTI_SERVING;
    protocol = ask_for_protocol(listener, transport);
    transport->flags &= ~(unsigned)(BIGHTI_TELLING | BIGHTI_SERVING);
    if (protocol != NULL)
        begin_serving(transport, protocol);
    else
        bight_transport_free(transport);
    bighti_transport_unhold(transport);
}

/* -- Connections that are not ready -- */

typedef struct arrival {
    bighti_climb climb;
    bight_listener *listener;
    bighti_link link;
} arrival;

static arrival *arrival_of(bighti_climb *climb)
{
    return BIGHTI_CONTAINER(climb, arrival, climb);
}

static void arrival_end(arrival *self)
{
    bighti_link_unlink(&self->link);
    free(self);
}

static void on_arrived(bighti_climb *climb, bight_transport *transport)
{
    bight_listener *listener = arrival_of(climb)->listener;

    arrival_end(arrival_of(climb));
    welcome(listener, transport);
}

/* The program may free the listener. */
static void on_arrival_failed(bighti_climb *climb, const bight_error *reason)
{
    bight_listener *listener = arrival_of(climb)->listener;
    bight_transport *transport = climb->ended;
    bight_address address = bight_transport_get_peer_address(transport);

    arrival_end(arrival_of(climb));
    if (listener->options.handshake_failed != NULL && reason != NULL)
        listener->options.handshake_failed(listener, bighti_transport_name(transport), &address,
                                           reason, listener->data);
}

static bight_status arrive(bight_listener *listener, bight_transport *transport)
{
    arrival *self = calloc(1, sizeof(*self));

    if (self == NULL) {
        bight_transport_free(transport);
        return BIGHT_ERROR_NO_MEMORY;
    }
    bighti_climb_init(&self->climb, BIGHT_LAYER_SERVER, &listener->stairs, on_arrived,
                      on_arrival_failed);
    self->listener = listener;
    bighti_link_init(&self->link);
    bighti_list_append(&listener->arrivals, &self->link);
    bighti_climb_keep(&self->climb, transport);
    bighti_climb_begin(&self->climb);
    return BIGHT_OK;
}

static void drop_arrivals(bight_listener *listener)
{
    bighti_link *link;

    while ((link = bighti_list_pop(&listener->arrivals)) != NULL) {
        arrival *self = BIGHTI_CONTAINER(link, arrival, link);

        bighti_climb_drop(&self->climb);
        free(self);
    }
}

/* -- How many -- */

static bool listener_is_full(const bight_listener *listener)
{
    return listener->crowd != NULL && bighti_crowd_is_full(listener->crowd);
}

/* Tell the scheme whether to accept. */
static void set_resting(bight_listener *listener)
{
    bool resting = listener->paused || listener_is_full(listener);

    if (resting == listener->resting || listener->scheme == NULL || listener->opening)
        return;
    listener->resting = resting;
    if (listener->scheme->ops->pause != NULL)
        listener->scheme->ops->pause(listener->state, resting);
}

static void on_crowd_left(void *listener)
{
    set_resting(listener);
}

static bight_status crowd_join(bight_listener *listener, bight_transport *transport)
{
    bighti_details *details;

    if (listener->crowd == NULL)
        return BIGHT_OK;
    details = bighti_transport_details(transport);
    if (details == NULL)
        return BIGHT_ERROR_NO_MEMORY;
    details->crowd = listener->crowd;
    bighti_crowd_join(listener->crowd);
    set_resting(listener);
    return BIGHT_OK;
}

/* -- Accepting -- */

/* Options that a socket has not inherited from the listening socket. */
static bight_status apply_options(const bight_listener *listener, bight_transport *transport)
{
    const bight_listen_options *options = &listener->options;

    if (!options->no_delay)
        bight_transport_set_no_delay(transport, false);
    if (options->keepalive > 0)
        bight_transport_set_keepalive(transport, options->keepalive);
    if (options->idle_timeout > 0)
        return bight_transport_set_idle_timeout(transport, options->idle_timeout);
    return BIGHT_OK;
}

bight_status bight_listener_accept(bight_listener *listener, bight_transport *transport)
{
    bool owes = (transport->flags & BIGHTI_OWES_CONNECTED) != 0;
    bight_status status;

    bighti_check_thread(listener->reactor);
    BIGHTI_REQUIRE(owes || !listener->opening,
                   "a connection that is ready cannot be accepted before listening has begun");
    status = apply_options(listener, transport);
    if (status == BIGHT_OK)
        status = crowd_join(listener, transport);
    if (status != BIGHT_OK) {
        bight_transport_free(transport);
        return status;
    }
    if (owes || listener->stairs.count > 0)
        return arrive(listener, transport);
    welcome(listener, transport);
    return BIGHT_OK;
}

/* -- For schemes -- */

bight_reactor *bight_listener_get_reactor(const bight_listener *listener)
{
    return listener->reactor;
}

void bight_listener_end(bight_listener *listener)
{
    listener->ended = true;
}

bight_status bight_listener_set_endpoint(bight_listener *listener, const char *endpoint,
                                         const bight_address *address)
{
    const char *scheme = listener->secured ? "tls:" : "";
    const char *rest = endpoint;
    size_t size;
    char *text;

    if (listener->secured && strncmp(endpoint, "tcp:", 4) == 0)
        rest += 4;
    size = strlen(scheme) + strlen(rest) + 1;
    text = malloc(size);
    if (text == NULL)
        return BIGHT_ERROR_NO_MEMORY;
    snprintf(text, size, "%s%s", scheme, rest);
    free(listener->endpoint);
    listener->endpoint = text;
    if (address != NULL)
        listener->address = *address;
    return BIGHT_OK;
}

/* -- The end -- */

static void close_listener(bight_listener *listener)
{
    const bighti_scheme *scheme = listener->scheme;

    if (scheme == NULL)
        return;
    listener->scheme = NULL;
    listener->ended = true;
    drop_arrivals(listener);
    bighti_link_unlink(&listener->resident.link);
    scheme->ops->close(listener->state);
}

static void evict_listener(bighti_resident *resident)
{
    close_listener(BIGHTI_CONTAINER(resident, bight_listener, resident));
}

static void discard_listener(bight_listener *listener)
{
    bighti_stairs_deinit(&listener->stairs);
    bighti_crowd_disband(listener->crowd);
    bighti_reactor_unref(listener->reactor);
    free(listener->endpoint);
    free(listener);
}

void bight_listener_free(bight_listener *listener)
{
    if (listener == NULL)
        return;
    bighti_check_thread(listener->reactor);
    close_listener(listener);
    discard_listener(listener);
}

/* -- The beginning -- */

static bight_error *out_of_memory(void)
{
    return bight_error_new(BIGHT_ERROR_NO_MEMORY, "%s", bight_status_text(BIGHT_ERROR_NO_MEMORY));
}

static void init_listener(bight_listener *listener, bight_reactor *reactor,
                          const bight_listen_options *options)
{
    listener->reactor = bighti_reactor_ref(reactor);
    listener->options = *options;
    listener->address.family = BIGHT_ADDRESS_NONE;
    listener->resident.evict = evict_listener;
    bighti_link_init(&listener->resident.link);
    bighti_link_init(&listener->arrivals);
}

/* NULL when out of memory. */
static bight_listener *make_listener(bight_reactor *reactor, const bight_listen_options *options)
{
    bight_listener *listener = calloc(1, sizeof(*listener));

    if (listener == NULL)
        return NULL;
    init_listener(listener, reactor, options);
    if (options->most_connections == 0)
        return listener;
    listener->crowd = bighti_crowd_new(options->most_connections, on_crowd_left, listener);
    if (listener->crowd == NULL) {
        discard_listener(listener);
        return NULL;
    }
    return listener;
}

static bight_error *listener_choose_tls(bight_listener *listener, const bight_endpoint *endpoint,
                                        bight_tls *given, bight_tls **tls)
{
    *tls = NULL;
    listener->secured = bighti_scheme_is_tls(endpoint->scheme);
    if (listener->secured)
        return bighti_tls_of_server(endpoint, given, tls);
    if (given != NULL && !endpoint->scheme->ops->takes_tls)
        return bight_error_new(BIGHT_ERROR_INVALID, "a context of TLS for an endpoint without it");
    return NULL;
}

/* A scheme that does TLS itself also puts the layers below TLS on its connections. */
static bight_error *listener_choose_layers(bight_listener *listener, const bight_endpoint *endpoint,
                                           const bight_listen_options *options)
{
    bool takes_tls = endpoint->scheme->ops->takes_tls;
    bighti_wanted_layers wanted = {.below = options->below,
                                   .below_count = takes_tls ? 0 : options->below_count,
                                   .above = options->above,
                                   .above_count = options->above_count};
    bight_error *error = listener_choose_tls(listener, endpoint, options->tls, &wanted.tls);
    bight_status status;

    if (error != NULL)
        return error;
    status = bighti_stairs_init(&listener->stairs, &wanted);
    bight_tls_unref(wanted.tls);
    return status == BIGHT_OK ? NULL : out_of_memory();
}

/* On failure returns false and sets the error. Errors of the library's own schemes are complete,
 * see sockets.h. */
static bool open_listener(bight_listener *listener, const bight_endpoint *endpoint,
                          const bight_listen_options *options, bool *complete, bight_error **error)
{
    const bighti_scheme *scheme = endpoint->scheme;

    *error = listener_choose_layers(listener, endpoint, options);
    if (*error == NULL && bight_listener_set_endpoint(listener, endpoint->text, NULL) != BIGHT_OK)
        *error = out_of_memory();
    if (*error != NULL)
        return false;
    *complete = bighti_scheme_is_own(scheme);
    listener->opening = true;
    *error = scheme->ops->listen(listener, endpoint, options, scheme->data, &listener->state);
    listener->opening = false;
    if (*error != NULL) {
        drop_arrivals(listener);
        return false;
    }
    listener->scheme = scheme;
    bighti_resident_join(&listener->resident, listener->reactor);
    set_resting(listener);
    return true;
}

/* NULL, and an error. */
static bight_listener *start_listening(bight_reactor *reactor, const char *text,
                                       const bight_listen_options *options, bool *complete,
                                       bight_error **error)
{
    bight_listener *listener = NULL;
    bighti_route *route = NULL;

    *error = bighti_route_parse(reactor, NULL, text, true, &route);
    if (route == NULL)
        return NULL;
    listener = make_listener(reactor, options);
    if (listener == NULL) {
        *error = out_of_memory();
    } else if (!open_listener(listener, bighti_route_end(route), options, complete, error)) {
        discard_listener(listener);
        listener = NULL;
    }
    free(route);
    return listener;
}

static bight_status fail_listening(bight_error *take_error, bight_error **error)
{
    bight_status status = bight_error_get_status(take_error);

    if (error != NULL)
        *error = take_error;
    else
        bight_error_unref(take_error);
    return status;
}

bight_status bight_listen_with(bight_reactor *reactor, const char *text,
                               const bight_listen_options *given, bight_serve_fn serve, void *data,
                               bight_error **error, bight_listener **out)
{
    static const bight_listen_options defaults = BIGHT_LISTEN_OPTIONS_INIT;
    bight_listen_options options;
    bight_listener *listener = NULL;
    bight_error *failure = NULL;
    bool complete = false;

    bighti_check_thread(reactor);
    if (bighti_options_read(given, &defaults, sizeof(options), &options)) {
        BIGHTI_REQUIRE(options.tls == NULL || bight_tls_is_server(options.tls),
                       "a client's context for a server");
        listener = start_listening(reactor, text, &options, &complete, &failure);
    } else {
        failure = bight_error_new(BIGHT_ERROR_INVALID, "the size of the options is not known");
    }
    if (listener != NULL) {
        listener->serve = serve;
        listener->data = data;
        *out = listener;
        return BIGHT_OK;
    }
    if (!complete)
        failure = bight_error_new_caused(failure, bight_error_get_status(failure), "listen on %.*s",
                                         bighti_endpoint_length(reactor, text), text);
    return fail_listening(failure, error);
}

bight_status bight_listen(bight_reactor *reactor, const char *text, bight_serve_fn serve,
                          void *data, bight_error **error, bight_listener **out)
{
    bighti_check_thread(reactor);
    return bight_listen_with(reactor, text, NULL, serve, data, error, out);
}

/* -- For programs -- */

bool bight_listener_is_open(const bight_listener *listener)
{
    return !listener->ended;
}

const char *bight_listener_get_endpoint(const bight_listener *listener)
{
    return listener->endpoint;
}

const bight_address *bight_listener_get_address(const bight_listener *listener)
{
    return &listener->address;
}

void bight_listener_pause(bight_listener *listener)
{
    listener->paused = true;
    set_resting(listener);
}

void bight_listener_resume(bight_listener *listener)
{
    listener->paused = false;
    set_resting(listener);
}
