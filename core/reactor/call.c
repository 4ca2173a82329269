/* The work around every callback, including the watchdog. */
#include "internal.h"
#include <bight/log.h>
#include <dlfcn.h>
#include <stdio.h>
#include <string.h>
#include <sys/auxv.h>

void bighti_call_begin(bight_reactor *reactor, bighti_call *call)
{
    reactor->now_valid = false;
    call->begin = reactor->watchdog != 0 ? bight_monotonic_now() : 0;
}

void bighti_flush_all(bight_reactor *reactor)
{
    bighti_link *link;

    while ((link = bighti_list_pop(&reactor->shared.flushes)) != NULL) {
        bighti_member *member = BIGHTI_CONTAINER(link, bighti_member, flush);

        member->ops->flush(member);
    }
}

/* The file of a function without a symbol. For the program itself dladdr() returns argv[0], which
 * may have changed: getopt() reorders the arguments. */
static const char *file_of(const Dl_info *info)
{
    /* The kernel passes pointers as numbers. NOLINTBEGIN(performance-no-int-to-ptr) */
    const char *program = (const char *)getauxval(AT_EXECFN);
    const void *header = (const void *)getauxval(AT_PHDR);
    /* NOLINTEND(performance-no-int-to-ptr) */
    Dl_info own;

    if (program != NULL && dladdr(header, &own) != 0 && own.dli_fbase == info->dli_fbase)
        return program;
    return info->dli_fname;
}

static void call_describe(const bighti_call *call, char *text, size_t size)
{
    Dl_info info;

    if (call->name != NULL)
        snprintf(text, size, "%s", call->name);
    else if (dladdr(call->function, &info) == 0)
        snprintf(text, size, "%p", call->function);
    else if (info.dli_saddr == call->function)
        snprintf(text, size, "%s", info.dli_sname);
    else
        snprintf(text, size, "%s+0x%tx", file_of(&info),
                 (char *)call->function - (char *)info.dli_fbase);
}

/* If a name is too long, its end is kept, because the beginning is a path. */
static void note_longest(bight_reactor_stats *stats, uint64_t took, const bighti_call *call)
{
    const size_t most = sizeof(stats->longest_name) - 1;
    char text[256];
    size_t length;

    call_describe(call, text, sizeof(text));
    length = strlen(text);
    memcpy(stats->longest_name, length > most ? text + length - most : text,
           length > most ? most + 1 : length + 1);
    stats->longest_callback = took;
}

static void watch_over(bight_reactor *reactor, const bighti_call *call)
{
    uint64_t took = bight_monotonic_now() - call->begin;
    bight_reactor_stats *stats = &reactor->shared.stats;
    char text[256];

    if (took > stats->longest_callback)
        note_longest(stats, took, call);
    if (took <= reactor->watchdog)
        return;
    stats->stalls++;
    call_describe(call, text, sizeof(text));
    bight_log(BIGHT_LOG_WARNING, "%s held the loop for %.3f ms", text, (double)took / 1e6);
}

void bighti_call_end(bight_reactor *reactor, const bighti_call *call)
{
    bighti_flush_all(reactor);
    reactor->now_valid = false;
    reactor->shared.stats.callbacks++;
    if (call->begin != 0 && reactor->watchdog != 0)
        watch_over(reactor, call);
}

void bight_reactor_set_watchdog(bight_reactor *reactor, uint64_t limit)
{
    bighti_check_thread(reactor);
    reactor->watchdog = limit;
}
