#include "meter.h"
#include "pattern.h"
#include <math.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

enum { FRAMES_UNTIL_UP = 10 };

/* What the loop's thread counts and the other reads. */
typedef struct counts {
    atomic_uint_fast64_t frames, bytes, wrong_blocks;
    atomic_uint_fast64_t last_frame, longest_gap; /* nanoseconds */
    atomic_uint_fast64_t painting;                /* nanoseconds of the loop's time */
    atomic_uint_fast64_t sources[METER_SOURCES];
} counts;

/* What holds whatever the machine does meanwhile: how turns and frames alternate. */
typedef struct alternation {
    uint64_t turns, spent;     /* of the reactor, at the end of the last frame */
    bool work_waited;          /* then */
    uint64_t most_spent_turns; /* between two frames */
    uint64_t starved_frames;   /* drawn without a turn since the last, though work waited */
} alternation;

typedef struct meter {
    meter_settings settings;
    counts counts;
    alternation alternation;
    uint64_t block_hash;
    uint64_t drawn;    /* frames since the window came up */
    uint64_t began_at; /* the frame */
    bool is_up;
    bight_reactor *reactor;
    void (*connect)(void *data);
    void (*quit)(void *data);
    void *data;
} meter;

static meter self = {
    .settings = {.network = "none", .window = true, .seconds = 3, .warm_up = 0.5, .priority = -1}};

static double seconds_of(clockid_t clock)
{
    struct timespec now;

    clock_gettime(clock, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static uint64_t get(atomic_uint_fast64_t *count)
{
    return atomic_load_explicit(count, memory_order_relaxed);
}

/* Only one thread writes. */
static void set(atomic_uint_fast64_t *count, uint64_t value)
{
    atomic_store_explicit(count, value, memory_order_relaxed);
}

/* -- Settings -- */

static bool read_word(meter_settings *settings, const char *name, const char *value)
{
    const struct {
        const char *name;
        double *real;
        unsigned *whole;
    } numbers[] = {
        {"paint", &settings->paint, NULL},
        {"warm-up", &settings->warm_up, NULL},
        {"seconds", &settings->seconds, NULL},
        {"budget", &settings->budget, NULL},
        {"port", NULL, &settings->port},
        {"peers", NULL, &settings->peers},
        {"frames", NULL, &settings->frames},
        {"megabytes", NULL, &settings->megabytes},
        {"priority", NULL, NULL},
    };

    if (strcmp(name, "network") == 0)
        settings->network = value;
    else if (strcmp(name, "window") == 0)
        settings->window = strcmp(value, "no") != 0;
    else if (strcmp(name, "priority") == 0)
        settings->priority = atoi(value);
    else {
        for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
            if (strcmp(name, numbers[i].name) != 0)
                continue;
            if (numbers[i].real != NULL)
                *numbers[i].real = atof(value);
            else
                *numbers[i].whole = (unsigned)atoi(value);
            return true;
        }
        return false;
    }
    return true;
}

const meter_settings *meter_begin(int count, char **words)
{
    static uint8_t block[PATTERN_SIZE];

    for (int i = 1; i < count; i++) {
        char *value = strchr(words[i], '=');

        if (value != NULL)
            *value++ = '\0';
        if (value == NULL || !read_word(&self.settings, words[i], value)) {
            fprintf(stderr, "%s: what is %s?\n", words[0], words[i]);
            exit(2);
        }
    }
    pattern_fill(block);
    self.block_hash = pattern_hash(PATTERN_HASH_START, block, PATTERN_SIZE);
    return &self.settings;
}

/* -- Time -- */

static void sleep_for(double seconds)
{
    struct timespec time = {.tv_sec = (time_t)seconds,
                            .tv_nsec = (long)((seconds - floor(seconds)) * 1e9)};

    while (nanosleep(&time, &time) != 0) {
    }
}

static void read_sources(uint64_t sources[METER_SOURCES])
{
    for (int i = 0; i < METER_SOURCES; i++)
        sources[i] = get(&self.counts.sources[i]);
}

static void print_sources(const uint64_t before[METER_SOURCES])
{
    uint64_t after[METER_SOURCES];

    read_sources(after);
    printf(" sources=");
    for (int i = 0; i < METER_SOURCES; i++)
        printf("%s%llu", i == 0 ? "" : ",", (unsigned long long)(after[i] - before[i]));
    printf("\n");
}

static void *take_time(void *unused)
{
    counts *now = &self.counts;
    uint64_t frames, bytes, painting, begin, gap, sources[METER_SOURCES];
    double cpu, wall;

    (void)unused;
    sleep_for(self.settings.warm_up);
    begin = bight_monotonic_now();
    cpu = seconds_of(CLOCK_PROCESS_CPUTIME_ID);
    frames = get(&now->frames);
    bytes = get(&now->bytes);
    painting = get(&now->painting);
    read_sources(sources);
    set(&now->last_frame, begin);
    set(&now->longest_gap, 0);
    sleep_for(self.settings.seconds);
    wall = (double)(bight_monotonic_now() - begin) / 1e9;
    cpu = seconds_of(CLOCK_PROCESS_CPUTIME_ID) - cpu;
    gap = bight_monotonic_now() - get(&now->last_frame);
    if (gap < get(&now->longest_gap))
        gap = get(&now->longest_gap);
    printf("seconds=%.6f cpu=%.6f frames=%.0f bytes=%.0f painting=%.6f gap=%.3f wrong=%llu", wall,
           cpu, (double)(get(&now->frames) - frames), (double)(get(&now->bytes) - bytes),
           (double)(get(&now->painting) - painting) / 1e9, (double)gap / 1e6,
           (unsigned long long)get(&now->wrong_blocks));
    print_sources(sources);
    fflush(stdout);
    _exit(get(&now->wrong_blocks) == 0 ? EXIT_SUCCESS : EXIT_FAILURE);
}

void meter_on_ready(void (*connect)(void *data), void (*quit)(void *data), void *data)
{
    self.connect = connect;
    self.quit = quit;
    self.data = data;
}

void meter_ready(void)
{
    pthread_t thread;

    self.is_up = true;
    if (self.settings.peers > 0)
        self.connect(self.data);
    if (self.settings.seconds > 0 && pthread_create(&thread, NULL, take_time, NULL) != 0)
        abort();
}

/* -- Frames -- */

void meter_watch(bight_reactor *reactor)
{
    self.reactor = reactor;
}

static bight_reactor_stats stats(void)
{
    bight_reactor_stats now = {.size = sizeof(now)};

    bight_reactor_get_stats(self.reactor, &now);
    return now;
}

static void burn(double milliseconds)
{
    uint64_t end = bight_monotonic_now() + (uint64_t)(milliseconds * 1e6);

    while (bight_monotonic_now() < end) {
    }
}

void meter_frame_begins(void)
{
    alternation *account = &self.alternation;

    self.began_at = bight_monotonic_now();
    if (self.is_up && self.reactor != NULL && account->work_waited &&
        stats().turns == account->turns)
        account->starved_frames++;
}

void meter_paint(void)
{
    burn(self.settings.paint);
}

static void count_turns(void)
{
    alternation *account = &self.alternation;
    struct pollfd ready = {.fd = bight_reactor_fd(self.reactor), .events = POLLIN};
    bight_reactor_stats now = stats();

    if (now.spent - account->spent > account->most_spent_turns)
        account->most_spent_turns = now.spent - account->spent;
    account->turns = now.turns;
    account->spent = now.spent;
    account->work_waited = poll(&ready, 1, 0) > 0;
}

static bool is_over(void)
{
    return self.is_up && self.settings.seconds == 0 &&
           get(&self.counts.frames) >= self.settings.frames &&
           get(&self.counts.bytes) >= (uint64_t)self.settings.megabytes << 20;
}

void meter_frame_ends(void)
{
    counts *now = &self.counts;
    uint64_t at = bight_monotonic_now(), gap = at - get(&now->last_frame);

    if (!self.is_up) {
        if (++self.drawn == FRAMES_UNTIL_UP)
            meter_ready();
        return;
    }
    self.drawn++;
    set(&now->painting, get(&now->painting) + at - self.began_at);
    if (gap > get(&now->longest_gap))
        set(&now->longest_gap, gap);
    set(&now->last_frame, at);
    /* The first bytes begin the count of a run that ends by itself. */
    if (self.settings.seconds > 0 || get(&now->bytes) > 0 || self.settings.peers == 0)
        set(&now->frames, get(&now->frames) + 1);
    if (self.reactor != NULL)
        count_turns();
    if (is_over())
        self.quit(self.data);
}

void meter_source_ran(unsigned index)
{
    atomic_uint_fast64_t *count = &self.counts.sources[index];

    set(count, get(count) + 1);
}

int meter_bar(int index, int height)
{
    return (int)((0.5 + 0.5 * sin((double)self.drawn * 0.1 + index * 0.3)) * height);
}

/* -- Bytes -- */

void meter_received(meter_sink *sink, const uint8_t *bytes, size_t size)
{
    counts *now = &self.counts;

    set(&now->bytes, get(&now->bytes) + size);
    while (size > 0) {
        size_t part = PATTERN_SIZE - sink->in_block;

        if (part > size)
            part = size;
        sink->hash =
            pattern_hash(sink->in_block == 0 ? PATTERN_HASH_START : sink->hash, bytes, part);
        sink->in_block = (sink->in_block + part) % PATTERN_SIZE;
        if (sink->in_block == 0 && sink->hash != self.block_hash)
            set(&now->wrong_blocks, get(&now->wrong_blocks) + 1);
        bytes += part;
        size -= part;
    }
}

void meter_broken(const char *why)
{
    fprintf(stderr, "a connection broke: %s\n", why);
    exit(EXIT_FAILURE);
}

int meter_end(void)
{
    const alternation *account = &self.alternation;

    printf(
        "frames=%llu bytes=%llu wrong=%llu most-spent-turns=%llu starved-frames=%llu\n",
        (unsigned long long)get(&self.counts.frames), (unsigned long long)get(&self.counts.bytes),
        (unsigned long long)get(&self.counts.wrong_blocks),
        (unsigned long long)account->most_spent_turns, (unsigned long long)account->starved_frames);
    return get(&self.counts.wrong_blocks) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
