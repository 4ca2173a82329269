/** @file bight/source.h
 * Bytes that come at the pace of who takes them: the body of a request, a file, what a connection
 * receives, the output of a query. One type for all of them, so that what is read from anywhere can
 * be sent, saved or collected.
 *
 *     bight_source *page = bight_source_new_transport(transport);
 *     bight_deferred *saved = bight_source_to_file(page, "page.html", NULL);
 *
 * Nothing is read ahead of the reader but the one piece that a cancelled read has left, so that a
 * slow reader slows whoever sends. Guide: docs/guides/sources.md.
 *
 * Functions that take a source take NULL for one that there was no memory for: they give the NULL
 * deferred, which failed with BIGHT_ERROR_NO_MEMORY.
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

/** The length of a source that does not know it, and "to the end" in options. */
#define BIGHT_SOURCE_UNKNOWN UINT64_MAX

/* -- Reading -- */

/**
 * Ask for the next bytes.
 *
 * A read that is cancelled, whose owner ends, or whose deferred is freed before anybody has got the
 * result, loses nothing: the next read gets the bytes. The end and an error are given again to each
 * later read.
 *
 * @return   fires with at least one byte as a value for bight_result_get_bytes(), or with NULL, for
 *           which that function gives NULL, at the end. It may have fired already
 * @errors   NULL without memory; through the deferred: BIGHT_ERROR_STATE while another read waits;
 *           BIGHT_ERROR_CANCELLED when the source or the reactor is freed; and what the source
 *           fails with
 * @owner    the caller owns the deferred, and the source stays the caller's
 * @thread   the reactor's
 */
#define bight_source_read(source) bight_source_read_at((source), BIGHT_HERE)

/**
 * Put bytes back in front: the next read gets them. What is put back last stands first. For a
 * reader that has looked at the beginning, or that could not use all of a piece.
 *
 * @param take_bytes  consumed; NULL and no bytes are ignored
 * @errors            without memory the source fails with BIGHT_ERROR_NO_MEMORY. While a read waits
 *                    it is misuse and aborts
 * @thread            the reactor's
 */
BIGHT_API void bight_source_unread(bight_source *source, bight_bytes *take_bytes);

/**
 * Begin again at the first byte, for a redirect or another attempt. What was put back is forgotten,
 * and so are the end and an error.
 *
 * @errors  BIGHT_ERROR_UNSUPPORTED: its bytes come only once; BIGHT_ERROR_STATE: a read waits, or
 *          the reactor was freed; and what the source fails with. Nothing has changed then
 * @thread  the reactor's
 */
BIGHT_API BIGHT_MUST_USE bight_status bight_source_rewind(bight_source *source);

/** How many bytes are still to be read; BIGHT_SOURCE_UNKNOWN if that is not known. */
BIGHT_API uint64_t bight_source_get_length(bight_source *source);

/** The reactor. @owner borrowed @thread the reactor's */
BIGHT_API bight_reactor *bight_source_get_reactor(const bight_source *source);

/**
 * Let go of a source and of all that it holds. A read that waits, and what reads for
 * bight_source_send() and its like, fails with BIGHT_ERROR_CANCELLED before this returns. NULL is
 * ignored.
 *
 * @thread      the reactor's
 * @reentrancy  legal in any callback and step
 */
BIGHT_API void bight_source_free(bight_source *source);

/** The type of a source that is the value of a deferred; frees it. @thread the reactor's */
BIGHT_API void bight_value_source(void *value);

/** The source of a result whose type is bight_value_source(). @owner borrowed: the result's */
BIGHT_API bight_source *bight_result_get_source(bight_result result);

/** Take the source out of such a result, which is used up then. @owner the caller's */
BIGHT_API bight_source *bight_result_steal_source(bight_result *result);

/* -- What can be done with a source. It stays the caller's: free it when the deferred is done, with
 * bight_deferred_keep() for example. Until then nobody else reads it. -- */

/**
 * Collect all bytes up to the end.
 *
 * @param limit  bytes: more of them fail with BIGHT_ERROR_LIMIT
 * @return       fires with the bytes, for bight_result_get_bytes(); none at all are bytes of size 0
 * @errors       as bight_source_read(), and BIGHT_ERROR_LIMIT. When it fails or is cancelled, what
 *               was read so far is put back
 * @thread       the reactor's
 */
#define bight_source_read_all(source, limit) bight_source_read_all_at((source), (limit), BIGHT_HERE)

/**
 * Send all bytes up to the end. As much is read as the transport takes: between its marks
 * (bight_transport_set_marks()) it waits for it to drain. The transport stays open; what else is
 * written to it meanwhile comes between the pieces. A file that is not read on threads goes to a
 * socket by sendfile(2): who changes it before the peer has read it may change what is sent.
 *
 * @return   fires with the number of bytes, for bight_result_get_int(), when all of them have been
 *           given to the transport and no more than its low mark waits
 * @errors   as bight_source_read(); when the transport ends, why, or BIGHT_ERROR_CLOSED after an
 *           orderly end; BIGHT_ERROR_STATE when this side has ended its sending. Cancelling keeps
 *           the bytes that were not given to the transport in the source
 * @thread   the reactor's
 */
#define bight_source_send(source, transport) bight_source_send_at((source), (transport), BIGHT_HERE)

/** How a file is written. Start from BIGHT_SOURCE_SAVE_OPTIONS_INIT. */
typedef struct bight_source_save_options {
    size_t size;            /**< sizeof(bight_source_save_options): lets the structure grow */
    bight_threads *threads; /**< writes there and waits until it is on the disk; NULL, which writes
                                 64 KiB a turn on the loop. Must live until it is done */
    unsigned mode;          /**< permissions, such as 0600; 0, which is 0666 without the umask */
    bool keeps;             /**< fails with BIGHT_ERROR_EXISTS if there is a file; false, which
                                 replaces it */
} bight_source_save_options;

/** The defaults. */
#define BIGHT_SOURCE_SAVE_OPTIONS_INIT                                                             \
    {                                                                                              \
        sizeof(bight_source_save_options), NULL, 0, false                                          \
    }

/**
 * Write all bytes up to the end to a file, which appears when it is complete: until then they are
 * in a file of another name in the same directory, which is removed when this fails or is
 * cancelled. What the file was before is there until it is replaced; other names of it are not
 * changed, a symbolic link is replaced itself, and what is no file, a device for example, is never
 * replaced.
 *
 * @param path     copied; the directory is opened now, so a change of the working directory does no
 *                 harm
 * @param options  copied; NULL for the defaults
 * @return         fires with the number of bytes, for bight_result_get_int()
 * @errors         as bight_source_read(), and what the system says to writing. A cancel in the
 *                 moment of the last step, on a thread, may be too late: then the file is there,
 * and complete. Options of an unknown size are misuse and abort
 * @thread         the reactor's
 */
#define bight_source_to_file(source, path, options)                                                \
    bight_source_to_file_at((source), (path), (options), BIGHT_HERE)

/* -- What sources are made from -- */

/**
 * A source of bytes that are there already; it can be rewound. They come in one piece.
 *
 * @param bytes  a reference is taken
 * @errors       NULL without memory
 * @owner        the caller
 * @thread       the reactor's
 */
BIGHT_API BIGHT_MUST_USE bight_source *bight_source_new_bytes(bight_reactor *reactor,
                                                              bight_bytes *bytes);

/**
 * A source of what a transport receives until its peer ends. The transport receives only while a
 * read waits. Until the source is freed it stands between the transport and its protocol: that
 * hears of drained and closed as before, but of neither received nor ended. The transport is not
 * closed by the end of the peer; who has read the end closes it.
 *
 * When the source is freed first, the protocol receives again, beginning with what was not read. It
 * is not told of an end that the peer has come to meanwhile; if nobody has read it, and the
 * protocol has no function for it, the transport is closed.
 *
 * @param transport  may end or be freed at any time: the source then fails with the reason, or with
 *                   BIGHT_ERROR_CLOSED when this side has closed it before the peer's end
 * @errors           NULL without memory
 * @owner            the caller
 * @thread           the reactor's
 */
BIGHT_API BIGHT_MUST_USE bight_source *bight_source_new_transport(bight_transport *transport);

/** Which part of a file is read, and where. Start from BIGHT_SOURCE_FILE_OPTIONS_INIT. */
typedef struct bight_source_file_options {
    size_t size;            /**< sizeof(bight_source_file_options): lets the structure grow */
    bight_threads *threads; /**< reads there, 256 KiB at a time; NULL, which reads 64 KiB a turn on
                                 the loop. Must live as long as the source */
    uint64_t offset;        /**< of the first byte; 0 */
    uint64_t length;        /**< bytes at most; BIGHT_SOURCE_UNKNOWN */
} bight_source_file_options;

/** The defaults. */
#define BIGHT_SOURCE_FILE_OPTIONS_INIT                                                             \
    {                                                                                              \
        sizeof(bight_source_file_options), NULL, 0, BIGHT_SOURCE_UNKNOWN                           \
    }

/**
 * Open a file as a source; it can be rewound. Its length is what the file has when it is opened:
 * what is added later is not read, and a file that has become shorter fails with
 * BIGHT_ERROR_TRUNCATED. A file without a length, as in /proc, is read to its end.
 *
 * @param options  copied; NULL for the defaults
 * @return         fires with the source, whose type is bight_value_source(): take it with
 *                 bight_result_steal_source(). Without threads it has fired or failed already
 * @errors         NULL without memory; through the deferred, the system's, or
 *                 BIGHT_ERROR_UNSUPPORTED for what is neither a file nor a disk: pipes and devices
 *                 are transports (bight/adopt.h). Options of an unknown size are misuse and abort
 * @owner          the caller owns the deferred
 * @thread         the reactor's
 */
#define bight_source_open_file(reactor, path, options)                                             \
    bight_source_open_file_at((reactor), (path), (options), BIGHT_HERE)

/**
 * A source of a file that is open. Its position is neither used nor moved.
 *
 * @param take_descriptor  open for reading; closed with the source, but the caller's if this fails
 * @param options          copied; NULL for the defaults
 * @errors                 BIGHT_ERROR_UNSUPPORTED for what is neither a file nor a disk;
 *                         BIGHT_ERROR_INVALID for no descriptor or options of an unknown size;
 *                         BIGHT_ERROR_NO_MEMORY, BIGHT_ERROR_SYSTEM
 * @owner                  the caller
 * @thread                 the reactor's
 */
BIGHT_API BIGHT_MUST_USE bight_status
bight_source_new_descriptor(bight_reactor *reactor, int take_descriptor,
                            const bight_source_file_options *options, bight_source **source);

/** A file that the rest of a source is a part of. */
typedef struct bight_source_file {
    size_t size;     /**< sizeof(bight_source_file), set by the caller */
    int descriptor;  /**< open for reading; borrowed: the source's */
    uint64_t offset; /**< where the next byte stands */
    uint64_t length; /**< how many bytes follow; BIGHT_SOURCE_UNKNOWN for all that there are */
    bool blocks;     /**< it is read on threads, since it may take long */
} bight_source_file;

/**
 * Ask whether what is still to be read stands in a file, so that it can be sent without being read,
 * by sendfile(2) for one. Then bight_source_skip() tells the source how far that has come.
 *
 * @param file  filled in on success, at most file->size bytes
 * @return      false when it does not, when a read waits, or when bytes were put back
 * @thread      the reactor's
 */
BIGHT_API BIGHT_MUST_USE bool bight_source_get_file(bight_source *source, bight_source_file *file);

/** Leave out bytes of a source that is a file. @errors misuse if bight_source_get_file() says no */
BIGHT_API void bight_source_skip(bight_source *source, uint64_t count);

/* -- A queue that a writer fills -- */

/** The other side of a source: who makes the bytes. */
typedef struct bight_source_writer bight_source_writer;

/** How a queue is. Start from BIGHT_SOURCE_QUEUE_OPTIONS_INIT. */
typedef struct bight_source_queue_options {
    size_t size;     /**< sizeof(bight_source_queue_options): lets the structure grow */
    size_t low;      /**< bytes: at no more than this the writer goes on; 16 KiB */
    size_t high;     /**< bytes: from more than this on it is told to wait; 64 KiB */
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
 * @errors         BIGHT_ERROR_NO_MEMORY; BIGHT_ERROR_INVALID for a size that is not known, low >
 *                 high or high > limit > 0
 * @owner          the caller owns both, and frees them in any order
 * @thread         the reactor's, as for all functions of a writer
 */
BIGHT_API BIGHT_MUST_USE bight_status
bight_source_new_queue(bight_reactor *reactor, const bight_source_queue_options *options,
                       bight_source **source, bight_source_writer **writer);

/**
 * Add a copy of bytes.
 *
 * @return       BIGHT_FLOW_WAIT when they were taken but the high mark is passed: write on after
 *               bight_source_writer_wait_drained()
 * @errors       without memory, or above the limit, the source fails with that error when it was
 *               read so far. When the reader has gone, after the end and after a failure the bytes
 *               are ignored
 * @reentrancy   the steps of a read that waits run before this returns
 */
BIGHT_API bight_flow bight_source_writer_write(bight_source_writer *writer, const void *data,
                                               size_t size);

/** Add shared bytes without a copy. @param bytes a reference is taken. As the function above. */
BIGHT_API bight_flow bight_source_writer_write_bytes(bight_source_writer *writer,
                                                     bight_bytes *bytes);

/** Bytes that wait to be read. */
BIGHT_API size_t bight_source_writer_get_pending(const bight_source_writer *writer);

/** Nothing more comes: the reader gets the end when all was read. */
BIGHT_API void bight_source_writer_end(bight_source_writer *writer);

/** It went wrong: the reader gets the error when all was read. @param take_error consumed */
BIGHT_API void bight_source_writer_fail(bight_source_writer *writer, bight_error *take_error);

/**
 * Wait until no more than the low mark waits to be read. The deferred has fired already if that is
 * so now; else it fires in a turn of the loop.
 *
 * @errors  NULL without memory; through the deferred: BIGHT_ERROR_CLOSED when the reader has gone,
 *          BIGHT_ERROR_CANCELLED when the writer or the reactor is freed
 * @owner   the caller owns the deferred
 */
#define bight_source_writer_wait_drained(writer)                                                   \
    bight_source_writer_wait_drained_at((writer), BIGHT_HERE)

/**
 * Wait until the reader has gone, so that nobody needs what is made: the source, or the reactor,
 * was freed. The deferred fires with NULL, in the call that frees or, if it has gone already, now.
 *
 * @errors  NULL without memory; through the deferred BIGHT_ERROR_CANCELLED when the writer is freed
 * @owner   the caller owns the deferred
 */
#define bight_source_writer_wait_gone(writer) bight_source_writer_wait_gone_at((writer), BIGHT_HERE)

/**
 * Let go of the writer. If it has neither ended nor failed, the reader gets BIGHT_ERROR_CLOSED when
 * all was read: what is there is not all. NULL is ignored.
 *
 * @reentrancy  legal in any callback and step
 */
BIGHT_API void bight_source_writer_free(bight_source_writer *writer);

/* -- Sources of other kinds -- */

/**
 * What a source from outside does; static const. Every slot but read may be NULL. All are called on
 * the reactor's thread.
 */
typedef struct bight_source_ops {
    size_t size;      /**< sizeof(bight_source_ops): lets the structure grow; 0 is up to skip */
    const char *name; /**< for error messages: "http-body" */

    /**
     * Give the next bytes. Not called again before the deferred is done, nor after the end or an
     * error. It is cancelled only when the source is freed or rewound; a reader that gives up is no
     * concern of this.
     *
     * @return  fires with bytes (bight_result_bytes()), or the value NULL at the end; no bytes are
     *          neither, and it is called again. NULL without memory, which is tried again
     */
    bight_deferred *(*read)(void *data);

    /** The source is freed: nothing more is called. The last deferred was cancelled before. */
    void (*free)(void *data);

    /** Begin again at the first byte; the last deferred was cancelled before. NULL cannot. */
    bight_status (*rewind)(void *data);

    /** How many bytes the next reads will give together; BIGHT_SOURCE_UNKNOWN, as is NULL. */
    uint64_t (*get_length)(void *data);

    /** Tell the file that the rest stands in, and return true. NULL is in none. */
    bool (*get_file)(void *data, bight_source_file *file);

    /** Leave out bytes; with get_file there has to be this. */
    void (*skip)(void *data, uint64_t count);
} bight_source_ops;

/**
 * Make a source of another kind.
 *
 * @param ops   must live as long as the source; a size that ends before skip is misuse and aborts
 * @param data  passed to the functions; freed by ops->free
 * @errors      NULL without memory; @p data is the caller's then
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
