#include "ask.h"
#include <bight/endpoint.h>
#include <bight/line.h>
#include <bight/value.h>
#include <stdlib.h>
#include <string.h>

typedef struct asking {
    bight_line_session *session;
    bight_promise *promise; /* of the answer; NULL before the question and after the answer */
    const char *question;
} asking;

static void on_line(bight_line_session *session, const uint8_t *line, size_t size, void *data)
{
    asking *self = data;
    bight_promise *promise = self->promise;

    (void)session;
    self->promise = NULL;
    if (promise != NULL)
        bight_promise_complete(promise, bight_result_string(strndup((const char *)line, size)));
}

static void on_closed(bight_line_session *session, const bight_error *reason, void *data)
{
    asking *self = data;
    bight_promise *promise = self->promise;

    (void)session;
    self->promise = NULL;
    if (promise != NULL)
        bight_promise_fail(promise, reason != NULL
                                        ? bight_error_ref(reason)
                                        : bight_error_new(BIGHT_ERROR_CLOSED, "it hung up"));
}

/* Connected: send the question, and wait for the answer. */
static bight_result send_question(bight_result in, void *data)
{
    asking *self = data;
    bight_deferred *answer = bight_deferred_new(&self->promise);
    bight_status status =
        bight_line_session_send(self->session, self->question, strlen(self->question), NULL);

    bight_result_free(in);
    if (status == BIGHT_OK)
        return bight_result_wait(answer);
    bight_deferred_free(answer);
    return bight_result_error(bight_error_new(status, "could not ask"));
}

/* Called with any result, also after a cancellation. */
static void hang_up(void *data)
{
    asking *self = data;

    bight_line_session_free(self->session);
    bight_promise_free(self->promise);
    free(self);
}

bight_deferred *ask(bight_reactor *reactor, const char *endpoint, const char *question)
{
    static const bight_line_session_ops ops = {.line = on_line, .closed = on_closed};
    const bight_line_options options = BIGHT_LINE_OPTIONS_INIT;
    asking *self = calloc(1, sizeof(*self));
    bight_deferred *deferred;

    if (self == NULL || bight_line_session_new(&options, &ops, self, &self->session) != BIGHT_OK) {
        free(self);
        return NULL; /* a deferred that failed because memory ran out */
    }
    self->question = question;
    deferred = bight_connect(reactor, endpoint, bight_line_session_get_protocol(self->session));
    bight_deferred_then(deferred, send_question, NULL, self);
    return bight_deferred_keep(deferred, self, hang_up);
}
