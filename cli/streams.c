/* How to read and write without blocking what may not be made non-blocking.
 *
 * Reading: a descriptor that polls readable has something to give, if only the end. What cannot be
 * polled, a file or /dev/null, is always ready: it is read by a task, a chunk in every turn.
 *
 * Writing: a pipe or terminal that polls writable takes PIPE_BUF bytes without blocking, so it gets
 * no more at once and is asked again before each. A socket takes a flag instead. A file is written
 * as it is. */
#include "streams.h"
#include <bight/task.h>
#include <bight/watch.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

enum { CHUNK = 64 * 1024, HIGH_MARK = 64 * 1024, LOW_MARK = 16 * 1024 };

/* -- Input -- */

struct cli_input {
    const cli_input_ops *ops;
    void *data;
    bight_watch *watch; /* NULL for what cannot be polled */
    bight_task *task;   /* NULL for what can */
    bool paused, over;
    uint8_t chunk[CHUNK];
};

static void set_interest(cli_input *input)
{
    bool active = !input->paused && !input->over;

    if (input->watch != NULL)
        bight_watch_set_events(input->watch, active ? BIGHT_WATCH_READ : 0);
    else if (active)
        bight_task_schedule(input->task);
    else
        bight_task_cancel(input->task);
}

static void read_some(cli_input *input)
{
    ssize_t count = read(STDIN_FILENO, input->chunk, sizeof(input->chunk));

    if (count > 0) {
        input->ops->received(input->data, input->chunk, (size_t)count);
    } else if (count == 0 || (errno != EINTR && errno != EAGAIN)) {
        input->over = true;
        input->ops->ended(input->data, count == 0 ? 0 : errno);
    }
    set_interest(input);
}

static void on_readable(bight_watch *watch, unsigned events, void *data)
{
    (void)watch;
    (void)events;
    read_some(data);
}

static void on_turn(bight_task *task, void *data)
{
    (void)task;
    read_some(data);
}

bight_status cli_input_new(bight_reactor *reactor, const cli_input_ops *ops, void *data,
                           cli_input **out)
{
    cli_input *input = calloc(1, sizeof(*input));
    bight_status status;

    if (input == NULL)
        return BIGHT_ERROR_NO_MEMORY;
    input->ops = ops;
    input->data = data;
    status =
        bight_watch_new(reactor, STDIN_FILENO, BIGHT_WATCH_READ, on_readable, input, &input->watch);
    if (status == BIGHT_ERROR_UNSUPPORTED)
        status = bight_task_new(reactor, on_turn, input, &input->task);
    if (status != BIGHT_OK) {
        free(input);
        return status;
    }
    set_interest(input);
    *out = input;
    return BIGHT_OK;
}

void cli_input_pause(cli_input *input)
{
    input->paused = true;
    set_interest(input);
}

void cli_input_resume(cli_input *input)
{
    input->paused = false;
    set_interest(input);
}

void cli_input_free(cli_input *input)
{
    if (input == NULL)
        return;
    bight_watch_free(input->watch);
    bight_task_free(input->task);
    free(input);
}

/* -- Output -- */

struct cli_output {
    const cli_output_ops *ops;
    void *data;
    bight_watch *watch; /* NULL for what cannot be polled: it takes all at once */
    bight_task *task;   /* tells that it is done */
    bool is_socket;
    bool wants_drained;
    bool ended; /* cli_output_end() was called */
    bool over;  /* failed, or all is written and closed */
    int errnum;
    uint8_t *bytes; /* that wait: `size` of them from `start` on */
    size_t start, size, capacity;
};

static bool is_writable(void)
{
    struct pollfd ready = {.fd = STDOUT_FILENO, .events = POLLOUT};

    return poll(&ready, 1, 0) > 0;
}

/* As write(2) does; EAGAIN when it takes nothing now. */
static ssize_t write_some(const cli_output *output, const uint8_t *bytes, size_t size)
{
    if (output->is_socket)
        return send(STDOUT_FILENO, bytes, size, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (output->watch == NULL)
        return write(STDOUT_FILENO, bytes, size);
    if (is_writable())
        return write(STDOUT_FILENO, bytes, size < PIPE_BUF ? size : PIPE_BUF);
    errno = EAGAIN;
    return -1;
}

static void fail(cli_output *output, int errnum)
{
    output->over = true;
    output->errnum = errnum;
    bight_task_schedule(output->task);
}

/* Returns how many bytes have left. */
static size_t push(cli_output *output, const uint8_t *bytes, size_t size)
{
    size_t sent = 0;

    while (sent < size) {
        ssize_t count = write_some(output, bytes + sent, size - sent);

        if (count > 0) {
            sent += (size_t)count;
        } else if (count < 0 && errno == EAGAIN) {
            break;
        } else if (count < 0 && errno != EINTR) {
            fail(output, errno);
            break;
        }
    }
    return sent;
}

static bool make_room(cli_output *output, size_t size)
{
    size_t capacity = output->capacity;
    uint8_t *bytes;

    if (output->start > 0)
        memmove(output->bytes, output->bytes + output->start, output->size);
    output->start = 0;
    if (output->size + size <= capacity)
        return true;
    while (capacity < output->size + size)
        capacity = capacity != 0 ? capacity * 2 : HIGH_MARK;
    bytes = realloc(output->bytes, capacity);
    if (bytes == NULL)
        return false;
    output->bytes = bytes;
    output->capacity = capacity;
    return true;
}

static void keep(cli_output *output, const uint8_t *bytes, size_t size)
{
    if (!make_room(output, size)) {
        fail(output, ENOMEM);
        return;
    }
    memcpy(output->bytes + output->size, bytes, size);
    output->size += size;
    if (output->watch != NULL)
        bight_watch_set_events(output->watch, BIGHT_WATCH_WRITE);
}

bight_flow cli_output_write(cli_output *output, const uint8_t *bytes, size_t size)
{
    size_t sent = 0;

    if (output->over || output->ended)
        return BIGHT_FLOW_GO;
    if (output->size == 0)
        sent = push(output, bytes, size);
    if (sent < size && !output->over)
        keep(output, bytes + sent, size - sent);
    if (output->size <= HIGH_MARK)
        return BIGHT_FLOW_GO;
    output->wants_drained = true;
    return BIGHT_FLOW_WAIT;
}

/* The descriptor stays taken, or the next one that is opened would become standard output. Somebody
 * else may have the socket too, standard input for one: its peer has to be told. */
static void close_stream(cli_output *output)
{
    int null = open("/dev/null", O_WRONLY | O_CLOEXEC);

    bight_watch_free(output->watch);
    output->watch = NULL;
    if (output->is_socket)
        shutdown(STDOUT_FILENO, SHUT_WR);
    if (null < 0)
        return;
    dup2(null, STDOUT_FILENO);
    close(null);
}

static void end_if_written(cli_output *output)
{
    if (!output->ended || output->over || output->size > 0)
        return;
    output->over = true;
    close_stream(output);
    bight_task_schedule(output->task);
}

void cli_output_end(cli_output *output)
{
    output->ended = true;
    end_if_written(output);
}

static void on_writable(bight_watch *watch, unsigned events, void *data)
{
    cli_output *output = data;
    size_t sent = push(output, output->bytes + output->start, output->size);

    (void)events;
    output->start += sent;
    output->size -= sent;
    if (output->size == 0 || output->over)
        bight_watch_set_events(watch, 0);
    if (output->wants_drained && output->size <= LOW_MARK && !output->over) {
        output->wants_drained = false;
        output->ops->drained(output->data);
    }
    end_if_written(output);
}

static void on_done(bight_task *task, void *data)
{
    cli_output *output = data;

    (void)task;
    output->ops->done(output->data, output->errnum);
}

static bight_status open_output(cli_output *output, bight_reactor *reactor)
{
    bight_status status = bight_task_new(reactor, on_done, output, &output->task);
    struct stat stat;

    if (status != BIGHT_OK)
        return status;
    output->is_socket = fstat(STDOUT_FILENO, &stat) == 0 && S_ISSOCK(stat.st_mode);
    status = bight_watch_new(reactor, STDOUT_FILENO, BIGHT_WATCH_WRITE, on_writable, output,
                             &output->watch);
    if (status == BIGHT_ERROR_UNSUPPORTED)
        return BIGHT_OK;
    if (status == BIGHT_OK)
        bight_watch_set_events(output->watch, 0);
    return status;
}

bight_status cli_output_new(bight_reactor *reactor, const cli_output_ops *ops, void *data,
                            cli_output **out)
{
    cli_output *output = calloc(1, sizeof(*output));
    bight_status status;

    if (output == NULL)
        return BIGHT_ERROR_NO_MEMORY;
    output->ops = ops;
    output->data = data;
    status = open_output(output, reactor);
    if (status != BIGHT_OK) {
        cli_output_free(output);
        return status;
    }
    *out = output;
    return BIGHT_OK;
}

void cli_output_free(cli_output *output)
{
    if (output == NULL)
        return;
    bight_watch_free(output->watch);
    bight_task_free(output->task);
    free(output->bytes);
    free(output);
}
