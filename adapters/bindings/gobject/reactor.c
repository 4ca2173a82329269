/* BightReactor: a reactor on a main context, as an object. */
#include <bight/glib.h>
#include <bight/gobject.h>
#include <errno.h>

struct _BightReactor {
    GObject parent;
    bight_reactor *reactor; /* NULL after a shutdown, or if none could be made */
    int errnum;             /* why none could be made */
};

struct _BightReactorClass {
    GObjectClass parent;
};

enum { PROPERTY_VALID = 1, PROPERTY_HANDLE, PROPERTIES };

static GParamSpec *reactor_properties[PROPERTIES];

G_DEFINE_TYPE(BightReactor, bight_gobject_reactor, G_TYPE_OBJECT)

static void reactor_get_property(GObject *object, guint id, GValue *value, GParamSpec *spec)
{
    if (id == PROPERTY_VALID)
        g_value_set_boolean(value, bight_gobject_reactor_get_valid(BIGHT_GOBJECT_REACTOR(object)));
    else
        G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, spec);
}

/* The reactor is made here, so that an object made with g_object_new() is complete. */
static void reactor_constructed(GObject *object)
{
    BightReactor *self = BIGHT_GOBJECT_REACTOR(object);
    g_autoptr(GMainContext) context = g_main_context_ref_thread_default();

    G_OBJECT_CLASS(bight_gobject_reactor_parent_class)->constructed(object);
    if (self->reactor != NULL)
        return;
    self->reactor = bight_glib_reactor_new(context);
    self->errnum = self->reactor == NULL ? errno : 0;
}

static void reactor_set_property(GObject *object, guint id, const GValue *value, GParamSpec *spec)
{
    if (id == PROPERTY_HANDLE)
        BIGHT_GOBJECT_REACTOR(object)->reactor = g_value_get_pointer(value);
    else
        G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, spec);
}

static void reactor_dispose(GObject *object)
{
    bight_gobject_reactor_shutdown(BIGHT_GOBJECT_REACTOR(object));
    G_OBJECT_CLASS(bight_gobject_reactor_parent_class)->dispose(object);
}

static void bight_gobject_reactor_class_init(BightReactorClass *type)
{
    GObjectClass *object = G_OBJECT_CLASS(type);

    object->constructed = reactor_constructed;
    object->get_property = reactor_get_property;
    object->set_property = reactor_set_property;
    object->dispose = reactor_dispose;
    /**
     * BightReactor:valid: (getter get_valid)
     *
     * Whether there is a reactor: not after a shutdown.
     */
    reactor_properties[PROPERTY_VALID] =
        g_param_spec_boolean("valid", NULL, NULL, FALSE,
                             G_PARAM_READABLE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY);
    /**
     * BightReactor:handle: (skip)
     *
     * An existing reactor of the C interface.
     */
    reactor_properties[PROPERTY_HANDLE] = g_param_spec_pointer(
        "handle", NULL, NULL, G_PARAM_WRITABLE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS);
    g_object_class_install_properties(object, PROPERTIES, reactor_properties);
}

static void bight_gobject_reactor_init(BightReactor *self)
{
    self->reactor = NULL;
}

BightReactor *bight_gobject_reactor_new(GError **error)
{
    BightReactor *self = g_object_new(BIGHT_GOBJECT_TYPE_REACTOR, NULL);

    if (self->reactor != NULL)
        return self;
    g_set_error(error, G_IO_ERROR, (int)g_io_error_from_errno(self->errnum),
                "the reactor cannot be made: %s", g_strerror(self->errnum));
    g_object_unref(self);
    return NULL;
}

BightReactor *bight_gobject_reactor_new_take(bight_reactor *take_reactor)
{
    return g_object_new(BIGHT_GOBJECT_TYPE_REACTOR, "handle", take_reactor, NULL);
}

bight_reactor *bight_gobject_reactor_get_handle(BightReactor *self)
{
    g_return_val_if_fail(BIGHT_GOBJECT_IS_REACTOR(self), NULL);
    return self->reactor;
}

gboolean bight_gobject_reactor_get_valid(BightReactor *self)
{
    g_return_val_if_fail(BIGHT_GOBJECT_IS_REACTOR(self), FALSE);
    return self->reactor != NULL;
}

/* This makes other objects emit signals, whose handlers may drop this object's last reference. */
void bight_gobject_reactor_shutdown(BightReactor *self)
{
    bight_reactor *reactor;

    g_return_if_fail(BIGHT_GOBJECT_IS_REACTOR(self));
    reactor = g_steal_pointer(&self->reactor);
    if (reactor == NULL)
        return;
    g_object_ref(self);
    bight_reactor_free(reactor);
    g_object_notify_by_pspec(G_OBJECT(self), reactor_properties[PROPERTY_VALID]);
    g_object_unref(self);
}
