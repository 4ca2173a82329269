#include <bight/log.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

static struct {
    bight_log_fn fn;
    void *data;
} hook;

void bight_log_set(bight_log_fn fn, void *data)
{
    hook.fn = fn;
    hook.data = data;
}

static void write_to_standard_error(bight_log_level level, const char *message)
{
    static const char *const names[] = {"info", "warning", "error"};

    fprintf(stderr, "bight: %s: %s\n", names[level], message);
}

void bight_log_abort(bight_log_level level, const char *message, void *data)
{
    (void)data;
    write_to_standard_error(level, message);
    if (level == BIGHT_LOG_ERROR)
        abort();
}

void bight_log(bight_log_level level, const char *format, ...)
{
    char message[1024];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(message, sizeof(message), format, arguments);
    va_end(arguments);
    if (hook.fn != NULL)
        hook.fn(level, message, hook.data);
    else
        write_to_standard_error(level, message);
}
