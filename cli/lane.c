/* How a lane works.
 *
 * Offsets drawn from the seed determine where the stream is cut, stalled, truncated or reset. They
 * do not depend on how the bytes arrived, so a run can be repeated. A cut means that the bytes
 * before and after it are written separately, in different turns of the loop. The network may add
 * more cuts, and a slow reader may see several pieces at once. --rate and --delay separate them in
 * time.
 *
 * pump() sends the bytes that may be sent now. It is called whenever that may have changed: bytes
 * arrived, the timer fired, or the sink has room. It sends one piece, and if the options separate
 * pieces, leaves the rest to the next turn. */
#include "lane.h"
#include "options.h"
#include <stdlib.h>
#include <string.h>

struct cli_piece {
    cli_piece *next;
    uint64_t due;
    size_t size; /* 0 is the end */
    uint8_t bytes[];
};

enum { PACES_A_SECOND = 100 }; /* the granularity of a rate */

/* -- Chance (splitmix64) -- */

static uint64_t draw(cli_random *random)
{
    uint64_t z = random->state += UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

static uint64_t draw_up_to(cli_random *random, uint64_t most)
{
    return most == UINT64_MAX ? draw(random) : draw(random) % (most + 1);
}

static uint64_t draw_from(cli_random *random, cli_range range)
{
    uint64_t drawn = draw_up_to(random, range.most - range.least);

    return range.least == UINT64_MAX ? UINT64_MAX : range.least + drawn;
}

/* -- Waiting pieces -- */

static void drop_head(cli_lane *lane)
{
    cli_piece *head = lane->first;

    lane->first = head->next;
    lane->head_sent = 0;
    free(head);
}

static void lane_append(cli_lane *lane, cli_piece *added)
{
    added->next = NULL;
    if (lane->first == NULL)
        lane->first = added;
    else
        lane->last->next = added;
    lane->last = added;
}

static void set_full(cli_lane *lane, bool full)
{
    if (lane->full == full || lane->from->transport == NULL)
        return;
    lane->full = full;
    if (full)
        bight_transport_pause(lane->from->transport);
    else
        bight_transport_resume(lane->from->transport);
}

/* -- Faults -- */

static void break_both(cli_lane *lane, const char *what, void (*end)(bight_transport *))
{
    cli_member_report(&lane->bridge->member, "%s after %llu bytes %s", what,
                      (unsigned long long)lane->offset, lane->name);
    lane->over = true;
    for (int i = 0; i < 2; i++) {
        if (lane->bridge->ends[i].transport != NULL)
            end(lane->bridge->ends[i].transport);
    }
}

static void stall(cli_lane *lane, uint64_t now)
{
    uint64_t time = lane->options->stall_time;

    cli_member_report(&lane->bridge->member, "stalled after %llu bytes %s",
                      (unsigned long long)lane->offset, lane->name);
    lane->stall_at = UINT64_MAX;
    lane->stalled_until = time != 0 ? now + time : BIGHT_NEVER;
}

/* Returns whether the lane can go on. */
static bool strike(cli_lane *lane, uint64_t now)
{
    if (lane->offset >= lane->reset_at)
        break_both(lane, "reset", bight_transport_abort);
    else if (lane->offset >= lane->truncate_at)
        break_both(lane, "truncated", bight_transport_close);
    else if (lane->offset >= lane->stall_at)
        stall(lane, now);
    return !lane->over;
}

/* -- Sending -- */

static uint64_t least(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* The time when the first piece may be sent; never if the lane stalls for ever or has no piece. */
static uint64_t next_time(const cli_lane *lane)
{
    uint64_t time;

    if (lane->first == NULL)
        return BIGHT_NEVER;
    time = lane->first->due;
    if (time < lane->free_at)
        time = lane->free_at;
    return time < lane->stalled_until ? lane->stalled_until : time;
}

static size_t size_to_send(const cli_lane *lane)
{
    uint64_t size = lane->first->size - lane->head_sent;
    uint64_t stop =
        least(lane->cut, least(lane->stall_at, least(lane->truncate_at, lane->reset_at)));
    uint64_t pace = lane->options->rate / PACES_A_SECOND;

    size = least(size, stop - lane->offset);
    if (lane->chaotic && lane->options->rate != 0)
        size = least(size, pace != 0 ? pace : 1);
    return (size_t)size;
}

static void move_cut(cli_lane *lane)
{
    if (lane->offset == lane->cut)
        lane->cut += draw_from(&lane->cuts, lane->options->split);
}

/* Account for sent bytes. The rate counts from the time when they were allowed, not from when the
 * timer's callback ran, or a busy loop would send more slowly than requested. */
static void lane_note_sent(cli_lane *lane, size_t size, uint64_t now)
{
    const cli_options *options = lane->options;

    lane->offset += size;
    lane->waiting -= size;
    lane->head_sent += size;
    move_cut(lane);
    if (!lane->chaotic || options->rate == 0)
        return;
    if (lane->free_at + BIGHT_SEC(1) / PACES_A_SECOND < now)
        lane->free_at = now;
    lane->free_at += (uint64_t)((double)size * 1e9 / (double)options->rate);
}

static void send_piece(cli_lane *lane, uint64_t now)
{
    cli_piece *head = lane->first;
    size_t size = size_to_send(lane);
    const uint8_t *bytes = head->bytes + lane->head_sent;

    if (head->size == 0) {
        lane->over = true;
        bight_transport_shutdown(lane->to->transport);
    } else {
        lane->blocked = bight_transport_write(lane->to->transport, bytes, size) == BIGHT_FLOW_WAIT;
        lane_note_sent(lane, size, now);
    }
    if (lane->head_sent == head->size)
        drop_head(lane);
    if (lane->waiting <= lane->options->buffer / 2)
        set_full(lane, false);
}

/* Separate the next piece from the sent one. Returns false if there is no gap; then the next piece
 * is sent in the next turn. */
static bool keep_apart(cli_lane *lane, uint64_t now)
{
    uint64_t gap = lane->options->gap;

    if (lane->cut == UINT64_MAX)
        return true;
    if (lane->free_at < now + gap)
        lane->free_at = now + gap;
    if (gap != 0)
        return true;
    bight_timer_start(lane->timer, 0);
    return false;
}

static void pump(cli_lane *lane)
{
    while (!lane->over && !lane->blocked && lane->to->transport != NULL) {
        uint64_t now = bight_reactor_now(lane->bridge->member.program->reactor);
        uint64_t time;

        if (!strike(lane, now))
            return;
        time = next_time(lane);
        if (time == BIGHT_NEVER)
            return;
        if (time > now) {
            bight_timer_start(lane->timer, time - now);
            return;
        }
        send_piece(lane, now);
        if (!keep_apart(lane, now))
            return;
    }
}

/* -- Public functions -- */

static void on_timer(bight_timer *timer, void *data)
{
    (void)timer;
    pump(data);
}

void cli_lane_drained(cli_lane *lane)
{
    lane->blocked = false;
    if (!bight_timer_is_running(lane->timer))
        pump(lane);
}

static uint64_t due_of_new(cli_lane *lane)
{
    const cli_options *options = lane->options;
    uint64_t due = bight_reactor_now(lane->bridge->member.program->reactor);

    if (lane->chaotic)
        due += options->delay + draw_up_to(&lane->delays, options->jitter);
    if (due < lane->last_due)
        due = lane->last_due;
    lane->last_due = due;
    return due;
}

/* A size of 0 adds the end. When out of memory, both connections are aborted. */
static void lane_add(cli_lane *lane, const uint8_t *bytes, size_t size)
{
    cli_piece *added;

    if (lane->over)
        return;
    added = malloc(sizeof(*added) + size);
    if (added == NULL) {
        break_both(lane, "out of memory", bight_transport_abort);
        return;
    }
    added->due = due_of_new(lane);
    added->size = size;
    if (size > 0)
        memcpy(added->bytes, bytes, size);
    lane_append(lane, added);
    lane->waiting += size;
    if (lane->waiting >= lane->options->buffer)
        set_full(lane, true);
    if (!bight_timer_is_running(lane->timer))
        pump(lane);
}

void cli_lane_add(cli_lane *lane, const uint8_t *bytes, size_t size)
{
    lane_add(lane, bytes, size);
}

void cli_lane_end(cli_lane *lane)
{
    lane_add(lane, NULL, 0);
}

/* -- Lifetime -- */

/* Each connection and direction has its own random sequence, so events on one do not affect the
 * others. All values are drawn even if they are not used, so that enabling one fault does not move
 * the others. */
static void draw_faults(cli_lane *lane, bool up)
{
    const cli_options *options = lane->options;
    cli_random random = {options->seed};
    bool strikes;

    random.state = draw(&random) ^ (lane->bridge->member.number * 2 + up);
    strikes = draw(&random) % 100 < options->chance;
    lane->cuts.state = draw(&random);
    lane->delays.state = draw(&random);
    lane->stall_at = draw_from(&random, options->stall);
    lane->truncate_at = draw_from(&random, options->truncate);
    lane->reset_at = draw_from(&random, options->reset);
    lane->chaotic = (options->ways & (up ? CLI_UP : CLI_DOWN)) != 0;
    lane->cut = lane->chaotic ? draw_from(&lane->cuts, options->split) : UINT64_MAX;
    if (!strikes || !lane->chaotic)
        lane->stall_at = lane->truncate_at = lane->reset_at = UINT64_MAX;
}

bool cli_lane_init(cli_lane *lane, cli_bridge *bridge, bool up, const cli_options *options)
{
    lane->options = options;
    lane->bridge = bridge;
    lane->name = up ? "up" : "down";
    lane->from = &bridge->ends[up ? CLI_ACCEPTED : CLI_MADE];
    lane->to = &bridge->ends[up ? CLI_MADE : CLI_ACCEPTED];
    draw_faults(lane, up);
    return bight_timer_new(bridge->member.program->reactor, on_timer, lane, &lane->timer) ==
           BIGHT_OK;
}

void cli_lane_deinit(cli_lane *lane)
{
    if (lane->bridge == NULL)
        return;
    while (lane->first != NULL)
        drop_head(lane);
    bight_timer_free(lane->timer);
}
