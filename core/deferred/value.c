#include <bight/value.h>
#include <stdio.h>
#include <stdlib.h>

void *bight_value_check(bight_result result, bight_destroy_fn destroy, const char *type,
                        const char *where)
{
    const char *fault = NULL;

    if (result.error != NULL)
        fault = "an error";
    else if (result.wait != NULL)
        fault = "a deferred";
    else if (result.destroy != destroy)
        fault = "a value of another type";
    if (fault != NULL) {
        fprintf(stderr, "bight: misuse at %s: a value of type %s is taken, but it is %s%s%s\n",
                where, type, fault, result.error != NULL ? ": " : "",
                result.error != NULL ? bight_error_get_message(result.error) : "");
        abort();
    }
    return result.value;
}

static bight_result take_or_no_memory(void *value, bight_destroy_fn destroy)
{
    if (value == NULL)
        return bight_result_wait(NULL);
    return bight_result_take(value, destroy);
}

/* Not const: it is a bight_destroy_fn. */
void bight_value_int(void *value)
{
    (void)value;
}

bight_result bight_result_int(intptr_t number)
{
    union {
        intptr_t number;
        void *pointer;
    } value = {number};

    return bight_result_take(value.pointer, bight_value_int);
}

intptr_t bight_result_get_int(bight_result result)
{
    return (intptr_t)bight_value_check(result, bight_value_int, "int", "bight_result_get_int()");
}

void bight_value_string(void *value)
{
    free(value);
}

bight_result bight_result_string(char *take_string)
{
    return take_or_no_memory(take_string, bight_value_string);
}

const char *bight_result_get_string(bight_result result)
{
    return bight_value_check(result, bight_value_string, "string", "bight_result_get_string()");
}

void bight_value_bytes(void *value)
{
    bight_bytes_unref(value);
}

bight_result bight_result_bytes(bight_bytes *take_bytes)
{
    return take_or_no_memory(take_bytes, bight_value_bytes);
}

bight_bytes *bight_result_get_bytes(bight_result result)
{
    return bight_value_check(result, bight_value_bytes, "bytes", "bight_result_get_bytes()");
}
