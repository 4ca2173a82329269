/* The floor of the comparison: an echo server on epoll and nothing else. No back-pressure beyond
 * blocking on a full socket, no limits, no reports. */
#include "listen.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { EVENTS = 256 };

static void accept_all(int epoll_fd, int listener)
{
    int fd;

    while ((fd = echo_accept(listener)) >= 0) {
        struct epoll_event event = {.events = EPOLLIN | EPOLLET, .data.fd = fd};

        epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event);
    }
}

static void echo(int fd)
{
    static char buffer[ECHO_BUFFER];
    ssize_t count;

    do {
        count = recv(fd, buffer, sizeof(buffer), 0);
        if (count > 0)
            echo_write_all(fd, buffer, (size_t)count);
    } while (count == ECHO_BUFFER);
    if (count == 0 || (count < 0 && errno != EAGAIN))
        close(fd);
}

int main(void)
{
    int epoll_fd = epoll_create1(0), listener = echo_listen();
    struct epoll_event event = {.events = EPOLLIN, .data.fd = listener}, events[EVENTS];

    if (epoll_ctl(epoll_fd, EPOLL_CTL_ADD, listener, &event) != 0) {
        perror("echo-raw");
        return EXIT_FAILURE;
    }
    for (;;) {
        int count = epoll_wait(epoll_fd, events, EVENTS, -1);

        for (int i = 0; i < count; i++) {
            if (events[i].data.fd == listener)
                accept_all(epoll_fd, listener);
            else
                echo(events[i].data.fd);
        }
    }
}
