/** @file bight/gio_source.h
 * Sources (bight/source.h) as streams of GIO, and back: what a GTK program reads and writes with
 * GInputStream and GOutputStream goes through Bight, and what it has as a stream is sent by Bight.
 *
 *     GInputStream *page = bight_gio_input_stream_new(source);
 *     GDataInputStream *lines = g_data_input_stream_new(page);
 *
 *     g_data_input_stream_read_line_async(lines, G_PRIORITY_DEFAULT, cancellable, on_line, window);
 *
 * The streams are used on the reactor's thread, with the functions whose names end in `_async`, or
 * as GPollableInputStream and GPollableOutputStream. Those that would block, g_input_stream_read()
 * for one, give what is there and fail with G_IO_ERROR_WOULD_BLOCK when nothing is. The loop that
 * iterates the GMainContext of an operation has to carry the reactor too. Errors are those of
 * bight_gio_error_export().
 */
#ifndef BIGHT_GIO_SOURCE_H
#define BIGHT_GIO_SOURCE_H

#include <bight/api.h>
#include <bight/reactor.h>
#include <bight/source.h>
#include <gio/gio.h>

BIGHT_BEGIN_DECLS

/**
 * A stream that reads a source. An operation that is cancelled loses nothing. Closing the stream,
 * or letting go of it, frees the source.
 *
 * @param take_source  consumed; NULL is out of memory, and so says each read
 * @owner              the caller; g_object_unref()
 * @thread             the reactor's
 */
BIGHT_API BIGHT_MUST_USE GInputStream *bight_gio_input_stream_new(bight_source *take_source);

/**
 * A stream that fills a source through its writer, no faster than it is read. Closing the stream is
 * the end of the source. If the close is cancelled, or the last reference goes before it, the
 * reader gets BIGHT_ERROR_CLOSED: what is there is not all. When the reader has gone, writing fails
 * with G_IO_ERROR_BROKEN_PIPE.
 *
 * @param take_writer  consumed
 * @owner              the caller; g_object_unref()
 * @thread             the reactor's
 */
BIGHT_API BIGHT_MUST_USE GOutputStream *
bight_gio_output_stream_new(bight_source_writer *take_writer);

/**
 * A source of what a stream gives, 64 KiB at a time. It can be rewound if the stream can be seeked,
 * to where the stream was when the source was made.
 *
 * @param stream  a reference is held; nobody else reads it while the source lives
 * @errors        NULL when out of memory; reads fail with what bight_gio_error_import() makes of
 *                the stream's errors
 * @owner         the caller
 * @thread        the reactor's, which has to be the one that iterates its thread-default
 *                GMainContext
 */
BIGHT_API BIGHT_MUST_USE bight_source *bight_gio_source_new(bight_reactor *reactor,
                                                            GInputStream *stream);

BIGHT_END_DECLS

#endif
