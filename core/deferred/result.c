#include <bight/deferred.h>

bight_result bight_result_value(void *value)
{
    return (bight_result){.value = value};
}

bight_result bight_result_take(void *value, bight_destroy_fn destroy)
{
    return (bight_result){.value = value, .destroy = destroy};
}

bight_result bight_result_error(bight_error *take_error)
{
    return (bight_result){.error = take_error};
}

bight_result bight_result_wait(bight_deferred *take_wait)
{
    if (take_wait == NULL)
        return bight_result_error(bight_error_new(BIGHT_ERROR_NO_MEMORY, "out of memory"));
    return (bight_result){.wait = take_wait};
}

void bight_result_free(bight_result result)
{
    if (result.wait != NULL) {
        bight_deferred_cancel(result.wait);
        bight_deferred_free(result.wait);
    } else if (result.error != NULL) {
        bight_error_unref(result.error);
    } else if (result.destroy != NULL) {
        result.destroy(result.value);
    }
}
