/* c-ares reads the servers and the search domains itself. Of the options it knows "rotate" and
 * "ndots:", but calls the other two "retrans:" and "retry:", which no resolv.conf contains. */
#include "resolv_conf.h"
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The limits of resolv.conf(5). */
enum { MOST_SECONDS = 30, MOST_ATTEMPTS = 5, MOST_DOTS = 15 };

static bool conf_is_blank(uint8_t byte)
{
    return byte == ' ' || byte == '\t' || byte == '\r';
}

/* Take the next word off the front of a line; an empty view at its end. */
static bight_view conf_take_word(bight_view *line)
{
    size_t from = 0, to;
    bight_view word;

    while (from < line->size && conf_is_blank(line->data[from]))
        from++;
    to = from;
    while (to < line->size && !conf_is_blank(line->data[to]))
        to++;
    word = (bight_view){line->data + from, to - from};
    *line = (bight_view){line->data + to, line->size - to};
    return word;
}

static bool conf_word_is(bight_view word, const char *name)
{
    return word.size == strlen(name) && memcmp(word.data, name, word.size) == 0;
}

/* Whether the word is NAME:NUMBER. A number above `most` becomes `most`. */
static bool conf_word_number(bight_view word, const char *name, unsigned most, unsigned *number)
{
    size_t at = strlen(name);
    unsigned value = 0;

    if (word.size <= at || memcmp(word.data, name, at) != 0)
        return false;
    for (; at < word.size; at++) {
        if (word.data[at] < '0' || word.data[at] > '9')
            return false;
        value = value * 10 + (unsigned)(word.data[at] - '0');
        if (value > most)
            value = most;
    }
    *number = value;
    return true;
}

static void conf_read_options(bight_view line, bighti_resolv_conf *conf)
{
    bight_view word;

    while ((word = conf_take_word(&line)).size > 0) {
        if (conf_word_is(word, "rotate"))
            conf->rotate = true;
        else if (conf_word_is(word, "edns0"))
            conf->edns0 = true;
        else if (!conf_word_number(word, "timeout:", MOST_SECONDS, &conf->timeout) &&
                 !conf_word_number(word, "attempts:", MOST_ATTEMPTS, &conf->attempts))
            conf_word_number(word, "ndots:", MOST_DOTS, &conf->ndots);
    }
}

void bighti_resolv_conf_parse(bight_view text, bighti_resolv_conf *conf)
{
    *conf = (bighti_resolv_conf){.ndots = 1};
    while (text.size > 0) {
        const uint8_t *end = memchr(text.data, '\n', text.size);
        size_t size = end != NULL ? (size_t)(end - text.data) : text.size;
        bight_view line = {text.data, size};

        if (size > 0 && !conf_is_blank(*line.data) &&
            conf_word_is(conf_take_word(&line), "options"))
            conf_read_options(line, conf);
        size += end != NULL ? 1 : 0;
        text = (bight_view){text.data + size, text.size - size};
    }
}

void bighti_resolv_conf_read(const char *path, bighti_resolv_conf *conf)
{
    uint8_t bytes[16384];
    const char *more = getenv("RES_OPTIONS");
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    ssize_t size = fd >= 0 ? read(fd, bytes, sizeof(bytes)) : 0;

    if (fd >= 0)
        close(fd);
    bighti_resolv_conf_parse((bight_view){bytes, size > 0 ? (size_t)size : 0}, conf);
    if (more != NULL)
        conf_read_options(bight_view_of(more), conf);
}
