/* A descriptor from the program, used in one direction without blocking and without changing it
 * for processes that share it. See port.c. */
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
    BIGHTI_PORT_FILE /* cannot be polled, and is always ready */
} bighti_port_kind;

typedef struct bighti_port {
    bighti_watch watch; /* not for a file */
    bighti_port_kind kind;
    int access; /* O_RDONLY or O_WRONLY: the direction */
    int fd;     /* the descriptor in use: `given`, or our own for the same file */
    int given;  /* the program's descriptor, closed at the end */
    int flags;  /* flags to restore at the end, or -1 */
} bighti_port;

/* Examine a descriptor. On failure nothing has been changed.
 *
 * @param access  O_RDONLY or O_WRONLY: the direction */
bight_status bighti_port_open(bighti_port *port, int fd, int access);

/* Call a function on each edge; immediately if the descriptor is ready now. */
bight_status bighti_port_watch(bighti_port *port, bight_reactor *reactor, uint32_t interest,
                               void (*fn)(bighti_watch *, uint32_t));

/* Returns the number of bytes, 0 at the end, or a negative errno. */
ssize_t bighti_port_read(const bighti_port *port, void *buffer, size_t size);
ssize_t bighti_port_write(const bighti_port *port, const struct iovec *parts, int count);

/* Block SIGPIPE on this thread around a call that has no flag to suppress it. */
typedef struct bighti_held_sigpipe {
    sigset_t before;
    bool is_foreign; /* a SIGPIPE was already pending */
} bighti_held_sigpipe;

void bighti_sigpipe_hold(bighti_held_sigpipe *held);

/* `broken`: the call has failed with EPIPE, so the pending SIGPIPE has to be removed. Keeps
 * errno. */
void bighti_sigpipe_release(const bighti_held_sigpipe *held, bool broken);

/* Undo open and watch: the program keeps the descriptor. */
void bighti_port_abandon(bighti_port *port);

/* Close and release everything. In a forked child (`inherited`) the peer is not affected. */
void bighti_port_close(bighti_port *port, bool inherited);

/* Whether a socket carries a stream; BIGHT_ERROR_UNSUPPORTED, or BIGHT_ERROR_INVALID if it listens.
 */
bight_status bighti_socket_check(int fd);

/* Close a descriptor; a standard one is replaced by /dev/null. */
void bighti_descriptor_close(int fd);

/* Whether there may be a peer that sees the end of our output. */
static inline bool bighti_port_has_peer(const bighti_port *port)
{
    return port->kind == BIGHTI_PORT_SOCKET || port->kind == BIGHTI_PORT_PIPE;
}

#endif
