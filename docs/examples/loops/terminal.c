/* A terminal program connected to a server: lines of the server scroll by above the line that you
 * type. Keys are read one by one, so the terminal never blocks the network.
 *
 *     nc -l 7000
 *     build/dev/examples/loop_terminal tcp:localhost:7000
 *
 * Return sends, Backspace deletes a byte, Ctrl-U the line, Ctrl-D ends the program.
 */
#include <bight/endpoint.h>
#include <bight/line.h>
#include <bight/reactor.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

enum { CTRL_D = 4, CTRL_U = 21, BACKSPACE = 8, DELETE = 127 };

typedef struct program {
    bight_line_session *session;
    char typed[200];
    size_t size;
    bool over;
} program;

static void draw_entry(const program *self)
{
    printf("\r\033[K> %.*s", (int)self->size, self->typed);
    fflush(stdout);
}

/* Control characters from the peer are not passed to the terminal. */
static void print_above(const program *self, const char *text, size_t size)
{
    fputs("\r\033[K", stdout);
    for (size_t i = 0; i < size; i++)
        putchar((unsigned char)text[i] < ' ' || text[i] == DELETE ? '?' : text[i]);
    puts("\r");
    draw_entry(self);
}

static void end(program *self, const char *why)
{
    if (self->over)
        return; /* the terminal is no longer ours */
    print_above(self, why, strlen(why));
    self->over = true;
}

/* -- The network -- */

static void greet(bight_line_session *session, void *data)
{
    (void)session;
    print_above(data, "Connected.", 10);
}

static void show(bight_line_session *session, const uint8_t *line, size_t size, void *data)
{
    (void)session;
    print_above(data, (const char *)line, size);
}

static void show_end(bight_line_session *session, const bight_error *reason, void *data)
{
    (void)session;
    end(data, reason != NULL ? bight_error_get_message(reason) : "Closed.");
}

static bight_result show_failure(bight_result failed, void *data)
{
    end(data, bight_error_get_message(failed.error));
    bight_result_free(failed);
    return bight_result_value(NULL);
}

/* -- The keyboard -- */

static void send_entry(program *self)
{
    if (bight_line_session_send(self->session, self->typed, self->size, NULL) == BIGHT_OK)
        self->size = 0;
}

static void take_key(program *self, char key)
{
    if (key == CTRL_D)
        self->over = true;
    else if (key == '\r' || key == '\n')
        send_entry(self);
    else if (key == CTRL_U)
        self->size = 0;
    else if ((key == DELETE || key == BACKSPACE) && self->size > 0)
        self->size--;
    else if ((unsigned char)key >= ' ' && key != DELETE && self->size < sizeof(self->typed))
        self->typed[self->size++] = key;
}

static void take_keys(program *self)
{
    char keys[64];
    ssize_t count = read(STDIN_FILENO, keys, sizeof(keys));

    if (count <= 0)
        self->over = true;
    for (ssize_t i = 0; i < count; i++)
        take_key(self, keys[i]);
    draw_entry(self);
}

/* -- The loop -- */

static void run(program *self, bight_reactor *reactor)
{
    struct pollfd fds[] = {
        {.fd = bight_reactor_fd(reactor), .events = POLLIN},
        {.fd = STDIN_FILENO, .events = POLLIN},
    };

    draw_entry(self);
    while (!self->over) {
        bight_reactor_before_wait(reactor);
        if (poll(fds, 2, -1) < 0)
            continue;
        if (fds[1].revents != 0)
            take_keys(self);
        if (fds[0].revents != 0)
            bight_reactor_dispatch(reactor, BIGHT_BUDGET_GUI);
    }
    puts("\r");
}

static void take_terminal(struct termios *before)
{
    struct termios raw;

    if (tcgetattr(STDIN_FILENO, before) < 0)
        exit(EXIT_FAILURE);
    raw = *before;
    raw.c_iflag &= ~(tcflag_t)(ICRNL | IXON);
    raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
    tcsetattr(STDIN_FILENO, TCSANOW, &raw);
}

int main(int count, char **arguments)
{
    static const bight_line_session_ops ops = {
        .connected = greet, .line = show, .closed = show_end};
    const bight_line_options options = BIGHT_LINE_OPTIONS_INIT;
    bight_reactor *reactor = bight_reactor_new();
    program self = {0};
    struct termios before;

    if (reactor == NULL || bight_line_session_new(&options, &ops, &self, &self.session) != BIGHT_OK)
        return EXIT_FAILURE;
    take_terminal(&before);
    bight_protocol *protocol = bight_line_session_get_protocol(self.session);
    bight_deferred *attempt =
        bight_connect(reactor, count > 1 ? arguments[1] : "tcp:localhost:7000", protocol);
    bight_deferred_free(bight_deferred_then(attempt, NULL, show_failure, &self));
    run(&self, reactor);
    tcsetattr(STDIN_FILENO, TCSANOW, &before);
    bight_reactor_free(reactor);
    bight_line_session_free(self.session);
    return EXIT_SUCCESS;
}
