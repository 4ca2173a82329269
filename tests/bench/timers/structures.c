/* What a timer costs with a million others: the wheel that Bight uses, against the structure most
 * loops use, a 4-ary heap, with the same work on both. Deadlines are spread over a minute, as
 * those of idle connections are. Prints nanoseconds for one operation; the best of some rounds.
 * With --smoke it does little, to see that it works. */
#include "base/wheel.h"
#include <bight/reactor.h>
#include <bight/timer.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROUNDS = 5, ARITY = 4 };

/* How often a loop that is busy looks at its timers. */
#define STEP BIGHT_MSEC(1)

static size_t count = 1000000;

/* -- The heap -- */

typedef struct heap_entry {
    uint64_t deadline;
    size_t index;
} heap_entry;

typedef struct heap {
    heap_entry **entries;
    size_t count;
} heap;

static void heap_put(heap *self, size_t index, heap_entry *entry)
{
    self->entries[index] = entry;
    entry->index = index;
}

static void heap_up(heap *self, size_t index, heap_entry *entry)
{
    while (index > 0 && self->entries[(index - 1) / ARITY]->deadline > entry->deadline) {
        heap_put(self, index, self->entries[(index - 1) / ARITY]);
        index = (index - 1) / ARITY;
    }
    heap_put(self, index, entry);
}

static size_t heap_least_child(const heap *self, size_t index)
{
    size_t first = index * ARITY + 1, least = first;

    for (size_t i = first + 1; i < first + ARITY && i < self->count; i++) {
        if (self->entries[i]->deadline < self->entries[least]->deadline)
            least = i;
    }
    return least;
}

static void heap_down(heap *self, size_t index, heap_entry *entry)
{
    while (index * ARITY + 1 < self->count) {
        size_t child = heap_least_child(self, index);

        if (self->entries[child]->deadline >= entry->deadline)
            break;
        heap_put(self, index, self->entries[child]);
        index = child;
    }
    heap_put(self, index, entry);
}

static void heap_add(heap *self, heap_entry *entry, uint64_t deadline)
{
    entry->deadline = deadline;
    heap_up(self, self->count++, entry);
}

static void heap_remove(heap *self, heap_entry *entry)
{
    size_t index = entry->index;
    heap_entry *last = self->entries[--self->count];

    if (last == entry)
        return;
    if (index > 0 && self->entries[(index - 1) / ARITY]->deadline > last->deadline)
        heap_up(self, index, last);
    else
        heap_down(self, index, last);
}

/* -- The work -- */

typedef struct costs {
    double add, move, remove, expire;
} costs;

static uint64_t random_state = 88172645463325252;

static uint64_t next_random(void)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state;
}

static uint64_t *make_deadlines(uint64_t from)
{
    uint64_t *deadlines = malloc(count * sizeof(*deadlines));

    for (size_t i = 0; deadlines != NULL && i < count; i++)
        deadlines[i] = from + next_random() % BIGHT_SEC(60);
    return deadlines;
}

static double per_operation(uint64_t begin)
{
    return (double)(bight_monotonic_now() - begin) / count;
}

static costs measure_wheel(const uint64_t *first, const uint64_t *second)
{
    bighti_wheel *wheel = malloc(sizeof(*wheel));
    bighti_wheel_entry *entries = malloc(count * sizeof(*entries));
    bighti_link due;
    costs result;
    uint64_t begin;

    bighti_link_init(&due);
    bighti_wheel_init(wheel, 1);
    for (size_t i = 0; i < count; i++)
        bighti_wheel_entry_init(&entries[i]);
    begin = bight_monotonic_now();
    for (size_t i = 0; i < count; i++)
        bighti_wheel_add(wheel, &entries[i], first[i]);
    result.add = per_operation(begin);
    begin = bight_monotonic_now();
    for (size_t i = 0; i < count; i++) {
        bighti_wheel_remove(wheel, &entries[i]);
        bighti_wheel_add(wheel, &entries[i], second[i]);
    }
    result.move = per_operation(begin);
    begin = bight_monotonic_now();
    for (size_t i = 0; i < count; i++)
        bighti_wheel_remove(wheel, &entries[i]);
    result.remove = per_operation(begin);
    for (size_t i = 0; i < count; i++)
        bighti_wheel_add(wheel, &entries[i], first[i]);
    begin = bight_monotonic_now();
    for (uint64_t now = 0; now < BIGHT_SEC(62); now += STEP) {
        bighti_wheel_expire(wheel, now, &due);
        while (bighti_list_pop(&due) != NULL) {
        }
    }
    result.expire = per_operation(begin);
    free(entries);
    free(wheel);
    return result;
}

static costs measure_heap(const uint64_t *first, const uint64_t *second)
{
    heap self = {malloc(count * sizeof(*self.entries)), 0};
    heap_entry *entries = calloc(count, sizeof(*entries));
    costs result;
    uint64_t begin = bight_monotonic_now();

    for (size_t i = 0; i < count; i++)
        heap_add(&self, &entries[i], first[i]);
    result.add = per_operation(begin);
    begin = bight_monotonic_now();
    for (size_t i = 0; i < count; i++) {
        heap_remove(&self, &entries[i]);
        heap_add(&self, &entries[i], second[i]);
    }
    result.move = per_operation(begin);
    begin = bight_monotonic_now();
    for (size_t i = 0; i < count; i++)
        heap_remove(&self, &entries[i]);
    result.remove = per_operation(begin);
    for (size_t i = 0; i < count; i++)
        heap_add(&self, &entries[i], first[i]);
    begin = bight_monotonic_now();
    for (uint64_t now = 0; now < BIGHT_SEC(62); now += STEP) {
        while (self.count > 0 && self.entries[0]->deadline <= now)
            heap_remove(&self, self.entries[0]);
    }
    result.expire = per_operation(begin);
    free(entries);
    free(self.entries);
    return result;
}

static void on_timer(bight_timer *timer, void *data)
{
    (void)timer;
    (void)data;
}

/* The public functions, with what they add: the reading of the clock, the checks. */
static costs measure_timers(const uint64_t *first, const uint64_t *second)
{
    bight_reactor *reactor = bight_reactor_new();
    bight_timer **timers = malloc(count * sizeof(bight_timer *));
    costs result = {0, 0, 0, 0};
    uint64_t begin;

    for (size_t i = 0; i < count; i++) {
        if (bight_timer_new(reactor, on_timer, NULL, &timers[i]) != BIGHT_OK)
            abort();
    }
    begin = bight_monotonic_now();
    for (size_t i = 0; i < count; i++)
        bight_timer_start(timers[i], first[i]);
    result.add = per_operation(begin);
    begin = bight_monotonic_now();
    for (size_t i = 0; i < count; i++)
        bight_timer_start(timers[i], second[i]);
    result.move = per_operation(begin);
    begin = bight_monotonic_now();
    for (size_t i = 0; i < count; i++)
        bight_timer_stop(timers[i]);
    result.remove = per_operation(begin);
    for (size_t i = 0; i < count; i++)
        bight_timer_free(timers[i]);
    free(timers);
    bight_reactor_free(reactor);
    return result;
}

static double least(double a, double b)
{
    return a < b ? a : b;
}

static void keep_least(costs *best, costs round)
{
    best->add = least(best->add, round.add);
    best->move = least(best->move, round.move);
    best->remove = least(best->remove, round.remove);
    best->expire = least(best->expire, round.expire);
}

static void print(const char *name, costs best)
{
    printf("%-22s %7.1f %7.1f %7.1f", name, best.add, best.move, best.remove);
    if (best.expire > 0)
        printf(" %7.1f", best.expire);
    printf("\n");
}

int main(int argc, char **argv)
{
    costs wheel = {1e9, 1e9, 1e9, 1e9}, four_heap = wheel, timers = wheel;
    uint64_t *first, *second;

    if (argc > 1 && strcmp(argv[1], "--smoke") == 0)
        count = 1000;
    first = make_deadlines(BIGHT_SEC(1));
    second = make_deadlines(BIGHT_SEC(1));
    if (first == NULL || second == NULL)
        return 1;
    for (int round = 0; round < ROUNDS; round++) {
        keep_least(&wheel, measure_wheel(first, second));
        keep_least(&four_heap, measure_heap(first, second));
        keep_least(&timers, measure_timers(first, second));
    }
    printf("%-22s %7s %7s %7s %7s   ns an operation, %zu timers\n", "", "start", "move", "stop",
           "expire", count);
    print("wheel", wheel);
    print("4-ary heap", four_heap);
    print("bight_timer_*()", timers);
    free(first);
    free(second);
    return 0;
}
