/* A program on CoreFoundation's run loop, connected to a server: it shows what the server sends,
 * and a timer of the run loop sends a line at each beat. It ends with the connection.
 *
 *     nc -l 7000 &
 *     build/dev/examples/cfrunloop tcp:localhost:7000
 */
#include <CoreFoundation/CFRunLoop.h>
#include <bight/cfrunloop.h>
#include <bight/endpoint.h>
#include <bight/line.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct program {
    CFRunLoopRef loop;
    CFRunLoopTimerRef timer;
    bight_line_session *session;
    int beats;
} program;

static void say(program *self, const char *text, size_t size)
{
    if (bight_line_session_send(self->session, text, size, NULL) != BIGHT_OK)
        fputs("could not send\n", stderr);
}

static void show(bight_line_session *session, const uint8_t *line, size_t size, void *data)
{
    (void)session;
    (void)data;
    printf("%.*s\n", (int)size, (const char *)line);
    fflush(stdout);
}

static void greet(bight_line_session *session, void *data)
{
    program *self = data;

    (void)session;
    say(self, "Hello from CFRunLoop", 20);
    CFRunLoopAddTimer(self->loop, self->timer, kCFRunLoopCommonModes);
}

static void show_end(bight_line_session *session, const bight_error *reason, void *data)
{
    program *self = data;

    (void)session;
    puts(reason != NULL ? bight_error_get_message(reason) : "Closed.");
    CFRunLoopStop(self->loop);
}

static bight_result show_failure(bight_result failed, void *data)
{
    puts(bight_error_get_message(failed.error));
    bight_result_free(failed);
    CFRunLoopStop(((program *)data)->loop);
    return bight_result_value(NULL);
}

/* The run loop's own timer, independent of the network. */
static void beat(CFRunLoopTimerRef timer, void *data)
{
    program *self = data;
    char text[32];
    int size = snprintf(text, sizeof(text), "beat %d", ++self->beats);

    (void)timer;
    say(self, text, (size_t)size);
}

static CFRunLoopTimerRef new_timer(program *self)
{
    CFRunLoopTimerContext context = {.info = self};

    return CFRunLoopTimerCreate(NULL, CFAbsoluteTimeGetCurrent(), 0.1, 0, 0, beat, &context);
}

int main(int count, char **arguments)
{
    const char *endpoint = count > 1 ? arguments[1] : "tcp:localhost:7000";
    static const bight_line_session_ops ops = {
        .connected = greet, .line = show, .closed = show_end};
    const bight_line_options options = BIGHT_LINE_OPTIONS_INIT;
    program self = {.loop = CFRunLoopGetCurrent()};
    bight_reactor *reactor = bight_cfrunloop_reactor_new(); /* on the run loop of this thread */

    if (reactor == NULL || bight_line_session_new(&options, &ops, &self, &self.session) != BIGHT_OK)
        return EXIT_FAILURE;
    self.timer = new_timer(&self);
    bight_protocol *protocol = bight_line_session_get_protocol(self.session);
    bight_deferred *attempt = bight_connect(reactor, endpoint, protocol);
    bight_deferred_free(bight_deferred_then(attempt, NULL, show_failure, &self));

    CFRunLoopRun();

    CFRunLoopTimerInvalidate(self.timer);
    CFRelease(self.timer);
    bight_reactor_free(reactor);
    bight_line_session_free(self.session);
    return EXIT_SUCCESS;
}
