#include "tls_load.h"
#include <fcntl.h>
#include <openssl/err.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

enum { EVENTS = 256 };

static void fail(const char *what)
{
    ERR_print_errors_fp(stderr);
    die(what);
}

/* -- One connection -- */

static int keep_session(SSL *ssl, SSL_SESSION *session)
{
    tls_peer *self = SSL_get_app_data(ssl);

    SSL_SESSION_free(self->session);
    self->session = session;
    return 1;
}

static void open_peer(tls_load *load, tls_peer *self)
{
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = self};

    self->fd = server_connect(load->target);
    self->ssl = SSL_new(load->context);
    fcntl(self->fd, F_SETFL, O_NONBLOCK);
    SSL_set_fd(self->ssl, self->fd);
    SSL_set_app_data(self->ssl, self);
    SSL_set_connect_state(self->ssl);
    if (epoll_ctl(load->epoll_fd, EPOLL_CTL_ADD, self->fd, &event) != 0)
        die("epoll_ctl");
}

/* A session leaves with the first connection that uses it (RFC 8446, C.4). */
static void use_session(tls_peer *self)
{
    if (self->session != NULL)
        SSL_set_session(self->ssl, self->session);
    SSL_SESSION_free(self->session);
    self->session = NULL;
}

static void close_peer(tls_peer *self)
{
    SSL_shutdown(self->ssl);
    SSL_free(self->ssl);
    close(self->fd);
    self->ssl = NULL;
}

/* Waits for what OpenSSL misses; ends the program when it is something else. */
static void wait_for_room(tls_peer *self, int result)
{
    int error = SSL_get_error(self->ssl, result);
    struct pollfd ready = {.fd = self->fd,
                           .events = error == SSL_ERROR_WANT_WRITE ? POLLOUT : POLLIN};

    if (error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE)
        fail("TLS");
    poll(&ready, 1, -1);
}

static void say(tls_peer *self, const char *message, size_t size)
{
    int result;

    self->missing = size;
    while ((result = SSL_write(self->ssl, message, (int)size)) <= 0)
        wait_for_room(self, result);
}

/* Whether the whole answer has come. */
static bool hear(tls_peer *self, char *buffer, size_t size)
{
    int count;

    do {
        count = SSL_read(self->ssl, buffer, (int)size);
        if (count > 0)
            self->missing -= (size_t)count;
    } while (count > 0 && self->missing > 0);
    if (count <= 0 && SSL_get_error(self->ssl, count) != SSL_ERROR_WANT_READ)
        fail("SSL_read");
    return self->missing == 0;
}

/* Whether the handshake is done. */
static bool shake(tls_peer *self)
{
    int result = SSL_do_handshake(self->ssl);

    if (result != 1 && SSL_get_error(self->ssl, result) != SSL_ERROR_WANT_READ)
        fail("SSL_do_handshake");
    return result == 1;
}

/* -- All of them -- */

void tls_load_init(tls_load *self, const server *target, int count)
{
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());

    if (context == NULL || SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION) != 1 ||
        SSL_CTX_set_ciphersuites(context, "TLS_AES_128_GCM_SHA256") != 1 ||
        SSL_CTX_set1_groups_list(context, "X25519") != 1)
        fail("a client's context");
    SSL_CTX_set_read_ahead(context, 1);
    SSL_CTX_set_session_cache_mode(context,
                                   SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL_STORE);
    SSL_CTX_sess_set_new_cb(context, keep_session);
    *self = (tls_load){.target = target,
                       .context = context,
                       .epoll_fd = epoll_create1(0),
                       .count = count,
                       .peers = calloc((size_t)count, sizeof(*self->peers))};
}

void tls_load_connect(tls_load *self)
{
    for (int i = 0; i < self->count; i++) {
        tls_peer *one = &self->peers[i];
        int result;

        open_peer(self, one);
        while ((result = SSL_do_handshake(one->ssl)) != 1)
            wait_for_room(one, result);
    }
}

void tls_load_deinit(tls_load *self)
{
    for (int i = 0; i < self->count; i++) {
        if (self->peers[i].ssl != NULL)
            close_peer(&self->peers[i]);
        SSL_SESSION_free(self->peers[i].session);
    }
    free(self->peers);
    close(self->epoll_fd);
    SSL_CTX_free(self->context);
}

void tls_load_talk(tls_load *self, size_t size, uint64_t messages)
{
    struct epoll_event events[EVENTS];
    char *message = calloc(1, size), *buffer = malloc(size);
    uint64_t said = 0, heard = 0;

    for (int i = 0; i < self->count; i++, said++)
        say(&self->peers[i], message, size);
    while (heard < said) {
        int ready = epoll_wait(self->epoll_fd, events, EVENTS, -1);

        for (int i = 0; i < ready; i++) {
            tls_peer *one = events[i].data.ptr;

            if (one->missing == 0 || !hear(one, buffer, size))
                continue;
            heard++;
            if (said < messages) {
                said++;
                say(one, message, size);
            }
        }
    }
    free(message);
    free(buffer);
}

/* -- Visits -- */

static void begin_visit(tls_load *load, tls_peer *self, bool full)
{
    open_peer(load, self);
    if (!full)
        use_session(self);
    shake(self);
}

/* Whether the visit is over. */
static bool go_on(tls_peer *self)
{
    char byte = 'b';

    if (self->missing == 0) {
        if (shake(self))
            say(self, &byte, 1);
        return false;
    }
    return hear(self, &byte, 1);
}

uint64_t tls_load_visit(tls_load *self, bool full, uint64_t visits)
{
    struct epoll_event events[EVENTS];
    uint64_t begun = 0, ended = 0, resumed = 0;

    for (int i = 0; i < self->count && begun < visits; i++, begun++)
        begin_visit(self, &self->peers[i], full);
    while (ended < begun) {
        int ready = epoll_wait(self->epoll_fd, events, EVENTS, -1);

        for (int i = 0; i < ready; i++) {
            tls_peer *one = events[i].data.ptr;

            if (!go_on(one))
                continue;
            ended++;
            resumed += SSL_session_reused(one->ssl) == 1;
            close_peer(one);
            if (begun < visits) {
                begun++;
                begin_visit(self, one, full);
            }
        }
    }
    return resumed;
}
