/* An error is one block: the header, its text and the name of its domain. References are counted
 * atomically, since the result of a worker thread is read on the reactor's thread. When out of
 * memory the static `no_memory` is used, whose count is never read; so a function that promises an
 * error always returns one.
 *
 * The text is complete and includes those of the causes, because the obvious accessor must not
 * lose the reason. It is built once, and each error copies the text of its cause. A program that
 * wraps its last failure repeatedly would need memory that grows with the square of the depth.
 * Therefore an error repeats only the innermost LEVELS_TOLD causes, which contain the reason. */
#include <bight/error.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LEVELS_TOLD = 32 };

struct bight_error {
    atomic_uint references;
    bight_status status;
    int code;
    unsigned level; /* how many causes are below it */
    const char *domain;
    bight_error *cause;
    const bight_error *told; /* itself or a cause of it: the error whose text a wrapper repeats */
    const char *message;
    char text[];
};

static bight_error no_memory = {
    .status = BIGHT_ERROR_NO_MEMORY,
    .told = &no_memory,
    .message = "out of memory",
};

/* The parts of an error besides its own text. */
typedef struct error_parts {
    bight_status status;
    const char *domain;
    int code;
    bight_error *cause;
    const char *separator; /* between its own text and `follows` */
    const char *follows;
} error_parts;

/* Makes everything except the links to the cause; NULL when out of memory. The domain of a cause
 * lives as long as the cause, so only a domain that was passed in is copied. */
BIGHT_PRINTF(3, 0)
static bight_error *error_write(const error_parts *parts, size_t length, const char *format,
                                va_list arguments)
{
    const char *separator = length > 0 && parts->follows[0] != '\0' ? parts->separator : "";
    bool copies_domain = parts->domain != NULL && parts->cause == NULL;
    size_t text_size = length + strlen(separator) + strlen(parts->follows) + 1;
    size_t domain_size = copies_domain ? strlen(parts->domain) + 1 : 0;
    bight_error *error = malloc(sizeof(*error) + text_size + domain_size);

    if (error == NULL)
        return NULL;
    atomic_init(&error->references, 1);
    error->status = parts->status;
    error->code = parts->code;
    error->domain = parts->domain;
    if (copies_domain)
        error->domain = memcpy(error->text + text_size, parts->domain, domain_size);
    error->message = error->text;
    vsnprintf(error->text, length + 1, format, arguments);
    snprintf(error->text + length, text_size - length, "%s%s", separator, parts->follows);
    return error;
}

BIGHT_PRINTF(2, 0)
static bight_error *error_make(const error_parts *parts, const char *format, va_list arguments)
{
    bight_error *cause = parts->cause, *error;
    va_list measure;
    int length;

    va_copy(measure, arguments);
    length = vsnprintf(NULL, 0, format, measure);
    va_end(measure);
    error = error_write(parts, length > 0 ? (size_t)length : 0, format, arguments);
    if (error == NULL) {
        bight_error_unref(cause);
        return &no_memory;
    }
    error->cause = cause;
    error->level = cause != NULL ? cause->level + 1 : 0;
    error->told = error->level < LEVELS_TOLD ? error : cause->told;
    return error;
}

bight_error *bight_error_new(bight_status status, const char *format, ...)
{
    const error_parts parts = {.status = status, .follows = ""};
    va_list arguments;
    bight_error *error;

    va_start(arguments, format);
    error = error_make(&parts, format, arguments);
    va_end(arguments);
    return error;
}

bight_error *bight_error_new_errno(int errnum, const char *format, ...)
{
    const error_parts parts = {.status = bight_status_from_errno(errnum),
                               .domain = BIGHT_DOMAIN_ERRNO,
                               .code = errnum,
                               .separator = ": ",
                               .follows = strerror(errnum)};
    va_list arguments;
    bight_error *error;

    va_start(arguments, format);
    error = error_make(&parts, format, arguments);
    va_end(arguments);
    return error;
}

bight_error *bight_error_new_code(const char *domain, int code, bight_status status,
                                  const char *format, ...)
{
    const error_parts parts = {
        .status = status, .domain = domain, .code = domain != NULL ? code : 0, .follows = ""};
    va_list arguments;
    bight_error *error;

    va_start(arguments, format);
    error = error_make(&parts, format, arguments);
    va_end(arguments);
    return error;
}

bight_error *bight_error_new_caused(bight_error *take_cause, bight_status status,
                                    const char *format, ...)
{
    error_parts parts = {.status = status, .cause = take_cause, .follows = ""};
    va_list arguments;
    bight_error *error;

    if (take_cause != NULL) {
        parts.domain = take_cause->domain;
        parts.code = take_cause->code;
        parts.separator = take_cause->told == take_cause ? ": " : ": ...: ";
        parts.follows = take_cause->told->message;
    }
    va_start(arguments, format);
    error = error_make(&parts, format, arguments);
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

const char *bight_error_get_domain(const bight_error *error)
{
    return error->domain;
}

int bight_error_get_code(const bight_error *error)
{
    return error->code;
}

bool bight_error_matches(const bight_error *error, const char *domain, int code)
{
    return error != NULL && error->domain != NULL && error->code == code &&
           strcmp(error->domain, domain) == 0;
}

const char *bight_error_get_message(const bight_error *error)
{
    return error->message;
}

const bight_error *bight_error_get_cause(const bight_error *error)
{
    return error->cause;
}
