/* The order of things in a lane.
 *
 * Where the stream is cut, stalled, truncated or reset is decided by offsets drawn from the seed,
 * not by how the bytes happened to arrive, so that a run can be repeated. A cut means that the
 * bytes before and after it leave in different writes, in different turns of the loop; the network
 * may add cuts of its own, and a reader that is late sees several pieces at once. --rate and
 * --delay keep them apart in time.
 *
 * pump() sends what may leave now and is called whenever that may have changed: bytes came, the
 * timer fired, the sink has room. It sends one piece and, where the options separate pieces, leaves
 * the rest to the next turn. */
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

enum { PACES_A_SECOND = 100 }; /* how finely a rate is kept */

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

/* -- What waits -- */

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

/* True when the lane can go on. */
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

/* When the first piece may leave; a lane that stalls for good, or has none, never. */
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

/* Account for bytes that left: the rate counts from when they were allowed to, not from when the
 * timer was served, or a busy loop would send slower than asked. */
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

/* Keep the next piece apart from the one that was sent. Without a gap it leaves in the next turn,
 * which is what a false asks for. */
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

/* -- What others call -- */

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

/* A size of 0 adds the end. Without memory the bridge cannot keep its promise. */
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

/* -- Life -- */

/* Each connection and direction has numbers of its own, so that what happens on one does not change
 * what the others get. All are drawn whether they are used or not: switching one fault on leaves
 * the places of the others as they were. */
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
