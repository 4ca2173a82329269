/* An echo server as libuv's guide has it: try to write at once, and only what is left waits. */
#include "../listen.h"
#include <stdlib.h>
#include <uv.h>

static char buffer[ECHO_BUFFER];

static void on_closed(uv_handle_t *handle)
{
    free(handle);
}

static void on_wanted(uv_handle_t *handle, size_t suggested, uv_buf_t *out)
{
    (void)handle;
    (void)suggested;
    *out = uv_buf_init(buffer, sizeof(buffer));
}

typedef struct write {
    uv_write_t request;
    char bytes[];
} write_later;

static void on_written(uv_write_t *request, int status)
{
    (void)status;
    free(request);
}

static void write_rest(uv_stream_t *stream, const char *bytes, size_t size)
{
    write_later *later = malloc(sizeof(*later) + size);
    uv_buf_t part = uv_buf_init(later->bytes, (unsigned)size);

    for (size_t i = 0; i < size; i++)
        later->bytes[i] = bytes[i];
    uv_write(&later->request, stream, &part, 1, on_written);
}

static void on_read(uv_stream_t *stream, ssize_t count, const uv_buf_t *bytes)
{
    uv_buf_t part;
    int sent;

    if (count < 0) {
        uv_close((uv_handle_t *)stream, on_closed);
    } else if (count > 0) {
        part = uv_buf_init(bytes->base, (unsigned)count);
        sent = uv_try_write(stream, &part, 1);
        if (sent < 0)
            sent = 0;
        if (sent < count)
            write_rest(stream, bytes->base + sent, (size_t)(count - sent));
    }
}

static void on_connection(uv_stream_t *listener, int status)
{
    uv_tcp_t *one = malloc(sizeof(*one));

    if (status != 0 || uv_tcp_init(listener->loop, one) != 0)
        return;
    if (uv_accept(listener, (uv_stream_t *)one) == 0) {
        uv_tcp_nodelay(one, 1);
        uv_read_start((uv_stream_t *)one, on_wanted, on_read);
    } else {
        uv_close((uv_handle_t *)one, on_closed);
    }
}

int main(void)
{
    uv_tcp_t listener;

    uv_tcp_init(uv_default_loop(), &listener);
    uv_tcp_open(&listener, echo_listen());
    uv_listen((uv_stream_t *)&listener, ECHO_BACKLOG, on_connection);
    return uv_run(uv_default_loop(), UV_RUN_DEFAULT);
}
