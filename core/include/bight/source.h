/** @file bight/source.h
 * Sources: streams of bytes that are read on demand, such as the body of a request, a file, the
 * input of a connection, the output of a query. All of them have one type, so that bytes from any
 * source can be sent, saved or collected.
 *
 *     bight_source *page = bight_source_new_transport(transport);
 *     bight_deferred *saved = bight_source_to_file(page, "page.html", NULL);
 *
 * Nothing is read ahead, except one piece that a cancelled read has left, so that a slow reader
 * slows the sender down. The guide is docs/guides/sources.md.
 *
 * Functions that take a source accept NULL, the result of a constructor when out of memory: they
 * return the NULL deferred, which counts as failed with BIGHT_ERROR_NO_MEMORY.
 */
#ifndef BIGHT_SOURCE_H
#define BIGHT_SOURCE_H

#include <bight/api.h>
#include <bight/bytes.h>
#include <bight/deferred.h>
#include <bight/error.h>
#include <bight/reactor.h>
#include <bight/status.h>
#include <bight/threads.h>
#include <bight/transport.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

BIGHT_BEGIN_DECLS

/** A source of bytes. */
typedef struct bight_source bight_source;

/** An unknown length of a source, and "to the end" in options. */
#define BIGHT_SOURCE_UNKNOWN UINT64_MAX

/* -- Reading -- */

/**
 * Read the next bytes.
 *
 * No bytes are lost if a read is cancelled, if its owner ends, or if its deferred is freed before
 * anybody has taken the result: the next read gets the bytes. Each later read gets the end or the
 * error again.
 *
 * @return   fires with at least one byte, for bight_result_get_bytes(), or at the end with NULL,
 *           for which that function returns NULL. It may have fired already
 * @errors   NULL when out of memory; through the deferred: BIGHT_ERROR_STATE while another read
 *           waits; BIGHT_ERROR_CANCELLED when the source or the reactor is freed; and what the
 *           source fails with
 * @owner    the caller owns the deferred, and the source stays the caller's
 * @thread   the reactor's
 */
#define bight_source_read(source) bight_source_read_at((source), BIGHT_HERE)

/**
 * Put bytes back at the front: the next read gets them. The bytes put back last come first. It is
 * for a reader that has looked at the beginning, or that could not use all of a piece.
 *
 * @param take_bytes  consumed; NULL and bytes of size 0 are ignored
 * @errors            when out of memory the source fails with BIGHT_ERROR_NO_MEMORY. Calling it
 *                    while a read waits is misuse and aborts
 * @thread            the reactor's
 */
BIGHT_API void bight_source_unread(bight_source *source, bight_bytes *take_bytes);

/**
 * Start again at the first byte, for a redirect or another attempt. Bytes that were put back are
 * dropped; an end or an error is cleared.
 *
 * @errors  BIGHT_ERROR_UNSUPPORTED: the source can be read only once; BIGHT_ERROR_STATE: a read
 *          waits, or the reactor was freed; and the error of the source. On failure nothing has
 *          changed
 * @thread  the reactor's
 */
BIGHT_API BIGHT_MUST_USE bight_status bight_source_rewind(bight_source *source);

/** The number of bytes still to be read; BIGHT_SOURCE_UNKNOWN if it is not known. */
BIGHT_API uint64_t bight_source_get_length(bight_source *source);

/** The reactor. @owner borrowed @thread the reactor's */
BIGHT_API bight_reactor *bight_source_get_reactor(const bight_source *source);

/**
 * Free a source and everything that it holds. A waiting read, including that of
 * bight_source_send() and similar functions, fails with BIGHT_ERROR_CANCELLED before this returns.
 * NULL is ignored.
 *
 * @thread      the reactor's
 * @reentrancy  legal in any callback and step
 */
BIGHT_API void bight_source_free(bight_source *source);

/** The destroy function, and so the type, of a source as the value of a deferred. @thread the
 * reactor's */
BIGHT_API void bight_value_source(void *value);

/** The source of a result whose type is bight_value_source(). @owner borrowed: the result's */
BIGHT_API bight_source *bight_result_get_source(bight_result result);

/** Take the source out of such a result, which becomes empty. @owner the caller's */
BIGHT_API bight_source *bight_result_steal_source(bight_result *result);

/* -- Operations on a source. The caller keeps the source: free it when the deferred is done, with
 * bight_deferred_keep() for example. Until then nobody else may read it. -- */

/**
 * Collect all bytes up to the end.
 *
 * @param limit  bytes; more than this fail with BIGHT_ERROR_LIMIT
 * @return       fires with the bytes, for bight_result_get_bytes(); an empty source gives bytes of
 *               size 0
 * @errors       as bight_source_read(), and BIGHT_ERROR_LIMIT. When it fails or is cancelled, the
 *               bytes read so far are put back
 * @thread       the reactor's
 */
#define bight_source_read_all(source, limit) bight_source_read_all_at((source), (limit), BIGHT_HERE)

/**
 * Send all bytes up to the end. It reads only as fast as the transport accepts bytes: above the
 * high mark (bight_transport_set_marks()) it waits until the transport has drained. The transport
 * stays open; other bytes that are written to it meanwhile are sent between the pieces. A file
 * that is not read on threads is sent to a socket by sendfile(2): changing the file before the
 * peer has read it may change the bytes that are sent.
 *
 * @return   fires with the number of bytes, for bight_result_get_int(), when all of them have been
 *           passed to the transport and no more than its low mark waits
 * @errors   as bight_source_read(); if the transport ends, the reason, or BIGHT_ERROR_CLOSED after
 *           an orderly end; BIGHT_ERROR_STATE if this side has already ended its output.
 *           Cancelling keeps the bytes that were not passed to the transport in the source
 * @thread   the reactor's
 */
#define bight_source_send(source, transport) bight_source_send_at((source), (transport), BIGHT_HERE)

/** How a file is written. Start from BIGHT_SOURCE_SAVE_OPTIONS_INIT. */
typedef struct bight_source_save_options {
    size_t size;            /**< sizeof(bight_source_save_options): lets the structure grow */
    bight_threads *threads; /**< the pool that writes the file and waits until it is on the disk;
                                 NULL, which writes 64 KiB a turn on the loop. Must live until the
                                 deferred is done */
    unsigned mode;          /**< permissions, such as 0600; 0, which is 0666 without the umask */
    bool keeps;             /**< fail with BIGHT_ERROR_EXISTS if the file exists; false, which
                                 replaces it */
} bight_source_save_options;

/** The defaults. */
#define BIGHT_SOURCE_SAVE_OPTIONS_INIT                                                             \
    {                                                                                              \
        sizeof(bight_source_save_options), NULL, 0, false                                          \
    }

/**
 * Write all bytes up to the end to a file, which appears only when it is complete: until then they
 * are in a temporary file in the same directory, which is removed if this fails or is cancelled.
 * An existing file stays until it is replaced. Its other hard links are not changed, a symbolic
 * link is itself replaced, and anything that is not a file, a device for example, is never
 * replaced.
 *
 * @param path     copied; the directory is opened now, so a later change of the working directory
 *                 has no effect
 * @param options  copied; NULL for the defaults
 * @return         fires with the number of bytes, for bight_result_get_int()
 * @errors         as bight_source_read(), and system errors of writing. A cancel during the last
 *                 step on a thread may come too late: then the file exists and is complete.
 *                 Options of an unknown size are misuse and abort
 * @thread         the reactor's
 */
#define bight_source_to_file(source, path, options)                                                \
    bight_source_to_file_at((source), (path), (options), BIGHT_HERE)

/* -- Constructors -- */

/**
 * A source of bytes in memory; it can be rewound. They are read in one piece.
 *
 * @param bytes  a reference is taken
 * @errors       NULL when out of memory
 * @owner        the caller
 * @thread       the reactor's
 */
BIGHT_API BIGHT_MUST_USE bight_source *bight_source_new_bytes(bight_reactor *reactor,
                                                              bight_bytes *bytes);

/**
 * A source of the bytes that a transport receives until its peer ends. The transport receives only
 * while a read waits. Until the source is freed it stands between the transport and its protocol:
 * the protocol still receives drained and closed, but neither received nor ended. The end of the
 * peer does not close the transport; the reader of the end has to close it.
 *
 * When the source is freed first, the protocol receives again, beginning with the bytes that were
 * not read. It is not notified if the peer has ended meanwhile; if nobody has read this end, and
 * the protocol has no ended function, the transport is closed.
 *
 * @param transport  may end or be freed at any time: the source then fails with the reason, or with
 *                   BIGHT_ERROR_CLOSED when this side has closed it before the peer's end
 * @errors           NULL when out of memory
 * @owner            the caller
 * @thread           the reactor's
 */
BIGHT_API BIGHT_MUST_USE bight_source *bight_source_new_transport(bight_transport *transport);

/** Which part of a file is read, and where. Start from BIGHT_SOURCE_FILE_OPTIONS_INIT. */
typedef struct bight_source_file_options {
    size_t size;            /**< sizeof(bight_source_file_options): lets the structure grow */
    bight_threads *threads; /**< the pool that reads the file, 256 KiB at a time; NULL, which reads
                                 64 KiB a turn on the loop. Must live as long as the source */
    uint64_t offset;        /**< of the first byte; 0 */
    uint64_t length;        /**< the most bytes to read; BIGHT_SOURCE_UNKNOWN */
} bight_source_file_options;

/** The defaults. */
#define BIGHT_SOURCE_FILE_OPTIONS_INIT                                                             \
    {                                                                                              \
        sizeof(bight_source_file_options), NULL, 0, BIGHT_SOURCE_UNKNOWN                           \
    }

/**
 * Open a file as a source; it can be rewound. Its length is the length of the file when it is
 * opened: bytes that are appended later are not read, and the source fails with
 * BIGHT_ERROR_TRUNCATED if the file has become shorter. A file without a length, as in /proc, is
 * read to its end.
 *
 * @param options  copied; NULL for the defaults
 * @return         fires with the source, whose type is bight_value_source(): take it with
 *                 bight_result_steal_source(). Without threads it has fired or failed already
 * @errors         NULL when out of memory; through the deferred, system errors, or
 *                 BIGHT_ERROR_UNSUPPORTED for anything that is neither a file nor a disk: pipes
 *                 and devices are transports (bight/adopt.h). Options of an unknown size are
 *                 misuse and abort
 * @owner          the caller owns the deferred
 * @thread         the reactor's
 */
#define bight_source_open_file(reactor, path, options)                                             \
    bight_source_open_file_at((reactor), (path), (options), BIGHT_HERE)

/**
 * A source of an open file. The file's position is neither used nor changed.
 *
 * @param take_descriptor  open for reading; closed with the source, but still owned by the caller
 *                         if this fails
 * @param options          copied; NULL for the defaults
 * @errors                 BIGHT_ERROR_UNSUPPORTED for anything that is neither a file nor a disk;
 *                         BIGHT_ERROR_INVALID for an invalid descriptor or options of an unknown
 *                         size; BIGHT_ERROR_NO_MEMORY, BIGHT_ERROR_SYSTEM
 * @owner                  the caller
 * @thread                 the reactor's
 */
BIGHT_API BIGHT_MUST_USE bight_status
bight_source_new_descriptor(bight_reactor *reactor, int take_descriptor,
                            const bight_source_file_options *options, bight_source **source);

/** The part of a file that holds the rest of a source. */
typedef struct bight_source_file {
    size_t size;     /**< sizeof(bight_source_file), set by the caller */
    int descriptor;  /**< open for reading; borrowed: the source's */
    uint64_t offset; /**< position of the next byte */
    uint64_t length; /**< how many bytes follow; BIGHT_SOURCE_UNKNOWN for all up to the end */
    bool blocks;     /**< reading may block, so it is done on threads */
} bight_source_file;

/**
 * Ask whether the rest of the source is part of a file, so that it can be sent without being read,
 * for example by sendfile(2). After that, bight_source_skip() tells the source how many bytes were
 * sent.
 *
 * @param file  filled in on success, at most file->size bytes
 * @return      false if it is not, if a read waits, or if bytes were put back
 * @thread      the reactor's
 */
BIGHT_API BIGHT_MUST_USE bool bight_source_get_file(bight_source *source, bight_source_file *file);

/** Skip bytes of a source that is a file. @errors misuse if bight_source_get_file() is false */
BIGHT_API void bight_source_skip(bight_source *source, uint64_t count);

/* -- Sources that a writer fills -- */

/** The writing side of a source. */
typedef struct bight_source_writer bight_source_writer;

/** Options of a queue. Start from BIGHT_SOURCE_QUEUE_OPTIONS_INIT. */
typedef struct bight_source_queue_options {
    size_t size;     /**< sizeof(bight_source_queue_options): lets the structure grow */
    size_t low;      /**< bytes: the writer may continue when no more than this waits; 16 KiB */
    size_t high;     /**< bytes: above this writes return BIGHT_FLOW_WAIT; 64 KiB */
    size_t limit;    /**< bytes: more than this fails the source with BIGHT_ERROR_LIMIT; 0 for none;
                          64 MiB */
    uint64_t length; /**< how many bytes will come, for bight_source_get_length();
                          BIGHT_SOURCE_UNKNOWN */
} bight_source_queue_options;

/** The defaults. */
#define BIGHT_SOURCE_QUEUE_OPTIONS_INIT                                                            \
    {                                                                                              \
        sizeof(bight_source_queue_options), 16384, 65536, 67108864, BIGHT_SOURCE_UNKNOWN           \
    }

/**
 * Make a source and the writer that fills it. Small writes are joined into pieces of 4 KiB while
 * nobody reads.
 *
 * @param options  copied; NULL for the defaults
 * @errors         BIGHT_ERROR_NO_MEMORY; BIGHT_ERROR_INVALID for an unknown size, low > high or
 *                 high > limit > 0
 * @owner          the caller owns both, and frees them in any order
 * @thread         the reactor's, as for all functions of a writer
 */
BIGHT_API BIGHT_MUST_USE bight_status
bight_source_new_queue(bight_reactor *reactor, const bight_source_queue_options *options,
                       bight_source **source, bight_source_writer **writer);

/**
 * Add a copy of bytes.
 *
 * @return       BIGHT_FLOW_WAIT if the bytes were taken but more than the high mark waits:
 *               continue after bight_source_writer_wait_drained()
 * @errors       when out of memory, or above the limit, the source fails with that error after the
 *               bytes written so far were read. If the reader is gone, after the end and after a
 *               failure the bytes are ignored
 * @reentrancy   the steps of a waiting read run before this returns
 */
BIGHT_API bight_flow bight_source_writer_write(bight_source_writer *writer, const void *data,
                                               size_t size);

/** Add shared bytes without a copy. @param bytes a reference is taken. As the function above. */
BIGHT_API bight_flow bight_source_writer_write_bytes(bight_source_writer *writer,
                                                     bight_bytes *bytes);

/** Bytes that wait to be read. */
BIGHT_API size_t bight_source_writer_get_pending(const bight_source_writer *writer);

/** End: the reader gets the end after it has read everything. */
BIGHT_API void bight_source_writer_end(bight_source_writer *writer);

/** Fail: the reader gets the error after it has read everything. @param take_error consumed */
BIGHT_API void bight_source_writer_fail(bight_source_writer *writer, bight_error *take_error);

/**
 * Wait until no more than the low mark waits to be read. The deferred has fired already if that is
 * true now; otherwise it fires in a turn of the loop.
 *
 * @errors  NULL when out of memory; through the deferred: BIGHT_ERROR_CLOSED when the reader is
 *          gone, BIGHT_ERROR_CANCELLED when the writer or the reactor is freed
 * @owner   the caller owns the deferred
 */
#define bight_source_writer_wait_drained(writer)                                                   \
    bight_source_writer_wait_drained_at((writer), BIGHT_HERE)

/**
 * Wait until the reader is gone, so that nobody needs more bytes: the source, or the reactor, was
 * freed. The deferred fires with NULL, in the call that frees it; it has fired already if the
 * reader is gone.
 *
 * @errors  NULL when out of memory; through the deferred BIGHT_ERROR_CANCELLED when the writer is
 *          freed
 * @owner   the caller owns the deferred
 */
#define bight_source_writer_wait_gone(writer) bight_source_writer_wait_gone_at((writer), BIGHT_HERE)

/**
 * Free the writer. If it has neither ended nor failed, the reader gets BIGHT_ERROR_CLOSED after it
 * has read everything, because the bytes are incomplete. NULL is ignored.
 *
 * @reentrancy  legal in any callback and step
 */
BIGHT_API void bight_source_writer_free(bight_source_writer *writer);

/* -- Sources of other kinds -- */

/**
 * The functions of a kind of source; static const. Every slot but read may be NULL. All are called
 * on the reactor's thread.
 */
typedef struct bight_source_ops {
    size_t size;      /**< sizeof(bight_source_ops): lets the structure grow; 0 is up to skip */
    const char *name; /**< for error messages: "http-body" */

    /**
     * Read the next bytes. Not called again before the deferred is done, nor after the end or an
     * error. The deferred is cancelled only when the source is freed or rewound, not when a reader
     * cancels.
     *
     * @return  fires with bytes (bight_result_bytes()), or the value NULL at the end. Bytes of
     *          size 0 are neither, and read is called again. NULL means out of memory, and read is
     *          called again later
     */
    bight_deferred *(*read)(void *data);

    /** The source is freed: no other function is called any more. The last deferred was cancelled
     * before. */
    void (*free)(void *data);

    /** Start again at the first byte; the last deferred was cancelled before. NULL: not
     * possible. */
    bight_status (*rewind)(void *data);

    /** How many bytes are still to be read; or BIGHT_SOURCE_UNKNOWN, which NULL means too. */
    uint64_t (*get_length)(void *data);

    /** Describe the file that holds the rest, and return true. NULL: there is no file. */
    bool (*get_file)(void *data, bight_source_file *file);

    /** Skip bytes; required if there is a get_file. */
    void (*skip)(void *data, uint64_t count);
} bight_source_ops;

/**
 * Make a source of another kind.
 *
 * @param ops   must live as long as the source; a size that ends before skip is misuse and aborts
 * @param data  passed to the functions; freed by ops->free
 * @errors      NULL when out of memory; in this case the caller keeps @p data
 * @owner       the caller
 * @thread      the reactor's
 */
BIGHT_API BIGHT_MUST_USE bight_source *bight_source_new(bight_reactor *reactor,
                                                        const bight_source_ops *ops, void *data);

/* -- For bindings -- */

/** bight_source_read() for bindings. @param where a constant string, or NULL */
BIGHT_API BIGHT_MUST_USE bight_deferred *bight_source_read_at(bight_source *source,
                                                              const char *where);

/** bight_source_read_all() for bindings. @param where a constant string, or NULL */
BIGHT_API BIGHT_MUST_USE bight_deferred *bight_source_read_all_at(bight_source *source,
                                                                  size_t limit, const char *where);

/** bight_source_send() for bindings. @param where a constant string, or NULL */
BIGHT_API BIGHT_MUST_USE bight_deferred *
bight_source_send_at(bight_source *source, bight_transport *transport, const char *where);

/** bight_source_to_file() for bindings. @param where a constant string, or NULL */
BIGHT_API BIGHT_MUST_USE bight_deferred *
bight_source_to_file_at(bight_source *source, const char *path,
                        const bight_source_save_options *options, const char *where);

/** bight_source_open_file() for bindings. @param where a constant string, or NULL */
BIGHT_API BIGHT_MUST_USE bight_deferred *
bight_source_open_file_at(bight_reactor *reactor, const char *path,
                          const bight_source_file_options *options, const char *where);

/** bight_source_writer_wait_drained() for bindings. @param where a constant string, or NULL */
BIGHT_API BIGHT_MUST_USE bight_deferred *
bight_source_writer_wait_drained_at(bight_source_writer *writer, const char *where);

/** bight_source_writer_wait_gone() for bindings. @param where a constant string, or NULL */
BIGHT_API BIGHT_MUST_USE bight_deferred *
bight_source_writer_wait_gone_at(bight_source_writer *writer, const char *where);

BIGHT_END_DECLS

#endif
