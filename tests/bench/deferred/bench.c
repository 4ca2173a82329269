/* What a deferred costs: beside a future a step, as libdex builds them, and Twisted's in Python, if
 * python3-twisted is there. Prints nanoseconds for one chain of three steps, or for one link of a
 * chain of waits, and the bytes that one which is pending takes; the best of some rounds. With
 * --smoke it does little, to see that it works. */
#include "future.h"
#include <bight/deferred.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { ROUNDS = 5, LINKS = 10, KINDS = 5 };

static int count = 200000;

static const char *const titles[KINDS] = {"fired", "pending", "error", "wait", "bytes"};

/* -- Bight -- */

static bight_result step(bight_result in, void *data)
{
    ++*(int *)data;
    return in;
}

static bight_result recover(bight_result in, void *data)
{
    ++*(int *)data;
    bight_result_free(in);
    return bight_result_value(NULL);
}

static bight_result wait_for(bight_result in, void *data)
{
    bight_result_free(in);
    return bight_result_wait(data);
}

static void bight_fired(int *calls)
{
    bight_deferred *deferred = bight_deferred_fired(NULL, NULL);

    for (int i = 0; i < 3; i++)
        bight_deferred_then(deferred, step, NULL, calls);
    bight_deferred_free(deferred);
}

static bight_deferred *bight_three(bight_promise **promise, int *calls)
{
    bight_deferred *deferred = bight_deferred_new(promise);

    for (int i = 0; i < 3; i++)
        bight_deferred_then(deferred, step, NULL, calls);
    return deferred;
}

static void bight_pending(int *calls)
{
    bight_promise *promise;
    bight_deferred *deferred = bight_three(&promise, calls);

    bight_promise_fire(promise, NULL, NULL);
    bight_deferred_free(deferred);
}

static void bight_failing(int *calls)
{
    static bight_error *error;
    bight_promise *promise;
    bight_deferred *deferred = bight_deferred_new(&promise);

    if (error == NULL)
        error = bight_error_new(BIGHT_ERROR_REFUSED, "no");
    bight_deferred_then(deferred, step, NULL, calls);
    bight_deferred_then(deferred, step, NULL, calls);
    bight_deferred_then(deferred, NULL, recover, calls);
    bight_promise_fail(promise, bight_error_ref(error));
    bight_deferred_free(deferred);
}

static void bight_waiting(int *calls)
{
    bight_promise *promise;
    bight_deferred *deferred = bight_deferred_new(&promise);

    for (int i = 0; i < LINKS; i++) {
        bight_deferred *outer = bight_deferred_fired(NULL, NULL);

        bight_deferred_both(outer, wait_for, deferred);
        bight_deferred_then(outer, step, NULL, calls);
        deferred = outer;
    }
    bight_promise_fire(promise, NULL, NULL);
    bight_deferred_free(deferred);
}

/* -- A future a step -- */

static outcome future_step(outcome in, void *data)
{
    ++*(int *)data;
    return in;
}

static outcome future_recover(outcome in, void *data)
{
    ++*(int *)data;
    in.error = NULL;
    return in;
}

static outcome future_wait(outcome in, void *data)
{
    in.wait = data;
    return in;
}

static future *future_three(future *first, int *calls)
{
    for (int i = 0; i < 3; i++)
        first = future_then(first, future_step, NULL, calls);
    return first;
}

static void future_fired(int *calls)
{
    future *first = future_new();

    future_complete(first, (outcome){NULL, NULL, NULL});
    future_unref(future_three(first, calls));
}

static void future_pending(int *calls)
{
    future *first = future_new();
    future *last = future_three(future_ref(first), calls);

    future_complete(first, (outcome){NULL, NULL, NULL});
    future_unref(first);
    future_unref(last);
}

static void future_failing(int *calls)
{
    future *first = future_new();
    future *last = future_then(future_ref(first), future_step, NULL, calls);

    last = future_then(last, future_step, NULL, calls);
    last = future_then(last, NULL, future_recover, calls);
    future_complete(first, (outcome){NULL, "no", NULL});
    future_unref(first);
    future_unref(last);
}

static void future_waiting(int *calls)
{
    future *innermost = future_new();
    future *last = future_ref(innermost);

    for (int i = 0; i < LINKS; i++) {
        future *outer = future_new();

        future_complete(outer, (outcome){NULL, NULL, NULL});
        outer = future_then(outer, future_wait, NULL, last);
        last = future_then(outer, future_step, NULL, calls);
    }
    future_complete(innermost, (outcome){NULL, NULL, NULL});
    future_unref(innermost);
    future_unref(last);
}

/* -- The work -- */

/* The processor's time, not the clock's: other programs may run as well. */
static double processor_time(void)
{
    struct timespec now;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

static double measure(void (*work)(int *calls), int links)
{
    double best = 1e9;
    int calls = 0;

    for (int round = 0; round < ROUNDS; round++) {
        double begin = processor_time(), cost;

        for (int i = 0; i < count; i++)
            work(&calls);
        cost = (processor_time() - begin) / count / links;
        best = cost < best ? cost : best;
    }
    if (calls < count * ROUNDS) {
        fprintf(stderr, "bench: steps have not run\n");
        exit(1);
    }
    return best;
}

/* Bytes of the heap, the allocator's own included, for one that is pending with three steps. */
static double bight_bytes_of_one(void)
{
    enum { MANY = 1000 };
    bight_deferred *deferreds[MANY];
    bight_promise *promises[MANY];
    int calls = 0;
    size_t before = mallinfo2().uordblks, after;

    for (int i = 0; i < MANY; i++)
        deferreds[i] = bight_three(&promises[i], &calls);
    after = mallinfo2().uordblks;
    for (int i = 0; i < MANY; i++) {
        bight_promise_fire(promises[i], NULL, NULL);
        bight_deferred_free(deferreds[i]);
    }
    return (double)(after - before) / MANY;
}

static double future_bytes_of_one(void)
{
    enum { MANY = 1000 };
    future *first[MANY], *last[MANY];
    int calls = 0;
    size_t before = mallinfo2().uordblks, after;

    for (int i = 0; i < MANY; i++) {
        first[i] = future_new();
        last[i] = future_three(future_ref(first[i]), &calls);
    }
    after = mallinfo2().uordblks;
    for (int i = 0; i < MANY; i++) {
        future_complete(first[i], (outcome){NULL, NULL, NULL});
        future_unref(first[i]);
        future_unref(last[i]);
    }
    return (double)(after - before) / MANY;
}

static void print(const char *name, const double costs[KINDS])
{
    printf("%-22s", name);
    for (int i = 0; i < KINDS; i++)
        printf(" %8.0f", costs[i]);
    printf("\n");
}

static bool read_numbers(char *text, double numbers[KINDS])
{
    for (int i = 0; i < KINDS; i++) {
        char *end;

        numbers[i] = strtod(text, &end);
        if (end == text)
            return false;
        text = end;
    }
    return true;
}

/* The same in Python, by a script that prints the five numbers. */
static void print_twisted(void)
{
    char command[4096], line[256] = "";
    double costs[KINDS];
    FILE *pipe;

    snprintf(command, sizeof(command), "/usr/bin/python3 '%s' %d 2>/dev/null", BIGHT_TWISTED,
             count / 20);
    pipe = popen(command, "r"); // NOLINT(cert-env33-c): a command of our own
    if (pipe == NULL)
        return;
    if (fgets(line, sizeof(line), pipe) != NULL && read_numbers(line, costs))
        print("Twisted", costs);
    else
        printf("%-22s is not here: apt-get install python3-twisted\n", "Twisted");
    pclose(pipe);
}

int main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "--smoke") == 0)
        count = 1000;
    printf("%-22s", "");
    for (int i = 0; i < KINDS; i++)
        printf(" %8s", titles[i]);
    printf("   ns for three steps; ns for a link of %d; bytes\n", LINKS);
    print("Bight",
          (double[]){measure(bight_fired, 1), measure(bight_pending, 1), measure(bight_failing, 1),
                     measure(bight_waiting, LINKS), bight_bytes_of_one()});
    print("a future a step", (double[]){measure(future_fired, 1), measure(future_pending, 1),
                                        measure(future_failing, 1), measure(future_waiting, LINKS),
                                        future_bytes_of_one()});
    print_twisted();
    return 0;
}
