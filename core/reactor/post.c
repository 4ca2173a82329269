/* Calls from other threads: an array under a lock, swapped with an empty one at the start of a
 * turn. The array is kept, so that steady posting allocates nothing, and taking a thousand calls
 * costs one lock. Only the post that finds the array empty writes the wake-up descriptor. */
#include "../base/check.h"
#include "internal.h"
#include <stdlib.h>
#include <string.h>

enum { FIRST_CAPACITY = 64, RUN_AT_ONCE = 64, MOST_KEPT = 65536 };

static bool posts_grow(bighti_posts *posts)
{
    size_t capacity = posts->capacity != 0 ? posts->capacity * 2 : FIRST_CAPACITY;
    bighti_post *calls = realloc(posts->calls, capacity * sizeof(*calls));

    if (calls == NULL)
        return false;
    posts->calls = calls;
    posts->capacity = capacity;
    return true;
}

bight_status bight_reactor_post(bight_reactor *reactor, bight_call_fn fn, void *data,
                                bight_call_fn drop)
{
    bighti_posts *posted;
    bool was_empty, queued;

    BIGHTI_REQUIRE_REACTOR(reactor);
    posted = &reactor->posted;
    pthread_mutex_lock(&reactor->lock);
    was_empty = posted->count == 0;
    queued = posted->count < posted->capacity || posts_grow(posted);
    if (queued) {
        posted->calls[posted->count++] = (bighti_post){fn, drop, data};
        atomic_store_explicit(&reactor->has_posted, true, memory_order_release);
        /* Inside the lock, because a call that has run already may free the reactor. */
        if (was_empty)
            bight_reactor_wake(reactor);
    }
    pthread_mutex_unlock(&reactor->lock);
    return queued ? BIGHT_OK : BIGHT_ERROR_NO_MEMORY;
}

static bool are_done(const bight_reactor *reactor)
{
    return reactor->posts_done == reactor->posts.count;
}

static bool is_anything_posted(const bight_reactor *reactor)
{
    return atomic_load_explicit(&reactor->has_posted, memory_order_acquire);
}

static bighti_posts take_posted(bight_reactor *reactor, bighti_posts empty)
{
    bighti_posts posted;

    pthread_mutex_lock(&reactor->lock);
    posted = reactor->posted;
    reactor->posted = empty;
    bighti_list_splice(&reactor->bells, &reactor->rung);
    atomic_store(&reactor->has_posted, false);
    pthread_mutex_unlock(&reactor->lock);
    return posted;
}

void bighti_posts_collect(bight_reactor *reactor)
{
    bighti_posts *posts = &reactor->posts;

    if (!are_done(reactor) || !bighti_list_is_empty(&reactor->bells) ||
        !is_anything_posted(reactor))
        return;
    posts->count = 0;
    reactor->posts_done = 0;
    if (posts->capacity > MOST_KEPT) {
        free(posts->calls);
        *posts = (bighti_posts){NULL, 0, 0};
    }
    *posts = take_posted(reactor, *posts);
    bighti_signals_collect(reactor); /* after the flag was cleared: see entry_note() */
}

bool bighti_posts_remain(const bight_reactor *reactor)
{
    return !are_done(reactor) || !bighti_list_is_empty(&reactor->bells) ||
           is_anything_posted(reactor);
}

/* A nested turn continues after the call that is on the stack: the position is kept in the
 * reactor. Bells run after the posts, so that a thread that posts and then rings has them run in
 * that order. */
bool bighti_posts_run_some(bight_reactor *reactor)
{
    int run = 0;

    while (run < RUN_AT_ONCE && !are_done(reactor) && (run == 0 || !bighti_is_spent(reactor))) {
        bighti_post post = reactor->posts.calls[reactor->posts_done++];
        bighti_call call = {NULL, NULL, 0};

        memcpy(&call.function, &post.fn, sizeof(call.function));
        bighti_call_begin(reactor, &call);
        post.fn(post.data);
        bighti_call_end(reactor, &call);
        run++;
    }
    return run > 0 || bighti_bell_run_one(reactor);
}

/* Fork copies the lock in its present state: if another thread held it, that thread was posting,
 * and the state of the array is unknown. The array is left as it is. A signal may have been marked
 * in this process already. */
void bighti_posts_reopen(bight_reactor *reactor)
{
    if (pthread_mutex_trylock(&reactor->lock) == 0) {
        pthread_mutex_unlock(&reactor->lock);
    } else {
        reactor->posted = (bighti_posts){NULL, 0, 0};
        atomic_store(&reactor->has_posted, atomic_load(&reactor->signalled));
    }
    pthread_mutex_init(&reactor->lock, NULL);
}

static void posts_drop_all(const bighti_posts *posts, size_t from)
{
    for (size_t i = from; i < posts->count; i++) {
        if (posts->calls[i].drop != NULL)
            posts->calls[i].drop(posts->calls[i].data);
    }
    free(posts->calls);
}

/* A drop function may post again, so the arrays are detached before any of them runs. */
void bighti_posts_drop(bight_reactor *reactor)
{
    bighti_posts posts = reactor->posts;
    size_t done = reactor->posts_done;

    reactor->posts = (bighti_posts){NULL, 0, 0};
    reactor->posts_done = 0;
    posts_drop_all(&posts, done);
    do {
        posts = take_posted(reactor, (bighti_posts){NULL, 0, 0});
        posts_drop_all(&posts, 0);
    } while (posts.count > 0);
}
