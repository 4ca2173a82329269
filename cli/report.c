#include "report.h"
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void cli_say(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    fputs("bight: ", stderr);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
}

void cli_say_error(const bight_error *error)
{
    cli_say("%s", bight_error_get_message(error));
}

bool cli_print(const char *format, ...)
{
    va_list arguments;
    int written;

    va_start(arguments, format);
    written = vprintf(format, arguments);
    va_end(arguments);
    if (written >= 0 && putchar('\n') != EOF && fflush(stdout) == 0)
        return true;
    cli_say("standard output: %s", strerror(errno));
    return false;
}
