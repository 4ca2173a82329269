/** @file bight/gio_source.h
 * Sources (bight/source.h) as GIO streams, and back. A GTK program can read and write through
 * Bight with GInputStream and GOutputStream, and Bight can send a stream that the program has.
 *
 *     GInputStream *page = bight_gio_input_stream_new(source);
 *     GDataInputStream *lines = g_data_input_stream_new(page);
 *
 *     g_data_input_stream_read_line_async(lines, G_PRIORITY_DEFAULT, cancellable, on_line, window);
 *
 * The streams are used on the reactor's thread, with the functions whose names end in `_async`, or
 * as GPollableInputStream and GPollableOutputStream. Functions that would block, such as
 * g_input_stream_read(), return what is available and fail with G_IO_ERROR_WOULD_BLOCK if nothing
 * is. The loop that iterates the GMainContext of an operation must carry the reactor too. Errors
 * are those of bight_gio_error_export().
 */
#ifndef BIGHT_GIO_SOURCE_H
#define BIGHT_GIO_SOURCE_H

#include <bight/api.h>
#include <bight/reactor.h>
#include <bight/source.h>
#include <gio/gio.h>

BIGHT_BEGIN_DECLS

/**
 * A stream that reads a source. A cancelled operation loses no data. Closing the stream, or
 * dropping its last reference, frees the source.
 *
 * @param take_source  consumed; NULL means out of memory, and then each read fails with that
 * @owner              the caller; g_object_unref()
 * @thread             the reactor's
 */
BIGHT_API BIGHT_MUST_USE GInputStream *bight_gio_input_stream_new(bight_source *take_source);

/**
 * A stream that fills a source through its writer, no faster than it is read. Closing the stream
 * ends the source. If the close is cancelled, or the last reference is dropped before a close, the
 * reader gets BIGHT_ERROR_CLOSED because the data is incomplete. When the reader no longer exists,
 * writing fails with G_IO_ERROR_BROKEN_PIPE.
 *
 * @param take_writer  consumed
 * @owner              the caller; g_object_unref()
 * @thread             the reactor's
 */
BIGHT_API BIGHT_MUST_USE GOutputStream *
bight_gio_output_stream_new(bight_source_writer *take_writer);

/**
 * A source that reads a stream, 64 KiB at a time. If the stream is seekable, the source can be
 * rewound to the position that the stream had when the source was made.
 *
 * @param stream  a reference is held; nobody else may read it while the source exists
 * @errors        NULL when out of memory; reads fail with what bight_gio_error_import() makes of
 *                the stream's errors
 * @owner         the caller
 * @thread        the reactor's, which must be the thread that iterates its thread-default
 *                GMainContext
 */
BIGHT_API BIGHT_MUST_USE bight_source *bight_gio_source_new(bight_reactor *reactor,
                                                            GInputStream *stream);

BIGHT_END_DECLS

#endif
