#include "report.h"
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { ERROR_SIZE = 1024 };

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
    char text[ERROR_SIZE];

    bight_error_format(error, text, sizeof(text));
    cli_say("%s", text);
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
