/* What a transport sends: output.c. */
#ifndef BIGHTI_NET_OUTPUT_H
#define BIGHTI_NET_OUTPUT_H

#include "transport.h"

/* There is room to send again. */
void bighti_transport_writable(bight_transport *transport);

/* Send what waits at the end of the callback, or now if there is none. */
void bighti_output_soon(bight_transport *transport);
void bighti_output_flush(bighti_member *member);

/* Put bytes behind what waits, without sending any; false without memory. When all of them are
 * there, bighti_output_added() does what a write does at its end. After the end they are dropped.
 * For a transport on top, which has many pieces to write. */
bool bighti_output_add(bight_transport *transport, const void *data, size_t size);
bight_flow bighti_output_added(bight_transport *transport, bool kept);

/* Send at once as many bytes as there is room for, none of which is kept; nothing waits. Returns
 * how many were taken, which after the end are all. */
size_t bighti_output_pass(bight_transport *transport, const struct iovec *parts, int count);

/* Whether a part of a file can be sent now without being read: the kind knows how to, and nothing
 * waits that stands before it. */
bool bighti_output_sends_files(const bight_transport *transport);

/* Send a part of a file that way. Returns how many bytes have left, 0 where there is no room or it
 * has failed, which is told as for a write; -1 if this file has to be read instead. */
ssize_t bighti_output_send_file(bight_transport *transport, int fd, uint64_t offset, size_t size);

#endif
