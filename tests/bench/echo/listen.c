#include "listen.h"
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

int echo_listen(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof(address);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    if (fd < 0 || bind(fd, (struct sockaddr *)&address, size) != 0 ||
        listen(fd, ECHO_BACKLOG) != 0 || getsockname(fd, (struct sockaddr *)&address, &size) != 0) {
        perror("listen");
        exit(EXIT_FAILURE);
    }
    printf("listening tcp:127.0.0.1:%u\n", ntohs(address.sin_port));
    fflush(stdout);
    return fd;
}

void echo_no_delay(int fd)
{
    int on = 1;

    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
}

int echo_accept(int listener)
{
    int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

    if (fd >= 0)
        echo_no_delay(fd);
    return fd;
}

void echo_write_all(int fd, const char *bytes, size_t size)
{
    struct pollfd room = {.fd = fd, .events = POLLOUT};

    while (size > 0) {
        ssize_t sent = send(fd, bytes, size, MSG_NOSIGNAL);

        if (sent < 0 && errno != EAGAIN)
            return;
        if (sent < 0) {
            poll(&room, 1, -1);
            continue;
        }
        bytes += sent;
        size -= (size_t)sent;
    }
}
