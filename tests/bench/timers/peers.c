/* What a timer costs with a million others, in each library; and what a turn of the loop costs in
 * which none is due, with 100,000 of them.
 *
 *     bench-timer-peers [--smoke] [ROUNDS]
 *
 * Delays are spread over a minute from a minute on, as those of idle connections are, and timers
 * are touched in another order than they were made in. Rounds are interleaved; medians are printed.
 */
#include "libraries.h"
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { MOST_ROUNDS = 21, TURNS = 100 };

typedef struct figures {
    double create[MOST_ROUNDS], again[MOST_ROUNDS], cancel[MOST_ROUNDS], turn[MOST_ROUNDS];
} figures;

typedef struct plan {
    size_t count; /* timers */
    size_t few;   /* while a turn is measured */
    size_t *order;
    uint64_t *delays;
} plan;

static double nanoseconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

static uint64_t next_random(uint64_t *state)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return *state >> 33;
}

static plan make_plan(size_t count, bool shuffle)
{
    plan self = {.count = count,
                 .few = count / 10,
                 .order = calloc(count, sizeof(size_t)),
                 .delays = calloc(count, sizeof(uint64_t))};
    uint64_t state = 1;

    if (self.order == NULL || self.delays == NULL)
        abort();
    for (size_t i = 0; i < count; i++) {
        size_t other = shuffle ? next_random(&state) % (i + 1) : i;

        self.order[i] = self.order[other];
        self.order[other] = i;
        self.delays[i] = 60000 + next_random(&state) % 60000;
    }
    return self;
}

static double measure_turn(const library *of, const plan *self)
{
    double begin;

    of->open(self->few);
    for (size_t i = 0; i < self->few; i++)
        of->create(i, self->delays[i]);
    of->turn();
    begin = nanoseconds();
    for (int i = 0; i < TURNS; i++)
        of->turn();
    begin = (nanoseconds() - begin) / TURNS;
    for (size_t i = 0; i < self->few; i++)
        of->cancel(i);
    of->close();
    return begin;
}

typedef struct touching {
    const library *of;
    const plan *self;
    double times[4]; /* before, and after each of the three passes over all timers */
} touching;

static void touch_all(void *data)
{
    touching *one = data;
    const library *of = one->of;
    const plan *self = one->self;

    one->times[0] = nanoseconds();
    for (size_t i = 0; i < self->count; i++)
        of->create(i, self->delays[i]);
    one->times[1] = nanoseconds();
    for (size_t i = 0; i < self->count; i++)
        of->again(self->order[i], self->delays[i]);
    one->times[2] = nanoseconds();
    for (size_t i = 0; i < self->count; i++)
        of->cancel(self->order[i]);
    one->times[3] = nanoseconds();
}

static void measure(const library *of, const plan *self, figures *out, int round)
{
    touching one = {.of = of, .self = self};
    const double *times = one.times;

    of->open(self->count);
    if (of->inside != NULL)
        of->inside(touch_all, &one);
    else
        touch_all(&one);
    of->close();
    out->create[round] = (times[1] - times[0]) / (double)self->count;
    out->again[round] = (times[2] - times[1]) / (double)self->count;
    out->cancel[round] = (times[3] - times[2]) / (double)self->count;
    out->turn[round] = measure_turn(of, self);
}

static int by_size(const void *a, const void *b)
{
    double difference = *(const double *)a - *(const double *)b;

    return (difference > 0) - (difference < 0);
}

static double median(double *values, int count)
{
    qsort(values, (size_t)count, sizeof(*values), by_size);
    return values[count / 2];
}

int main(int count, char **words)
{
    const library *libraries[] = {BENCH_LIBRARIES};
    enum { LIBRARIES = sizeof(libraries) / sizeof(libraries[0]) };
    static figures all[LIBRARIES];
    bool shuffle = false;
    int rounds = 5;
    size_t timers = 1000000;
    plan self;

    for (int i = 1; i < count; i++) {
        if (strcmp(words[i], "--smoke") == 0)
            timers = 1000, rounds = 1;
        else if (strcmp(words[i], "--shuffle") == 0)
            shuffle = true;
        else
            rounds = atoi(words[i]);
    }
    if (rounds < 1 || rounds > MOST_ROUNDS)
        return 2;
    self = make_plan(timers, shuffle);
    for (int round = 0; round < rounds; round++) {
        for (size_t i = 0; i < LIBRARIES; i++) {
            measure(libraries[i], &self, &all[i], round);
        }
    }
    printf("%zu timers%s, a turn with %zu, %d rounds; ns\n", self.count, shuffle ? " shuffled" : "",
           self.few, rounds);
    printf("%-16s %8s %8s %8s %12s\n", "library", "create", "re-arm", "cancel", "idle turn");
    for (size_t i = 0; i < LIBRARIES; i++) {
        printf("%-16s %8.0f %8.0f %8.0f %12.0f\n", libraries[i]->name,
               median(all[i].create, rounds), median(all[i].again, rounds),
               median(all[i].cancel, rounds), median(all[i].turn, rounds));
    }
    free(self.order);
    free(self.delays);
    return EXIT_SUCCESS;
}
