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

static void log_pass_on(bight_log_level level, const char *message)
{
    if (hook.fn != NULL)
        hook.fn(level, message, hook.data);
    else
        write_to_standard_error(level, message);
}

/* A long message ends with the reason of an error, so it is cut only when out of memory. */
void bight_log(bight_log_level level, const char *format, ...)
{
    char room[1024], *text = NULL;
    va_list arguments;
    int length;

    va_start(arguments, format);
    length = vsnprintf(room, sizeof(room), format, arguments);
    va_end(arguments);
    if (length >= (int)sizeof(room))
        text = malloc((size_t)length + 1);
    if (text != NULL) {
        va_start(arguments, format);
        vsnprintf(text, (size_t)length + 1, format, arguments);
        va_end(arguments);
    }
    log_pass_on(level, text != NULL ? text : room);
    free(text);
}
