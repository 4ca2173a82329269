/* Deferreds in GLib's own idiom.
 *
 * Both sides complete inside the call that makes the result. A GTask calls its callback at once if
 * it may; if that would be inside the `_async` call, GTask itself delays it. So nothing is queued
 * here. Only a cancel waits for a turn: a GCancellable may be cancelled on any thread, where its
 * handlers run, so a source in the deferred's own context watches it instead of a handler.
 *
 * Ownership. A chain without owner exists until it is done, so a guard may use its deferred until
 * its own step in that chain has run; that step frees the guard. The operation owns a call, and
 * its callback is called exactly once, even after a cancel. Until then the promise exists, whether
 * or not a cancel has completed it. */
#include <bight/gio.h>
#include <bight/owner.h>
#include <bight/value.h>
#include <stdlib.h>

struct bight_gio_call {
    bight_promise *promise;
    bight_gio_finish_fn finish;
    void *data;
    GCancellable *cancellable;
};

static void cancel_operation(bight_promise *promise, void *data)
{
    bight_gio_call *call = data;

    (void)promise;
    g_cancellable_cancel(call->cancellable);
}

bight_deferred *bight_gio_call_new_at(bight_gio_finish_fn finish, void *data,
                                      GCancellable *cancellable, bight_gio_call **call,
                                      const char *where)
{
    bight_gio_call *self = malloc(sizeof(*self));
    bight_deferred *deferred = self != NULL ? bight_deferred_new_at(&self->promise, where) : NULL;

    *call = NULL;
    if (deferred == NULL) {
        free(self);
        return NULL;
    }
    self->finish = finish;
    self->data = data;
    self->cancellable = cancellable != NULL ? g_object_ref(cancellable) : g_cancellable_new();
    bight_promise_on_cancel(self->promise, cancel_operation, self);
    *call = self;
    return deferred;
}

GCancellable *bight_gio_call_get_cancellable(const bight_gio_call *call)
{
    return call != NULL ? call->cancellable : NULL;
}

/* Free the call and return its promise, which the call must not use any more. */
static bight_promise *dissolve(bight_gio_call *call)
{
    bight_promise *promise = call->promise;

    bight_promise_on_cancel(promise, NULL, NULL);
    g_object_unref(call->cancellable);
    free(call);
    return promise;
}

void bight_gio_call_ready(GObject *source, GAsyncResult *result, gpointer take_call)
{
    bight_gio_call *call = take_call;
    bight_result outcome = bight_result_value(NULL);

    if (call == NULL)
        return;
    /* The call keeps the promise meanwhile, because a finish function may cancel its own
     * deferred. */
    if (bight_promise_is_wanted(call->promise))
        outcome = call->finish(source, result, call->data);
    bight_promise_complete(dissolve(call), outcome);
}

void bight_gio_call_free(bight_gio_call *take_call)
{
    if (take_call != NULL)
        bight_promise_free(dissolve(take_call));
}

/* A cancellable that cancels a deferred. */
typedef struct guard {
    GSource *source;
    bight_deferred *deferred;
} guard;

static gboolean on_cancelled(GCancellable *cancellable, gpointer data)
{
    guard *self = data;

    (void)cancellable;
    bight_deferred_cancel(self->deferred); /* may free the guard */
    return G_SOURCE_REMOVE;
}

static void guard_free(void *data)
{
    guard *self = data;

    g_source_destroy(self->source);
    g_source_unref(self->source);
    free(self);
}

static guard *guard_new(bight_deferred *deferred, GCancellable *cancellable)
{
    guard *self = malloc(sizeof(*self));

    if (self == NULL)
        return NULL;
    self->deferred = deferred;
    self->source = g_cancellable_source_new(cancellable);
    g_source_set_static_name(self->source, "[bight] cancellable");
    g_source_set_callback(self->source, G_SOURCE_FUNC(on_cancelled), self, NULL);
    g_source_attach(self->source, g_main_context_get_thread_default());
    return self;
}

bight_deferred *bight_gio_cancel_with_at(bight_deferred *deferred, GCancellable *cancellable,
                                         const char *where)
{
    guard *watch = NULL;

    if (cancellable == NULL || bight_deferred_is_done(deferred))
        return deferred;
    if (!g_cancellable_is_cancelled(cancellable))
        watch = guard_new(deferred, cancellable);
    if (watch == NULL)
        bight_deferred_cancel(deferred);
    else
        bight_deferred_keep_at(deferred, watch, guard_free, where);
    return deferred;
}

static void return_error(GTask *task, bight_result in)
{
    g_task_return_error(task, bight_gio_error_export(in.error));
    bight_result_free(in);
}

static bight_result return_value(bight_result in, void *data)
{
    GTask *task = data;

    if (in.error != NULL)
        return_error(task, in);
    else if (in.destroy == bight_value_int)
        g_task_return_int(task, (gssize)bight_result_get_int(in));
    else
        g_task_return_pointer(task, in.value, in.destroy);
    g_object_unref(task);
    return bight_result_value(NULL);
}

static bight_result return_truth(bight_result in, void *data)
{
    GTask *task = data;

    if (in.error != NULL) {
        return_error(task, in);
    } else {
        bight_result_free(in);
        g_task_return_boolean(task, TRUE);
    }
    g_object_unref(task);
    return bight_result_value(NULL);
}

static void complete_task(GTask *task, bight_deferred *take_deferred, bight_step_fn complete,
                          const char *where)
{
    GCancellable *cancellable = g_task_get_cancellable(task);

    bight_gio_cancel_with_at(take_deferred, cancellable, where);
    bight_deferred_listen_at(take_deferred, complete, g_object_ref(task), where);
    bight_deferred_free(take_deferred);
}

void bight_gio_task_return_at(GTask *task, bight_deferred *take_deferred, const char *where)
{
    complete_task(task, take_deferred, return_value, where);
}

void bight_gio_task_return_boolean_at(GTask *task, bight_deferred *take_deferred, const char *where)
{
    complete_task(task, take_deferred, return_truth, where);
}

/* The owner of an object's chains, kept in the object's data from the first binding until it is
 * disposed of. */

static GQuark owner_quark(void)
{
    return g_quark_from_static_string("bight-gio-owner");
}

static void on_disposed(gpointer data, GObject *object)
{
    bight_owner *owner = data;

    /* If a chain is bound to the object during its disposal, the object gets a new owner. */
    g_object_set_qdata(object, owner_quark(), NULL);
    bight_owner_deinit(owner);
    free(owner);
}

static bight_owner *owner_of(GObject *object)
{
    bight_owner *owner = g_object_get_qdata(object, owner_quark());

    if (owner != NULL)
        return owner;
    owner = malloc(sizeof(*owner));
    if (owner == NULL)
        return NULL;
    bight_owner_init(owner);
    g_object_set_qdata(object, owner_quark(), owner);
    g_object_weak_ref(object, on_disposed, owner);
    return owner;
}

bight_deferred *bight_gio_bind_at(bight_deferred *deferred, GObject *object, const char *where)
{
    bight_owner *owner = owner_of(object);
    bight_owner none;

    if (owner != NULL)
        return bight_deferred_bind_at(deferred, owner, where);
    bight_owner_init(&none);
    bight_deferred_bind_at(deferred, &none, where);
    bight_owner_deinit(&none);
    return deferred;
}
