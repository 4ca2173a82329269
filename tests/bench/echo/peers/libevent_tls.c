/* An echo server on libevent's bufferevents over OpenSSL. */
#include "../listen.h"
#include "../listen_tls.h"
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/bufferevent_ssl.h>
#include <event2/event.h>
#include <event2/listener.h>

static void on_read(struct bufferevent *one, void *data)
{
    (void)data;
    bufferevent_write_buffer(one, bufferevent_get_input(one));
}

static void on_event(struct bufferevent *one, short events, void *data)
{
    (void)data;
    if ((events & (BEV_EVENT_EOF | BEV_EVENT_ERROR)) != 0)
        bufferevent_free(one);
}

static void on_connection(struct evconnlistener *listener, evutil_socket_t fd,
                          struct sockaddr *address, int size, void *data)
{
    struct bufferevent *one =
        bufferevent_openssl_socket_new(evconnlistener_get_base(listener), fd, SSL_new(data),
                                       BUFFEREVENT_SSL_ACCEPTING, BEV_OPT_CLOSE_ON_FREE);

    (void)address;
    (void)size;
    echo_no_delay(fd);
    bufferevent_setcb(one, on_read, NULL, on_event, NULL);
    bufferevent_enable(one, EV_READ | EV_WRITE);
}

int main(int count, char **words)
{
    SSL_CTX *context = echo_tls_context(count, words);
    struct event_base *base = event_base_new();

    evconnlistener_new(base, on_connection, context, LEV_OPT_CLOSE_ON_EXEC | LEV_OPT_CLOSE_ON_FREE,
                       -1, echo_listen());
    return event_base_dispatch(base);
}
