/* A lane has at most one work among those that are ready or run; the others wait in the lane, and
 * the end of one makes the next ready. The pool's lock, which is taken in between, makes the
 * memory writes of each work visible to the next. */
#include "../reactor/shared.h"
#include "pool.h"
#include <stdlib.h>

bight_lane *bight_lane_new(bight_threads *threads)
{
    bight_lane *lane = calloc(1, sizeof(*lane));

    bighti_check_thread(threads->reactor);
    if (lane == NULL)
        return NULL;
    lane->pool = bighti_pool_ref(threads);
    lane->references = 1;
    bighti_link_init(&lane->waiting);
    return lane;
}

void bighti_lane_unref(bight_lane *lane)
{
    bight_threads *pool = lane->pool;

    if (--lane->references > 0)
        return;
    free(lane);
    bighti_pool_unref(pool);
}

void bight_lane_free(bight_lane *lane)
{
    if (lane == NULL)
        return;
    bighti_check_thread(lane->pool->reactor);
    bighti_lane_unref(lane);
}

void bighti_lane_add(bight_work *work)
{
    bight_lane *lane = work->lane;

    if (lane == NULL || !lane->busy) {
        bighti_work_make_ready(work);
        if (lane != NULL)
            lane->busy = true;
        return;
    }
    work->place = BIGHTI_IN_LANE;
    bighti_list_append(&lane->waiting, &work->link);
}

void bighti_lane_advance(bight_work *work)
{
    bighti_link *next;

    if (work->lane == NULL)
        return;
    next = bighti_list_pop(&work->lane->waiting);
    if (next != NULL)
        bighti_work_make_ready(BIGHTI_CONTAINER(next, bight_work, link));
    else
        work->lane->busy = false;
}
