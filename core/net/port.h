/* A descriptor that the program has given, used in one direction without blocking and without
 * changing it for those that share it. See port.c. */
#ifndef BIGHTI_NET_PORT_H
#define BIGHTI_NET_PORT_H

#include "../reactor/watch.h"
#include <bight/status.h>
#include <signal.h>
#include <sys/types.h>
#include <sys/uio.h>

typedef enum bighti_port_kind {
    BIGHTI_PORT_NONE, /* there is none, or it was closed */
    BIGHTI_PORT_SOCKET,
    BIGHTI_PORT_PIPE,
    BIGHTI_PORT_TERMINAL,
    BIGHTI_PORT_DEVICE,
    BIGHTI_PORT_FILE /* what cannot be polled, and is always ready */
} bighti_port_kind;

typedef struct bighti_port {
    bighti_watch watch; /* not for a file */
    bighti_port_kind kind;
    int access; /* O_RDONLY or O_WRONLY: the direction */
    int fd;     /* that is used: `given`, or one of our own for the same thing */
    int given;  /* to be closed at the end */
    int flags;  /* to be set again then, or -1 */
} bighti_port;

/* Look at a descriptor. Nothing has been changed when this fails.
 *
 * @param access  O_RDONLY or O_WRONLY: the direction */
bight_status bighti_port_open(bighti_port *port, int fd, int access);

/* Have a function called by edges; at once if it is ready now. */
bight_status bighti_port_watch(bighti_port *port, bight_reactor *reactor, uint32_t interest,
                               void (*fn)(bighti_watch *, uint32_t));

/* The number of bytes, 0 at the end, or a negative errno. */
ssize_t bighti_port_read(const bighti_port *port, void *buffer, size_t size);
ssize_t bighti_port_write(const bighti_port *port, const struct iovec *parts, int count);

/* Hold SIGPIPE back on this thread around a call that cannot be told not to raise it. */
typedef struct bighti_held_sigpipe {
    sigset_t before;
    bool is_foreign; /* one waits that is not ours */
} bighti_held_sigpipe;

void bighti_sigpipe_hold(bighti_held_sigpipe *held);

/* `broken`: the call has failed with EPIPE, so that there is one to be taken away. Keeps errno. */
void bighti_sigpipe_release(const bighti_held_sigpipe *held, bool broken);

/* Undo open and watch: the descriptor is the program's still. */
void bighti_port_abandon(bighti_port *port);

/* Let go of everything. In a forked child, `inherited`, nothing is said to the peer. */
void bighti_port_close(bighti_port *port, bool inherited);

/* Whether a socket carries a stream; BIGHT_ERROR_UNSUPPORTED, or BIGHT_ERROR_INVALID if it listens.
 */
bight_status bighti_socket_check(int fd);

/* Close a descriptor; a standard one is not left free. */
void bighti_descriptor_close(int fd);

/* Whether somebody may be at the other side who sees the end of what we send. */
static inline bool bighti_port_has_peer(const bighti_port *port)
{
    return port->kind == BIGHTI_PORT_SOCKET || port->kind == BIGHTI_PORT_PIPE;
}

#endif
