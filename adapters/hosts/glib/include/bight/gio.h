/** @file bight/gio.h
 * Deferreds in GLib's own idiom: a deferred completes a GTask, a GAsyncReadyCallback operation
 * becomes a deferred, a GCancellable cancels, and a GObject that goes takes its steps with it.
 *
 *     static bight_result finish(GObject *file, GAsyncResult *result, void *data)
 *     {
 *         GError *error = NULL;
 *         GFileInputStream *stream = g_file_read_finish(G_FILE(file), result, &error);
 *
 *         return bight_gio_result(stream, g_object_unref, error);
 *     }
 *
 *     bight_gio_call *call;
 *     bight_deferred *stream = bight_gio_call_new(finish, NULL, NULL, &call);
 *
 *     g_file_read_async(file, 0, bight_gio_call_get_cancellable(call), bight_gio_call_ready, call);
 *     bight_gio_bind(stream, G_OBJECT(window));
 *     bight_deferred_then(stream, show, show_failure, window);
 *     bight_deferred_free(stream);
 *
 * All of it belongs to the thread of the deferred, which is to be the one that iterates the
 * thread-default GMainContext of the moment of the call, as GIO has it. Whose loop carries the
 * reactor does not matter. What GLib allocates itself ends the program without memory, as
 * everywhere in GLib. Guide: docs/hosts/glib.md.
 */
#ifndef BIGHT_GIO_H
#define BIGHT_GIO_H

#include <bight/api.h>
#include <bight/deferred.h>
#include <bight/error.h>
#include <gio/gio.h>

BIGHT_BEGIN_DECLS

/**
 * The domain of those errors that GIO has no word for; their code is the bight_status:
 * `g_error_matches(error, BIGHT_GIO_ERROR, BIGHT_ERROR_PROTOCOL)`. bight_gio_error_get() gives the
 * error itself, with its domain and code.
 */
#define BIGHT_GIO_ERROR (bight_gio_error_quark())

/** BIGHT_GIO_ERROR as a function. @thread any */
BIGHT_API GQuark bight_gio_error_quark(void);

/**
 * The GError that stands for an error. Its message is the whole text, with those of all causes.
 * What it is, the first that fits:
 *
 * - What came out of bight_gio_error_import() has its GLib domain and code again, unless it was
 *   wrapped into an error of another status.
 * - A code that GIO has no word for (of a database, of OpenSSL, of a protocol) is a BIGHT_GIO_ERROR
 *   that carries the error, unless it is BIGHT_ERROR_CANCELLED.
 * - G_IO_ERROR with the code of its errno or status if there is one (G_IO_ERROR_CANCELLED,
 *   _TIMED_OUT, _CONNECTION_REFUSED, ...); G_TLS_ERROR for BIGHT_ERROR_UNTRUSTED and _TRUNCATED.
 * - Everything else is a BIGHT_GIO_ERROR that carries the error.
 *
 * @owner   the caller; freed with g_error_free()
 * @thread  any
 */
BIGHT_API BIGHT_MUST_USE GError *bight_gio_error_export(const bight_error *error);

/**
 * The error that a BIGHT_GIO_ERROR carries, with its domain, its code and its causes.
 *
 * @param error  any GError, or NULL
 * @return       NULL for one that carries none
 * @owner        borrowed: lives as long as @p error
 * @thread       any
 */
BIGHT_API const bight_error *bight_gio_error_get(const GError *error);

/**
 * The error that stands for a GError. One that is carried comes out as it went in. Codes of
 * G_IO_ERROR, G_FILE_ERROR, G_RESOLVER_ERROR, G_TLS_ERROR and BIGHT_GIO_ERROR become the status
 * that means the same; what has none is BIGHT_ERROR_SYSTEM. The domain is the text of GLib's
 * (g_quark_to_string()), the code is GLib's.
 *
 * @param take_error  consumed; never NULL
 * @owner             the caller owns the reference
 * @thread            any
 */
BIGHT_API BIGHT_MUST_USE bight_error *bight_gio_error_import(GError *take_error);

/**
 * What a finish function came to, as a result.
 *
 * @param value       used when there is no error
 * @param destroy     frees @p value: g_object_unref, g_free, ...; NULL for nothing
 * @param take_error  NULL when it worked; then @p value is not looked at
 * @thread            any
 */
BIGHT_API bight_result bight_gio_result(void *value, GDestroyNotify destroy, GError *take_error);

/** An operation of GIO's kind on its way to become a deferred. */
typedef struct bight_gio_call bight_gio_call;

/**
 * Turns what an operation came to into a result, by calling its `_finish` function.
 *
 * @param source  the object that the operation was started on, or NULL
 * @param result  borrowed
 * @param data    of bight_gio_call_new()
 */
typedef bight_result (*bight_gio_finish_fn)(GObject *source, GAsyncResult *result, void *data);

/**
 * Make a deferred of an operation that takes a GAsyncReadyCallback. Start the operation next, with
 * bight_gio_call_get_cancellable() as its GCancellable, bight_gio_call_ready() as its callback and
 * @p call as the data of that.
 *
 * Cancelling the deferred cancels the GCancellable; the chain goes on at once, and what the
 * operation still comes to is dropped without a call of @p finish, whose data may be gone then.
 *
 * @param finish       called once when the operation is done, unless the deferred was cancelled
 * @param data         passed to @p finish
 * @param cancellable  the operation's; NULL makes one. When somebody else cancels it, the operation
 *                     ends with an error, which becomes that of the deferred
 * @param call         set to the operation, which owns itself until its callback was called; NULL
 *                     when out of memory, and then the functions of a call do nothing
 * @return             what @p finish returns
 * @errors             NULL when out of memory, as for any deferred
 * @owner              the caller owns the deferred
 */
#define bight_gio_call_new(finish, data, cancellable, call)                                        \
    bight_gio_call_new_at((finish), (data), (cancellable), (call), BIGHT_HERE)

/** The GCancellable to start the operation with. @owner borrowed; lives as long as the call */
BIGHT_API GCancellable *bight_gio_call_get_cancellable(const bight_gio_call *call);

/**
 * The GAsyncReadyCallback to start the operation with.
 *
 * @param take_call  a bight_gio_call; consumed. NULL is ignored
 */
BIGHT_API void bight_gio_call_ready(GObject *source, GAsyncResult *result, gpointer take_call);

/**
 * Give up an operation that was never started: its deferred fails with BIGHT_ERROR_CANCELLED. NULL
 * is ignored.
 */
BIGHT_API void bight_gio_call_free(bight_gio_call *take_call);

/**
 * Have a deferred complete a GTask, for a `_finish` function that calls g_task_propagate_pointer():
 * a value is returned with its destroy function, a number (bight_result_int()) for
 * g_task_propagate_int(), an error as bight_gio_error_export() gives it. The task's GCancellable
 * cancels the deferred, as bight_gio_cancel_with() does it.
 *
 *     void app_load_async(App *app, GCancellable *cancellable, GAsyncReadyCallback ready,
 *                         gpointer data)
 *     {
 *         g_autoptr(GTask) task = g_task_new(app, cancellable, ready, data);
 *
 *         bight_gio_task_return(task, load(app));
 *     }
 *
 * The task's callback runs inside the call that completes the deferred, but never before the loop
 * has turned since g_task_new(): the task sees to that.
 *
 * @param task           one reference more is held until the deferred is done
 * @param take_deferred  consumed; NULL is out of memory
 */
#define bight_gio_task_return(task, take_deferred)                                                 \
    bight_gio_task_return_at((task), (take_deferred), BIGHT_HERE)

/**
 * As bight_gio_task_return(), for a `_finish` function that calls g_task_propagate_boolean(): TRUE
 * for any value, which is freed.
 */
#define bight_gio_task_return_boolean(task, take_deferred)                                         \
    bight_gio_task_return_boolean_at((task), (take_deferred), BIGHT_HERE)

/**
 * Have a GCancellable cancel a deferred: the steps so far are covered, those added later are not,
 * as with bight_timeout(). One that is cancelled already does so before this returns; else it
 * happens in a turn of the thread-default GMainContext, also when another thread cancels.
 *
 * @param cancellable  NULL for none; held until the steps so far have run
 * @errors             without memory the deferred is cancelled at once
 * @return             @p deferred
 */
#define bight_gio_cancel_with(deferred, cancellable)                                               \
    bight_gio_cancel_with_at((deferred), (cancellable), BIGHT_HERE)

/**
 * Have the steps that are added from now on belong to an object, a window for example. When it is
 * disposed of, the chain is cancelled and they are dropped, as bight/owner.h tells. No reference to
 * the object is held. It must be disposed of on the deferred's thread.
 *
 * @errors  without memory the steps are dropped as if the object had gone
 * @return  @p deferred
 */
#define bight_gio_bind(deferred, object) bight_gio_bind_at((deferred), (object), BIGHT_HERE)

/** bight_gio_call_new() for bindings. @param where a constant string, or NULL */
BIGHT_API BIGHT_MUST_USE bight_deferred *
bight_gio_call_new_at(bight_gio_finish_fn finish, void *data, GCancellable *cancellable,
                      bight_gio_call **call, const char *where);

/** bight_gio_task_return() for bindings. @param where a constant string, or NULL */
BIGHT_API void bight_gio_task_return_at(GTask *task, bight_deferred *take_deferred,
                                        const char *where);

/** bight_gio_task_return_boolean() for bindings. @param where a constant string, or NULL */
BIGHT_API void bight_gio_task_return_boolean_at(GTask *task, bight_deferred *take_deferred,
                                                const char *where);

/** bight_gio_cancel_with() for bindings. @param where a constant string, or NULL */
BIGHT_API bight_deferred *bight_gio_cancel_with_at(bight_deferred *deferred,
                                                   GCancellable *cancellable, const char *where);

/** bight_gio_bind() for bindings. @param where a constant string, or NULL */
BIGHT_API bight_deferred *bight_gio_bind_at(bight_deferred *deferred, GObject *object,
                                            const char *where);

BIGHT_END_DECLS

#endif
