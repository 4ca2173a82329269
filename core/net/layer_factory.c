/* Factories put the same layer on each of many connections. Reactors on several threads may share
 * one.
 */
#include <bight/layer.h>
#include <stdatomic.h>
#include <stdlib.h>

struct bight_layer_factory {
    atomic_uint references;
    bight_layer_start_fn start;
    void *data;
    bight_destroy_fn destroy;
};

bight_status bight_layer_factory_new(bight_layer_start_fn start, void *data,
                                     bight_destroy_fn destroy, bight_layer_factory **out)
{
    bight_layer_factory *factory = calloc(1, sizeof(*factory));

    if (factory == NULL) {
        if (destroy != NULL)
            destroy(data);
        return BIGHT_ERROR_NO_MEMORY;
    }
    atomic_init(&factory->references, 1);
    factory->start = start;
    factory->data = data;
    factory->destroy = destroy;
    *out = factory;
    return BIGHT_OK;
}

bight_layer_factory *bight_layer_factory_ref(bight_layer_factory *factory)
{
    atomic_fetch_add_explicit(&factory->references, 1, memory_order_relaxed);
    return factory;
}

void bight_layer_factory_unref(bight_layer_factory *factory)
{
    if (factory == NULL ||
        atomic_fetch_sub_explicit(&factory->references, 1, memory_order_acq_rel) != 1)
        return;
    if (factory->destroy != NULL)
        factory->destroy(factory->data);
    free(factory);
}

bight_status bight_layer_factory_start(bight_layer_factory *factory, bight_transport *below,
                                       bight_layer_side side, bight_protocol *protocol,
                                       bight_transport **above)
{
    return factory->start(below, side, protocol, factory->data, above);
}
