/* The peers: sends to every connection without pause, as much as it takes.
 *
 *     gui-flood        prints "listening tcp:127.0.0.1:PORT", runs until it is ended
 */
#include "pattern.h"
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { EVENTS = 64 };

/* The block twice: from any offset a whole block can be sent. */
static uint8_t bytes[2 * PATTERN_SIZE];

typedef struct peer {
    int fd; /* the listener's too, which has no offset */
    size_t offset;
} peer;

static void add(int epoll_fd, int fd, uint32_t events)
{
    peer *one = calloc(1, sizeof(*one));
    struct epoll_event event = {.events = events, .data.ptr = one};

    if (one == NULL)
        abort();
    one->fd = fd;
    if (epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event) != 0)
        abort();
}

static void accept_all(int epoll_fd, int listener)
{
    int fd;

    while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK)) >= 0)
        add(epoll_fd, fd, EPOLLOUT);
}

static void send_some(peer *one)
{
    ssize_t sent = send(one->fd, bytes + one->offset, PATTERN_SIZE, MSG_NOSIGNAL);

    if (sent > 0) {
        one->offset = (one->offset + (size_t)sent) % PATTERN_SIZE;
    } else if (errno != EAGAIN) {
        close(one->fd);
        free(one);
    }
}

static int listen_anywhere(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof(address);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);

    if (fd < 0 || bind(fd, (struct sockaddr *)&address, size) != 0 || listen(fd, 4096) != 0 ||
        getsockname(fd, (struct sockaddr *)&address, &size) != 0)
        return -1;
    printf("listening tcp:127.0.0.1:%u\n", ntohs(address.sin_port));
    fflush(stdout);
    return fd;
}

int main(void)
{
    int epoll_fd = epoll_create1(0), listener = listen_anywhere();
    struct epoll_event events[EVENTS];

    if (epoll_fd < 0 || listener < 0) {
        perror("gui-flood");
        return EXIT_FAILURE;
    }
    pattern_fill(bytes);
    memcpy(bytes + PATTERN_SIZE, bytes, PATTERN_SIZE);
    add(epoll_fd, listener, EPOLLIN);
    for (;;) {
        int count = epoll_wait(epoll_fd, events, EVENTS, -1);

        for (int i = 0; i < count; i++) {
            peer *one = events[i].data.ptr;

            if (one->fd == listener)
                accept_all(epoll_fd, listener);
            else
                send_some(one);
        }
    }
}
