/* Windows that draw while peers send to them without pause: how many frames are left, and how much
 * of the throughput that the same reactor has without a window.
 *
 *     bench-gui [--quick | --smoke] [--rounds N] [--seconds S] [--tries N] [--priorities]
 *
 * A GTK window that animates on its frame clock and a Qt window that repaints every 16 ms, on both
 * of Qt's dispatchers, under Xvfb. Each receives from 1 and from 64 peers in another process, which
 * runs on the other processor beside the display server, and hashes every byte: with bight, and
 * with what the toolkit has of its own. The last rows of a window paint for 20 ms each frame.
 * Rounds are interleaved, A B C A B C, so that a machine that slows down slows all of them. On a
 * machine with other work --tries N waits for pauses: what other programs took is printed too.
 *
 * A second table tells how often other sources of the loop ran meanwhile: each asks for its next
 * run every 10 ms.
 *
 * --priorities instead: what the GTK window draws at other priorities and budgets. */
#include "rounds.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MOST_VARIANTS = 64 };

/* The targets. */
static const double least_kept = 95, longest_gap = 50, least_rate = 90, least_share = 25;

typedef struct bench {
    variant variants[MOST_VARIANTS];
    int count, rounds, tries;
    double seconds;
    bool smoke, priorities;
} bench;

/* -- Who is measured -- */

static variant *add(bench *self, const char *host, const char *network, const char *label,
                    unsigned peers)
{
    variant *one = &self->variants[self->count];

    if (self->count == MOST_VARIANTS)
        abort();
    self->count++;
    *one =
        (variant){.host = host, .network = network, .label = label, .peers = peers, .window = true};
    return one;
}

static void add_traffic(bench *self, const char *host, unsigned peers, double paint)
{
    const char *own = strcmp(host, "gtk") == 0 ? "gio" : "qt";

    add(self, host, "bight", "bight", peers)->paint = paint;
    if (self->smoke)
        return;
    add(self, host, own, strcmp(own, "gio") == 0 ? "GIO" : "Qt Network", peers)->paint = paint;
    if (strcmp(own, "gio") == 0) {
        variant *asked = add(self, host, own, "GIO, priority 120", peers);

        asked->extra = "priority=120";
        asked->paint = paint;
    }
}

static void add_window(bench *self, const char *host)
{
    if (!rounds_has(host))
        return;
    add(self, host, "none", "no traffic", 0);
    add_traffic(self, host, 1, 0);
    if (self->smoke)
        return;
    add_traffic(self, host, 64, 0);
    add(self, host, "none", "no traffic", 0)->paint = 20;
    add_traffic(self, host, 1, 20);
    add_traffic(self, host, 64, 20);
}

static void add_windowless(bench *self, const char *host)
{
    if (!rounds_has(host))
        return;
    add(self, host, "bight", "without a window", 1)->window = false;
    if (!self->smoke)
        add(self, host, "bight", "without a window", 64)->window = false;
}

static void add_all(bench *self)
{
    static const char *const hosts[] = {"gtk", "qt-glib", "qt-own"};

    add_windowless(self, "native");
    for (int i = 0; i < 3; i++) {
        add_windowless(self, hosts[i]);
        add_window(self, hosts[i]);
    }
}

static void add_priorities(bench *self)
{
    static const char *const words[][2] = {
        {"priority=0", "priority 0"},         {"priority=100", "priority 100"},
        {"budget=1", "priority 120, 1 ms"},   {"budget=2", "priority 120, 2 ms"},
        {"budget=16", "priority 120, 16 ms"}, {"priority=200", "priority 200"},
    };

    add_windowless(self, "native");
    add_windowless(self, "gtk");
    for (int paint = 0; paint <= 20; paint += 20) {
        add(self, "gtk", "none", "no traffic", 0)->paint = paint;
        add(self, "gtk", "bight", "bight", 64)->paint = paint;
        for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
            variant *one = add(self, "gtk", "bight", words[i][1], 64);

            one->extra = words[i][0];
            one->paint = paint;
        }
    }
}

/* -- Figures -- */

typedef enum column { FRAMES, GAP, RATE, PAINTING, CPU, OTHERS } column;

static double get(const figures *from, column which)
{
    const double values[] = {from->frames,   from->gap, from->rate,
                             from->painting, from->cpu, from->others};

    return values[which];
}

static int by_size(const void *a, const void *b)
{
    double difference = *(const double *)a - *(const double *)b;

    return (difference > 0) - (difference < 0);
}

typedef struct spread {
    double median, lowest, highest;
} spread;

static spread spread_of(const bench *self, const variant *who, column which)
{
    double values[MOST_ROUNDS];
    int count = self->rounds;

    for (int i = 0; i < count; i++)
        values[i] = get(&who->rounds[i], which);
    qsort(values, (size_t)count, sizeof(*values), by_size);
    return (spread){values[count / 2], values[0], values[count - 1]};
}

static double median(const bench *self, const variant *who, column which)
{
    return who != NULL ? spread_of(self, who, which).median : 0;
}

/* The window of that painting without traffic, or the loop of that host without a window. */
static const variant *find(const bench *self, const char *host, bool window, unsigned peers,
                           double paint)
{
    for (int i = 0; i < self->count; i++) {
        const variant *one = &self->variants[i];

        if (strcmp(one->host, host) == 0 && one->window == window && one->peers == peers &&
            (!window || one->paint == paint))
            return one;
    }
    return NULL;
}

static double percent(double part, double whole)
{
    return whole > 0 ? 100 * part / whole : 0;
}

/* -- The table -- */

static void print_spread(spread values, int width, int digits)
{
    char range[32];

    snprintf(range, sizeof(range), "(%.*f-%.*f)", digits, values.lowest, digits, values.highest);
    printf(" %*.*f %-13s", width, digits, values.median, range);
}

static const char *title_of(const char *host)
{
    static const char *const titles[][2] = {{"gtk", "GTK 4, GLib"},
                                            {"qt-glib", "Qt 6 on GLib's loop"},
                                            {"qt-own", "Qt 6 on its own loop (QT_NO_GLIB=1)"},
                                            {"native", "no window, no toolkit"}};

    for (int i = 0; i < 3; i++) {
        if (strcmp(titles[i][0], host) == 0)
            return titles[i][1];
    }
    return titles[3][1];
}

static void print_head(const variant *one)
{
    printf("\n%s\n%5s %5s  %-20s %21s %5s %22s %20s %6s %6s %5s %5s\n", title_of(one->host),
           "paint", "peers", "", "frames/s", "kept", "longest gap, ms", "MB/s", "window", "native",
           "room", "cpu");
}

/* Throughput as the loop without a window, as the native one, as what painting leaves of the first,
 * and for each second of the processor as the first. */
typedef struct ratios {
    double kept, same, native, room, cpu;
} ratios;

static ratios ratios_of(const bench *self, const variant *who)
{
    double rate = median(self, who, RATE), left = 1 - median(self, who, PAINTING);
    const variant *bare = find(self, who->host, false, who->peers, 0);
    double alone = median(self, bare, RATE);
    const variant *still = find(self, who->host, true, 0, who->paint);

    return (ratios){
        .kept = percent(median(self, who, FRAMES), median(self, still, FRAMES)),
        .same = percent(rate, alone),
        .native = percent(rate, median(self, find(self, "native", false, who->peers, 0), RATE)),
        .room = percent(rate, alone * left),
        .cpu = percent(rate * median(self, bare, CPU), alone * median(self, who, CPU)),
    };
}

/* How many targets this row has missed, told behind it. */
static int print_misses(const bench *self, const variant *who, const ratios *values)
{
    const bool slow = who->paint > 0;
    const struct {
        bool missed;
        const char *what;
    } targets[] = {
        {!slow && values->kept < least_kept, "frames"},
        {median(self, who, GAP) >= longest_gap, "gap"},
        {values->same < (slow ? least_share : least_rate), "throughput"},
    };
    int count = 0;

    if (strcmp(who->label, "bight") != 0 || self->smoke || self->priorities)
        return 0;
    for (int i = 0; i < 3; i++) {
        if (targets[i].missed)
            printf("%s %s", count++ == 0 ? "  MISSED" : ",", targets[i].what);
    }
    return count;
}

static int print_row(const bench *self, const variant *who)
{
    ratios values = ratios_of(self, who);
    int missed = 0;

    printf("%5.0f %5u  %-20s", who->paint, who->peers, who->label);
    if (who->window)
        print_spread(spread_of(self, who, FRAMES), 5, 1);
    else
        printf(" %19s", "");
    if (who->window && who->peers > 0)
        printf(" %4.0f%%", values.kept);
    else
        printf(" %5s", "");
    if (who->window)
        print_spread(spread_of(self, who, GAP), 6, 0);
    else
        printf(" %20s", "");
    if (who->peers > 0) {
        print_spread(spread_of(self, who, RATE), 5, 0);
        printf(" %5.0f%% %5.0f%%", values.same, values.native);
    }
    if (who->window && who->peers > 0) {
        printf(" %4.0f%% %4.0f%%", values.room, values.cpu);
        missed = print_misses(self, who, &values);
    }
    printf("\n");
    return missed;
}

/* -- The other sources of the loop -- */

static double source_of(const bench *self, const variant *who, int source)
{
    double values[MOST_ROUNDS];

    for (int i = 0; i < self->rounds; i++)
        values[i] = who->rounds[i].sources[source];
    qsort(values, (size_t)self->rounds, sizeof(*values), by_size);
    return values[self->rounds / 2];
}

static void print_sources_head(const variant *one)
{
    static const char *const names[2][SOURCES] = {
        {"0", "100", "110", "120", "121", "125", "200", "300"},
        {"timer", "zero", "queued", "delete", "", "", "", ""}};
    bool is_gtk = strcmp(one->host, "gtk") == 0;

    printf("\n%s: runs a second of %s\n%5s %5s  %-20s", title_of(one->host),
           is_gtk ? "sources of each priority" : "timers, zero timers, queued calls, deletes",
           "paint", "peers", "");
    for (int i = 0; i < SOURCES; i++)
        printf(" %6s", names[is_gtk ? 0 : 1][i]);
    printf("\n");
}

/* Each asks for its next run every 10 ms, so that 100 are all. */
static void print_sources(const bench *self)
{
    const char *host = "";

    for (int i = 0; i < self->count; i++) {
        const variant *one = &self->variants[i];

        if (!one->window)
            continue;
        if (strcmp(one->host, host) != 0)
            print_sources_head(one);
        host = one->host;
        printf("%5.0f %5u  %-20s", one->paint, one->peers, one->label);
        for (int source = 0; source < (strcmp(host, "gtk") == 0 ? SOURCES : 4); source++)
            printf(" %6.1f", source_of(self, one, source));
        printf("\n");
    }
}

/* In the run that was disturbed most. */
static double most_others(const bench *self)
{
    double most = 0;

    for (int i = 0; i < self->count; i++) {
        double highest = spread_of(self, &self->variants[i], OTHERS).highest;

        if (highest > most)
            most = highest;
    }
    return most;
}

static void print_table(const bench *self)
{
    int missed = 0;

    printf("%d rounds of %g s; medians (lowest-highest). Other programs used up to %.0f%% of a "
           "processor.\n",
           self->rounds, self->seconds, 100 * most_others(self));
    for (int i = 0; i < self->count; i++) {
        const variant *one = &self->variants[i];

        if (i == 0 || strcmp(one->host, one[-1].host) != 0)
            print_head(one);
        missed += print_row(self, one);
    }
    printf(
        "\npaint: ms that a frame takes besides what is drawn. kept: of the frames without traffic."
        "\nwindow, native: of the throughput of this loop without a window, of the native reactor."
        "\nroom: of the throughput without a window, times the part of the time that painting"
        " leaves.\ncpu: for each second that the loop had a processor, of the same without a "
        "window.\n");
    if (self->smoke || self->priorities)
        return;
    printf(
        "Targets of bight: kept >= %.0f%%, longest gap < %.0f ms, window >= %.0f%%; with 20 ms of"
        " painting window >= %.0f%%.\n%d missed.\n",
        least_kept, longest_gap, least_rate, least_share, missed);
}

/* -- The rounds -- */

static void measure(bench *self)
{
    for (int round = 0; round < self->rounds; round++) {
        for (int i = 0; i < self->count; i++) {
            variant *one = &self->variants[i];

            if (isatty(STDERR_FILENO))
                fprintf(stderr, "\rround %d of %d: %d of %d ", round + 1, self->rounds, i + 1,
                        self->count);
            one->rounds[round] = rounds_run(one, self->seconds, self->tries);
        }
    }
    if (isatty(STDERR_FILENO))
        fprintf(stderr, "\r%40s\r", "");
}

static bool parse(bench *self, int count, char **words)
{
    for (int i = 1; i < count; i++) {
        bool has_value = i + 1 < count;

        if (strcmp(words[i], "--smoke") == 0) {
            *self = (bench){.rounds = 1, .tries = 1, .seconds = 0.3, .smoke = true};
        } else if (strcmp(words[i], "--quick") == 0) {
            self->rounds = 1;
            self->seconds = 1;
        } else if (strcmp(words[i], "--priorities") == 0) {
            self->priorities = true;
        } else if (strcmp(words[i], "--rounds") == 0 && has_value) {
            self->rounds = atoi(words[++i]);
        } else if (strcmp(words[i], "--tries") == 0 && has_value) {
            self->tries = atoi(words[++i]);
        } else if (strcmp(words[i], "--seconds") == 0 && has_value) {
            self->seconds = atof(words[++i]);
        } else {
            return false;
        }
    }
    return self->rounds >= 1 && self->rounds <= MOST_ROUNDS && self->tries >= 1 &&
           self->seconds > 0;
}

int main(int count, char **words)
{
    static bench self = {.rounds = 5, .tries = 1, .seconds = 2};

    if (!parse(&self, count, words)) {
        fprintf(stderr,
                "usage: %s [--quick] [--rounds N] [--seconds S] [--tries N] [--priorities]\n",
                words[0]);
        return 2;
    }
    if (!rounds_has("gtk") && !rounds_has("qt")) {
        printf("SKIPPED: neither GTK nor Qt was found when this was built\n");
        return 77;
    }
    if (!rounds_begin())
        return 77;
    if (self.priorities && rounds_has("gtk"))
        add_priorities(&self);
    else
        add_all(&self);
    measure(&self);
    rounds_end();
    print_table(&self);
    print_sources(&self);
    return EXIT_SUCCESS;
}
