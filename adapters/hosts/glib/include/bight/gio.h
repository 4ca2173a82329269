/** @file bight/gio.h
 * Deferreds in GLib's own idiom: a deferred completes a GTask, a GAsyncReadyCallback operation
 * becomes a deferred, a GCancellable cancels, and a GObject that is disposed of drops its steps.
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
 * Use all of this on the thread of the deferred. As in GIO, that must be the thread that iterates
 * the GMainContext that is its thread-default at the time of the call. Any loop may carry the
 * reactor. As everywhere in GLib, the program ends when GLib itself runs out of memory. Guide:
 * docs/hosts/glib.md.
 */
#ifndef BIGHT_GIO_H
#define BIGHT_GIO_H

#include <bight/api.h>
#include <bight/deferred.h>
#include <bight/error.h>
#include <gio/gio.h>

BIGHT_BEGIN_DECLS

/**
 * The domain of errors that GIO has no code for; their code is the bight_status:
 * `g_error_matches(error, BIGHT_GIO_ERROR, BIGHT_ERROR_PROTOCOL)`. bight_gio_error_get() returns
 * the error itself, with its domain and code.
 */
#define BIGHT_GIO_ERROR (bight_gio_error_quark())

/** BIGHT_GIO_ERROR as a function. @thread any */
BIGHT_API GQuark bight_gio_error_quark(void);

/**
 * Convert an error to a GError. The message includes the messages of all causes. The first rule
 * that applies sets the domain and code:
 *
 * - An error from bight_gio_error_import() gets its GLib domain and code back, unless it was
 *   wrapped into an error of another status.
 * - An error with a code that GIO has no equivalent for (from a database, OpenSSL or a protocol)
 *   becomes a BIGHT_GIO_ERROR that carries the error, unless it is BIGHT_ERROR_CANCELLED.
 * - An errno or status that GIO has a code for becomes a G_IO_ERROR (G_IO_ERROR_CANCELLED,
 *   _TIMED_OUT, _CONNECTION_REFUSED, ...); BIGHT_ERROR_UNTRUSTED and _TRUNCATED become a
 *   G_TLS_ERROR.
 * - Every other error becomes a BIGHT_GIO_ERROR that carries the error.
 *
 * @owner   the caller; freed with g_error_free()
 * @thread  any
 */
BIGHT_API BIGHT_MUST_USE GError *bight_gio_error_export(const bight_error *error);

/**
 * The error that a BIGHT_GIO_ERROR carries, with its domain, its code and its causes.
 *
 * @param error  any GError, or NULL
 * @return       NULL if @p error carries none
 * @owner        borrowed: lives as long as @p error
 * @thread       any
 */
BIGHT_API const bight_error *bight_gio_error_get(const GError *error);

/**
 * Convert a GError to an error. An error that the GError carries is returned unchanged. Codes of
 * G_IO_ERROR, G_FILE_ERROR, G_RESOLVER_ERROR, G_TLS_ERROR and BIGHT_GIO_ERROR become the status
 * with the same meaning, or BIGHT_ERROR_SYSTEM if there is none. The domain is the text of GLib's
 * domain (g_quark_to_string()), and the code is GLib's.
 *
 * @param take_error  consumed; never NULL
 * @owner             the caller owns the reference
 * @thread            any
 */
BIGHT_API BIGHT_MUST_USE bight_error *bight_gio_error_import(GError *take_error);

/**
 * The outcome of a `_finish` function as a result.
 *
 * @param value       used when there is no error
 * @param destroy     frees @p value: g_object_unref, g_free, ...; NULL for nothing
 * @param take_error  NULL on success; if not NULL, @p value is ignored
 * @thread            any
 */
BIGHT_API bight_result bight_gio_result(void *value, GDestroyNotify destroy, GError *take_error);

/** A GIO operation that completes a deferred. */
typedef struct bight_gio_call bight_gio_call;

/**
 * Turns the outcome of an operation into a result, by calling its `_finish` function.
 *
 * @param source  the object that the operation was started on, or NULL
 * @param result  borrowed
 * @param data    of bight_gio_call_new()
 */
typedef bight_result (*bight_gio_finish_fn)(GObject *source, GAsyncResult *result, void *data);

/**
 * Make a deferred for an operation that takes a GAsyncReadyCallback. Then start the operation with
 * bight_gio_call_get_cancellable() as its GCancellable, bight_gio_call_ready() as its callback and
 * @p call as the callback's data.
 *
 * Cancelling the deferred cancels the GCancellable; the chain goes on at once, and the operation's
 * later outcome is dropped without a call of @p finish, whose data may no longer exist.
 *
 * @param finish       called once when the operation is done, unless the deferred was cancelled
 * @param data         passed to @p finish
 * @param cancellable  the operation's; NULL makes one. If other code cancels it, the operation
 *                     ends with an error, and the deferred fails with that error
 * @param call         set to the operation, which frees itself after its callback was called; NULL
 *                     when out of memory, in which case the functions that take a call do nothing
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
 * a value is returned with its destroy function, a number (bight_result_int()) is for
 * g_task_propagate_int(), and an error is converted by bight_gio_error_export(). The task's
 * GCancellable cancels the deferred, as with bight_gio_cancel_with().
 *
 *     void app_load_async(App *app, GCancellable *cancellable, GAsyncReadyCallback ready,
 *                         gpointer data)
 *     {
 *         g_autoptr(GTask) task = g_task_new(app, cancellable, ready, data);
 *
 *         bight_gio_task_return(task, load(app));
 *     }
 *
 * The task's callback runs inside the call that completes the deferred, but GTask never runs it
 * before the first iteration of the loop after g_task_new().
 *
 * @param task           a reference is held until the deferred is done
 * @param take_deferred  consumed; NULL means out of memory
 */
#define bight_gio_task_return(task, take_deferred)                                                 \
    bight_gio_task_return_at((task), (take_deferred), BIGHT_HERE)

/**
 * Like bight_gio_task_return(), for a `_finish` function that calls g_task_propagate_boolean().
 * Any value becomes TRUE and is freed.
 */
#define bight_gio_task_return_boolean(task, take_deferred)                                         \
    bight_gio_task_return_boolean_at((task), (take_deferred), BIGHT_HERE)

/**
 * Have a GCancellable cancel a deferred. As with bight_timeout(), this covers the steps added so
 * far and no later ones. If the GCancellable is cancelled already, the deferred is cancelled
 * before this returns; else it is cancelled in a turn of the thread-default GMainContext, even if
 * another thread cancels.
 *
 * @param cancellable  NULL for none; held until the steps so far have run
 * @errors             without memory the deferred is cancelled at once
 * @return             @p deferred
 */
#define bight_gio_cancel_with(deferred, cancellable)                                               \
    bight_gio_cancel_with_at((deferred), (cancellable), BIGHT_HERE)

/**
 * Have the steps that are added from now on belong to an object, a window for example. When the
 * object is disposed of, the chain is cancelled and the steps are dropped, as bight/owner.h
 * describes. No reference to the object is held. It must be disposed of on the deferred's thread.
 *
 * @errors  when out of memory, the steps are dropped as if the object had been disposed of
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
