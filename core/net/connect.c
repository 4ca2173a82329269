/* Connecting: each address of the endpoint in turn, until one answers.
 *
 * The first connect(2) is made at once; what comes of it is told in a later turn, by the stream's
 * own watch or, where connect(2) itself has failed or was done already, by a task. */
#include "address.h"
#include "stream.h"
#include <bight/deferred.h>
#include <bight/endpoint.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct attempt {
    bight_reactor *reactor;
    bighti_resident resident;
    bight_task failed; /* tells of what connect(2) said at once */
    bight_promise *promise;
    bight_protocol *protocol;
    bight_transport *stream; /* NULL while none is open */
    bighti_endpoint endpoint;
    unsigned next;       /* the address to try next */
    bight_status status; /* of the last that failed, with its errno */
    int errnum;
    char name[];
} attempt;

static void free_attempt(attempt *self)
{
    if (self->stream != NULL)
        bighti_stream_discard(self->stream);
    bighti_link_unlink(&self->resident.link);
    bighti_task_deinit(&self->failed);
    free(self);
}

static void fail(attempt *self, bight_error *take_error)
{
    bight_promise *promise = self->promise;

    bight_promise_on_cancel(promise, NULL, NULL);
    free_attempt(self);
    bight_promise_fail(promise, take_error);
}

static bight_error *last_error(const attempt *self)
{
    if (self->errnum != 0)
        return bight_error_new_errno(self->errnum, "connect to %s", self->name);
    return bight_error_new(self->status, "connect to %s: %s", self->name,
                           self->status == BIGHT_ERROR_INVALID ? "not an endpoint"
                                                               : bight_status_text(self->status));
}

/* The protocol may do anything in connected, so the stream is looked at once more after it. */
static void succeed(attempt *self)
{
    bight_reactor *reactor = self->reactor;
    bight_transport *stream = self->stream;
    bight_promise *promise = self->promise;
    bighti_call call = {.name = "bight: steps after a connect"};

    self->stream = NULL;
    stream->protocol = self->protocol;
    bight_promise_on_cancel(promise, NULL, NULL);
    free_attempt(self);
    bighti_transport_open(stream);
    bighti_transport_hold(stream);
    bighti_transport_tell_connected(stream);
    bighti_call_begin(reactor, &call);
    if ((stream->flags & BIGHTI_OVER) == 0)
        bight_promise_fire(promise, stream, NULL);
    else
        bight_promise_fail(promise,
                           bight_error_new(BIGHT_ERROR_CANCELLED, "closed while it connected"));
    bighti_call_end(reactor, &call);
    bighti_transport_unhold(stream);
}

static void try_next(attempt *self);

static void on_connecting(bight_transport *stream, int errnum, void *data)
{
    attempt *self = data;

    if (errnum == 0) {
        succeed(self);
        return;
    }
    self->stream = NULL;
    bighti_stream_discard(stream);
    self->errnum = errnum;
    try_next(self);
}

/* Whether the attempt is under way. */
static bool try_address(attempt *self, const bighti_address *address)
{
    int family = address->of.any.sa_family, on = 1;
    int fd = socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    self->errnum = fd < 0 ? errno : 0;
    if (fd < 0)
        return false;
    if (family != AF_UNIX)
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    if (connect(fd, &address->of.any, address->size) != 0 && errno != EINPROGRESS) {
        self->errnum = errno;
        close(fd);
        return false;
    }
    self->status = bighti_stream_new(self->reactor, fd, NULL, on_connecting, self, &self->stream);
    if (self->status != BIGHT_OK) {
        close(fd);
        return false;
    }
    bighti_stream_set_peer(self->stream, address);
    return true;
}

static void try_next(attempt *self)
{
    while (self->next < self->endpoint.count) {
        if (try_address(self, &self->endpoint.addresses[self->next++]))
            return;
    }
    bight_task_schedule(&self->failed);
}

static void on_failed(bight_task *task, void *data)
{
    attempt *self = data;

    (void)task;
    fail(self, last_error(self));
}

static void on_cancel(bight_promise *promise, void *data)
{
    (void)promise;
    fail(data, bight_error_new(BIGHT_ERROR_CANCELLED, "connect to %s was cancelled",
                               ((attempt *)data)->name));
}

static void evict(bighti_resident *resident)
{
    attempt *self = BIGHTI_CONTAINER(resident, attempt, resident);

    fail(self, bight_error_new(BIGHT_ERROR_CANCELLED, "connect to %s: the reactor was freed",
                               self->name));
}

bight_deferred *bight_connect(bight_reactor *reactor, const char *text, bight_protocol *protocol)
{
    size_t size = strlen(text) + 1;
    attempt *self = calloc(1, sizeof(*self) + size);
    bight_deferred *deferred;

    bighti_check_thread(reactor);
    deferred = self != NULL ? bight_deferred_new(&self->promise) : NULL;
    if (deferred == NULL) {
        free(self);
        return NULL;
    }
    self->reactor = reactor;
    self->protocol = protocol;
    self->resident.evict = evict;
    memcpy(self->name, text, size);
    bighti_task_init(&self->failed, reactor, on_failed, self);
    bighti_list_append(&reactor->residents, &self->resident.link);
    bight_promise_on_cancel(self->promise, on_cancel, self);
    self->status = bighti_endpoint_parse(text, false, &self->endpoint);
    if (self->status != BIGHT_OK)
        self->endpoint.count = 0;
    try_next(self);
    return deferred;
}
