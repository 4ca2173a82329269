/* An error is one block: the head, then its message. References are counted atomically, since the
 * result of a worker thread is read on the reactor's. Without memory the static `no_memory` stands
 * in, whose count is never looked at; so a function that promises an error always has one. */
#include <bight/error.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct bight_error {
    atomic_uint references;
    bight_status status;
    int code;
    bight_error *cause;
    const char *message;
    char text[];
};

static bight_error no_memory = {
    .status = BIGHT_ERROR_NO_MEMORY,
    .message = "out of memory",
};

static BIGHT_PRINTF(5, 0) bight_error *make(bight_error *take_cause, bight_status status, int code,
                                            const char *suffix, const char *format,
                                            va_list arguments)
{
    const char *separator = suffix[0] != '\0' ? ": " : "";
    va_list measure;
    int length;
    size_t size;
    bight_error *error;

    va_copy(measure, arguments);
    length = vsnprintf(NULL, 0, format, measure);
    va_end(measure);
    if (length < 0)
        length = 0;
    size = (size_t)length + strlen(separator) + strlen(suffix) + 1;
    error = malloc(sizeof(*error) + size);
    if (error == NULL) {
        bight_error_unref(take_cause);
        return &no_memory;
    }
    atomic_init(&error->references, 1);
    error->status = status;
    error->code = code;
    error->cause = take_cause;
    error->message = error->text;
    vsnprintf(error->text, (size_t)length + 1, format, arguments);
    snprintf(error->text + length, size - (size_t)length, "%s%s", separator, suffix);
    return error;
}

bight_error *bight_error_new(bight_status status, const char *format, ...)
{
    va_list arguments;
    bight_error *error;

    va_start(arguments, format);
    error = make(NULL, status, 0, "", format, arguments);
    va_end(arguments);
    return error;
}

bight_error *bight_error_new_errno(int errnum, const char *format, ...)
{
    va_list arguments;
    bight_error *error;

    va_start(arguments, format);
    error =
        make(NULL, bight_status_from_errno(errnum), errnum, strerror(errnum), format, arguments);
    va_end(arguments);
    return error;
}

bight_error *bight_error_new_code(int code, bight_status status, const char *format, ...)
{
    va_list arguments;
    bight_error *error;

    va_start(arguments, format);
    error = make(NULL, status, code, "", format, arguments);
    va_end(arguments);
    return error;
}

bight_error *bight_error_new_caused(bight_error *take_cause, bight_status status,
                                    const char *format, ...)
{
    va_list arguments;
    bight_error *error;

    va_start(arguments, format);
    error = make(take_cause, status, 0, "", format, arguments);
    va_end(arguments);
    return error;
}

bight_error *bight_error_ref(const bight_error *error)
{
    bight_error *counted = (bight_error *)error;

    if (counted != &no_memory)
        atomic_fetch_add_explicit(&counted->references, 1, memory_order_relaxed);
    return counted;
}

void bight_error_unref(bight_error *error)
{
    /* A loop, not a recursion: a chain of causes may be long. */
    while (error != NULL && error != &no_memory) {
        bight_error *cause = error->cause;

        if (atomic_fetch_sub_explicit(&error->references, 1, memory_order_acq_rel) != 1)
            return;
        free(error);
        error = cause;
    }
}

bight_status bight_error_get_status(const bight_error *error)
{
    return error->status;
}

int bight_error_get_code(const bight_error *error)
{
    return error->code;
}

const char *bight_error_get_message(const bight_error *error)
{
    return error->message;
}

const bight_error *bight_error_get_cause(const bight_error *error)
{
    return error->cause;
}

size_t bight_error_format(const bight_error *error, char *buffer, size_t size)
{
    size_t length = 0;

    if (size > 0)
        buffer[0] = '\0';
    for (; error != NULL; error = error->cause) {
        size_t used = length < size ? length : size;
        char *rest = size > 0 ? buffer + used : NULL;

        length += (size_t)snprintf(rest, size - used, "%s%s", error->message,
                                   error->cause != NULL ? ": " : "");
    }
    return length;
}
