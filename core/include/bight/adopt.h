/** @file bight/adopt.h
 * Descriptors that the program has, as a transport: pipes, FIFOs, sockets, terminals, devices,
 * files; standard input and output for one.
 */
#ifndef BIGHT_ADOPT_H
#define BIGHT_ADOPT_H

#include <bight/api.h>
#include <bight/reactor.h>
#include <bight/status.h>
#include <bight/transport.h>

BIGHT_BEGIN_DECLS

/**
 * Make a transport of one descriptor for both directions, or of one for each. connected is called
 * in a later turn; the transport may be used at once.
 *
 * The descriptors may be shared with other processes, as standard input is with a shell, so that
 * they are not made non-blocking if there is another way: sockets are asked call by call, pipes,
 * FIFOs and terminals are opened once more through /proc, which costs one more descriptor each
 * while the transport lives. Where that is not possible, and for other devices, O_NONBLOCK is set,
 * and cleared at the end if it was not set before.
 *
 * All rules of bight/transport.h hold, as far as the system has them:
 *
 * - The end of what is written is told by closing the descriptor, on a socket by shutdown(2). A
 *   terminal and a device are not told of an end.
 * - A close waits for the peer's end where there is a peer that sees ours: with pipes or sockets
 *   for both directions. Else the transport is closed when all was written.
 * - There is no reset but on a socket that is used for both directions: else abort and free close
 *   the descriptors, and the reader of a pipe gets what was written before and then the end.
 * - What nobody reads any more breaks the transport with BIGHT_ERROR_RESET (EPIPE) at the next
 *   write, without a SIGPIPE; a transport that only writes is told at once.
 * - What cannot be polled, a file or /dev/null, is always ready: a buffer of it is read in a turn,
 *   and it is written as it comes. A slow disk holds the loop.
 * - In a forked child the descriptor is the parent's too: the child closes its own, no more.
 *
 * @param read_fd    where to read; -1 for a transport that only writes: its protocol is not told of
 *                   an end
 * @param write_fd   where to write; -1 for one that only reads: what is written to it is ignored
 *                   and the end of what is read ends it
 * @param transport  may be NULL; valid until closed
 * @errors           BIGHT_ERROR_INVALID: not a descriptor, not open for that direction, both -1, a
 *                   socket that listens; BIGHT_ERROR_UNSUPPORTED: a directory, a socket that is not
 *                   a stream; BIGHT_ERROR_NO_MEMORY, BIGHT_ERROR_LIMIT, BIGHT_ERROR_SYSTEM
 * @owner            the library owns the descriptors if this succeeds, and closes them at the end.
 *                   /dev/null takes the place of 0, 1 and 2, so that no file that is opened later
 *                   is taken for a standard stream. On failure nothing has changed
 * @thread           the reactor's
 * @reentrancy       no callback runs before this returns
 */
BIGHT_API BIGHT_MUST_USE bight_status bight_transport_adopt(bight_reactor *reactor, int read_fd,
                                                            int write_fd, bight_protocol *protocol,
                                                            bight_transport **transport);

BIGHT_END_DECLS

#endif
