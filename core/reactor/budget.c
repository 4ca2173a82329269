/* How long a turn may take.
 *
 * A fixed slice is right while the loop has time to spare: the network gets one slice after the
 * other until the next frame is due, and a frame is late by one slice at most. It is wrong when
 * the loop has no time to spare: a window that paints for 20 ms is due again at once, every pass
 * of the loop is 20 ms of painting and 2 ms of network, and connections starve. So a budget may
 * name the share of the loop's time that the network claims.
 *
 * Only a loop that is busy counts. While a turn leaves work behind, the descriptor is readable and
 * the loop does not wait: the time until the next turn is time that others took. An account of
 * this is kept: the time of others is credited to the network in proportion, and the time of turns
 * is debited. A turn may use the credit if it is more than the plain slice, so a single long
 * callback changes nothing for a network that had more than its share before. The account is
 * limited in both directions, which bounds the length of a turn and the time for which the network
 * pays back.
 *
 * One connection may read no more than its share in a turn, so that the others get theirs. If it
 * alone has more, its turn ends long before the slice does; then another turn follows in the same
 * dispatch. Otherwise a pass of the loop that paints for 20 ms would move no more than 256 KiB.
 * For the same reason the poller is asked again after a turn that has read a whole buffer: a peer
 * that sends in bulk has meanwhile filled the room that reading has made, and these bytes would
 * otherwise wait until the next frame is painted.
 *
 * A single peer may have been read to the end although it still sends in bulk: it cannot send
 * while a frame is painted, because the socket's buffer is full, or because TCP delays the
 * acknowledgement until the bytes are read. So after a slice that read in bulk and left nothing,
 * the account continues, but with the processor time that the others have used instead of the
 * elapsed time, because a sleeping loop takes no time from the network. And a slice that uses
 * credit keeps polling for a while after the last bytes: the peer needs that long to send again,
 * and the next chance comes only after the next frame. */
#include "internal.h"
#include <time.h>

enum {
    MOST_SHARE = 90,
    PATIENCE = 128 /* polls without a result: about 100 us */
};

#define MOST_OWED ((int64_t)BIGHT_MSEC(16))

static int64_t limited(int64_t owed)
{
    if (owed > MOST_OWED)
        return MOST_OWED;
    return owed < -MOST_OWED ? -MOST_OWED : owed;
}

/* A callback of more than a second counts as one of a second. */
static int64_t share_of(uint64_t others, uint32_t share)
{
    uint64_t counted = others < BIGHT_SEC(1) ? others : BIGHT_SEC(1);
    uint64_t percent = share < MOST_SHARE ? share : MOST_SHARE;

    return (int64_t)(counted * percent / (100 - percent));
}

static uint64_t thread_time(void)
{
    struct timespec used;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
    return (uint64_t)used.tv_sec * BIGHT_SEC(1) + (uint64_t)used.tv_nsec;
}

/* If no work of ours was left, the loop may have slept, so its processor time counts. */
static uint64_t others_took(bight_reactor *reactor, uint64_t left_at)
{
    uint64_t elapsed = bight_reactor_now(reactor) - left_at, used;

    if (reactor->used_at_rest == 0)
        return elapsed;
    used = thread_time() - reactor->used_at_rest;
    return used < elapsed ? used : elapsed;
}

static uint64_t with_what_is_owed(bight_reactor *reactor, bight_budget budget)
{
    uint64_t left_at = reactor->left_at;

    reactor->left_at = 0;
    if (budget.share == 0)
        return budget.time;
    if (left_at != 0)
        reactor->owed =
            limited(reactor->owed + share_of(others_took(reactor, left_at), budget.share));
    return reactor->owed > (int64_t)budget.time ? (uint64_t)reactor->owed : budget.time;
}

void bighti_slice_begin(bight_reactor *reactor, bight_budget budget, bighti_slice *slice)
{
    *slice = (bighti_slice){.budget = budget, .bytes = reactor->shared.stats.bytes_in};
    if (budget.time == 0)
        return;
    slice->time = with_what_is_owed(reactor, budget);
    slice->is_owed = slice->time > budget.time;
    slice->budget.time = slice->time;
}

/* The turn has read the clock when it began and after its last callback, so it is not read
 * again. */
bool bighti_slice_goes_on(bight_reactor *reactor, bighti_slice *slice)
{
    uint64_t bytes = reactor->shared.stats.bytes_in - slice->bytes;
    bool bulk = bytes >= reactor->shared.read_buffers.block_size;

    if (slice->time == 0 || reactor->shared.dead)
        return false;
    if (slice->entered_at == 0)
        slice->entered_at = reactor->collected_at;
    slice->took = reactor->now - slice->entered_at;
    slice->bytes = reactor->shared.stats.bytes_in;
    if (slice->budget.callbacks != 0 || reactor->yield || slice->took >= slice->time)
        return false;
    slice->budget.time = slice->time - slice->took;
    slice->bulk |= bulk;
    if (bytes > 0)
        slice->patience = slice->is_owed ? PATIENCE : 0;
    else if (slice->patience > 0)
        slice->patience--;
    return !bighti_list_is_empty(&reactor->io_next) || bulk || slice->patience > 0;
}

void bighti_slice_end(bight_reactor *reactor, const bighti_slice *slice, bight_turn result)
{
    uint64_t took = slice->took < BIGHT_SEC(1) ? slice->took : BIGHT_SEC(1);

    if (slice->time == 0)
        return;
    if (result == BIGHT_TURN_IDLE && !slice->bulk) {
        reactor->owed = 0;
        return;
    }
    reactor->used_at_rest = result == BIGHT_TURN_IDLE ? thread_time() : 0;
    reactor->shared.stats.spent += slice->took >= slice->time;
    reactor->owed = limited(reactor->owed - (int64_t)took);
    reactor->left_at = reactor->now;
}
