/* Connecting: an attempt parses the endpoint, asks its scheme or the proxy before it for a
 * connection, puts the layers on it, and reports the outcome once.
 *
 * The scheme returns a deferred, which may have fired already. In this case the rest waits for a
 * task, because bight_connect() never reports before it returns. Until the program's protocol
 * takes over, the transport has the protocol of the climb. */
#include "../base/check.h"
#include "../base/options.h"
#include "../deferred/abandon.h"
#include "../reactor/resident.h"
#include "../reactor/task.h"
#include "climb.h"
#include "endpoint.h"
#include "tls_endpoint.h"
#include "transport.h"
#include <bight/timer.h>
#include <stdlib.h>
#include <string.h>

typedef struct attempt {
    bight_reactor *reactor;
    bighti_resident resident;
    bight_task later; /* continues after an immediate result */
    bight_promise *promise;
    bight_protocol *protocol;
    bighti_route *route;           /* NULL if there is none */
    bight_connect_options options; /* the options for the scheme; they point into the attempt */
    bight_address local;           /* options.local points here */
    bight_deferred *making;        /* the scheme's */
    bool is_making, beginning;
    bight_timer *patience;
    uint64_t time; /* the timeout; 0 for none */
    uint64_t left; /* of it, since `since` */
    uint64_t since;
    bight_error *error; /* a failure that was not reported yet */
    bight_tls *given;   /* the program's context */
    bight_tls *tls;     /* the context if TLS is put on top */
    char host[BIGHT_HOST_SIZE];
    bighti_stairs stairs; /* the layers to put on the connection */
    bighti_stairs handed; /* the layers that the scheme puts below its own TLS */
    bighti_climb climb;
    const char *name; /* of the endpoint, without options: the route's, or `text` */
    char text[];
} attempt;

static void attempt_drop_making(attempt *self)
{
    if (!self->is_making)
        return;
    self->is_making = false; /* tells the step that the result is no longer wanted */
    bighti_deferred_abandon(&self->making);
}

static void free_attempt(attempt *self)
{
    bighti_link_unlink(&self->resident.link);
    attempt_drop_making(self);
    bighti_climb_drop(&self->climb);
    bight_timer_free(self->patience);
    bight_tls_unref(self->tls);
    bight_tls_unref(self->given);
    bight_error_unref(self->error);
    bighti_task_deinit(&self->later);
    bighti_stairs_deinit(&self->stairs);
    bighti_stairs_deinit(&self->handed);
    free(self->route);
    free(self);
}

static void attempt_fail(attempt *self, bight_error *take_error)
{
    bight_promise *promise = self->promise;

    bight_promise_on_cancel(promise, NULL, NULL);
    free_attempt(self);
    bight_promise_fail(promise, take_error);
}

/* Errors of the library's own schemes already begin with the operation and the endpoint. */
static bight_error *attempt_error(const attempt *self, bight_error *take_cause, bool complete)
{
    if (complete)
        return take_cause;
    return bight_error_new_caused(take_cause, bight_error_get_status(take_cause), "connect to %s",
                                  self->name);
}

/* The program cancels in its connected function: the attempt is abandoned, the deferred fails, and
 * no function of the protocol is called any more. */
static void on_late_cancel(bight_promise *promise, void *data)
{
    (void)promise;
    bight_transport_free(data);
}

/* The protocol may do anything in connected. Whatever it does, the connect has succeeded: later
 * events of the connection are reported only by closed. The value is the transport if it still
 * exists, which it does until closed has been called or the program has freed it. */
static void attempt_succeed(bighti_climb *climb, bight_transport *transport)
{
    attempt *self = BIGHTI_CONTAINER(climb, attempt, climb);
    bight_reactor *reactor = self->reactor;
    bight_promise *promise = self->promise;
    bighti_call call = {.name = "bight: steps after a connect"};

    transport->protocol = self->protocol;
    bight_promise_on_cancel(promise, on_late_cancel, transport);
    free_attempt(self);
    bighti_transport_hold(transport);
    bighti_transport_tell_connected(transport);
    bight_promise_on_cancel(promise, NULL, NULL);
    bighti_call_begin(reactor, &call);
    bight_promise_fire(promise, (transport->flags & BIGHTI_TOLD) == 0 ? transport : NULL, NULL);
    bighti_call_end(reactor, &call);
    bighti_transport_unhold(transport);
}

static void on_climb_failed(bighti_climb *climb, const bight_error *reason)
{
    attempt *self = BIGHTI_CONTAINER(climb, attempt, climb);

    attempt_fail(self, attempt_error(self, bight_error_ref(reason), false));
}

/* -- The connection of the scheme -- */

static void made_free(void *transport)
{
    bight_transport_free(transport);
}

bight_deferred *bight_scheme_made(bight_transport *transport)
{
    return bight_deferred_fired(transport, made_free);
}

static void attempt_go_on(attempt *self)
{
    if (self->error != NULL) {
        bight_error *error = self->error;

        self->error = NULL;
        attempt_fail(self, error);
    } else {
        bighti_climb_begin(&self->climb);
    }
}

static void on_attempt_later(bight_task *task, void *data)
{
    (void)task;
    attempt_go_on(data);
}

/* The value is NULL if the program has freed the transport meanwhile. */
static void take_made(attempt *self, bight_result *made)
{
    bool complete =
        bighti_scheme_is_own(bighti_route_end(self->route)->scheme) && self->route->count == 1;

    if (made->error != NULL) {
        self->error = attempt_error(self, made->error, complete);
        made->error = NULL;
    } else if (made->value == NULL) {
        self->error = attempt_error(
            self, bight_error_new(BIGHT_ERROR_CLOSED, "the connection has ended already"), false);
    } else {
        bighti_climb_keep(&self->climb, made->value);
        made->value = NULL;
    }
}

static bight_result on_made(bight_result in, void *data)
{
    attempt *self = data;
    bight_deferred *making;

    if (!self->is_making)
        return in;
    making = self->making;
    self->is_making = false;
    self->making = NULL;
    bight_deferred_free(making);
    take_made(self, &in);
    if (self->beginning)
        bight_task_schedule(&self->later);
    else
        attempt_go_on(self);
    return bight_result_value(NULL);
}

/* -- The attempt -- */

static void on_attempt_cancel(bight_promise *promise, void *data)
{
    (void)promise;
    attempt_fail(data, bight_error_new(BIGHT_ERROR_CANCELLED, "connect to %s was cancelled",
                                       ((attempt *)data)->name));
}

static void on_patience(bight_timer *timer, void *data)
{
    attempt *self = data;

    (void)timer;
    attempt_fail(self, bight_error_new(BIGHT_ERROR_TIMED_OUT, "connect to %s: not done in %g s",
                                       self->name, (double)self->time / 1e9));
}

/* A layer waits for a person, whose time does not count. */
static void on_climb_paused(bighti_climb *climb, bool paused)
{
    attempt *self = BIGHTI_CONTAINER(climb, attempt, climb);
    uint64_t now = bight_reactor_now(self->reactor), spent = now - self->since;

    if (self->patience == NULL)
        return;
    if (paused) {
        self->left = spent < self->left ? self->left - spent : 0;
        bight_timer_stop(self->patience);
    } else {
        self->since = now;
        bight_timer_start(self->patience, self->left);
    }
}

static void evict_attempt(bighti_resident *resident)
{
    attempt *self = BIGHTI_CONTAINER(resident, attempt, resident);

    attempt_fail(self, bight_error_new(BIGHT_ERROR_CANCELLED,
                                       "connect to %s: the reactor was freed", self->name));
}

static bight_error *attempt_choose_tls(attempt *self)
{
    const bight_endpoint *end = bighti_route_end(self->route);

    if (bighti_scheme_is_tls(end->scheme))
        return bighti_tls_of_client(self->reactor, end, self->given, self->host, &self->tls);
    if (self->given != NULL && !end->scheme->ops->takes_tls)
        return bight_error_new(BIGHT_ERROR_INVALID, "a context of TLS for an endpoint without it");
    return NULL;
}

/* A scheme that does TLS itself receives the context and the layers below it. For all others the
 * library puts every layer on the connection. */
static bight_status attempt_choose_layers(attempt *self)
{
    bool takes_tls = bighti_route_end(self->route)->scheme->ops->takes_tls;
    bight_connect_options *options = &self->options;
    bighti_wanted_layers own = {.below = options->below,
                                .below_count = takes_tls ? 0 : options->below_count,
                                .above = options->above,
                                .above_count = options->above_count,
                                .tls = self->tls,
                                .host = self->host[0] != '\0' ? self->host : NULL};
    bighti_wanted_layers handed = {.below = options->below,
                                   .below_count = takes_tls ? options->below_count : 0};
    bight_status status = bighti_stairs_init(&self->stairs, &own);

    if (status == BIGHT_OK)
        status = bighti_stairs_init(&self->handed, &handed);
    options->tls = takes_tls ? self->given : NULL;
    options->below = self->handed.factories;
    options->below_count = self->handed.count;
    options->above = NULL;
    options->above_count = 0;
    return status;
}

/* The caller's strings in the options are not valid after it returns; the route has a copy of the
 * proxy. */
static bight_error *attempt_prepare(attempt *self, const bight_connect_options *given)
{
    static const bight_connect_options defaults = BIGHT_CONNECT_OPTIONS_INIT;
    bight_connect_options *options = &self->options;
    bight_error *error;
    bight_status status;

    if (!bighti_options_read(given, &defaults, sizeof(*options), options)) {
        *options = defaults;
        return bight_error_new(BIGHT_ERROR_INVALID, "the size of the options is not known");
    }
    if (options->tls != NULL && bight_tls_is_server(options->tls))
        bighti_misuse("bight_connect_with", "a server's context for a client");
    self->time = options->timeout;
    self->given = options->tls != NULL ? bight_tls_ref(options->tls) : NULL;
    options->timeout = 0;
    options->tls = NULL;
    if (options->local != NULL) {
        self->local = *options->local;
        options->local = &self->local;
    }
    error = bighti_route_parse(self->reactor, options->proxy, self->text, false, &self->route);
    if (error != NULL)
        return error;
    self->name = self->route->name;
    options->proxy = self->route->vias;
    error = attempt_choose_tls(self);
    if (error != NULL)
        return error;
    status = attempt_choose_layers(self);
    if (status == BIGHT_OK && self->time != 0)
        status = bight_timer_new(self->reactor, on_patience, self, &self->patience);
    return status == BIGHT_OK ? NULL : bight_error_new(status, "%s", bight_status_text(status));
}

/* The last part before the target is the proxy that is asked for it; this proxy is itself reached
 * through the parts before it. Schemes from outside do this themselves, by passing options->proxy
 * on. */
static bight_deferred *attempt_make(attempt *self)
{
    bighti_route *route = self->route;
    const bight_endpoint *end = bighti_route_end(route);
    const bight_scheme_ops *ops = end->scheme->ops;
    const bight_endpoint *via;

    if (route->count == 1 || !bighti_scheme_is_own(end->scheme))
        return ops->connect(self->reactor, end, &self->options, &self->climb.protocol,
                            end->scheme->data);
    via = &route->parts[route->count - 2];
    self->options.proxy = bighti_route_cut_vias(route);
    return via->scheme->ops->reach(self->reactor, via, end, &self->options, &self->climb.protocol,
                                   via->scheme->data);
}

static void attempt_start_making(attempt *self)
{
    if (self->patience != NULL) {
        self->left = self->time;
        self->since = bight_reactor_now(self->reactor);
        bight_timer_start(self->patience, self->time);
    }
    self->beginning = self->is_making = true;
    self->making = attempt_make(self);
    bight_deferred_both(self->making, on_made, self);
    self->beginning = false;
}

static void attempt_begin(attempt *self, const bight_connect_options *options)
{
    bight_error *error = attempt_prepare(self, options);

    if (error == NULL) {
        attempt_start_making(self);
        return;
    }
    if (self->route == NULL)
        self->text[bighti_endpoint_length(self->reactor, self->text)] = '\0';
    self->error = attempt_error(self, error, false);
    bight_task_schedule(&self->later);
}

bight_deferred *bight_connect_with(bight_reactor *reactor, const char *text,
                                   const bight_connect_options *options, bight_protocol *protocol)
{
    size_t size = strlen(text) + 1;
    attempt *self;
    bight_deferred *deferred;

    bighti_check_thread(reactor);
    if (bighti_is_dead(reactor))
        return bight_deferred_failed(bight_error_new(BIGHT_ERROR_CANCELLED,
                                                     "connect to %.*s: the reactor was freed",
                                                     bighti_endpoint_length(reactor, text), text));
    self = calloc(1, sizeof(*self) + size);
    deferred = self != NULL ? bight_deferred_new(&self->promise) : NULL;
    if (deferred == NULL) {
        free(self);
        return NULL;
    }
    self->reactor = reactor;
    self->protocol = protocol;
    self->resident.evict = evict_attempt;
    self->name = memcpy(self->text, text, size);
    bighti_climb_init(&self->climb, BIGHT_LAYER_CLIENT, &self->stairs, attempt_succeed,
                      on_climb_failed);
    self->climb.paused = on_climb_paused;
    bighti_task_init(&self->later, reactor, on_attempt_later, self);
    bighti_resident_join(&self->resident, reactor);
    bight_promise_on_cancel(self->promise, on_attempt_cancel, self);
    attempt_begin(self, options);
    return deferred;
}

bight_deferred *bight_connect(bight_reactor *reactor, const char *text, bight_protocol *protocol)
{
    bighti_check_thread(reactor);
    return bight_connect_with(reactor, text, NULL, protocol);
}
