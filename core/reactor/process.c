/* Two mechanisms set the number to 0 in a forked child, and one of them is enough.
 *
 * The kernel fills the page with zeros, also for a child that was made without fork(3). Kernels
 * before 4.14 cannot, and emulators such as qemu-user say that they will and do not. The handler
 * of pthread_atfork() works there, but only fork(3) calls it. */
#include "process.h"
#include <limits.h>
#include <pthread.h>
#include <stddef.h>
#include <sys/mman.h>

enum { PAGE = 4096 }; /* the kernel rounds it up */

static pthread_once_t process_prepared = PTHREAD_ONCE_INIT;
static unsigned process_fallback; /* without memory for a page */
static volatile unsigned *process_number = &process_fallback;
static unsigned process_count; /* the last number; a child goes on from its parent's */

static void process_on_fork(void)
{
    __atomic_store_n(process_number, 0, __ATOMIC_RELAXED);
}

static void process_prepare(void)
{
    void *page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (page != MAP_FAILED) {
#ifdef MADV_WIPEONFORK
        madvise(page, PAGE, MADV_WIPEONFORK);
#endif
        process_number = page;
    }
    pthread_atfork(NULL, NULL, process_on_fork);
}

void bighti_process_mark_set(bighti_process_mark *mark)
{
    unsigned present = 0, fresh;

    pthread_once(&process_prepared, process_prepare);
    fresh = __atomic_add_fetch(&process_count, 1, __ATOMIC_RELAXED);
    if (__atomic_compare_exchange_n(process_number, &present, fresh, false, __ATOMIC_RELAXED,
                                    __ATOMIC_RELAXED))
        present = fresh;
    mark->number = process_number;
    mark->own = present;
}

void bighti_process_mark_disown(bighti_process_mark *mark)
{
    mark->own = UINT_MAX;
}
