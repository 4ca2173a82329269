/* The output of a transport: output.c. */
#ifndef BIGHTI_NET_OUTPUT_H
#define BIGHTI_NET_OUTPUT_H

#include "transport.h"

/* There is room to send again. */
void bighti_transport_writable(bight_transport *transport);

/* Send waiting bytes at the end of the running callback, or now if none is running. */
void bighti_output_soon(bight_transport *transport);
void bighti_output_flush(bighti_member *member);

/* Append bytes to the waiting output without sending any; false when out of memory. After the last
 * piece, call bighti_output_added(), which does what a write does at its end. After the end of the
 * transport the bytes are dropped. This is for a transport on top, which has many pieces to
 * write. */
bool bighti_output_add(bight_transport *transport, const void *data, size_t size);
bight_flow bighti_output_added(bight_transport *transport, bool kept);

/* Send at once as many bytes as there is room for, without keeping any; no output may be waiting.
 * Returns how many were taken; after the end of the transport, all of them. */
size_t bighti_output_pass(bight_transport *transport, const struct iovec *parts, int count);

/* Whether a part of a file can be sent now without being read: the kind supports it, and no output
 * waits before it. */
bool bighti_output_sends_files(const bight_transport *transport);

/* Send a part of a file that way. Returns how many bytes were sent; 0 if there is no room or if it
 * has failed, which is reported as for a write; -1 if this file has to be read instead. */
ssize_t bighti_output_send_file(bight_transport *transport, int fd, uint64_t offset, size_t size);

#endif
