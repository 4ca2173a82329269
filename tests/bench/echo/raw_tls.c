/* The floor of TLS: epoll, and OpenSSL on the socket itself. It reads ahead, so that a record takes
 * one system call and not two. No back-pressure beyond blocking on a full socket, no limits, no
 * reports. */
#include "listen.h"
#include "listen_tls.h"
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

enum { EVENTS = 256 };

static void accept_all(int epoll_fd, int listener, SSL_CTX *context)
{
    int fd;

    while ((fd = echo_accept(listener)) >= 0) {
        SSL *ssl = SSL_new(context);
        struct epoll_event event = {.events = EPOLLIN, .data.ptr = ssl};

        SSL_set_fd(ssl, fd);
        SSL_set_accept_state(ssl);
        epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event);
    }
}

static void write_all(SSL *ssl, const char *bytes, int size)
{
    struct pollfd room = {.fd = SSL_get_fd(ssl), .events = POLLOUT};
    int result;

    while ((result = SSL_write(ssl, bytes, size)) <= 0 &&
           SSL_get_error(ssl, result) == SSL_ERROR_WANT_WRITE)
        poll(&room, 1, -1);
}

static void end(SSL *ssl)
{
    int fd = SSL_get_fd(ssl);

    SSL_shutdown(ssl);
    SSL_free(ssl);
    close(fd);
}

static void echo(SSL *ssl)
{
    static char buffer[ECHO_BUFFER];
    int count;

    do {
        count = SSL_read(ssl, buffer, sizeof(buffer));
        if (count > 0)
            write_all(ssl, buffer, count);
    } while (count > 0 && SSL_has_pending(ssl) == 1);
    if (count <= 0 && SSL_get_error(ssl, count) != SSL_ERROR_WANT_READ)
        end(ssl);
}

int main(int count, char **words)
{
    SSL_CTX *context = echo_tls_context(count, words);
    int epoll_fd = epoll_create1(0), listener = echo_listen();
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = NULL}, events[EVENTS];

    SSL_CTX_set_read_ahead(context, 1);
    if (epoll_ctl(epoll_fd, EPOLL_CTL_ADD, listener, &event) != 0) {
        perror("echo-raw-tls");
        return EXIT_FAILURE;
    }
    for (;;) {
        int ready = epoll_wait(epoll_fd, events, EVENTS, -1);

        for (int i = 0; i < ready; i++) {
            if (events[i].data.ptr == NULL)
                accept_all(epoll_fd, listener, context);
            else
                echo(events[i].data.ptr);
        }
    }
}
