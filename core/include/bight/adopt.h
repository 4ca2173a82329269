/** @file bight/adopt.h
 * Turns descriptors that the program already has into a transport: pipes, FIFOs, sockets,
 * terminals, devices and files, for example standard input and output.
 */
#ifndef BIGHT_ADOPT_H
#define BIGHT_ADOPT_H

#include <bight/api.h>
#include <bight/reactor.h>
#include <bight/status.h>
#include <bight/transport.h>

BIGHT_BEGIN_DECLS

/**
 * Make a transport from one descriptor for both directions, or from one descriptor for each
 * direction. connected is called in a later turn; the transport may be used at once.
 *
 * The descriptors may be shared with other processes, as standard input is with a shell. Therefore
 * O_NONBLOCK is not set if there is another way: on sockets each call asks not to block; pipes,
 * FIFOs and terminals are opened once more through /proc, which costs one more descriptor each
 * while the transport lives. Where that is not possible, and for other devices, O_NONBLOCK is set,
 * and cleared at the end if it was not set before.
 *
 * All rules of bight/transport.h hold as far as the system supports them:
 *
 * - The peer learns of the end of output because the descriptor is closed, or on a socket because
 * of shutdown(2). Terminals and devices are not notified of an end.
 * - A close waits until the peer ends its side, if there is a peer that can see our end: that is
 * so with pipes or sockets for both directions. Otherwise the transport is closed as soon as
 * everything has been written.
 * - Only a socket that is used for both directions can be reset. Otherwise abort and free close
 * the descriptors, and the reader of a pipe gets what was written before and then the end.
 * - When nobody reads the other end any more, the next write fails the transport with
 * BIGHT_ERROR_RESET (EPIPE), without a SIGPIPE. A transport that only writes notices at once.
 * - A descriptor that cannot be polled, such as a file or /dev/null, is always ready: one buffer
 * is read in each turn, and output is written immediately. A slow disk blocks the loop.
 * - In a forked child the descriptor still belongs to the parent too: the child only closes its
 * own copy.
 *
 * @param read_fd    where to read; -1 for a transport that only writes: its protocol never
 *                   receives ended
 * @param write_fd   where to write; -1 for a transport that only reads: it ignores writes, and the
 *                   end of the input closes it
 * @param transport  may be NULL; valid until closed
 * @errors           BIGHT_ERROR_INVALID: not a descriptor, not open for that direction, both -1, a
 *                   socket that listens; BIGHT_ERROR_UNSUPPORTED: a directory, a socket that is not
 *                   a stream; BIGHT_ERROR_NO_MEMORY, BIGHT_ERROR_LIMIT, BIGHT_ERROR_SYSTEM
 * @owner            the library owns the descriptors if this succeeds, and closes them at the end.
 *                   It replaces 0, 1 and 2 by /dev/null, so that no file that is opened later gets
 *                   the number of a standard stream. On failure nothing has changed
 * @thread           the reactor's
 * @reentrancy       no callback runs before this returns
 */
BIGHT_API BIGHT_MUST_USE bight_status bight_transport_adopt(bight_reactor *reactor, int read_fd,
                                                            int write_fd, bight_protocol *protocol,
                                                            bight_transport **transport);

BIGHT_END_DECLS

#endif
