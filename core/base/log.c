#include <bight/log.h>
#include <stdarg.h>
#include <stdio.h>

static struct {
    bight_log_fn fn;
    void *data;
} hook;

void bight_log_set(bight_log_fn fn, void *data)
{
    hook.fn = fn;
    hook.data = data;
}

void bight_log(bight_log_level level, const char *format, ...)
{
    static const char *const names[] = {"info", "warning", "error"};
    char message[1024];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(message, sizeof(message), format, arguments);
    va_end(arguments);
    if (hook.fn != NULL)
        hook.fn(level, message, hook.data);
    else
        fprintf(stderr, "bight: %s: %s\n", names[level], message);
}
